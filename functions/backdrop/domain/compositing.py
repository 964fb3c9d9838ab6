"""PRECISE: the photographer's own subject over the generated background, at the photo's full resolution.

Where the mask is fully set, the result is the photo's pixel, bit for bit. On the soft edge the old background's
colour is taken out of the photo's pixel first (decontamination), or it would show as a halo.

The colours of subject and background near the edge are estimated as in Forte, "Approximate Fast Foreground Colour
Estimation" (ICIP 2021): local means weighted by alpha, then corrected by what the photo's pixel really is. The means
are taken on a small grid, the rest is done in tiles, so that 50 megapixels need little more memory than three
images. Only Pillow is used: numpy would double the function's cold start.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageMath

_WORK_SIDE = 1024
"""Pixels, longest side of the images from which the edge colours are estimated."""

_FINE_CELL, _COARSE_CELL = 6, 48
"""Pixels of the work image that one local mean is taken over; the coarse one serves where the fine sees nothing."""

_TILE = 256
"""Pixels: most tiles hold all of one thing, and only those on the rim cost more than a copy."""

_REACH = 3
"""Pixels of the mask beyond a tile that a bicubic resize may look at."""

Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels."""

# Below and above these the mask is rounded to nothing and to all: what a resampled mask leaves of a hard edge's
# overshoot, and what no eye can tell.
_LOW, _HIGH = 6, 250
_LEVELS = [
    0 if value <= _LOW else 255 if value >= _HIGH else round((value - _LOW) * 255 / (_HIGH - _LOW))
    for value in range(256)
]
_NOT_EMPTY = [0] + [255] * 255


@dataclass(frozen=True)
class _Edge:
    """Small RGB images of what subject, old background and new background look like near each place."""

    subject: Image.Image
    old_background: Image.Image
    new_background: Image.Image

    def part(self, size: tuple[int, int], box: Box) -> _Edge:
        """The tile `box` of each, as if they were resized to `size`."""
        fields = (self.subject, self.old_background, self.new_background)
        return _Edge(*(_part(field, size, box, Image.Resampling.BILINEAR) for field in fields))


def composite_precise(photo: Image.Image, generated: Image.Image, mask: Image.Image) -> Image.Image:
    """Put the subject of `photo` over `generated`.

    Args:
        photo: H x W x 3 uint8 RGB, the upright original.
        generated: RGB of any size of the same shape.
        mask: L of any size of the same shape, 255 = subject.

    Returns:
        H x W x 3 uint8 RGB, the photo's size. Equal to `photo` wherever the (resized, levelled) mask is 255.
    """
    edge = _edge_colours(photo, generated, mask)
    out = photo.copy()
    for box in _tiles(photo.size):
        low, high = _extrema_near(mask, photo.size, box)
        if low >= _HIGH:
            continue
        background = _part(generated, photo.size, box, Image.Resampling.BICUBIC)
        if high > _LOW:
            alpha = _part(mask, photo.size, box, Image.Resampling.BICUBIC).point(_LEVELS)
            background = _blend(photo.crop(box), background, alpha, edge.part(photo.size, box))
        out.paste(background, box)
    return out


def _extrema_near(mask: Image.Image, size: tuple[int, int], box: Box) -> tuple[int, int]:
    """Least and greatest value of all that can tell on the tile `box`: most tiles are all one, which costs nothing."""
    across, down = mask.width / size[0], mask.height / size[1]
    extrema = mask.crop(
        (
            max(0, int(box[0] * across) - _REACH),
            max(0, int(box[1] * down) - _REACH),
            min(mask.width, int(box[2] * across) + 1 + _REACH),
            min(mask.height, int(box[3] * down) + 1 + _REACH),
        )
    ).getextrema()
    return int(extrema[0]), int(extrema[1])  # type: ignore[arg-type]


def _tiles(size: tuple[int, int]) -> Iterator[Box]:
    width, height = size
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            yield left, top, min(left + _TILE, width), min(top + _TILE, height)


def _blend(photo: Image.Image, background: Image.Image, alpha: Image.Image, edge: _Edge) -> Image.Image:
    """One tile with a part of the subject's rim in it."""
    subject = _decontaminated(photo, alpha, edge)
    # Under the soft edge the model's picture shows its own subject: take the background from beside it.
    background = Image.composite(edge.new_background, background, alpha.point(_NOT_EMPTY))
    return Image.composite(subject, background, alpha)


def _part(image: Image.Image, size: tuple[int, int], box: Box, method: Image.Resampling) -> Image.Image:
    """The tile `box` of `image` as if it were resized to `size`."""
    if image.size == size:
        return image.crop(box)
    across, down = image.width / size[0], image.height / size[1]
    source = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    return image.resize((box[2] - box[0], box[3] - box[1]), method, box=source)


def _decontaminated(photo: Image.Image, alpha: Image.Image, colours: _Edge) -> Image.Image:
    """F + a (I - a F - (1 - a) B): the subject's own colour where the photo's pixel I is a mixture."""
    expected = Image.composite(colours.subject, colours.old_background, alpha)
    weight = Image.merge("RGB", (alpha, alpha, alpha))
    more = ImageChops.multiply(ImageChops.subtract(photo, expected), weight)
    less = ImageChops.multiply(ImageChops.subtract(expected, photo), weight)
    return ImageChops.subtract(ImageChops.add(colours.subject, more), less)


def _edge_colours(photo: Image.Image, generated: Image.Image, mask: Image.Image) -> _Edge:
    scale = min(1.0, _WORK_SIDE / max(photo.size))
    size = (max(1, round(photo.width * scale)), max(1, round(photo.height * scale)))
    small_photo, small_generated = (
        image.resize(size, Image.Resampling.BOX, reducing_gap=1.0) for image in (photo, generated)
    )
    alpha = mask.resize(size, Image.Resampling.BOX, reducing_gap=1.0).point(_LEVELS)
    # Only what is surely one or the other may speak for it, or the mixture would colour both.
    surely_subject = alpha.point(lambda value: value if value > 230 else 0)
    surely_background = alpha.point(lambda value: 255 - value if value < 25 else 0)
    return _Edge(
        _local_mean(small_photo, surely_subject),
        _local_mean(small_photo, surely_background),
        _local_mean(small_generated, surely_background),
    )


def _local_mean(image: Image.Image, weight: Image.Image) -> Image.Image:
    """Mean colour of `image` around each cell, weighted: RGB of one pixel per fine cell."""
    grid = _cells(image.size, _FINE_CELL)
    fine_weight = _mean_of(weight.convert("F"), image.size, _FINE_CELL, grid)
    coarse_weight = _mean_of(weight.convert("F"), image.size, _COARSE_CELL, grid)
    all_weight = max(1e-3, _total(weight))
    channels = []
    for channel in image.split():
        product = ImageMath.lambda_eval(
            lambda args: args["float"](args["c"]) * args["float"](args["w"]), c=channel, w=weight
        )
        fine = _mean_of(product, image.size, _FINE_CELL, grid)
        coarse = _mean_of(product, image.size, _COARSE_CELL, grid)
        overall = _total(product) / all_weight
        channels.append(
            ImageMath.lambda_eval(
                lambda args: args["min"](
                    (args["f"] + args["c"] * 0.02 + args["o"] * 0.001) / (args["fw"] + args["cw"] * 0.02 + 0.001) + 0.5,
                    255,
                ),
                f=fine,
                c=coarse,
                fw=fine_weight,
                cw=coarse_weight,
                o=Image.new("F", grid, overall),
            ).convert("L")
        )
    return Image.merge("RGB", channels)


def _cells(size: tuple[int, int], cell: int) -> tuple[int, int]:
    return (max(1, size[0] // cell), max(1, size[1] // cell))


def _mean_of(values: Image.Image, size: tuple[int, int], cell: int, grid: tuple[int, int]) -> Image.Image:
    """Means over cells with their neighbours, interpolated to `grid`. F in, F out."""
    means = values.resize(_cells(size, cell), Image.Resampling.BOX)
    # A triangle over three cells: a pixel at a cell's border is still amid what it is averaged with.
    smooth = means.resize(means.size, Image.Resampling.BILINEAR) if means.size == grid else means
    return smooth if smooth.size == grid else smooth.resize(grid, Image.Resampling.BILINEAR)


def _total(values: Image.Image) -> float:
    """Mean over the whole image."""
    value = values.convert("F").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
    return float(value) if isinstance(value, int | float) else 0.0
