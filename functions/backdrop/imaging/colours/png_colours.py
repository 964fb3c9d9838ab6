"""The colours of a PNG file by the chunks that it has (https://www.w3.org/TR/png-3/)."""

from __future__ import annotations

from collections.abc import Iterator

from backdrop.imaging.colours import code_points
from backdrop.imaging.colours.icc import D65, SRGB_CURVE, SRGB_PRIMARIES, Curve, rgb_profile
from backdrop.imaging.colours.png_chunks import PngFile


def is_narrow(png: PngFile) -> bool:
    """Whether black is at 16 and white at 235 of 255: by the code points, where they are what counts."""
    return png.narrow and png.code_points is not None and code_points.say_something(*png.code_points)


def claims_of_png(png: PngFile) -> Iterator[bytes | None]:
    """Yield the same as `claims_of`, in the order of https://www.w3.org/TR/png-3/, 4.3.

    Raises:
        PhotoRefused: the photo is HDR by its code points.
    """
    if png.code_points is not None:
        code_points.refuse_hdr(png.code_points[1])
        if code_points.say_something(*png.code_points):
            yield code_points.profile_for(*png.code_points)
    if png.profile:
        yield png.profile
    if png.is_srgb:
        yield None
    if png.exponent or png.primaries:
        curve = (png.exponent,) if png.exponent else SRGB_CURVE
        if (made := _made(png, curve)) is not None:
            yield made


def _made(png: PngFile, curve: Curve) -> bytes | None:
    """A profile of a brightness, of primaries, or of both; what is not told is as in sRGB."""
    if png.primaries is not None:
        try:
            return rgb_profile(*png.primaries, curve, "gAMA cHRM")
        except ValueError:
            # Primaries that span nothing say nothing; the brightness still counts.
            if png.exponent is None:
                return None
    return rgb_profile(SRGB_PRIMARIES, D65, curve, "gAMA")
