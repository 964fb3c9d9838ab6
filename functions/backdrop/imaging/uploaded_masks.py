"""A mask as somebody made it: a PNG beside a photo, checked and read."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import MAX_PIXELS, MAX_SIDE
from backdrop.core.words.marks import phrase
from backdrop.imaging.colours.png_chunks import bare_picture

_SHAPE_TOLERANCE = 0.01
"""Of width by height: a mask made on a scaled copy of the photo is a rounding off its shape."""

_LEAST_SHARE = 0.002
"""Of the picture that must be subject, and that must be background: less is a speck, not a product."""


def decode_mask(data: bytes, width: int, height: int) -> Image.Image:
    """An uploaded mask as L, 255 = subject, of its own size.

    What is transparent decides, if anything is: a cut-out can be uploaded as it is. Else white is the subject.

    Args:
        data: a PNG of any colour type and depth.
        width: pixels of the upright photo, which gives the shape.
        height: likewise.

    Raises:
        BackdropError: `MASK_INVALID`.
    """
    mask = read_mask(data, width, height)
    histogram = mask.histogram()
    subject = sum(histogram[128:]) / (mask.width * mask.height)
    if subject < _LEAST_SHARE:
        raise _invalid(
            phrase("The mask is empty: all of it is background."),
            phrase("Paint the product white and the rest black. If the product is black, invert the mask."),
        )
    if subject > 1 - _LEAST_SHARE:
        raise _invalid(
            phrase("The mask is full: all of it is product."), phrase("Paint the product white and the rest black.")
        )
    return mask


def read_mask(data: bytes, width: int, height: int) -> Image.Image:
    """Return what `decode_mask` does, also of a mask that is still empty or full: somebody works on it.

    Raises:
        BackdropError: `MASK_INVALID`.
    """
    image = _open(data)
    _check_shape(image.size, (width, height))
    try:
        return _grey(image)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _invalid(
            phrase("The mask can't be decoded to its end: {error}.", error=error),
            phrase("Save it again and upload it."),
        ) from error


def _open(data: bytes) -> Image.Image:
    try:
        # Without texts and profiles: a mask is a measure, and has no colours.
        image = Image.open(io.BytesIO(bare_picture(data)), formats=("PNG",))
    except UnidentifiedImageError as error:
        raise _invalid(phrase("The mask is no PNG file.")) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _invalid(
            phrase("The mask is damaged near its beginning: {error}.", error=error),
            phrase("Save it again and upload it."),
        ) from error
    if getattr(image, "n_frames", 1) > 1:
        raise _invalid(phrase("The mask is animated."), phrase("Save a single picture as PNG."))
    return image


def _check_shape(size: tuple[int, int], photo: tuple[int, int]) -> None:
    width, height = size
    if width * height > MAX_PIXELS or max(size) > MAX_SIDE:
        raise _invalid(
            phrase(
                "The mask has {width:,} x {height:,} pixels; the limits are {megapixels:.0f} "
                "megapixels and {side:,} a side.",
                width=width,
                height=height,
                megapixels=MAX_PIXELS / 1e6,
                side=MAX_SIDE,
            )
        )
    if abs(width * photo[1] / (height * photo[0]) - 1) > _SHAPE_TOLERANCE:
        raise _invalid(
            phrase(
                "The mask has {width:,} x {height:,} pixels, the upright photo {across:,} x "
                "{down:,}: that is another shape.",
                width=width,
                height=height,
                across=photo[0],
                down=photo[1],
            ),
            phrase("Make the mask from the photo itself, as it is seen, without cropping or turning it."),
        )


def _grey(image: Image.Image) -> Image.Image:
    image.load()
    if image.mode.startswith("I"):
        # 16 bits: Pillow's own conversion to 8 clips instead of scaling.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        alpha = image.convert("RGBA").getchannel("A")
        if alpha.getextrema() != (255, 255):
            return alpha
    return image.convert("RGB").convert("L") if image.mode == "P" else image.convert("L")


def _invalid(cause: str, next_step: str | None = None) -> BackdropError:
    return BackdropError(ErrorCode.MASK_INVALID, cause, next_step)
