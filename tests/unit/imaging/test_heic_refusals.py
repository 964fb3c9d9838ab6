"""HEIC files that are no good photo: refused with a code, before anything is decoded where that can be told."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pi_heif  # type: ignore[import-untyped]
import pytest
from PIL import Image

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.imaging.photos import open_photo, upright_size
from tests.heic_files import (
    ALPHA,
    Coded,
    Item,
    auxiliary,
    box,
    coded,
    file_of,
    full_box,
    grid,
    grid_data,
    heic,
    icc,
    ispe,
    nclx,
    picture,
)
from tests.unit.imaging.bounds import refused_at_once

SMALL = coded(Image.new("RGB", (200, 100), "red"))
GOOD = file_of({1: picture(SMALL)})
TILES = file_of(grid(Image.new("RGB", (700, 600), "red")))
HUGE = Coded((8192, 8192), SMALL.setup, SMALL.data)
"""Says 67 megapixels."""


def ftyp(brand: bytes, *compatible: bytes) -> bytes:
    return box("ftyp", brand, bytes(4), *compatible)


def avif() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (200, 100), "red").save(out, "AVIF")
    return out.getvalue()


def in_tiles(columns: int, rows: int, size: tuple[int, int], tile: Coded, said: tuple[int, int] | None = None) -> bytes:
    ids = list(range(10, 10 + columns * rows))
    head = Item("grid", grid_data(columns, rows, size), [ispe(*(said or size))], {"dimg": ids}, in_idat=True)
    return file_of({1: head, **{id_: picture(tile) for id_ in ids}})


def wrong_size(width: int, height: int, image: Coded = SMALL) -> bytes:
    return file_of({1: picture(Coded((width, height), image.setup, image.data))})


def other_codec(type_: str) -> bytes:
    return file_of({1: Item(type_, SMALL.data, [ispe(200, 100), box("hvcC", SMALL.setup)])})


def metadata_bomb() -> bytes:
    """28 times 600 MB of EXIF in a file of 20 MB."""
    items = {id_: Item("Exif", b"", references={"cdsc": [1]}, extents=[(900, 19_000_000)] * 32) for id_ in range(2, 30)}
    return file_of({1: picture(SMALL), **items, 99: Item("free", bytes(20_000_000))})


def no_pieces_bomb() -> bytes:
    """65,535 pieces of no length, named in few bytes."""
    iloc = full_box("iloc", 1, 0, struct.pack(">HHHHHH", 0, 1, 1, 0, 0, 65_535))
    return ftyp(b"heic") + full_box("meta", 0, 0, full_box("pitm", 0, 0, b"\0\1"), iloc)


def with_alpha(alpha: Coded) -> bytes:
    return file_of({1: picture(SMALL), 2: picture(alpha, auxiliary(ALPHA), references={"auxl": [1]})})


def clapped() -> bytes:
    """Cut to a small part, which this version of libheif takes for an attack."""
    numbers = b"".join(value.to_bytes(4, "big", signed=True) for value in (100, 1, 80, 1, 0, 1, 0, 1))
    return file_of({1: picture(coded(Image.new("RGB", (400, 300))), box("clap", numbers))})


C = ErrorCode
REFUSALS: dict[str, tuple[Callable[[], bytes], ErrorCode, str]] = {
    "head only": (lambda: GOOD[:24], C.PHOTO_TRUNCATED, "names no main picture"),
    "cut in the boxes": (lambda: GOOD[:150], C.PHOTO_TRUNCATED, "ends too early"),
    "cut in the picture": (lambda: GOOD[:-20], C.PHOTO_TRUNCATED, "behind the end of the file"),
    "half of the tiles": (lambda: TILES[: len(TILES) - len(TILES) // 4], C.PHOTO_TRUNCATED, "behind the end"),
    "garbage behind the head": (
        lambda: ftyp(b"heic", b"mif1") + random.Random(1).randbytes(5000),
        C.PHOTO_TRUNCATED,
        "names no main picture",
    ),
    "garbage for pixels": (
        lambda: GOOD[: -len(SMALL.data)] + random.Random(2).randbytes(len(SMALL.data)),
        C.PHOTO_TRUNCATED,
        "decode",
    ),
    "AV1 under a HEIC brand": (
        lambda: avif().replace(b"ftypavif", b"ftypheic", 1),
        C.PHOTO_FORMAT_UNSUPPORTED,
        "is AVIF; only HEVC is read",
    ),
    "H.264": (lambda: other_codec("avc1"), C.PHOTO_FORMAT_UNSUPPORTED, "is H.264"),
    "another codec": (lambda: other_codec("unci"), C.PHOTO_FORMAT_UNSUPPORTED, "of the kind 'unci'"),
    "a video": (
        lambda: ftyp(b"isom", b"isomiso2avc1mp41") + box("moov", bytes(100)) + box("mdat", bytes(100)),
        C.PHOTO_FORMAT_UNSUPPORTED,
        "is a video",
    ),
    "QuickTime": (lambda: ftyp(b"qt  ", b"qt  ") + box("moov", bytes(100)), C.PHOTO_FORMAT_UNSUPPORTED, "is a video"),
    "a video that calls itself HEIC": (
        lambda: ftyp(b"heic", b"heic") + box("moov", bytes(100)),
        C.PHOTO_ANIMATED,
        "not one photo",
    ),
    "a sequence": (lambda: ftyp(b"hevc", b"hevcmsf1") + box("moov", bytes(100)), C.PHOTO_ANIMATED, "not one photo"),
    "a sequence with a still": (
        lambda: file_of({1: picture(SMALL)}, brand=b"msf1") + box("moov", bytes(100)),
        C.PHOTO_ANIMATED,
        "not one photo",
    ),
    "HDR": (lambda: file_of({1: picture(SMALL, nclx(9, 16, 9))}), C.PHOTO_FORMAT_UNSUPPORTED, "HDR (PQ)"),
    "too many pixels": (lambda: wrong_size(8192, 8192), C.PHOTO_TOO_MANY_PIXELS, "67 megapixels"),
    "more pixels than any number": (lambda: wrong_size(2**32 - 1, 2**32 - 1), C.PHOTO_TOO_MANY_PIXELS, "megapixels"),
    "a side too long": (lambda: wrong_size(20_000, 2_000), C.PHOTO_TOO_MANY_PIXELS, "a side"),
    "too small": (lambda: wrong_size(79, 100), C.PHOTO_TOO_SMALL, "79 x 100"),
    "too narrow": (lambda: wrong_size(100, 251), C.PHOTO_TOO_NARROW, "100 x 251"),
    "another size than it says": (lambda: wrong_size(400, 200), C.PHOTO_TRUNCATED, "size"),
    "no size": (
        lambda: file_of({1: Item("hvc1", SMALL.data, [box("hvcC", SMALL.setup)])}),
        C.PHOTO_TRUNCATED,
        "no size",
    ),
    "huge tiles of a small picture": (lambda: in_tiles(2, 2, (1000, 1000), HUGE), C.PHOTO_TOO_MANY_PIXELS, "67"),
    "many large tiles of a small picture": (
        lambda: in_tiles(3, 3, (1000, 1000), Coded((5000, 5000), SMALL.setup, SMALL.data)),
        C.PHOTO_TOO_MANY_PIXELS,
        "225 megapixels; the limit is 110",
    ),
    "a grid that is larger than it says": (
        lambda: in_tiles(1, 2, (9000, 9000), SMALL, said=(200, 200)),
        C.PHOTO_TOO_MANY_PIXELS,
        "81 megapixels",
    ),
    "a grid without all of its tiles": (
        lambda: file_of({1: Item("grid", grid_data(2, 1, (400, 100)), [ispe(400, 100)], {"dimg": [10]}, in_idat=True)}),
        C.PHOTO_TRUNCATED,
        "a part of the picture is missing",
    ),
    "a grid of itself": (
        lambda: file_of({1: Item("grid", grid_data(1, 1, (400, 200)), [ispe(400, 200)], {"dimg": [1]}, in_idat=True)}),
        C.PHOTO_TRUNCATED,
        "cycle",
    ),
    "a huge alpha": (lambda: with_alpha(HUGE), C.PHOTO_TOO_MANY_PIXELS, "67 megapixels"),
    "a bomb of metadata": (metadata_bomb, C.PHOTO_TRUNCATED, "overlap"),
    "a huge profile": (lambda: file_of({1: picture(SMALL, icc(bytes(17_000_000)))}), C.PHOTO_TOO_LARGE, "profiles"),
    "a bomb of pieces": (no_pieces_bomb, C.PHOTO_TRUNCATED, "65,535 pieces"),
    "parts that overlap": (
        lambda: file_of({1: Item("hvc1", SMALL.data, [ispe(200, 100)], extents=[(0, 300)] * 4)}),
        C.PHOTO_TRUNCATED,
        "overlap",
    ),
    "cut to a small part": (clapped, C.PHOTO_FORMAT_UNSUPPORTED, "Security limit"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refuses_with_a_code_a_reason_and_advice_at_once(name: str) -> None:
    make, code, reason = REFUSALS[name]
    refusal = refused_at_once(make())
    assert refusal.code is code
    assert reason in refusal.cause
    assert refusal.next_step


IN_BAND = """
import re, sys
from backdrop.imaging.photos import open_photo
try:
    open_photo(open(sys.argv[1], "rb").read())
except Exception as error:
    print(type(error).__name__)
# Not of getrusage, which counts the process that this one was forked from.
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def parameter_sets(setup: bytes) -> bytes:
    """VPS, SPS and PPS out of hvcC, as they would stand among the picture's NAL units."""
    found, at = b"", 23
    for _ in range(setup[22]):
        (count,) = struct.unpack_from(">H", setup, at + 1)
        at += 3
        for _ in range(count):
            (length,) = struct.unpack_from(">H", setup, at)
            found += struct.pack(">I", length) + setup[at + 2 : at + 2 + length]
            at += 2 + length
    return found


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the memory's peak is read as Linux tells it")
def test_a_bitstream_that_is_larger_than_its_item_says_is_not_decoded(tmp_path: Path) -> None:
    """libheif's limits hold: the size in the picture's own NAL units is checked against the item's."""
    large = coded(Image.new("RGB", (4096, 4096), "red"), quality=10)
    file = tmp_path / "large.heic"
    file.write_bytes(wrong_size(200, 100, Coded((200, 100), SMALL.setup, parameter_sets(large.setup) + large.data)))
    functions = Path(__file__).parents[3] / "functions"
    done = subprocess.run(
        [sys.executable, "-c", IN_BAND, str(file)],
        cwd=functions,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    error, megabytes = done.stdout.split()
    assert error == "PhotoRefused"
    # Decoded it would have 25 MB as YCbCr, 50 as RGB and 67 as Pillow's image.
    assert int(megabytes) < 60
    assert not pi_heif.options.DISABLE_SECURITY_LIMITS


@pytest.mark.parametrize("kind", ["Exif", "mime", "uri ", "E\xffif"])
def test_metadata_is_never_looked_at(kind: str) -> None:
    """Not for what it says, and not for its faults: pi_heif 1.4.0 crashes at a kind that is no UTF-8."""
    for told in (b"", b"\xff" * 40, b"\0\0\0\6Exif\0\0MM\0*" + b"\xff" * 40):
        items = {1: picture(SMALL), 2: Item(kind, told, references={"cdsc": [1]})}
        assert open_photo(file_of(items)).width == 200


def test_a_still_picture_beside_tracks_is_read_without_them() -> None:
    data = file_of({1: picture(SMALL)}) + box("moov", box("trak", b"\xff" * 50))
    assert open_photo(data).width == 200


@pytest.mark.parametrize("source", [heic(Image.new("RGBA", (200, 100), (9, 9, 9, 99))), TILES], ids=["alpha", "tiles"])
def test_whatever_byte_is_wrong_a_file_is_read_or_refused(source: bytes) -> None:
    numbers = random.Random(20261121)
    for _ in range(400):
        data = bytearray(source)
        for _ in range(numbers.choice((1, 1, 2, 8))):
            # Most of what can go wrong stands in the boxes, at the beginning.
            data[numbers.randrange(8, min(len(data), numbers.choice((700, len(data)))))] = numbers.randrange(256)
        for look in (upright_size, open_photo):
            with contextlib.suppress(PhotoRefused):
                look(bytes(data))
