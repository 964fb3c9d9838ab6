"""PNG files that are damaged, or swollen, beside their picture: it is seen as if the damaged part were not there."""

from __future__ import annotations

import struct
import time
import zlib

import pytest

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.imaging.photos import open_photo, upright_size
from tests.icc_files import SPACES, matrix_profile
from tests.png_files import PALETTE, RGB, SIGNATURE, SRGB_CHUNK, chunk, gama, iccp, png
from tests.unit.imaging.bounds import within
from tests.unit.imaging.charts import PATCHES, assert_near, rows_of, seen

MEGABYTE = 2**20
P3 = SPACES["Display P3"]
PROFILE = matrix_profile(P3)
TURNED = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
"""EXIF: Orientation 6."""

GOOD = {
    "tEXt": chunk(b"tEXt", b"Comment\0words"),
    "zTXt": chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(b'tiff:Orientation="6"')),
    "iTXt": chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0tiff:Orientation="6"'),
    "iCCP": iccp(PROFILE),
    "pHYs": chunk(b"pHYs", struct.pack(">IIB", 2835, 2835, 1)),
    "tIME": chunk(b"tIME", bytes([7, 0xEA, 1, 2, 3, 4, 5])),
    "eXIf": chunk(b"eXIf", TURNED),
    "gAMA": gama(1.0),
    "cHRM": chunk(b"cHRM", bytes(32)),
    "sRGB": SRGB_CHUNK,
    "sBIT": chunk(b"sBIT", b"\x08\x08\x08"),
    "bKGD": chunk(b"bKGD", bytes(6)),
    "hIST": chunk(b"hIST", bytes(80)),
    "sPLT": chunk(b"sPLT", b"name\0\x08"),
    "tRNS": chunk(b"tRNS", struct.pack(">3H", *PATCHES[9])),
    "acTL": chunk(b"acTL", struct.pack(">II", 2, 0)),
    "fcTL": chunk(b"fcTL", bytes(26)),
    "prVt": chunk(b"prVt", b"of some program"),
}


def with_chunk(content: bytes) -> bytes:
    return png(rows_of(PATCHES), RGB, 8, content)


@pytest.mark.parametrize("type_", GOOD)
def test_one_that_a_picture_can_do_without_counts_as_absent_when_its_checksum_is_wrong(type_: str) -> None:
    whole = GOOD[type_]
    for damaged in (
        whole[:-4] + bytes([whole[-4] ^ 0x80]) + whole[-3:],
        whole[:8] + bytes([whole[8] ^ 1]) + whole[9:],
        whole[:-5] + bytes([whole[-5] ^ 0xFF]) + whole[-4:],
    ):
        data = with_chunk(damaged)
        assert seen(data) == PATCHES
        assert upright_size(data) == (128, 80)


@pytest.mark.parametrize("length", [0, 1, 5, 1000, 2**31 - 1, 2**32 - 1])
@pytest.mark.parametrize("type_", ["tEXt", "iCCP", "tIME", "eXIf", "prVt"])
def test_the_length_may_be_what_is_damaged(type_: str, length: int) -> None:
    whole = GOOD[type_]
    damaged = struct.pack(">I", length) + whole[4:]
    palette = chunk(b"PLTE", bytes(sample for pixel in PATCHES for sample in pixel))
    rows = rows_of([(index,) for index in range(40)])
    for data in (with_chunk(damaged), png(rows, PALETTE, 8, damaged, palette)):
        assert seen(data) == PATCHES
    assert seen(png(rows_of(PATCHES), RGB, 8, after=damaged)) == PATCHES


def test_a_search_for_the_picture_ends_soon() -> None:
    """A million names of chunks, none of them one, each followed by megabytes."""
    decoys = (struct.pack(">I", 20_000_000) + b"IDAT") * 3_000_000
    data = with_chunk(struct.pack(">I", 7) + b"tEXt" + decoys)
    started = time.process_time()
    with pytest.raises(PhotoRefused):
        open_photo(data)
    assert time.process_time() - started < 1.5


@pytest.mark.parametrize("type_", ["tEXt", "zTXt", "iTXt", "iCCP", "pHYs", "tIME", "eXIf", "gAMA", "cHRM", "sRGB"])
@pytest.mark.parametrize("content", [b"", b"\0", b"no such thing", b"\xff" * 200, b"XML:com.adobe.xmp\0\0x"])
def test_one_with_the_wrong_things_in_it_counts_as_absent(type_: str, content: bytes) -> None:
    if type_ == "sRGB" and content == b"\0":
        return
    data = with_chunk(chunk(type_.encode(), content))
    assert seen(data) == PATCHES
    assert upright_size(data) == (128, 80)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_exif_that_is_damaged_at_any_place_never_refuses_the_photo() -> None:
    for at in range(len(TURNED)):
        for value in (0, 1, 0x7F, 0xFF):
            data = with_chunk(chunk(b"eXIf", TURNED[:at] + bytes([value]) + TURNED[at + 1 :]))
            assert open_photo(data).image.size in ((128, 80), (80, 128))
        assert open_photo(with_chunk(chunk(b"eXIf", TURNED[:at]))).image.size in ((128, 80), (80, 128))


def test_a_damaged_list_of_transparent_colours_leaves_the_palette_as_it_is() -> None:
    palette = chunk(b"PLTE", bytes(sample for pixel in PATCHES for sample in pixel))
    rows = rows_of([(index,) for index in range(40)])
    clear = chunk(b"tRNS", bytes(39))
    assert seen(png(rows, PALETTE, 8, palette, clear)) == [(255, 255, 255)] * 39 + PATCHES[39:]
    assert seen(png(rows, PALETTE, 8, palette, clear[:-4] + b"none")) == PATCHES


@pytest.mark.parametrize("type_", [b"IHDR", b"PLTE", b"IDAT"])
def test_what_a_picture_can_not_do_without_is_refused_when_it_is_damaged(type_: bytes) -> None:
    palette = chunk(b"PLTE", bytes(sample for pixel in PATCHES for sample in pixel))
    data = bytearray(png(rows_of([(index,) for index in range(40)]), PALETTE, 8, palette))
    data[data.index(type_) + 4 + 9] ^= 0x55
    with pytest.raises(PhotoRefused) as refusal:
        open_photo(bytes(data))
    assert refusal.value.code is ErrorCode.PHOTO_TRUNCATED


@pytest.mark.parametrize("megabytes", [1, 4, 14])
def test_a_large_profile_counts(megabytes: int) -> None:
    said = matrix_profile(P3, tags={b"zzzz": b"data" + bytes(4 + megabytes * MEGABYTE)})
    coded = P3.coded(PATCHES)
    assert_near(seen(png(rows_of(coded), RGB, 8, iccp(said))), P3.seen(coded))


def test_a_profile_with_a_bomb_behind_it_counts() -> None:
    coded = P3.coded(PATCHES)
    assert_near(seen(png(rows_of(coded), RGB, 8, iccp(PROFILE + bytes(40 * MEGABYTE)))), P3.seen(coded))


def test_a_bomb_instead_of_a_profile_counts_as_absent_and_costs_next_to_nothing() -> None:
    packed = iccp(struct.pack(">I", 60 * MEGABYTE) + PROFILE[4:] + bytes(60 * MEGABYTE))
    for bomb in (packed, iccp(bytes(60 * MEGABYTE))):
        data = with_chunk(bomb + SRGB_CHUNK)
        with within(2, 80 * MEGABYTE):
            assert seen(data) == PATCHES


def test_the_end_may_be_missing() -> None:
    data = with_chunk(b"")
    assert data.startswith(SIGNATURE)
    for cut in (1, 4, 8, 12):
        assert seen(data[:-cut]) == PATCHES
