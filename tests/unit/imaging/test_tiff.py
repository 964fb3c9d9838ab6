"""TIFF photos: every way in which programs for photos lay their pixels, and all that is not read, by name."""

from __future__ import annotations

import contextlib
import io
import random
import time
from itertools import product
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image, ImageChops

from backdrop.core.errors import ErrorCode as C
from backdrop.core.errors import PhotoRefused
from backdrop.imaging.photos import open_photo, upright_size
from tests.icc_files import SPACES, cmyk_profile, grey_profile, matrix_profile, seen_of_inks
from tests.tiff_files import (
    ASCII,
    BYTE,
    CMYK,
    DEFLATE,
    GREY,
    NONE,
    PALETTE,
    SHORT,
    Samples,
    Tags,
    icc,
    tiff,
)
from tests.unit.imaging.charts import GREYS, PATCHES, assert_near, image_of, patches_of, pixel_at, rows_of, seen

P3, LINEAR = SPACES["Display P3"], SPACES["linear sRGB"]


def samples(patches: Any, depth: int = 8) -> Samples:
    """A chart's pixels; of 8 bits where they are given in 8."""
    pixels: Samples = np.array(rows_of(patches))
    return pixels.astype(np.uint16) if depth == 16 else pixels.astype(np.uint8)


CHART = samples(PATCHES)
DEEP = samples(np.array(PATCHES) * 257, 16)
LAYS = list(product("<>", (NONE, DEFLATE), (False, True), (None, 64)))


@pytest.mark.parametrize(("order", "compression", "apart", "tiles"), LAYS)
def test_wherever_the_pixels_lie_they_are_found(
    order: Literal["<", ">"], compression: int, apart: bool, tiles: int | None
) -> None:
    for pixels in (CHART, DEEP):
        data = tiff(pixels, order=order, compression=compression, apart=apart, tiles=tiles)
        assert seen(data) == PATCHES
        assert upright_size(data) == (128, 80)
        most = np.iinfo(pixels.dtype).max
        alpha = np.full((80, 128, 1), most, pixels.dtype)
        alpha[:16, :16] = 0
        more: Tags = {338: (SHORT, [2])}
        clear = tiff(
            np.concatenate([pixels, alpha], axis=2), order=order, compression=compression, apart=apart, tiles=tiles,
            more=more,
        )  # fmt: skip
        assert seen(clear) == [(255, 255, 255), *PATCHES[1:]]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("name", ["Display P3", "Adobe RGB", "linear Rec. 2020", "linear sRGB"])
def test_colours_are_what_the_profile_says(name: str, depth: int, order: Literal["<", ">"]) -> None:
    space = SPACES[name]
    coded = space.coded(PATCHES, 2**depth - 1)
    data = tiff(samples(coded, depth), order=order, compression=DEFLATE, more=icc(matrix_profile(space)))
    assert_near(seen(data), space.seen(coded, 2**depth - 1))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("depth", [8, 16])
def test_grey_is_read_and_converted(depth: int, order: Literal["<", ">"]) -> None:
    unit = 257 if depth == 16 else 1
    greys = np.array([pixel[:1] for pixel in GREYS])
    assert seen(tiff(samples(greys * unit, depth), GREY, order=order)) == GREYS
    data = tiff(samples(greys * unit, depth), GREY, order=order, more=icc(grey_profile(1.0)))
    assert_near(seen(data), LINEAR.seen([(g * unit,) * 3 for g, _, _ in GREYS], 255 * unit))


INKS = [(index * 53 % 200, index * 91 % 200, index * 37 % 200, index * 29 % 120) for index in range(40)]


def test_cmyk_is_converted_by_its_profile_and_needs_it() -> None:
    for depth in (8, 16):
        pixels = samples(np.array(INKS) * (257 if depth == 16 else 1), depth)
        data = tiff(pixels, CMYK, more=icc(cmyk_profile()))
        assert_near(patches_of(open_photo(data).image), seen_of_inks(INKS))
        for profile, code, words in (
            (None, C.PHOTO_CMYK_WITHOUT_PROFILE, "without a colour profile"),
            (matrix_profile(P3), C.PHOTO_CMYK_WITH_OTHER_PROFILE, "CMYK with an RGB profile"),
        ):
            refused(tiff(pixels, CMYK, more=icc(profile) if profile else None), code, words)


def test_palettes_and_few_bits_are_read() -> None:
    colours = [round(pixel[band] * 257) for band in range(3) for pixel in [*PATCHES, *[(0, 0, 0)] * 216]]
    indices = samples([(index,) for index in range(40)])
    assert seen(tiff(indices, PALETTE, more={320: (SHORT, colours)})) == PATCHES
    for mode, wanted in (("1", {0, 255}), ("L", set(range(250, 256)))):
        out = io.BytesIO()
        Image.new(mode, (100, 90), 255).save(out, "TIFF")
        assert pixel_at(open_photo(out.getvalue()).image, 50, 50)[0] in wanted


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "jpeg", "tiff_adobe_deflate", "tiff_deflate"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA"])
def test_what_programs_pack_is_read(compression: str, mode: str) -> None:
    if (compression, mode) == ("jpeg", "RGBA"):
        return
    out = io.BytesIO()
    image_of(PATCHES).convert(mode).save(
        out, "TIFF", compression=compression, **({"quality": 100} if compression == "jpeg" else {})
    )
    wanted = PATCHES if mode != "L" else patches_of(image_of(PATCHES).convert("L").convert("RGB"))
    assert_near(seen(out.getvalue()), wanted, 12 if compression == "jpeg" else 0)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(orientation: int, order: Literal["<", ">"]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    jpeg = io.BytesIO()
    image_of(PATCHES).save(jpeg, "JPEG", exif=exif, quality=100, subsampling=0)
    wanted = open_photo(jpeg.getvalue())
    for pixels in (CHART, DEEP):
        data = tiff(pixels, order=order, compression=DEFLATE, more={274: (SHORT, [orientation])})
        photo = open_photo(data)
        assert (photo.width, photo.height) == photo.image.size == upright_size(data) == (wanted.width, wanted.height)
        assert max(ImageChops.difference(photo.image, wanted.image).tobytes()) < 12
        assert max(open_photo(data, max_side=80).image.size) == 80


def test_the_tag_alone_turns_the_picture() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="6"/></x:xmpmeta>'
    for compression, pixels in product((NONE, DEFLATE), (CHART, DEEP)):
        assert seen(tiff(pixels, compression=compression, more={700: (BYTE, xmp)})) == PATCHES


def test_smaller_copies_and_masks_behind_the_photo_are_left_alone() -> None:
    for subfile in (1, 4):
        assert seen(tiff(CHART, pages=3, subfile=subfile)) == PATCHES


def raw(make: bytes = b"", **more: tuple[int, list[int]]) -> bytes:
    tags = {int(tag[1:]): value for tag, value in more.items()}
    return tiff(CHART, more={**tags, **({271: (ASCII, make)} if make else {})})


REFUSED = {
    "three pages": (tiff(CHART, pages=3), C.PHOTO_ANIMATED, "3 pages"),
    "DNG": (raw(_50706=(BYTE, [1, 4, 0, 0])), C.PHOTO_FORMAT_UNSUPPORTED, "raw file (DNG)"),
    "NEF": (raw(b"NIKON CORPORATION\0", _254=(4, [1])), C.PHOTO_FORMAT_UNSUPPORTED, "raw file (NEF)"),
    "ARW": (raw(b"SONY\0", _259=(SHORT, [6])), C.PHOTO_FORMAT_UNSUPPORTED, "raw file (ARW)"),
    "PEF": (raw(b"PENTAX Corp\0", _259=(SHORT, [65535])), C.PHOTO_FORMAT_UNSUPPORTED, "raw file (PEF)"),
    "under the sensor's filter": (raw(_262=(SHORT, [32803])), C.PHOTO_FORMAT_UNSUPPORTED, "raw file"),
    "a preview first": (raw(_254=(4, [1])), C.PHOTO_FORMAT_UNSUPPORTED, "raw file"),
    "JPEG 2000 inside": (raw(_259=(SHORT, [34712])), C.PHOTO_FORMAT_UNSUPPORTED, "JPEG 2000 inside"),
    "Zstandard inside": (raw(_259=(SHORT, [50000])), C.PHOTO_FORMAT_UNSUPPORTED, "Zstandard"),
    "fax": (raw(_259=(SHORT, [4])), C.PHOTO_FORMAT_UNSUPPORTED, "fax"),
    "Lab": (raw(_262=(SHORT, [8])), C.PHOTO_FORMAT_UNSUPPORTED, "Lab"),
    "other inks": (tiff(samples(INKS), CMYK, more={332: (SHORT, [2])}), C.PHOTO_FORMAT_UNSUPPORTED, "other inks"),
    "floating point": (raw(_339=(SHORT, [3, 3, 3])), C.PHOTO_FORMAT_UNSUPPORTED, "floating-point"),
    "32 bits": (raw(_258=(SHORT, [32, 32, 32])), C.PHOTO_FORMAT_UNSUPPORTED, "32 bits"),
    "mixed bits": (raw(_258=(SHORT, [8, 8, 16])), C.PHOTO_FORMAT_UNSUPPORTED, "8 and 16 bits"),
    "grey and alpha of 16 bits": (
        tiff(DEEP[:, :, :2], GREY, more={338: (SHORT, [2])}),
        C.PHOTO_FORMAT_UNSUPPORTED,
        "put together",
    ),
    "BigTIFF": (b"II\x2b\0\x08\0\0\0" + bytes(200), C.PHOTO_FORMAT_UNSUPPORTED, "BigTIFF"),
    "a bomb of pixels": (raw(_256=(4, [60_000]), _257=(4, [60_000])), C.PHOTO_TOO_MANY_PIXELS, "60000 x 60000"),
    "a bomb of a tile": (tiff(CHART, tiles=64, more={322: (4, [1 << 20])}), C.PHOTO_TOO_MANY_PIXELS, "tiles"),
    "too small": (tiff(CHART[:79]), C.PHOTO_TOO_SMALL, "128 x 79"),
    "too narrow": (tiff(CHART.repeat(2, axis=1)), C.PHOTO_TOO_NARROW, "256 x 80"),
    "no page": (b"II*\0" + bytes(100), C.PHOTO_TRUNCATED, "no page"),
    "a head alone": (b"MM\0*\0\0", C.PHOTO_TRUNCATED, "too early"),
    "a page behind the end": (b"II*\0\0\1\0\0" + bytes(20), C.PHOTO_TRUNCATED, "behind its end"),
}


def refused(data: bytes, code: C, words: str) -> None:
    with pytest.raises(PhotoRefused) as refusal:
        open_photo(data)
    assert refusal.value.code is code
    assert words in refusal.value.cause
    assert refusal.value.next_step


@pytest.mark.parametrize("which", REFUSED)
def test_what_is_not_read_is_called_what_it_is_at_once(which: str) -> None:
    started = time.process_time()
    refused(*REFUSED[which])
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize("compression", [NONE, DEFLATE])
def test_a_file_whose_pixels_are_cut_is_refused(compression: int) -> None:
    # The directory first, as some programs write it: then only pixels are missing.
    data = tiff(CHART, compression=compression)
    at = int.from_bytes(data[273 - 273 + 4 : 8], "little")
    head = data[:8] + bytes(at - 8) + data[at:]
    refused(head[: at // 2], C.PHOTO_TRUNCATED, "damaged")
    out = bytearray(data)
    offsets = data.index((273).to_bytes(2, "little") + b"\4\0", at) + 8
    place = int.from_bytes(data[offsets : offsets + 4], "little")
    out[place + 16 : place + 20] = (len(data) - 40).to_bytes(4, "little")
    refused(bytes(out), C.PHOTO_TRUNCATED, "decoded")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("deep", [False, True])
def test_damage_anywhere_is_read_or_refused_and_never_takes_long(deep: bool) -> None:
    dice = random.Random(3)
    more = icc(matrix_profile(LINEAR))
    for compression, tiles in product((NONE, DEFLATE), (None, 64)):
        data = tiff(DEEP if deep else CHART, compression=compression, tiles=tiles, more=more)
        at = int.from_bytes(data[4:8], "little")
        for _ in range(40):
            damaged = bytearray(data)
            for _ in range(dice.randrange(1, 4)):
                damaged[dice.choice((dice.randrange(8), dice.randrange(at, len(data))))] = dice.randrange(256)
            started = time.process_time()
            with contextlib.suppress(PhotoRefused):
                open_photo(bytes(damaged))
            assert time.process_time() - started < 1
