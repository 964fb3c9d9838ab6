"""Colour profiles of pictures that name their colours by numbers (`nclx`, ISO/IEC 23091-2) instead of holding one."""

from __future__ import annotations

import struct

# Chromaticities x, y of red, green and blue; all of them with white D65. Number 2 is "unspecified".
_PRIMARIES = {
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),  # SMPTE 170M
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
}
_AS_SRGB = frozenset({1, 2})
_D65 = (0.3127, 0.3290)
_D50 = (0.9642, 1.0, 0.8249)  # The profile connection space's white, ICC.1:2022 7.2.16.
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))

# Brightness by the sRGB curve, or one that every viewer shows like it (BT.709, 2020, "unspecified").
_SRGB_CURVES = frozenset({1, 2, 6, 13, 14, 15})
_GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
HDR_CURVES = {16: "PQ", 18: "HLG"}
"""Curves of pictures that are brighter than white: there is no one way to show them in sRGB."""

_Matrix = tuple[tuple[float, ...], ...]


def profile_for(primaries: int, transfer: int) -> bytes | None:
    """An ICC profile of such colours; None where they are sRGB's, or are shown as if they were."""
    gamma = _GAMMAS.get(transfer)
    if gamma is None and (primaries in _AS_SRGB or primaries not in _PRIMARIES):
        return None
    srgb = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
    columns = _colorants(_PRIMARIES.get(primaries, srgb))
    # Function type 3 of ICC.1:2022 10.18 with sRGB's numbers, or type 0, a power.
    curve = (3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045) if gamma is None else (0, gamma)
    curve_tag = b"para" + bytes(4) + struct.pack(">HH", int(curve[0]), 0) + b"".join(map(_fixed, curve[1:]))
    text = f"nclx {primaries} {transfer}".encode("utf-16-be")
    words = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text
    tags = {b"desc": words, b"cprt": words, b"wtpt": _xyz(_D50)}
    tags |= {name: _xyz(column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve_tag)
    return _profile(tags)


def _colorants(primaries: tuple[tuple[float, float], ...]) -> _Matrix:
    """XYZ of red, green and blue, adapted from D65 to the profile connection space's D50 (ICC.1:2022 annex E)."""
    unscaled = _transposed(tuple((x / y, 1.0, (1 - x - y) / y) for x, y in primaries))
    white = (_D65[0] / _D65[1], 1.0, (1 - sum(_D65)) / _D65[1])
    scale = _times(_inverse(unscaled), white)
    cones, wanted = _times(_BRADFORD, white), _times(_BRADFORD, _D50)
    back = _inverse(_BRADFORD)
    columns = []
    for column, factor in zip(_transposed(unscaled), scale, strict=True):
        seen = _times(_BRADFORD, tuple(value * factor for value in column))
        columns.append(_times(back, tuple(s * w / c for s, w, c in zip(seen, wanted, cones, strict=True))))
    return tuple(columns)


def _profile(tags: dict[bytes, bytes]) -> bytes:
    """The bytes of a display profile of version 4.3 (ICC.1:2022 7.2)."""
    table, body, at = [], b"", 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        table.append(name + struct.pack(">II", at + len(body), len(content)))
        body += content + bytes(-len(content) % 4)
    size = at + len(body)
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp") + bytes(28)
    head += b"".join(map(_fixed, _D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + b"".join(table) + body


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, values))


def _times(matrix: _Matrix, vector: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _transposed(matrix: _Matrix) -> _Matrix:
    return tuple(zip(*matrix, strict=True))


def _inverse(m: _Matrix) -> _Matrix:
    """Of 3 x 3: the cross products of its columns over the determinant."""
    a, b, c = _transposed(m)
    rows = (_cross(b, c), _cross(c, a), _cross(a, b))
    determinant = sum(x * y for x, y in zip(a, rows[0], strict=True))
    return tuple(tuple(value / determinant for value in row) for row in rows)


def _cross(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
