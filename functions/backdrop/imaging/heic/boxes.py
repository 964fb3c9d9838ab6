"""What a HEIC file says about itself, read before any decoder sees it (ISO/IEC 14496-12 and 23008-12).

Only as much as is needed to tell what would be decoded, and how much of it there is: libheif's own limits are for
computers with far more memory than a Lambda function has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MAX_EXTENTS = 32
"""Pieces of one item; libheif's own limit. Without it a few bytes could name millions of pieces of no length."""


_ONCE = frozenset({"pitm", "iinf", "iloc", "iref", "iprp", "idat"})


class DamagedError(ValueError):
    """The boxes contradict each other or end too early."""


@dataclass
class Item:
    """One item: a coded picture, a grid of them, metadata.

    Attributes:
        type: four letters, such as `hvc1`.
        extents: where its data lie in the file, (start, end) in bytes, both inside the file.
        properties: (type, start, end) of what describes it.
        references: type -> ids of the items it points to, in order.
    """

    type: str = ""
    extents: list[tuple[int, int]] = field(default_factory=list)
    properties: list[tuple[str, int, int]] = field(default_factory=list)
    references: dict[str, list[int]] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """Bytes of its data; more than the file's where it names places twice."""
        return sum(end - start for start, end in self.extents)


@dataclass(frozen=True)
class Container:
    """What a file holds.

    Attributes:
        items: by id.
        primary: id of the one that is the photo.
        meta: (start, end) of the box that tells all this, in bytes.
        tracks: where the boxes of a video or a sequence stand.
    """

    items: dict[int, Item]
    primary: int
    meta: tuple[int, int]
    tracks: tuple[int, ...]

    def still_of(self, data: bytes) -> bytes:
        """The file with what is not wanted of it under names that mean nothing: metadata, tracks.

        Then no decoder unpacks them or trips over them, and nothing private is in memory twice.
        """
        start, end = self.meta
        # Without its reference to the picture (`cdsc`) nothing is metadata of it.
        parts = [data[:start], data[start:end].replace(b"cdsc", b"skip"), data[end:]]
        whole = b"".join(parts)
        for at in self.tracks:
            whole = whole[:at] + b"skip" + whole[at + 4 :]
        return whole


def read(data: bytes) -> Container:
    """The items of a file.

    Raises:
        DamagedError: the boxes can't be read to their end, or name places outside the file.
    """
    outside = list(_boxes(data, 0, len(data), strict=False))
    tracks = tuple(data.rindex(b"moov", 0, start) for type_, start, _ in outside if type_ == "moov")
    metas = [(start + 4, end) for type_, start, end in outside if type_ == "meta"]
    if not metas:
        return Container({}, 0, (0, 0), tracks)
    boxes = list(_boxes(data, *metas[0]))
    parts = {type_: (start, end) for type_, start, end in boxes}
    if len(metas) > 1 or sum(type_ in _ONCE for type_, _, _ in boxes) > len(_ONCE & parts.keys()):
        raise DamagedError("it tells the same thing twice")
    items: dict[int, Item] = {}
    if "iinf" in parts:
        _read_types(data, *parts["iinf"], items)
    if "iloc" in parts:
        _read_places(data, *parts["iloc"], parts.get("idat"), items)
    if "iref" in parts:
        _read_references(data, *parts["iref"], items)
    if "iprp" in parts:
        _read_properties(data, *parts["iprp"], items)
    primary = _Cursor(data, *parts["pitm"]).after_version(short_until=0) if "pitm" in parts else 0
    return Container(items, primary, metas[0], tracks)


class _Cursor:
    """Reads numbers one after the other, up to an end."""

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self._data, self._at, self._end = data, start, end

    def number(self, length: int) -> int:
        if self._at + length > self._end:
            raise DamagedError("a box ends too early")
        self._at += length
        return int.from_bytes(self._data[self._at - length : self._at], "big")

    def letters(self) -> str:
        return self.number(4).to_bytes(4, "big").decode("latin-1")

    def after_version(self, short_until: int) -> int:
        """A number of two bytes in the versions up to `short_until`, else of four."""
        version = self.number(4) >> 24
        return self.number(2 if version <= short_until else 4)

    @property
    def done(self) -> bool:
        return self._at >= self._end


def _boxes(data: bytes, start: int, end: int, *, strict: bool = True) -> Iterator[tuple[str, int, int]]:
    """Yield (type, start, end) of the boxes' contents. Not `strict`: the last one may be cut, or be something else."""
    while end - start >= 8:
        length, header = int.from_bytes(data[start : start + 4], "big"), 8
        type_ = data[start + 4 : start + 8].decode("latin-1")
        if length == 1:
            length, header = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        if length == 0:
            length = end - start
        if length < header:
            if strict:
                raise DamagedError(f"the box {type_!r} has no length")
            return
        if start + length > end and (strict or type_ == "meta"):
            raise DamagedError(f"the box {type_!r} ends too early")
        yield type_, start + header, min(start + length, end)
        start += length


def _read_types(data: bytes, start: int, end: int, items: dict[int, Item]) -> None:
    cursor = _Cursor(data, start, end)
    version = cursor.number(4) >> 24
    cursor.number(2 if version == 0 else 4)
    for type_, first, last in _boxes(data, start + (6 if version == 0 else 8), end):
        if type_ != "infe":
            continue
        entry = _Cursor(data, first, last)
        version = entry.number(4) >> 24
        if version < 2:
            continue  # Such an entry has no type: no picture.
        id_ = entry.number(2 if version == 2 else 4)
        entry.number(2)
        items.setdefault(id_, Item()).type = entry.letters()


def _read_places(data: bytes, start: int, end: int, idat: tuple[int, int] | None, items: dict[int, Item]) -> None:
    cursor = _Cursor(data, start, end)
    version = cursor.number(4) >> 24
    sizes = cursor.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(cursor.number(2 if version < 2 else 4)):
        id_ = cursor.number(2 if version < 2 else 4)
        method = cursor.number(2) & 15 if version else 0
        elsewhere = cursor.number(2)
        base = cursor.number(base_size)
        count = cursor.number(2)
        if count > MAX_EXTENTS:
            raise DamagedError(f"an item in {count:,} pieces")
        item = items.setdefault(id_, Item())
        whole = {0: (0, len(data)), 1: idat}.get(method)
        for _ in range(count):
            if version and index_size:
                cursor.number(index_size)
            offset, length = cursor.number(offset_size), cursor.number(length_size)
            if whole is None or elsewhere:
                raise DamagedError("an item's data lie in another item or file")
            first = whole[0] + base + offset
            last = first + length if length else whole[1]
            if not whole[0] <= first <= last <= whole[1]:
                raise DamagedError("a part of the picture lies behind the end of the file")
            item.extents.append((first, last))


def _read_references(data: bytes, start: int, end: int, items: dict[int, Item]) -> None:
    wide = 4 if _Cursor(data, start, end).number(4) >> 24 else 2
    for type_, first, last in _boxes(data, start + 4, end):
        cursor = _Cursor(data, first, last)
        item = items.setdefault(cursor.number(wide), Item())
        targets = [cursor.number(wide) for _ in range(cursor.number(2))]
        item.references.setdefault(type_, []).extend(targets)


def _read_properties(data: bytes, start: int, end: int, items: dict[int, Item]) -> None:
    known: list[tuple[str, int, int]] = []
    for type_, first, last in _boxes(data, start, end):
        if type_ == "ipco":
            known = list(_boxes(data, first, last))
        elif type_ == "ipma":
            _associate(_Cursor(data, first, last), known, items)


def _associate(cursor: _Cursor, known: list[tuple[str, int, int]], items: dict[int, Item]) -> None:
    head = cursor.number(4)
    wide, long = (4 if head >> 24 else 2), head & 1
    for _ in range(cursor.number(4)):
        item = items.setdefault(cursor.number(wide), Item())
        for _ in range(cursor.number(1)):
            index = cursor.number(2) & 0x7FFF if long else cursor.number(1) & 0x7F
            if index > len(known):
                raise DamagedError("a property that is not there")
            if index:
                item.properties.append(known[index - 1])
