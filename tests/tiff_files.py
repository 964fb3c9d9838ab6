"""TIFF files for tests, put together tag by tag (TIFF 6.0): either order of bytes, strips or tiles, planes apart.

Written here, as what reads them in the product is Pillow's, which would write them too.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[Any]
"""Rows, columns, samples of 8 or 16 bits."""

BYTE, ASCII, SHORT, LONG, UNDEFINED = 1, 2, 3, 4, 7
_CODES = {BYTE: "B", ASCII: "B", SHORT: "H", LONG: "I", UNDEFINED: "B"}

Tags = Mapping[int, tuple[int, Sequence[int]]]
"""Tag -> type and values."""

RGB, GREY, CMYK, PALETTE = 2, 1, 5, 3
NONE, LZW, DEFLATE, PACKBITS = 1, 5, 8, 32773


def tiff(
    pixels: Samples,
    photometric: int = RGB,
    *,
    order: Literal["<", ">"] = "<",
    compression: int = NONE,
    apart: bool = False,
    tiles: int | None = None,
    more: Tags | None = None,
    pages: int = 1,
    subfile: int = 0,
) -> bytes:
    """A file of pixels.

    Args:
        pixels: their type tells how many bits a sample has.
        order: of bytes, "<" or ">".
        compression: `NONE` or `DEFLATE`.
        apart: each colour in a plane of its own.
        tiles: pixels of the side of a tile; strips of 16 rows without it.
        more: tags beside those that say how the pixels lie, or instead of them.
        pages: the same page so many times.
        subfile: the type of the pages behind the first.
    """
    height, width, samples = pixels.shape
    plain = pixels.astype(pixels.dtype.newbyteorder(order))
    planes = [plain[:, :, band : band + 1] for band in range(samples)] if apart else [plain]
    pieces = [piece.tobytes() for plane in planes for piece in _pieces(plane, tiles)]
    packed = [zlib.compress(piece, 1) if compression == DEFLATE else piece for piece in pieces]
    out = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4))
    offsets = []
    for piece in packed:
        offsets.append(len(out))
        out += piece + bytes(len(piece) % 2)
    lengths = [len(piece) for piece in packed]
    tags: dict[int, tuple[int, Sequence[int]]] = {
        256: (LONG, [width]),
        257: (LONG, [height]),
        258: (SHORT, [8 * pixels.dtype.itemsize] * samples),
        259: (SHORT, [compression]),
        262: (SHORT, [photometric]),
        277: (SHORT, [samples]),
        284: (SHORT, [2 if apart else 1]),
    }
    if tiles:
        tags |= {322: (LONG, [tiles]), 323: (LONG, [tiles]), 324: (LONG, offsets), 325: (LONG, lengths)}
    else:
        tags |= {273: (LONG, offsets), 278: (LONG, [16]), 279: (LONG, lengths)}
    tags |= dict(more or {})
    place = 4
    for page in range(pages):
        struct.pack_into(order + "I", out, place, len(out))
        place = _directory(out, tags | ({254: (LONG, [subfile])} if page else {}), order)
    return bytes(out)


def icc(profile: bytes) -> Tags:
    """The tag of an ICC profile."""
    return {34675: (UNDEFINED, profile)}


def _pieces(plane: Samples, tiles: int | None) -> list[Samples]:
    height, width, _ = plane.shape
    if not tiles:
        return [plane[top : top + 16] for top in range(0, height, 16)]
    padded = np.pad(plane, ((0, -height % tiles), (0, -width % tiles), (0, 0)))
    return [
        padded[top : top + tiles, left : left + tiles]
        for top in range(0, height, tiles)
        for left in range(0, width, tiles)
    ]


def _directory(out: bytearray, tags: Tags, order: str) -> int:
    """Add a page's directory; the place where the next one's is to be told."""
    start = len(out)
    out += struct.pack(order + "H", len(tags)) + bytes(12 * len(tags) + 4)
    for number, (tag, (kind, values)) in enumerate(sorted(tags.items())):
        content = struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)
        if len(content) > 4:
            at, content = len(out), content + bytes(len(content) % 2)
            out += content
            content = struct.pack(order + "I", at)
        entry = struct.pack(order + "HHI", tag, kind, len(values)) + content.ljust(4, b"\0")
        out[start + 2 + 12 * number : start + 14 + 12 * number] = entry
    return start + 2 + 12 * len(tags)
