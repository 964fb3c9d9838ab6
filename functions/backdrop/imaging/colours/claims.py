"""What a photo says about its colours: profiles, numbers and EXIF, in the order in which they are to be believed."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from PIL import Image

from backdrop.imaging.colours.icc import D65, rgb_profile

if TYPE_CHECKING:
    from backdrop.imaging.colours.png_chunks import PngFile

_EXIF_IFD, _INTEROPERABILITY_IFD = 0x8769, 0xA005
_ORIENTATION = 0x0112
_COLOUR_SPACE, _INTEROPERABILITY_INDEX = 0xA001, 1
_ADOBE_RGB, _UNCALIBRATED = 2, 0xFFFF

_DAMAGED = (OSError, SyntaxError, ValueError, LookupError, TypeError, struct.error)
"""What Pillow raises at EXIF that is damaged: such says nothing."""


def orientation_of(image: Image.Image) -> int:
    """EXIF's Orientation; 1, as it is to be seen, where nothing is written, or no number, or it is damaged."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except _DAMAGED:
        return 1


def claims_of(image: Image.Image, png: PngFile | None = None) -> Iterator[bytes | None]:
    """Yield ICC profiles that may be the photo's, the first to be believed first; None where it says that it is sRGB.

    Nothing more follows a None. One that is damaged, or not for such pixels, gives way to the next.

    Args:
        image: opened, with its `info`; it need not be decoded.
        png: what a PNG file says besides.

    Raises:
        PhotoRefused: the photo is HDR by its code points.
    """
    if png is not None:
        from backdrop.imaging.colours.png_colours import claims_of_png  # Here: only PNG files pay for it.

        yield from claims_of_png(png)
    if profile := _embedded(image):
        yield profile
    if _is_adobe_rgb(image):
        yield _adobe_rgb()


def _embedded(image: Image.Image) -> bytes | None:
    """The profile of a JPEG, WebP or HEIC file; `heic.py` makes one of code points."""
    segments: list[tuple[str, bytes]] | None = getattr(image, "applist", None)
    if segments is not None:
        return _joined(segments)
    profile: bytes | None = image.info.get("icc_profile")
    return profile


def _joined(segments: list[tuple[str, bytes]]) -> bytes:
    """Return a JPEG's profile, which lies in several segments when it has more than 64 KB, numbered, in any order
    (ICC.1:2022, B.4).

    One that is there twice counts once. A missing one shows: the profile is shorter than it says.
    """
    parts: dict[int, bytes] = {}
    for marker, content in segments:
        if marker == "APP2" and content.startswith(b"ICC_PROFILE\0") and len(content) > 14:
            parts.setdefault(content[12], content[14:])
    return b"".join(part for _, part in sorted(parts.items()))


def _is_adobe_rgb(image: Image.Image) -> bool:
    """Whether EXIF says Adobe RGB the way cameras do: an uncalibrated space, and the DCF option file `R03` (CIPA
    DC-009, DC-008).

    Some programs write a space 2 for it, which EXIF doesn't know. DCF's file names (`_DSC1234.JPG`) say nothing: any
    file may be renamed.
    """
    try:
        exif = image.getexif()
        camera = exif.get_ifd(_EXIF_IFD)
        space = camera.get(_COLOUR_SPACE, _UNCALIBRATED)
        if space != _UNCALIBRATED or _INTEROPERABILITY_IFD not in camera:
            return bool(space == _ADOBE_RGB)
        index = exif.get_ifd(_INTEROPERABILITY_IFD).get(_INTEROPERABILITY_INDEX)
    except _DAMAGED:
        return False
    return str(index).rstrip("\0 ") == "R03"


@cache
def _adobe_rgb() -> bytes:
    """Adobe RGB (1998) by https://www.adobe.com/digitalimag/pdfs/AdobeRGB1998.pdf."""
    return rgb_profile(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), D65, (563 / 256,), "Adobe RGB (1998)")
