"""PNG files for tests, put together chunk by chunk (https://www.w3.org/TR/png-3/): of 16 bits, with any chunk."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6


def chunk(type_: bytes, content: bytes = b"") -> bytes:
    """A length, a type, what is in it, and a checksum."""
    return struct.pack(">I", len(content)) + type_ + content + struct.pack(">I", zlib.crc32(type_ + content))


def png(
    rows: Sequence[Sequence[Sequence[int]]], kind: int = RGB, depth: int = 8, *before: bytes, after: bytes = b""
) -> bytes:
    """A file of pixels, each a sequence of samples, with chunks before and after the pixels."""
    code = f">{len(rows[0]) * len(rows[0][0])}{'H' if depth == 16 else 'B'}"
    lines = b"".join(b"\0" + struct.pack(code, *(sample for pixel in row for sample in pixel)) for row in rows)
    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), depth, kind, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(lines, 1))
    return SIGNATURE + chunk(b"IHDR", head) + b"".join(before) + pixels + after + chunk(b"IEND")


def iccp(profile: bytes, name: bytes = b"sRGB") -> bytes:
    """The chunk of an ICC profile."""
    return chunk(b"iCCP", name + b"\0\0" + zlib.compress(profile))


def cicp(primaries: int, transfer: int, matrix: int = 0, full_range: int = 1) -> bytes:
    """Colours by code points."""
    return chunk(b"cICP", bytes([primaries, transfer, matrix, full_range]))


def gama(value: float) -> bytes:
    """The exponent from light to coded values."""
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def chrm(primaries: Sequence[tuple[float, float]], white: tuple[float, float]) -> bytes:
    """Chromaticities."""
    numbers = [round(number * 100_000) for point in (white, *primaries) for number in point]
    return chunk(b"cHRM", struct.pack(">8I", *numbers))


SRGB_CHUNK = chunk(b"sRGB", b"\0")
