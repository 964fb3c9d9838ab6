"""Thumbnails: what grids of hundreds of pictures show, so that a page stays a few megabytes."""

from __future__ import annotations

import io

from PIL import Image

from backdrop.core.limits import THUMBNAIL_SIDE

_QUALITY = 80
_SMALL_QUALITY = 70
_SQUARE = 12
"""Pixels a side of the chequer behind what is transparent."""
_LIGHT, _DARK = 255, 232


def encode_thumbnail(image: Image.Image) -> bytes:
    """A JPEG of at most `THUMBNAIL_SIDE` pixels a side. What is transparent shows a light chequer.

    Args:
        image: RGB or RGBA, upright, of any size.
    """
    longest = max(image.size)
    small = image
    if longest > THUMBNAIL_SIDE:
        size = (
            max(1, round(image.width * THUMBNAIL_SIDE / longest)),
            max(1, round(image.height * THUMBNAIL_SIDE / longest)),
        )
        # Averaged in whole steps first: the filter then sees less than four times the pixels, not a hundred times.
        small = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.0)
    if small.mode == "RGBA":
        small = _on_chequer(small)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def shrink_thumbnail(thumbnail: bytes, side: int) -> bytes:
    """A thumbnail made smaller: a JPEG of at most `side` pixels a side, as it is where it is small enough.

    Raises:
        OSError: it is no picture, or a broken one.
    """
    with Image.open(io.BytesIO(thumbnail), formats=("JPEG",)) as picture:
        if max(picture.size) <= side:
            return thumbnail
        picture.draft("RGB", (side, side))
        small = picture.convert("RGB")
    small.thumbnail((side, side), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_SMALL_QUALITY, optimize=True)
    return out.getvalue()


def _on_chequer(image: Image.Image) -> Image.Image:
    columns, rows = (-(-side // _SQUARE) for side in image.size)
    tiles = bytes(_LIGHT if (row + column) % 2 else _DARK for row in range(rows) for column in range(columns))
    chequer = Image.frombytes("L", (columns, rows), tiles)
    chequer = chequer.resize((columns * _SQUARE, rows * _SQUARE), Image.Resampling.NEAREST)
    ground = chequer.crop((0, 0, *image.size)).convert("RGB")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
