"""Adobe RGB by EXIF alone, as cameras write it; a profile or a chunk of colours is believed first."""

from __future__ import annotations

import struct

import pytest

from backdrop.imaging.photos import open_photo
from tests.icc_files import SPACES, SRGB, Space, matrix_profile
from tests.png_files import RGB, SRGB_CHUNK, chunk, gama, png
from tests.unit.imaging.charts import GREYS, PATCHES, assert_near, encoded, held, image_of, pixel_at, rows_of, seen

ADOBE, P3, LINEAR = SPACES["Adobe RGB"], SPACES["Display P3"], SPACES["linear sRGB"]


def exif(space: int | None, index: bytes | None = None, order: str = ">", orientation: int = 1) -> bytes:
    """EXIF with a colour space and an interoperability index, byte by byte."""

    def directory(entries: list[tuple[int, int, int, bytes]]) -> bytes:
        body = b"".join(struct.pack(order + "HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in entries)
        return struct.pack(order + "H", len(entries)) + body + bytes(4)

    def short(value: int) -> bytes:
        return struct.pack(order + "H", value)

    def long(value: int) -> bytes:
        return struct.pack(order + "I", value)

    at_camera = 8 + 2 + 2 * 12 + 4
    camera = [(0xA001, 3, 1, short(space))] if space is not None else []
    at_index = at_camera + 2 + (len(camera) + (index is not None)) * 12 + 4
    if index is not None:
        camera.append((0xA005, 4, 1, long(at_index)))
    head = (b"MM" if order == ">" else b"II") + short(42) + long(8)
    main = directory([(0x0112, 3, 1, short(orientation)), (0x8769, 4, 1, long(at_camera))])
    last = b"" if index is None else directory([(1, 2, len(index), index)])
    return b"Exif\0\0" + head + main + directory(camera) + last


SAID = {
    "uncalibrated and R03": (exif(65_535, b"R03\0"), ADOBE),
    "the same, little end first": (exif(65_535, b"R03\0", "<"), ADOBE),
    "R03 without a zero": (exif(65_535, b"R03"), ADOBE),
    "no space and R03": (exif(None, b"R03\0"), ADOBE),
    "space 2": (exif(2), ADOBE),
    "space 2 and R98": (exif(2, b"R98\0"), ADOBE),
    "uncalibrated": (exif(65_535), SRGB),
    "uncalibrated and R98": (exif(65_535, b"R98\0"), SRGB),
    "uncalibrated and THM": (exif(65_535, b"THM\0"), SRGB),
    "sRGB": (exif(1), SRGB),
    "sRGB and R98": (exif(1, b"R98\0"), SRGB),
    "sRGB and R03": (exif(1, b"R03\0"), SRGB),
    "nothing": (exif(None), SRGB),
    "a directory behind the end": (exif(65_535, b"R03\0")[:70], SRGB),
    "a damaged directory": (exif(65_535, b"R03\0")[:44] + b"\xff" * 40, SRGB),
}


@pytest.mark.parametrize("format_", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("which", SAID)
@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_exif_tells_adobe_rgb(which: str, format_: str) -> None:
    said, space = SAID[which]
    coded = ADOBE.coded(PATCHES)
    if format_ == "PNG":
        data = png(rows_of(coded), RGB, 8, chunk(b"eXIf", said[6:]))
    else:
        data = encoded(image_of(coded), format_, exif=said)
    assert_near(seen(data), space.seen(held(data)), 5 if space is ADOBE else 0)


def test_16_bits_and_grey_are_converted_by_exif_too() -> None:
    said = chunk(b"eXIf", exif(65_535, b"R03\0")[6:])
    assert_near(seen(png(rows_of(ADOBE.coded(PATCHES, 65_535)), RGB, 16, said)), PATCHES)
    grey = encoded(image_of([pixel[:1] for pixel in ADOBE.coded(GREYS)], "L"), "JPEG", exif=exif(2))
    assert_near(seen(grey), ADOBE.seen(held(grey)), 2)


@pytest.mark.parametrize("profile", [P3, SRGB], ids=["P3", "sRGB"])
@pytest.mark.parametrize("format_", ["JPEG", "WEBP", "PNG"])
def test_a_profile_is_believed_before_exif(format_: str, profile: Space) -> None:
    options = {"icc_profile": matrix_profile(profile), "exif": exif(65_535, b"R03\0")}
    data = encoded(image_of(PATCHES), format_, **options)
    assert_near(seen(data), profile.seen(held(data)))


def test_a_chunk_of_colours_is_believed_before_exif() -> None:
    said = chunk(b"eXIf", exif(65_535, b"R03\0")[6:])
    assert seen(png(rows_of(PATCHES), RGB, 8, said, SRGB_CHUNK)) == PATCHES
    coded = LINEAR.coded(PATCHES)
    assert_near(seen(png(rows_of(coded), RGB, 8, gama(1.0), after=said)), LINEAR.seen(coded))


@pytest.mark.parametrize("format_", ["JPEG", "WEBP"])
def test_a_damaged_profile_gives_way_to_exif(format_: str) -> None:
    data = encoded(image_of(ADOBE.coded(PATCHES)), format_, icc_profile=b"damaged", exif=exif(65_535, b"R03\0"))
    assert_near(seen(data), ADOBE.seen(held(data)))


def test_the_way_up_is_told_by_the_same_exif() -> None:
    data = encoded(image_of(ADOBE.coded(PATCHES)), "JPEG", exif=exif(65_535, b"R03\0", orientation=6))
    image = open_photo(data).image
    assert image.size == (80, 128)
    assert_near([pixel_at(image, 79 - 8, 8)], ADOBE.seen(held(data))[:1])
