"""Photos on a canvas of another aspect, as a model that paints the whole canvas in one go sees them."""

from __future__ import annotations

from PIL import Image

from backdrop.imaging.framing import Canvas


def scaled(canvas: Canvas, photo_size: tuple[int, int], image_size: tuple[int, int]) -> Canvas:
    """Return `canvas`, which is in pixels of a photo of `photo_size`, in pixels of its smaller copy of `image_size`."""
    across, down = image_size[0] / photo_size[0], image_size[1] / photo_size[1]
    offset = round(canvas.offset[0] * across), round(canvas.offset[1] * down)
    return Canvas(
        # Rounding must not push the image over the edge.
        size=(
            max(round(canvas.size[0] * across), offset[0] + image_size[0]),
            max(round(canvas.size[1] * down), offset[1] + image_size[1]),
        ),
        offset=offset,
    )


def side_on_canvas(canvas: Canvas, photo_size: tuple[int, int], max_side: int) -> int:
    """Longest side in pixels of the photo's copy with which its canvas stays within `max_side`."""
    scale = min(1.0, max_side / max(canvas.size))
    return max(1, int(max(photo_size) * scale))


def on_canvas(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Return `image` at its place; around it the colours of its own edges, drawn outwards.

    A model that blends starts from what is there: the edge's own colours leave no seam, a flat grey would.
    A mask (L) gets black, which is background.
    """
    if canvas.size == image.size:
        return image
    left, top = canvas.offset
    if image.mode == "L":
        whole = Image.new("L", canvas.size, 0)
        whole.paste(image, canvas.offset)
        return whole
    right, bottom = left + image.width, top + image.height
    # First to the sides, then the full width up and down, so that the corners are filled as well.
    band = Image.new(image.mode, (canvas.size[0], image.height))
    band.paste(image, (left, 0))
    for start, end, column in ((0, left, 0), (right, canvas.size[0], image.width - 1)):
        if end > start:
            edge = image.crop((column, 0, column + 1, image.height))
            band.paste(edge.resize((end - start, image.height), Image.Resampling.NEAREST), (start, 0))
    whole = Image.new(image.mode, canvas.size)
    whole.paste(band, (0, top))
    for start, end, row in ((0, top, 0), (bottom, canvas.size[1], image.height - 1)):
        if end > start:
            edge = band.crop((0, row, canvas.size[0], row + 1))
            whole.paste(edge.resize((canvas.size[0], end - start), Image.Resampling.NEAREST), (0, start))
    return whole
