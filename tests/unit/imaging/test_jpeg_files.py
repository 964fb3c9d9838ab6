"""JPEG files beside the ordinary: without their end, in thousands of scans, of kinds that nobody reads."""

from __future__ import annotations

import io
import random
import struct
import time
import tracemalloc
from typing import Any

import pytest
from PIL import Image, ImageChops

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import MAX_JPEG_SCANS
from backdrop.imaging.photos import open_photo, upright_size
from tests.unit.imaging.charts import PATCHES, image_of

CHART = image_of(PATCHES)
NOISE = Image.merge("RGB", [Image.effect_noise((100, 90), 80) for _ in range(3)])
PLAIN = Image.new("RGB", (100, 90), (200, 30, 40))


def jpeg(image: Image.Image = CHART, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


WAYS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "full colour": {"subsampling": 0},
    "tables of its own": {"optimize": True, "quality": 97},
    "restarts": {"restart_marker_rows": 1},
    "progressive": {"progressive": True},
    "progressive, full colour": {"progressive": True, "subsampling": 0, "quality": 97},
}


def photo_or_code(data: bytes) -> Image.Image | ErrorCode:
    """The picture, or why there is none."""
    try:
        return open_photo(data).image
    except PhotoRefused as refusal:
        return refusal.code


def test_only_the_end_missing_is_read_and_every_pixel_is_as_in_the_whole_file() -> None:
    """For each cut: read with exactly the whole file's pixels, or refused; without the end marker always read."""
    for image in (CHART, NOISE, PLAIN, NOISE.convert("L")):
        for options in WAYS.values():
            data = jpeg(image, **options)
            whole = open_photo(data).image
            cuts = [*range(1, 25), *random.Random(1).sample(range(25, len(data) - 200), 4)]
            read = []
            for cut in cuts:
                found = photo_or_code(data[:-cut])
                if found is ErrorCode.PHOTO_TRUNCATED:
                    continue
                assert isinstance(found, Image.Image)
                assert ImageChops.difference(found, whole).getbbox() is None, (options, cut)
                read.append(cut)
            assert {1, 2} <= set(read)
            assert max(read) < 6


@pytest.mark.parametrize("way", WAYS)
def test_a_file_without_its_end_is_scaled_and_turned_as_the_whole_one(way: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = jpeg(CHART.resize((1280, 800)), exif=exif, **WAYS[way])
    for side in (None, 640, 100):
        whole, cut = (open_photo(file, max_side=side) for file in (data, data[:-2]))
        assert whole.image.tobytes() == cut.image.tobytes()
        assert (cut.width, cut.height, cut.format) == (800, 1280, "JPEG")
    assert upright_size(data[:-2]) == (800, 1280)


@pytest.mark.parametrize("behind", [b"", b"\xff", b"\0", b"\0\0\0\0", b"\xff\xff"])
@pytest.mark.parametrize("way", WAYS)
def test_instead_of_the_end_there_may_be_its_first_byte_or_zeros(way: str, behind: bytes) -> None:
    data = jpeg(**WAYS[way])
    assert open_photo(data[:-2] + behind).image.tobytes() == open_photo(data).image.tobytes()


def test_a_progressive_file_without_its_last_scans_is_refused_however_whole_it_looks() -> None:
    data = jpeg(progressive=True)
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    assert len(starts) == 10
    for start in starts[1:]:
        # Up to the tables of the next scan, and up to the scan itself.
        tables = data.rindex(b"\xff\xc4", 0, start)
        for end in (tables, start, start + 9):
            with pytest.raises(PhotoRefused) as refusal:
                open_photo(data[:end])
            assert refusal.value.code is ErrorCode.PHOTO_TRUNCATED


def scan_bomb(scans: int, size: tuple[int, int] = (7000, 7000)) -> bytes:
    """A progressive file of one colour, and after it so many scans that change nothing; 12 bytes each."""
    data = jpeg(Image.new("L", (80, 80), 90), progressive=True)
    at = data.index(b"\xff\xc2") + 5
    data = data[:at] + struct.pack(">HH", size[1], size[0]) + data[at + 4 :]
    # Of one component the coefficients 1 to 63, their lowest bit: one code of 15 bits, a run over 32,767 blocks.
    scan = b"\xff\xda\0\x08\1\1\0\1\x3f\x10" + b"\0\0"
    return data[:-2] + scan * scans + b"\xff\xd9"


@pytest.mark.parametrize(
    ("scans", "size"), [(2000, (7000, 7000)), (100_000, (7000, 7000)), (1000, (400, 300)), (60, (7000, 7000))]
)
def test_a_bomb_of_scans_is_refused_at_once_in_words(scans: int, size: tuple[int, int]) -> None:
    data = scan_bomb(scans, size)
    for read in (open_photo, upright_size, lambda file: open_photo(file[:-2], 1568)):
        tracemalloc.start()
        started = time.process_time()
        with pytest.raises(PhotoRefused) as refusal:
            read(data)
        assert time.process_time() - started < 1
        assert tracemalloc.get_traced_memory()[1] < len(data) + 1_000_000
        tracemalloc.stop()
        assert refusal.value.code is ErrorCode.PHOTO_TOO_MANY_SCANS
        assert "scans" in refusal.value.cause
        assert "ordinary JPEG" in refusal.value.next_step


def test_scans_by_the_dozen_are_read() -> None:
    assert open_photo(scan_bomb(100, (80, 80))).image.getpixel((40, 40)) == (90, 90, 90)


def test_marks_of_scans_in_metadata_and_behind_the_end_count_nothing() -> None:
    marks = b"\xff\xda\0\x08\1\1\0\1\x3f\x10" * (MAX_JPEG_SCANS * 2)
    for data in (jpeg(progressive=True), jpeg()):
        photo = open_photo(data[:2] + b"\xff\xe3" + struct.pack(">H", len(marks) + 2) + marks + data[2:] + marks)
        assert photo.image.tobytes() == open_photo(data).image.tobytes()


KINDS = {
    "12 bits": (0xC1, 12, "JPEG of 12 bits"),
    "lossless": (0xC3, 8, "lossless JPEG"),
    "lossless of 16 bits": (0xC3, 16, "lossless JPEG of 16 bits"),
    "hierarchical": (0xC5, 8, "hierarchical JPEG"),
    "arithmetic": (0xC9, 8, "arithmetic coding"),
    "arithmetic, progressive": (0xCA, 8, "arithmetic coding"),
    "lossless, arithmetic": (0xCB, 12, "lossless JPEG with arithmetic"),
    "JPEG-LS": (0xF7, 8, "JPEG-LS"),
}


@pytest.mark.parametrize("which", KINDS)
def test_a_kind_that_nobody_reads_is_called_what_it_is(which: str) -> None:
    marker, bits, words = KINDS[which]
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0")
    data[at + 1], data[at + 4] = marker, bits
    for read in (open_photo, upright_size):
        with pytest.raises(PhotoRefused) as refusal:
            read(bytes(data))
        assert refusal.value.code is ErrorCode.PHOTO_FORMAT_UNSUPPORTED
        assert words in refusal.value.cause
        assert "Export the photo again" in refusal.value.next_step


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("options", WAYS.values(), ids=WAYS)
def test_damage_anywhere_is_read_or_refused_and_never_takes_long(options: dict[str, Any]) -> None:
    data = jpeg(PLAIN, exif=Image.Exif(), **options)
    dice = random.Random(7)
    started = time.process_time()
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            damaged[dice.randrange(len(data))] = dice.randrange(256)
        assert photo_or_code(bytes(damaged))
    assert time.process_time() - started < 10
