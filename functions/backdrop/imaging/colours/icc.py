"""ICC profiles: what one is for by its header, and new ones made from primaries and a curve (ICC.1:2022).

The format is at https://www.color.org/specification/ICC.1-2022-05.pdf.
"""

from __future__ import annotations

import struct

Chromaticity = tuple[float, float]
"""x and y of CIE 1931."""

Primaries = tuple[Chromaticity, Chromaticity, Chromaticity]
"""Of red, green and blue."""

Curve = tuple[float, ...]
"""From a coded value to light, both 0..1: (exponent,), or the five numbers g, a, b, c, d of function type 3."""

D65: Chromaticity = (0.3127, 0.3290)
SRGB_PRIMARIES: Primaries = ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060))
SRGB_CURVE: Curve = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

_D50 = (0.9642, 1.0, 0.8249)  # The profile connection space's white, 7.2.16.
_BRADFORD = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
_HEADER = 128

_Vector = tuple[float, ...]
_Matrix = tuple[_Vector, ...]


def space_of(profile: bytes) -> str | None:
    """The pixels a profile is for: `RGB`, `GRAY`, `CMYK`, `Lab` and so on; None when it is damaged or cut."""
    if len(profile) < _HEADER + 4 or profile[36:40] != b"acsp":
        return None
    tags = int.from_bytes(profile[_HEADER : _HEADER + 4], "big")
    if max(int.from_bytes(profile[:4], "big"), _HEADER + 4 + 12 * tags) > len(profile):
        return None
    space = profile[16:20].decode("latin-1").strip()
    return space if space.isalnum() else None


def transfer_of(profile: bytes) -> int | None:
    """The transfer function by its code point (`cicp`, 9.2.17); None when there is none, or a table does without it."""
    count = min(int.from_bytes(profile[_HEADER : _HEADER + 4], "big"), 100)
    table = [struct.unpack_from(">4sII", profile, _HEADER + 4 + 12 * index) for index in range(count)]
    places = {name: at for name, at, _ in table}
    if b"cicp" not in places or b"A2B0" in places or b"A2B1" in places:
        return None
    numbers = profile[places[b"cicp"] + 8 : places[b"cicp"] + 12]
    return numbers[1] if len(numbers) == 4 else None


def rgb_profile(primaries: Primaries, white: Chromaticity, curve: Curve, name: str) -> bytes:
    """Bytes of a display profile of version 4.3.

    Raises:
        ValueError: such primaries span no space, or not one that holds this white.
    """
    columns = _colorants(primaries, white)
    # Function type 3 or 0 of 10.18.
    kind = 0 if len(curve) == 1 else 3
    curve_tag = b"para" + bytes(4) + struct.pack(">HH", kind, 0) + b"".join(map(_fixed, curve))
    text = name.encode("utf-16-be")
    words = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text
    tags = {b"desc": words, b"cprt": words, b"wtpt": _xyz(_D50)}
    tags |= {tag: _xyz(column) for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve_tag)
    return _file(tags)


def _colorants(primaries: Primaries, white: Chromaticity) -> _Matrix:
    """Return XYZ of red, green and blue, adapted from their white to D50 (annex E)."""
    if min(y for _, y in (*primaries, white)) <= 0:
        raise ValueError("a colour without light")
    unscaled = _transposed(tuple(_light(colour) for colour in primaries))
    seen_white = _light(white)
    scale = _times(_inverse(unscaled), seen_white)
    if min(scale) <= 0:
        raise ValueError("the white lies outside of what the primaries mix")
    cones, wanted = _times(_BRADFORD, seen_white), _times(_BRADFORD, _D50)
    if min(cones) <= 0:
        raise ValueError("a white that no eye sees")
    back = _inverse(_BRADFORD)
    columns = []
    for column, factor in zip(_transposed(unscaled), scale, strict=True):
        seen = _times(_BRADFORD, tuple(value * factor for value in column))
        columns.append(_times(back, tuple(s * w / c for s, w, c in zip(seen, wanted, cones, strict=True))))
    return tuple(columns)


def _light(colour: Chromaticity) -> _Vector:
    """Return a colour's XYZ with Y = 1."""
    x, y = colour
    return (x / y, 1.0, (1 - x - y) / y)


def _file(tags: dict[bytes, bytes]) -> bytes:
    """Header (7.2), table and contents of the tags."""
    table, body, at = [], b"", _HEADER + 4 + 12 * len(tags)
    for name, content in tags.items():
        table.append(name + struct.pack(">II", at + len(body), len(content)))
        body += content + bytes(-len(content) % 4)
    size = at + len(body)
    head = struct.pack(">I4xI4s4s4s12x4s", size, 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp") + bytes(28)
    head += b"".join(map(_fixed, _D50))
    return head.ljust(_HEADER, b"\0") + struct.pack(">I", len(tags)) + b"".join(table) + body


def _fixed(value: float) -> bytes:
    """Return a number as s15Fixed16Number (4.6).

    Raises:
        ValueError: the number is too large for it.
    """
    if not -32768 <= value < 32768:
        raise ValueError(f"{value} in a profile")
    return struct.pack(">i", round(value * 65536))


def _xyz(values: _Vector) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, values))


def _times(matrix: _Matrix, vector: _Vector) -> _Vector:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _transposed(matrix: _Matrix) -> _Matrix:
    return tuple(zip(*matrix, strict=True))


def _inverse(m: _Matrix) -> _Matrix:
    """Inverse of 3 x 3: the cross products of its columns over the determinant."""
    a, b, c = _transposed(m)
    rows = (_cross(b, c), _cross(c, a), _cross(a, b))
    determinant = sum(x * y for x, y in zip(a, rows[0], strict=True))
    if abs(determinant) < 1e-6:
        raise ValueError("three colours on one line")
    return tuple(tuple(value / determinant for value in row) for row in rows)


def _cross(a: _Vector, b: _Vector) -> _Vector:
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
