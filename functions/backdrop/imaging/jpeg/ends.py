"""JPEG files without their last bytes: whether all of the picture is there, though the end marker is not.

A decoder tells neither: libjpeg waits for a few bytes more than it needs, and behind an end marker it takes whatever
is missing for grey (https://github.com/haraldk/TwelveMonkeys/issues/1054).
"""

from __future__ import annotations

import io

from PIL import Image, ImageChops

from backdrop.core.limits import MAX_PIXELS
from backdrop.imaging.jpeg.checks import has_one_scan
from backdrop.imaging.jpeg.markers import PROGRESSIVE, Frame, frame_of, scans_of

_END_MARKER = b"\xff\xd9"
_AHEAD = 8
"""Bytes that libjpeg wants to have in hand before it decodes anything: its buffer of bits has 64
(https://github.com/libjpeg-turbo/libjpeg-turbo/blob/main/src/jdhuff.h)."""

_FILLERS = (b"\xff\x00", b"\x00", b"\x5a")
"""Coded data of eight bits each: all ones (a zero behind them, or they would be a marker), all zeros, and mixed:
with the first two alone, a cut through the last block passed now and then."""

_ROWS = 256
"""Of pixels, compared at once."""


def completed(data: bytes) -> bytes | None:
    """The file with an end that a decoder takes, if nothing but the end is missing; else None.

    The picture is complete when it doesn't depend on what might have followed. So it is decoded with different bits
    behind what there is, and all must give the same pixels. That takes as long as decoding three photos, and the memory
    of two, but only for files that can't be decoded as they are. Where there is one scan, so few bytes follow that the
    decoder stops at any block that is not there. Where there are several, all that belong to the picture must be there:
    without the last ones it would look whole and be coarse.
    """
    frame = frame_of(data)
    if frame is None or frame.width * frame.height > MAX_PIXELS:
        return None
    # The first half of a marker, or a byte of coded data of which nobody knows.
    kept = data.rstrip(b"\xff")
    if has_one_scan(data, frame):
        ends = [filler * _AHEAD for filler in _FILLERS]
    elif _all_scans_begun(data, frame):
        ends = [filler * _AHEAD * 8 + _END_MARKER for filler in _FILLERS]
    else:
        return None
    first = _pixels(kept + ends[0])
    if first is None or any(_differ(first, _pixels(kept + end)) for end in ends[1:]):
        return None
    return kept + ends[0]


def _differ(one: Image.Image, other: Image.Image | None) -> bool:
    """Whether two pictures of one size differ; a third one of that size is not made."""
    if other is None:
        return True
    boxes = [(0, top, one.width, min(top + _ROWS, one.height)) for top in range(0, one.height, _ROWS)]
    return any(ImageChops.difference(one.crop(box), other.crop(box)).getbbox() for box in boxes)


def _pixels(data: bytes) -> Image.Image | None:
    try:
        image = Image.open(io.BytesIO(data), formats=("JPEG",))
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError):
        return None
    return image


def _all_scans_begun(data: bytes, frame: Frame) -> bool:
    """Whether there is a scan for the lowest bit of each coefficient."""
    if frame.kind not in PROGRESSIVE:
        return set(frame.components) == {number for scan in scans_of(data, frame) for number in scan.components}
    whole = {
        (number, index)
        for scan in scans_of(data, frame)
        if scan.missing_bits == 0
        for number in scan.components
        for index in range(scan.first, min(scan.last, 63) + 1)
    }
    return len(whole) == 64 * len(set(frame.components))
