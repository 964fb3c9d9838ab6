"""HEIC files for tests, put together box by box: as phones write them, and as nobody honest would.

x265 (by pillow-heif, for tests only) codes the pictures; the container around them is made here, because no writer
makes grids, auxiliary pictures and damaged files to order. Names of boxes and fields: ISO/IEC 14496-12 and 23008-12.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pillow_heif
from PIL import Image

ALPHA = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha"
DEPTH = "urn:mpeg:mpegB:cicp:systems:auxiliary:depth"
GAIN_MAP = "urn:com:apple:photo:2020:aux:hdrgainmap"

TILE = 512
"""Pixels a side of the tiles that phones of Apple's cut their pictures into."""


@dataclass(frozen=True)
class Coded:
    """An HEVC picture: the decoder's set-up (content of `hvcC`) and its NAL units."""

    size: tuple[int, int]
    setup: bytes
    data: bytes


@dataclass(frozen=True)
class Item:
    """One item of a file. `references`: type -> the ids it points to. `extents` replaces where its data lie."""

    type: str
    data: bytes
    properties: Sequence[bytes] = ()
    references: Mapping[str, Sequence[int]] = field(default_factory=dict)
    in_idat: bool = False
    extents: Sequence[tuple[int, int]] | None = None


def heic(image: Image.Image, depth: int = 8, **options: object) -> bytes:
    """A file as pillow-heif writes it. `depth`: bits a channel, 8, 10 or 12."""
    out = io.BytesIO()
    if depth == 8:
        file = pillow_heif.from_pillow(image)
    else:
        wide = b"".join(struct.pack("<H", value * 257) for value in range(256))
        table = [wide[2 * value : 2 * value + 2] for value in range(256)]
        data = b"".join(map(table.__getitem__, image.tobytes()))
        file = pillow_heif.from_bytes(f"{image.mode};16", image.size, data)
    pillow_heif.options.SAVE_HDR_TO_12_BIT = depth == 12
    file.save(out, **{"quality": 90, **options})
    return out.getvalue()


def coded(image: Image.Image, depth: int = 8, **options: object) -> Coded:
    """The picture alone, out of such a file."""
    data = heic(image, depth, **options)
    at = data.index(b"hvcC")
    (length,) = struct.unpack_from(">I", data, at - 4)
    media = data.rindex(b"mdat")
    return Coded(image.size, data[at + 4 : at - 4 + length], data[media + 4 :])


def box(type_: str, *content: bytes) -> bytes:
    """A box: its length, its four letters, what is in it."""
    inside = b"".join(content)
    return struct.pack(">I", 8 + len(inside)) + type_.encode("latin-1") + inside


def full_box(type_: str, version: int, flags: int, *content: bytes) -> bytes:
    """A box with a version and flags."""
    return box(type_, struct.pack(">I", version << 24 | flags), *content)


def ispe(width: int, height: int) -> bytes:
    """Size of an item's picture in pixels, before it is turned."""
    return full_box("ispe", 0, 0, struct.pack(">II", width, height))


def irot(quarters: int) -> bytes:
    """Turns the picture by so many quarters, anticlockwise."""
    return box("irot", bytes([quarters]))


def imir(axis: int) -> bytes:
    """Mirrors the picture: 0 exchanges top and bottom, 1 left and right (23008-12:2022, 6.5.12)."""
    return box("imir", bytes([axis]))


def icc(profile: bytes) -> bytes:
    """The colour profile."""
    return box("colr", b"prof", profile)


def nclx(primaries: int, transfer: int, matrix: int = 6) -> bytes:
    """Colours by the numbers of ISO/IEC 23091-2, full range."""
    return box("colr", b"nclx", struct.pack(">HHHB", primaries, transfer, matrix, 0x80))


def auxiliary(urn: str) -> bytes:
    """What an auxiliary picture is for."""
    return full_box("auxC", 0, 0, urn.encode() + b"\0")


def picture(image: Coded, *properties: bytes, references: Mapping[str, Sequence[int]] | None = None) -> Item:
    """An item of a coded picture."""
    return Item("hvc1", image.data, [ispe(*image.size), box("hvcC", image.setup), *properties], references or {})


def grid_data(columns: int, rows: int, size: tuple[int, int]) -> bytes:
    """What a grid's item holds: how many tiles, and the size of the picture they make."""
    return struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size)


def grid(image: Image.Image, *properties: bytes, tile: int = TILE, exif: bytes | None = None) -> dict[int, Item]:
    """The items of a picture cut into tiles, the grid first (id 1), the way iPhones write a photo."""
    columns, rows = -(-image.width // tile), -(-image.height // tile)
    padded = Image.new("RGB", (columns * tile, rows * tile))
    padded.paste(image)
    tiles = {
        10 + row * columns + column: picture(
            coded(padded.crop((column * tile, row * tile, (column + 1) * tile, (row + 1) * tile)))
        )
        for row in range(rows)
        for column in range(columns)
    }
    head = Item(
        "grid",
        grid_data(columns, rows, image.size),
        [ispe(*image.size), *properties],
        {"dimg": list(tiles)},
        in_idat=True,
    )
    items = {1: head, **tiles}
    if exif is not None:
        items[2] = Item("Exif", struct.pack(">I", 6) + b"Exif\0\0" + exif, references={"cdsc": [1]})
    return items


def file_of(
    items: Mapping[int, Item], primary: int = 1, brand: bytes = b"heic", compatible: bytes = b"mif1heic"
) -> bytes:
    """The file. Items that are marked so lie in `idat`, the others in `mdat`, one behind the other."""
    in_idat = b"".join(item.data for item in items.values() if item.in_idat)
    head = box("ftyp", brand, bytes(4), compatible)
    # The length of `meta` does not depend on the places that it names.
    media_at = len(head) + len(_meta(items, primary, in_idat, 0)) + 8
    media = b"".join(item.data for item in items.values() if not item.in_idat)
    return head + _meta(items, primary, in_idat, media_at) + box("mdat", media)


def _meta(items: Mapping[int, Item], primary: int, in_idat: bytes, media_at: int) -> bytes:
    return full_box(
        "meta",
        0,
        0,
        full_box("hdlr", 0, 0, bytes(4), b"pict", bytes(13)),
        full_box("pitm", 0, 0, struct.pack(">H", primary)),
        _locations(items, media_at),
        _infos(items),
        _references(items),
        _properties(items),
        *([box("idat", in_idat)] if in_idat else []),
    )


def _locations(items: Mapping[int, Item], media_at: int) -> bytes:
    entries, places = [], [media_at, 0]
    for id_, item in items.items():
        extents = item.extents
        if extents is None:
            extents = [(places[item.in_idat], len(item.data))]
        places[item.in_idat] += len(item.data)
        entry = struct.pack(">HHHH", id_, item.in_idat, 0, len(extents))
        entries.append(entry + b"".join(struct.pack(">II", *extent) for extent in extents))
    return full_box("iloc", 1, 0, struct.pack(">HH", 0x4400, len(entries)), *entries)


def _infos(items: Mapping[int, Item]) -> bytes:
    entries = [
        full_box("infe", 2, 0, struct.pack(">HH", id_, 0), item.type.encode("latin-1"), b"\0")
        for id_, item in items.items()
    ]
    return full_box("iinf", 0, 0, struct.pack(">H", len(entries)), *entries)


def _references(items: Mapping[int, Item]) -> bytes:
    entries = [
        box(type_, struct.pack(f">HH{len(targets)}H", id_, len(targets), *targets))
        for id_, item in items.items()
        for type_, targets in item.references.items()
    ]
    return full_box("iref", 0, 0, *entries) if entries else b""


def _properties(items: Mapping[int, Item]) -> bytes:
    known: list[bytes] = []
    entries = []
    for id_, item in items.items():
        if not item.properties:
            continue
        numbers = []
        for property_ in item.properties:
            if property_ not in known:
                known.append(property_)
            essential = 0x80 if property_[4:8] in (b"hvcC", b"irot", b"imir", b"clap") else 0
            numbers.append(essential | (known.index(property_) + 1))
        entries.append(struct.pack(">HB", id_, len(numbers)) + bytes(numbers))
    association = full_box("ipma", 0, 0, struct.pack(">I", len(entries)), *entries)
    return box("iprp", box("ipco", *known), association)
