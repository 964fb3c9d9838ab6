"""What a JPEG file says about itself, read marker by marker (ITU-T T.81, annex B: https://www.w3.org/Graphics/JPEG/itu-t81.pdf).

Cheap enough for every photo: only the head is read, and where there are several scans, what lies between them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

START = b"\xff\xd8"

_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
"""A marker with something behind it: neither a zero stuffed between coded data, nor a restart."""

_SCAN, _END = 0xDA, 0xD9
_NO_FRAMES = frozenset({0xC4, 0xC8, 0xCC})
"""Tables and an extension that have numbers among those of the frames."""

LOSSLESS_LS = 0xF7
PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)


class Frame(NamedTuple):
    """The picture that a file promises.

    Attributes:
        kind: the marker's second byte, 0xC0 and following; `LOSSLESS_LS` of JPEG-LS.
        bits: a sample.
        width: pixels, as it is coded; 0 where the file doesn't say.
        height: likewise.
        components: their numbers, such as those of Y, Cb and Cr.
        end: where in the file it ends, in bytes.
    """

    kind: int
    bits: int
    width: int
    height: int
    components: tuple[int, ...]
    end: int


class Scan(NamedTuple):
    """One pass over the picture.

    Attributes:
        components: the numbers of those it has something of.
        first: of the 64 coefficients of a block, the first it has.
        last: likewise.
        missing_bits: at the low end of each coefficient, left for a later scan.
    """

    components: tuple[int, ...]
    first: int
    last: int
    missing_bits: int


def frame_of(data: bytes) -> Frame | None:
    """The picture's frame; None where the file is damaged before it, or is no JPEG."""
    for code, start, end in _segments(data, len(START)):
        if code == _SCAN:
            return None
        if (0xC0 <= code <= 0xCF and code not in _NO_FRAMES) or code == LOSSLESS_LS:
            # By B.2.2 a sample has 2 to 16 bits: anything else is no frame, but something that looks like a marker.
            if end - start < 6 or not 2 <= data[start] <= 16:
                return None
            count = data[start + 5]
            height = int.from_bytes(data[start + 1 : start + 3], "big")
            width = int.from_bytes(data[start + 3 : start + 5], "big")
            numbers = data[start + 6 : min(start + 6 + 3 * count, end) : 3]
            return Frame(code, data[start], width, height, tuple(numbers), end)
    return None


def scans_of(data: bytes, frame: Frame) -> Iterator[Scan]:
    """Yield the scans up to the picture's end; further pictures behind it have their own. A cut one is left out."""
    for code, start, end in _segments(data, frame.end):
        if code == _SCAN:
            count = data[start] if end > start else 0
            if end - start < 1 + 2 * count + 3:
                return
            first, last, bits = data[start + 1 + 2 * count : start + 4 + 2 * count]
            yield Scan(tuple(data[start + 1 : start + 1 + 2 * count : 2]), first, last, bits & 15)


def _segments(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield (marker's second byte, start, end) of what is behind each marker; coded data and garbage are passed over,
    as decoders do."""
    while found := _MARKER.search(data, at):
        start = found.end() + 2
        code = data[found.end() - 1]
        if code == _END:
            return
        length = int.from_bytes(data[found.end() : start], "big")
        at = found.end() + length
        if length < 2 or at > len(data):
            return
        yield code, start, at
