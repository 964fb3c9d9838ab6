"""What coded pixels of AV1 say of themselves: their sequence header (5.5 of https://aomediacodec.github.io/av1-spec/).

A decoder goes by it, whatever the file around it says; so it is read before one is let at it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from backdrop.imaging.heic.boxes import DamagedError

_SEQUENCE_HEADER = 1
_UNSPECIFIED = 2


class Sequence(NamedTuple):
    """A sequence header.

    Attributes:
        width: pixels that a frame has at most.
        height: likewise.
        primaries: by number, as ITU-T H.273 has them; 2 where nothing is said.
        transfer: likewise.
    """

    width: int
    height: int
    primaries: int
    transfer: int


def sequences_of(coded: bytes) -> Iterator[Sequence]:
    """Yield all sequence headers among the units of an item's data.

    Raises:
        DamagedError: the units end too early.
    """
    at = 0
    while at < len(coded):
        head = coded[at]
        at += 2 if head & 4 else 1
        length = len(coded) - at
        if head & 2:
            length, at = _leb128(coded, at)
        if at + length > len(coded):
            raise DamagedError("the coded picture ends too early")
        if head >> 3 & 15 == _SEQUENCE_HEADER:
            yield _sequence(_Bits(coded[at : at + length]))
        at += length


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    number = 0
    for index, byte in enumerate(data[at : at + 8]):
        number |= (byte & 127) << 7 * index
        if not byte & 128:
            return number, at + index + 1
    raise DamagedError("a length in the coded picture has no end")


class _Bits:
    """Reads numbers of some bits, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._bits, self._left = int.from_bytes(data, "big"), 8 * len(data)

    def take(self, count: int) -> int:
        if count > self._left:
            raise DamagedError("the head of the coded picture ends too early")
        self._left -= count
        return self._bits >> self._left & ((1 << count) - 1)

    def variable(self) -> None:
        zeros = 0
        while not self.take(1):
            zeros += 1
        self.take(zeros)


def _sequence(bits: _Bits) -> Sequence:
    profile, _still, reduced = bits.take(3), bits.take(1), bits.take(1)
    if reduced:
        bits.take(5)
    else:
        _pass_over_operating_points(bits)
    wide, high = bits.take(4) + 1, bits.take(4) + 1
    width, height = bits.take(wide) + 1, bits.take(high) + 1
    if not reduced and bits.take(1):
        bits.take(7)
    bits.take(3)
    if not reduced:
        _pass_over_tools(bits)
    bits.take(3)
    deep = bits.take(1)
    if profile == 2 and deep:
        bits.take(1)
    if profile != 1:
        bits.take(1)
    primaries, transfer = (bits.take(8), bits.take(8)) if bits.take(1) else (_UNSPECIFIED, _UNSPECIFIED)
    return Sequence(width, height, primaries, transfer)


def _pass_over_operating_points(bits: _Bits) -> None:
    delay_bits = 0
    if bits.take(1):
        bits.take(64)
        if bits.take(1):
            bits.variable()
        if bits.take(1):
            delay_bits = bits.take(5) + 1
            bits.take(42)
    has_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if has_delay and bits.take(1):
            bits.take(4)


def _pass_over_tools(bits: _Bits) -> None:
    bits.take(4)
    has_order = bits.take(1)
    if has_order:
        bits.take(2)
    # Two that say "chosen for each frame", or else are followed by what is chosen for all.
    screen_content = 2 if bits.take(1) else bits.take(1)
    if screen_content and not bits.take(1):
        bits.take(1)
    if has_order:
        bits.take(3)
