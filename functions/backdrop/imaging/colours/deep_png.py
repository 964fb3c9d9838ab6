"""The pixels of PNG files of 16 bits a sample, whole: Pillow keeps the upper half of them, but for grey."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from functools import reduce

from PIL import Image, ImageChops, ImageFile


def read_bands(picture: bytes) -> tuple[list[Image.Image], Image.Image | None]:
    """One band of grey or three of colour, `I;16`, and the alpha, L, if there is any.

    Args:
        picture: a PNG file.

    Raises:
        OSError, SyntaxError, ValueError, EOFError: what Pillow raises at damaged files.
    """
    image = _opened(picture)
    if not image.tile:
        raise OSError("there are no pixels in it")
    way, clear = str(image.tile[0].args), image.info.get("transparency")
    if way == "I;16B":
        image.load()
        return [image], _alpha_of_one_value([image], clear)
    if way == "LA;16B":
        # Four bytes a pixel, which Pillow can read as if they were four bands.
        upper, lower, alpha, _ = _opened(picture, "RGBA").split()
        return [_joined(upper, lower)], alpha
    # None of the two pictures stays in memory beside its bands.
    uppers = _opened(picture).split()
    lowers = _opened(picture, {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L"}[way]).split()
    bands = [_joined(upper, lower) for upper, lower in zip(uppers[:3], lowers[:3], strict=True)]
    return bands, uppers[3] if len(uppers) == 4 else _alpha_of_one_value(bands, clear)


def _opened(picture: bytes, way: str | None = None) -> ImageFile.ImageFile:
    """A file opened, its samples to be unpacked in another way if one is given.

    Pillow takes the first byte of each; unpacked as if they were in the other order, it takes the second.
    """
    image = Image.open(io.BytesIO(picture), formats=("PNG",))
    if way is not None:
        image.tile = [image.tile[0]._replace(args=way)]
    return image


def _joined(upper: Image.Image, lower: Image.Image) -> Image.Image:
    return Image.frombytes("I;16", upper.size, Image.merge("LA", (lower, upper)).tobytes())  # little endian


def _alpha_of_one_value(bands: Sequence[Image.Image], value: object) -> Image.Image | None:
    """Alpha where one value (PNG's tRNS: a number, or three) is transparent, else None."""
    values = [value] if isinstance(value, int) else value
    if not isinstance(values, Iterable):
        return None
    return reduce(ImageChops.lighter, map(_other_than, bands, values))


def _other_than(band: Image.Image, value: int) -> Image.Image:
    """Return an L image: 0 where the band has exactly this value, else 255."""
    data = band.tobytes()
    low = Image.frombytes("L", band.size, data[0::2]).point([255 * (byte != value & 255) for byte in range(256)])
    high = Image.frombytes("L", band.size, data[1::2]).point([255 * (byte != value >> 8) for byte in range(256)])
    return ImageChops.lighter(low, high)
