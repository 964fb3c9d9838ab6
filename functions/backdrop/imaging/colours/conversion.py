"""Pixels to sRGB, by what a photo says about its colours. LittleCMS (in Pillow) does the conversion."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from itertools import product
from typing import Literal

from PIL import Image, ImageChops, ImageCms

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.words.marks import phrase
from backdrop.imaging.colours.icc import space_of, transfer_of
from backdrop.imaging.encoding import SRGB

Pixels = Literal["L", "RGB", "CMYK"]
"""Grey, RGB or CMYK: what a photo has, without its alpha."""

_MODES: dict[str, Pixels] = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK"}
_FITTING: dict[Pixels, tuple[str, ...]] = {"L": ("GRAY", "RGB"), "RGB": ("RGB",), "CMYK": ("CMYK",)}

_SAME = 2
"""Levels of 255: so near are the profiles that are called sRGB and are it, and nobody sees it."""

_REMEMBERED_BYTES = 64 * 1024
"""Of a profile: cameras' and phones' have some hundred to some thousand. A conversion takes 10 ms to make."""

_STRIP_PIXELS = 1_000_000
_MAX_SLOW_PIXELS = 8_000_000
"""Above it a photo of 16 bits whose profile needs the slow way is rounded to 8 first: else 2 s a megapixel."""

_CHANNELS = (0, 17, 40, 77, 118, 166, 213, 255)
_INKS = (0, 45, 110, 180, 255)


@dataclass(frozen=True)
class Conversion:
    """A way from one kind of pixels to sRGB.

    Attributes:
        pixels: what goes in; a grey photo may have a profile for RGB.
        exact: one pixel as good as the next, by the profile itself.
        quick: five times faster, as good on the whole where that was found; else the exact way.
    """

    pixels: Pixels
    exact: ImageCms.ImageCmsTransform
    quick: ImageCms.ImageCmsTransform

    @property
    def is_slow(self) -> bool:
        """Whether only the exact way is good enough."""
        return self.quick is self.exact


class _UnusableError(Exception):
    """LittleCMS can't use the profile."""


def find_conversion(pixels: Pixels, claims: Iterable[bytes | None]) -> Conversion | None:
    """The way to sRGB by the first claim that can be used; None when the pixels are sRGB, by it or for want of any.

    A grey photo may have an RGB profile. Else a profile for other pixels is passed over, as viewers do, and a damaged
    one too; CMYK alone is nothing without its own.

    Raises:
        PhotoRefused: CMYK, and no claim can be used; HDR by a profile that is no more than its code points; or what
            `claims` raises.
    """
    refusal = _cmyk_refusal(phrase("The photo is CMYK without a colour profile."))
    for profile in claims:
        if profile is None:
            return None
        space = space_of(profile)
        if space in _FITTING[pixels]:
            _refuse_hdr(profile)
            try:
                return _conversion(profile, _MODES[space])
            except _UnusableError as error:
                refusal = _cmyk_refusal(
                    phrase("The photo is CMYK and its colour profile is damaged: {error}.", error=error)
                )
        elif space is None:
            refusal = _cmyk_refusal(phrase("The photo is CMYK and its colour profile is damaged."))
        else:
            refusal = _other_profile_refusal(space)
    if pixels == "CMYK":
        raise refusal
    return None


def is_srgb(profile: bytes) -> bool:
    """Whether a profile's colours are sRGB's, whatever it is called."""
    try:
        return space_of(profile) == "RGB" and _conversion(profile, "RGB") is None
    except _UnusableError:
        return False


def convert(image: Image.Image, conversion: Conversion | None) -> Image.Image:
    """Return the pixels as RGB in sRGB.

    Args:
        image: L, RGB or CMYK.
        conversion: by `find_conversion`.
    """
    if conversion is None:
        return image if image.mode == "RGB" else image.convert("RGB")
    if image.mode != "L":
        return conversion.quick.apply(image)
    return Image.merge("RGB", [image.point(table) for table in _of_greys(conversion)])


def convert_deep(bands: Sequence[Image.Image], conversion: Conversion | None, *, narrow: bool = False) -> Image.Image:
    """Return pixels of 16 bits as RGB in sRGB of 8: reduced after the conversion, as in linear light 8 are far too few.

    Args:
        bands: `I;16`, one of grey or three.
        conversion: by `find_conversion`.
        narrow: black is at 16 and white at 235, of 255.
    """
    width, height = bands[0].size
    out = Image.new("RGB", (width, height))
    reduce_ = _way_down(len(bands), width * height, conversion, narrow)
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        box = (0, top, width, min(top + rows, height))
        out.paste(reduce_([band.crop(box).convert("I") for band in bands]), box)
    return out


def widen(image: Image.Image) -> Image.Image:
    """Return L or RGB whose black was at 16 and white at 235 with black at 0 and white at 255."""
    table = [round(min(max((value - 16) / 219, 0), 1) * 255) for value in range(256)]
    return image.point(table * len(image.getbands()))


def _refuse_hdr(profile: bytes) -> None:
    transfer = transfer_of(profile)
    if transfer is not None:
        from backdrop.imaging.colours.code_points import refuse_hdr  # Here: only few photos pay for it.

        refuse_hdr(transfer)


def _cmyk_refusal(cause: str) -> PhotoRefused:
    return PhotoRefused(ErrorCode.PHOTO_CMYK_WITHOUT_PROFILE, cause)


def _other_profile_refusal(space: str) -> PhotoRefused:
    kind = {"RGB": phrase("an RGB"), "GRAY": phrase("a grey")}.get(space, phrase("a {space}", space=space))
    return PhotoRefused(
        ErrorCode.PHOTO_CMYK_WITH_OTHER_PROFILE,
        phrase("The photo is CMYK with {kind} profile, which can't say what its four inks look like.", kind=kind),
    )


def _conversion(profile: bytes, pixels: Pixels) -> Conversion | None:
    return (_remembered if len(profile) <= _REMEMBERED_BYTES else _made)(profile, pixels)


def _made(profile: bytes, pixels: Pixels) -> Conversion | None:
    """Return the conversion from a profile; None when a chart of colours comes out as it went in."""
    chart = _chart(pixels)
    # A print's black is never black: without it photos would look faded. Elsewhere the profile's word is the last.
    is_of_prints = profile[12:16] == b"prtr"
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION if is_of_prints else ImageCms.Flags.NONE
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        # What is meant to be quick puts every profile but a plain one into a table of 33 x 33 x 33 colours. Where the
        # profile's space is wider than sRGB that is off by up to 30 levels.
        exact = _transform(source, pixels, flags | ImageCms.Flags.NOOPTIMIZE)
        wanted = exact.apply(chart)
        if pixels != "CMYK" and _distance(wanted, chart.convert("RGB")) <= _SAME:
            return None
        quick = _transform(source, pixels, flags)
    except (ImageCms.PyCMSError, OSError) as error:
        raise _UnusableError(str(error)) from error
    return Conversion(pixels, exact, quick if _distance(quick.apply(chart), wanted) <= _SAME else exact)


def _transform(source: ImageCms.ImageCmsProfile, pixels: Pixels, flags: ImageCms.Flags) -> ImageCms.ImageCmsTransform:
    """Return a transform to sRGB, relative colorimetric, as browsers convert: the perceptual intent of version 4
    supposes a black of its own."""
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.buildTransform(source, SRGB, pixels, "RGB", intent, flags)


_remembered = lru_cache(maxsize=16)(_made)


@cache
def _chart(pixels: Pixels) -> Image.Image:
    """Colours far from each other, none of them a corner in LittleCMS's tables, and all greys; one row."""
    greys = bytes(range(256))
    if pixels == "L":
        return Image.frombytes("L", (256, 1), greys)
    levels = _INKS if pixels == "CMYK" else _CHANNELS
    content = b"".join(map(bytes, product(levels, repeat=len(pixels))))
    content += b"".join(bytes((value,) * len(pixels)) for value in greys)
    return Image.frombytes(pixels, (len(content) // len(pixels), 1), content)


def _distance(one: Image.Image, other: Image.Image) -> int:
    """Levels of 255 by which the two differ at most."""
    return max(ImageChops.difference(one, other).tobytes())


def _of_greys(conversion: Conversion | None) -> list[bytes]:
    """Return red, green and blue in sRGB of all 256 greys."""
    ramp = Image.frombytes("L", (256, 1), bytes(range(256)))
    if conversion is None:
        return [ramp.tobytes()] * 3
    return [band.tobytes() for band in conversion.exact.apply(ramp.convert(conversion.pixels)).split()]


_Reduction = Callable[[list[Image.Image]], Image.Image]
"""From one or three bands of `I`, 0..65535, to RGB in sRGB."""


def _way_down(bands: int, pixels: int, conversion: Conversion | None, narrow: bool) -> _Reduction:
    if conversion is None or bands == 1:
        return partial(_by_tables, [_deepened(table, narrow) for table in _of_greys(conversion)])
    if conversion.is_slow and pixels > _MAX_SLOW_PIXELS:
        rounded = partial(_by_tables, [_deepened(bytes(range(256)), narrow)] * 3)
        return lambda strip: conversion.quick.apply(rounded(strip))
    return partial(_between_corners, conversion, narrow)


def _by_tables(tables: list[list[int]], strip: list[Image.Image]) -> Image.Image:
    bands = strip * 3 if len(strip) == 1 else strip
    return Image.merge("RGB", [band.point(table, "L") for band, table in zip(bands, tables, strict=True)])


def _deepened(table: bytes, narrow: bool) -> list[int]:
    """Return a table of 256 levels, interpolated for 65,536."""
    ends = [*table, table[-1]]
    return [
        round(ends[cell] + (ends[cell + 1] - ends[cell]) * share / 255)
        for cell, share in zip(*_places(narrow), strict=True)
    ]


@cache
def _places(narrow: bool) -> tuple[list[int], list[int]]:
    """Return for each of 65,536 levels the one of 256 that it is at or above, and how far above it, 255 a level."""
    black, span = (16 * 256, 219 * 256) if narrow else (0, 65_535)
    cells, shares = [], []
    for value in range(65_536):
        place = min(max((value - black) / span, 0), 1) * 255
        cells.append(int(place))
        shares.append(round((place - int(place)) * 255))
    return cells, shares


def _between_corners(conversion: Conversion, narrow: bool, strip: list[Image.Image]) -> Image.Image:
    """The eight colours of 8 bits around each pixel, converted, and mixed by how near it is to each."""
    cells, shares = _places(narrow)
    low = [band.point(cells, "L") for band in strip]
    near = [band.point(shares, "L") for band in strip]
    return _mixed(conversion, low, near)


def _mixed(conversion: Conversion, corner: list[Image.Image], near: list[Image.Image], band: int = 0) -> Image.Image:
    if band == 3:
        return conversion.quick.apply(Image.merge("RGB", corner))
    above = [*corner[:band], corner[band].point(_NEXT), *corner[band + 1 :]]
    return Image.composite(
        _mixed(conversion, above, near, band + 1), _mixed(conversion, corner, near, band + 1), near[band]
    )


_NEXT = [*range(1, 256), 255]
