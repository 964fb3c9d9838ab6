"""AVIF photos: turned, in their colours and with their alpha, and checked before a decoder sees them, as HEIC is."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from backdrop.core.errors import ErrorCode as C
from backdrop.core.errors import PhotoRefused
from backdrop.imaging.avif.sequence import Sequence, sequences_of
from backdrop.imaging.heic.boxes import DamagedError
from backdrop.imaging.photos import open_photo, upright_size
from tests.icc_files import SPACES, matrix_profile
from tests.unit.imaging.bounds import refused_at_once
from tests.unit.imaging.charts import PATCHES, assert_near, image_of, seen

P3 = SPACES["Display P3"]


def avif(image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    options = {"quality": 95, "subsampling": "4:4:4", "speed": 10, **options}
    (image or image_of(PATCHES)).save(out, "AVIF", **options)
    return out.getvalue()


GOOD = avif()
FIRST_UNITS = b"\x12\0\x0a"
"""Where the coded picture begins: a unit without content, then the sequence header."""


def changed(old: bytes, new: bytes, data: bytes = GOOD) -> bytes:
    assert old in data
    return data.replace(old, new, 1)


def test_a_photo_is_read_in_the_colours_that_it_says() -> None:
    photo = open_photo(GOOD)
    assert (photo.format, photo.width, photo.height) == ("AVIF", 128, 80)
    assert not photo.image.info
    assert_near(seen(GOOD), PATCHES)
    coded = P3.coded(PATCHES)
    assert_near(seen(avif(image_of(coded), icc_profile=matrix_profile(P3))), P3.seen(coded), 7)
    # The same by code points, 1 and 13 until now.
    points = changed(b"nclx\0\1\0\x0d", b"nclx\0\x0c\0\x0d", avif(image_of(coded)))
    assert_near(seen(points), P3.seen(coded), 7)


def test_another_name_for_the_container_makes_no_difference() -> None:
    assert_near(seen(changed(b"ftypavif", b"ftypmif1")), PATCHES)


def test_grey_and_alpha_are_read() -> None:
    image = image_of(PATCHES).convert("RGBA")
    image.paste((255, 0, 0, 0), (0, 0, 16, 16))
    assert_near(seen(avif(image)), [(255, 255, 255), *PATCHES[1:]])
    assert_near(
        seen(avif(image_of(PATCHES).convert("L")))[8:16],
        [(value,) * 3 for value in (20, 40, 64, 128, 190, 240, 255, 0)],
    )


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int) -> None:
    files = []
    for format_, options in (("AVIF", {"quality": 95, "speed": 10}), ("PNG", {})):
        out, exif = io.BytesIO(), Image.Exif()
        exif[0x0112] = orientation
        image_of(PATCHES).save(out, format_, exif=exif, **{"subsampling": "4:4:4", **options})
        files.append(out.getvalue())
    read, wanted = map(open_photo, files)
    assert read.image.size == upright_size(files[0]) == wanted.image.size
    middles = [(8, 8), (wanted.width - 9, 8), (8, wanted.height - 9)]
    for middle in middles:
        one, other = read.image.getpixel(middle), wanted.image.getpixel(middle)
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) < 8
    assert max(open_photo(files[0], max_side=64).image.size) == 64


def moving() -> bytes:
    return avif(save_all=True, append_images=[Image.new("RGB", (128, 80))])


def cropped() -> bytes:
    return changed(b"pixi", b"clap")


def garbled() -> bytes:
    at = GOOD.index(FIRST_UNITS) + 4 + GOOD[GOOD.index(FIRST_UNITS) + 3]
    return GOOD[:at] + random.Random(1).randbytes(len(GOOD) - at)


def sized(width: int, height: int) -> bytes:
    """The container says a size, whatever is coded."""
    return changed(b"ispe" + struct.pack(">III", 0, 128, 80), b"ispe" + struct.pack(">III", 0, width, height))


REFUSED: dict[str, tuple[Callable[[], bytes], C, str]] = {
    "animated": (moving, C.PHOTO_ANIMATED, "not one photo"),
    "PQ": (lambda: changed(b"nclx\0\1\0\x0d", b"nclx\0\x09\0\x10"), C.PHOTO_FORMAT_UNSUPPORTED, "HDR (PQ)"),
    "HLG": (lambda: changed(b"nclx\0\1\0\x0d", b"nclx\0\x09\0\x12"), C.PHOTO_FORMAT_UNSUPPORTED, "HDR (HLG)"),
    "cropped by its own words": (cropped, C.PHOTO_FORMAT_UNSUPPORTED, "crop it"),
    "HEVC under an AVIF brand": (lambda: changed(b"av01", b"hvc1"), C.PHOTO_FORMAT_UNSUPPORTED, "only AV1 is read"),
    "too many pixels": (lambda: sized(9000, 9000), C.PHOTO_TOO_MANY_PIXELS, "81 megapixels"),
    "too small": (lambda: avif(Image.new("RGB", (128, 79))), C.PHOTO_TOO_SMALL, "128 x 79"),
    "cut in its pixels": (lambda: GOOD[:-100], C.PHOTO_TRUNCATED, "behind the end"),
    "cut in its head": (lambda: GOOD[:60], C.PHOTO_TRUNCATED, "too early"),
    "garbage for pixels": (garbled, C.PHOTO_TRUNCATED, "decode"),
    "only a brand": (lambda: b"\0\0\0\x18ftypavif" + bytes(200), C.PHOTO_TRUNCATED, "decode"),
}


@pytest.mark.parametrize("which", REFUSED)
def test_what_is_not_read_is_refused_at_once_in_words(which: str) -> None:
    made, code, words = REFUSED[which]
    refusal = refused_at_once(made())
    assert refusal.code is code
    assert words in refusal.cause


class Writer:
    """Writes numbers of some bits, one after the other."""

    def __init__(self) -> None:
        self.bits = ""

    def put(self, *numbers: tuple[int, int]) -> Writer:
        for value, count in numbers:
            self.bits += f"{value:0{count}b}"
        return self

    def unit(self) -> bytes:
        """A unit of the kind of sequence headers, with its length."""
        padded = self.bits + "1" + "0" * (-(len(self.bits) + 1) % 8)
        content = int(padded, 2).to_bytes(len(padded) // 8, "big")
        return bytes([1 << 3 | 2, len(content)]) + content


def test_what_a_coded_picture_says_of_its_size_and_colours_is_read() -> None:
    size = ((13, 4), (12, 4), (9000 - 1, 14), (5000 - 1, 13))
    points = ((1, 1), (9, 8), (16, 8), (9, 8))
    still = Writer().put((0, 3), (1, 1), (1, 1), (8, 5), *size, (0, 3), (0, 3), (1, 1), (0, 1), *points)
    # Of a film: timing, a decoder's model, two operating points, ids of frames, the order of frames.
    film = Writer().put(
        (0, 3), (0, 1), (0, 1), (1, 1), (1, 32), (30, 32), (1, 1), (0b00101, 5), (1, 1), (4, 5), (1, 32)
    )
    film.put((3, 5), (3, 5), (1, 1), (1, 5), (0, 12), (9, 5), (1, 1), (1, 1), (1, 5), (1, 5), (0, 1), (1, 1), (7, 4))
    film.put((0, 12), (5, 5), (0, 1), (0, 1), *size, (1, 1), (1, 4), (1, 3), (0, 3), (0, 4), (1, 1), (0, 2))
    film.put((0, 1), (1, 1), (0, 1), (0, 1), (6, 3), (0, 3), (0, 1), (0, 1), *points)
    for written in (still, film):
        assert list(sequences_of(b"\x12\0" + written.unit())) == [Sequence(9000, 5000, 9, 16)]
        for cut in range(3, len(written.unit())):
            with pytest.raises(DamagedError):
                list(sequences_of(written.unit()[:cut]))
        with pytest.raises(DamagedError):
            list(sequences_of(bytes([1 << 3 | 2, 3]) + written.unit()[2:5]))


def test_the_real_ones_agree_with_their_container() -> None:
    for data in (GOOD, moving()):
        assert next(sequences_of(data[data.index(FIRST_UNITS) :])) == Sequence(128, 80, 1, 13)


def test_a_coded_picture_that_is_larger_than_the_file_says_is_bounded_too() -> None:
    """`libavif` would decode it, and scale it down."""
    at = GOOD.index(FIRST_UNITS) + 2
    length = GOOD[at + 1]
    head = Writer().put((0, 3), (1, 1), (1, 1), (8, 5), (13, 4), (13, 4), (16000, 14), (16000, 14)).unit()[2:]
    data = GOOD[: at + 2] + head[:length].ljust(length, b"\0") + GOOD[at + 2 + length :]
    with pytest.raises(PhotoRefused) as refusal:
        open_photo(data)
    assert refusal.value.code is C.PHOTO_TOO_MANY_PIXELS


def test_damage_anywhere_is_read_or_refused_and_never_takes_long() -> None:
    dice = random.Random(5)
    for _ in range(300):
        damaged = bytearray(GOOD)
        for _ in range(dice.randrange(1, 4)):
            damaged[dice.choice((dice.randrange(400), dice.randrange(len(GOOD))))] = dice.randrange(256)
        started = time.process_time()
        with contextlib.suppress(PhotoRefused):
            open_photo(bytes(damaged))
        assert time.process_time() - started < 1
