"""What a TIFF file says about its pages (TIFF 6.0: https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf).

Only the numbers that are asked for are read, and few of each, before any decoder sees the file.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
MAKE, ORIENTATION, SAMPLES, PLANES = 271, 274, 277, 284
TILE_WIDTH, TILE_HEIGHT, INK_SET, SAMPLE_FORMAT, DNG_VERSION = 322, 323, 332, 339, 50706

_WANTED = frozenset(
    {
        SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, MAKE, ORIENTATION, SAMPLES, PLANES,
        TILE_WIDTH, TILE_HEIGHT, INK_SET, SAMPLE_FORMAT, DNG_VERSION,
    }
)  # fmt: skip
_TYPES = {1: (1, "B"), 2: (1, "B"), 3: (2, "H"), 4: (4, "I")}
"""Bytes of one value, and its code in `struct`: bytes, letters, and numbers of 16 and 32 bits."""

_MAX_VALUES = 64
_MAX_PAGES = 1000


class DamagedError(ValueError):
    """The file's directories end too early, or name places outside the file."""


class Page(NamedTuple):
    """A page, or a smaller picture of one.

    Attributes:
        numbers: the values of each tag that is wanted and there, up to 64 of each.
        places: where the first value of each of them stands in the file, in bytes.
        next: where in the file the place of the next page is told.
    """

    numbers: dict[int, tuple[int, ...]]
    places: dict[int, int]
    next: int

    def one(self, tag: int, default: int = 0) -> int:
        """The first value of a tag."""
        values = self.numbers.get(tag)
        return values[0] if values else default


def order_of(data: bytes) -> str:
    """The order of bytes as `struct` calls it: "<" or ">"."""
    return "<" if data[:2] == b"II" else ">"


def pages_of(data: bytes) -> list[Page]:
    """All pages in their order, up to a thousand.

    Raises:
        DamagedError: there is not one.
    """
    order = order_of(data)
    seen: set[int] = set()
    pages: list[Page] = []
    at = _number(data, 4, order)
    while at and at not in seen and len(pages) < _MAX_PAGES:
        seen.add(at)
        try:
            page = _page(data, at, order)
            at = _number(data, page.next, order)
        except DamagedError:
            # A first page that is whole is the photo, whatever follows.
            if not pages:
                raise
            break
        pages.append(page)
    if not pages:
        raise DamagedError("it has no page")
    return pages


def _page(data: bytes, at: int, order: str) -> Page:
    if at + 2 > len(data):
        raise DamagedError("a page lies behind its end")
    (count,) = struct.unpack_from(order + "H", data, at)
    end = at + 2 + 12 * count
    if end + 4 > len(data):
        raise DamagedError("the list of what a page has ends too early")
    numbers: dict[int, tuple[int, ...]] = {}
    places: dict[int, int] = {}
    for entry in range(at + 2, end, 12):
        tag, kind, values = struct.unpack_from(order + "HHI", data, entry)
        if tag not in _WANTED or kind not in _TYPES or not values:
            continue
        size, code = _TYPES[kind]
        place = entry + 8 if size * values <= 4 else _number(data, entry + 8, order)
        read = min(values, _MAX_VALUES)
        if place + size * read <= len(data):
            numbers[tag] = struct.unpack_from(f"{order}{read}{code}", data, place)
            places[tag] = place
    return Page(numbers, places, end)


def _number(data: bytes, at: int, order: str) -> int:
    if at + 4 > len(data):
        raise DamagedError("it ends too early")
    number: int = struct.unpack_from(order + "I", data, at)[0]
    return number
