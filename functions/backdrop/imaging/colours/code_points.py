"""Colours that a file names by numbers instead of a profile: coding-independent code points.

The numbers are those of ITU-T H.273 = ISO/IEC 23091-2 (https://www.itu.int/rec/T-REC-H.273), in HEIC's `nclx` and in
PNG's `cICP` alike.
"""

from __future__ import annotations

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.words.marks import phrase
from backdrop.imaging.colours.icc import D65, SRGB_CURVE, SRGB_PRIMARIES, Chromaticity, Curve, Primaries, rgb_profile

_C: Chromaticity = (0.310, 0.316)

# Table 2: red, green, blue, and white. Of 1, BT.709, they are sRGB's; 2 is "unspecified".
_PRIMARIES: dict[int, tuple[Primaries, Chromaticity]] = {
    1: (SRGB_PRIMARIES, D65),
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), _C),  # BT.470 System M
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), D65),  # BT.470 System B, G
    6: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), D65),  # BT.601, 525 lines
    7: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), D65),  # SMPTE 240
    8: (((0.681, 0.319), (0.243, 0.692), (0.145, 0.049)), _C),  # film
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), D65),  # BT.2020
    11: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), (0.314, 0.351)),  # DCI P3
    12: (((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), D65),  # Display P3
    22: (((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)), D65),  # EBU Tech 3213
}

# Table 3. Brightness by the sRGB curve (13), or by one of video that viewers show like it; 2 is "unspecified".
_CURVES: dict[int, Curve] = dict.fromkeys((1, 2, 6, 7, 11, 12, 13, 14, 15), SRGB_CURVE)
_CURVES |= {4: (2.2,), 5: (2.8,), 8: (1.0,), 17: (2.6,)}
_HDR_CURVES = {16: "PQ", 18: "HLG"}
_UNSPECIFIED = 2


def profile_for(primaries: int, transfer: int) -> bytes | None:
    """An ICC profile of such colours; None where they are sRGB's, or are shown as if they were."""
    points, white = _PRIMARIES.get(primaries, _PRIMARIES[1])
    curve = _CURVES.get(transfer, SRGB_CURVE)
    if (points, white, curve) == (SRGB_PRIMARIES, D65, SRGB_CURVE):
        return None
    return rgb_profile(points, white, curve, f"code points {primaries} {transfer}")


def say_something(primaries: int, transfer: int) -> bool:
    """Whether both numbers stand for colours, so that another description of them need not be looked at."""
    known = transfer in _CURVES or transfer in _HDR_CURVES
    return primaries in _PRIMARIES and known and transfer != _UNSPECIFIED


def refuse_hdr(transfer: int | None) -> None:
    """Refuse what is brighter than white: there is no one way to show it in sRGB.

    Raises:
        PhotoRefused: the curve is PQ's or HLG's.
    """
    curve = None if transfer is None else _HDR_CURVES.get(transfer)
    if curve:
        raise PhotoRefused(
            ErrorCode.PHOTO_FORMAT_UNSUPPORTED,
            phrase(
                "The photo is HDR ({curve}): brighter than white, which a product picture in sRGB can't be.",
                curve=curve,
            ),
        )
