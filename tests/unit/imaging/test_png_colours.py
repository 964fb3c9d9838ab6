"""Colours of PNG files by their own chunks, in the order of the specification: cICP, iCCP, sRGB, gAMA and cHRM."""

from __future__ import annotations

import struct
import zlib
from itertools import product

import pytest

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.imaging.photos import open_photo, upright_size
from tests.icc_files import D65, SPACES, SRGB, Pixel, Space, grey_profile, matrix_profile
from tests.png_files import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGBA,
    SRGB_CHUNK,
    chrm,
    chunk,
    cicp,
    gama,
    iccp,
    png,
)
from tests.unit.imaging.bounds import within
from tests.unit.imaging.charts import GREYS, PATCHES, SIDE, assert_near, encoded, image_of, pixel_at, rows_of, seen

P3, LINEAR, ADOBE = SPACES["Display P3"], SPACES["linear sRGB"], SPACES["Adobe RGB"]
GAMMAS = [1.0, 0.45455, 0.55, 0.38, 0.6]


def chart(space: Space, *chunks: bytes, depth: int = 8) -> tuple[bytes, list[Pixel]]:
    """A chart held in a space, with these chunks, and what is to be seen of it."""
    most = 2**depth - 1
    coded = space.coded(PATCHES, most)
    return png(rows_of(coded), RGB, depth, *chunks), space.seen(coded, most)


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("gamma", GAMMAS)
def test_a_brightness_counts_with_and_without_primaries(gamma: float, depth: int) -> None:
    plain = Space(exponent=1 / gamma)
    data, wanted = chart(plain, gama(gamma), depth=depth)
    assert_near(seen(data), wanted, 3)
    for space in SPACES.values():
        made = Space(space.primaries, space.white, 1 / gamma)
        data, wanted = chart(made, gama(gamma), chrm(space.primaries, space.white), depth=depth)
        assert_near(seen(data), wanted)


def test_primaries_alone_count_with_the_brightness_of_srgb() -> None:
    data, wanted = chart(P3, chrm(P3.primaries, D65))
    assert_near(seen(data), wanted)


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("kind", ["8 bits", "8 bits with alpha", "16 bits", "16 bits with alpha"])
def test_grey_has_a_brightness_and_no_primaries(kind: str, gamma: float) -> None:
    depth, most = (16, 65_535) if kind.startswith("16") else (8, 255)
    space = Space(exponent=1 / gamma)
    coded = space.coded(GREYS, most)
    alpha = "alpha" in kind
    pixels = [(pixel[0], most) if alpha else pixel[:1] for pixel in coded]
    chunks = (gama(gamma), chrm(P3.primaries, (0.35, 0.36)))
    data = png(rows_of(pixels), GREY_ALPHA if alpha else GREY, depth, *chunks)
    assert_near(seen(data), space.seen(coded, most), 2)


WINNERS = {
    "sRGB over a contradicting gAMA and cHRM": (SRGB, [gama(1.0), SRGB_CHUNK, chrm(P3.primaries, D65)]),
    "iCCP over sRGB, gAMA and cHRM": (P3, [SRGB_CHUNK, iccp(matrix_profile(P3)), gama(1.0)]),
    "cICP over iCCP": (P3, [iccp(matrix_profile(ADOBE)), cicp(12, 13)]),
    "cICP for sRGB over iCCP": (SRGB, [cicp(1, 13), iccp(matrix_profile(ADOBE)), gama(1.0)]),
    "cICP over sRGB": (SPACES["linear Rec. 2020"], [SRGB_CHUNK, cicp(9, 8)]),
    "cICP with a matrix is none": (ADOBE, [cicp(12, 13, 1), iccp(matrix_profile(ADOBE))]),
    "cICP without a meaning is none": (ADOBE, [cicp(2, 2), iccp(matrix_profile(ADOBE))]),
    "cICP with half a meaning is none": (ADOBE, [cicp(12, 2), iccp(matrix_profile(ADOBE))]),
    "cICP of an unknown kind is none": (ADOBE, [cicp(12, 200), iccp(matrix_profile(ADOBE))]),
    "cICP that is cut is none": (ADOBE, [chunk(b"cICP", b"\x0c\x0d\0"), iccp(matrix_profile(ADOBE))]),
    "a damaged iCCP gives way to sRGB": (SRGB, [iccp(b"damaged"), SRGB_CHUNK, gama(1.0)]),
    "a damaged iCCP gives way to gAMA": (LINEAR, [iccp(b"damaged"), gama(1.0)]),
    "an iCCP that is no zlib gives way to gAMA": (LINEAR, [chunk(b"iCCP", b"sRGB\0\0nonsense"), gama(1.0)]),
    "an iCCP of no length gives way to gAMA": (LINEAR, [iccp(b""), gama(1.0)]),
    "an iCCP for grey gives way to gAMA": (LINEAR, [iccp(grey_profile(2.2)), gama(1.0)]),
    "a gAMA of nothing is none": (SRGB, [gama(0)]),
    "primaries on a line are none": (LINEAR, [gama(1.0), chrm([(0.1, 0.1), (0.2, 0.2), (0.3, 0.3)], D65)]),
    "primaries without light are none": (SRGB, [chrm([(0.1, 0.0), (0.2, 0.2), (0.3, 0.3)], D65)]),
    "a white outside of the primaries is none": (LINEAR, [gama(1.0), chrm(SRGB.primaries, (0.7, 0.2))]),
    "the first of two counts": (LINEAR, [gama(1.0), gama(0.55)]),
    "one with a wrong checksum is none": (LINEAR, [SRGB_CHUNK[:-4] + b"none", gama(1.0)]),
    "nothing said": (SRGB, []),
}


@pytest.mark.parametrize("which", WINNERS)
@pytest.mark.parametrize("depth", [8, 16])
def test_the_chunk_that_is_to_be_believed_wins(which: str, depth: int) -> None:
    space, chunks = WINNERS[which]
    data, wanted = chart(space, *chunks, depth=depth)
    assert_near(seen(data), wanted)


def test_colours_behind_the_pixels_come_too_late() -> None:
    assert seen(png(rows_of(PATCHES), RGB, 8, after=gama(1.0) + iccp(matrix_profile(P3)))) == PATCHES


@pytest.mark.parametrize("curve", [16, 18], ids=["PQ", "HLG"])
@pytest.mark.parametrize("depth", [8, 16])
def test_hdr_is_refused_in_words_as_heic_is(curve: int, depth: int) -> None:
    words = f"HDR ({'PQ' if curve == 16 else 'HLG'})"
    points = chunk(b"cicp", bytes(4))[4:8] + bytes(4) + bytes([9, curve, 0, 1])
    labelled = matrix_profile(SPACES["Rec. 2020"], tags={b"cicp": points})
    for chunks in ([cicp(9, curve)], [iccp(matrix_profile(P3)), cicp(9, curve, 0, 0)], [iccp(labelled)]):
        with pytest.raises(PhotoRefused) as refusal:
            open_photo(chart(SRGB, *chunks, depth=depth)[0])
        assert refusal.value.code is ErrorCode.PHOTO_FORMAT_UNSUPPORTED
        assert words in refusal.value.cause


@pytest.mark.parametrize("kind", [GREY, RGB, RGBA])
@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("points", [(1, 13), (12, 13)], ids=["sRGB", "P3"])
def test_narrow_range_is_widened(points: tuple[int, int], depth: int, kind: int) -> None:
    space, unit = (SRGB if points == (1, 13) else P3), 2 ** (depth - 8)
    patches = GREYS if kind == GREY else PATCHES
    coded = space.coded(patches, 65_535)
    narrow = [tuple(round(16 * unit + sample / 65_535 * 219 * unit) for sample in pixel) for pixel in coded]
    pixels = [pixel[:1] if kind == GREY else (*pixel, 256 * unit - 1) if kind == RGBA else pixel for pixel in narrow]
    found = seen(png(rows_of(pixels), kind, depth, cicp(*points, 0, 0)))
    kept = [tuple((sample / unit - 16) / 219 * 65_535 for sample in pixel) for pixel in narrow]
    assert_near(found, space.seen([(round(r), round(g), round(b)) for r, g, b in kept], 65_535))
    # Narrow or not is told by the chunk that counts alone.
    plain = png(rows_of(pixels), kind, depth, cicp(2, 2, 0, 0), SRGB_CHUNK)
    assert_near(seen(plain), [(p[0] // unit, p[1] // unit, p[2] // unit) for p in narrow], 1)


@pytest.mark.parametrize("chunks", [(gama(1.0),), (iccp(matrix_profile(LINEAR)),), (cicp(1, 8),)])
def test_a_palette_is_converted_and_what_is_transparent_in_it_is_white(chunks: tuple[bytes, ...]) -> None:
    coded = LINEAR.coded(PATCHES)
    palette = chunk(b"PLTE", bytes(sample for pixel in coded for sample in pixel))
    alphas = chunk(b"tRNS", bytes([255, 0, 255]))
    found = seen(png(rows_of([(index,) for index in range(40)]), PALETTE, 8, *chunks, palette, alphas))
    assert found[1] == (255, 255, 255)
    wanted = LINEAR.seen(coded)
    assert_near(found[:1] + found[2:], wanted[:1] + wanted[2:])


@pytest.mark.parametrize("chunks", [(), (gama(1.0),)], ids=["sRGB", "linear"])
@pytest.mark.parametrize("kind", [GREY, RGB])
def test_one_transparent_colour_of_16_bits_is_compared_with_all_of_them(kind: int, chunks: tuple[bytes, ...]) -> None:
    space = LINEAR if chunks else SRGB
    patches = GREYS if kind == GREY else PATCHES
    coded = space.coded(patches, 65_535)
    key, other = coded[9], tuple(sample ^ 1 for sample in coded[9])
    pixels = [key, other, *coded[2:]]
    clear = chunk(b"tRNS", struct.pack(">H" if kind == GREY else ">3H", *key[: 1 if kind == GREY else 3]))
    shown = [pixel[:1] if kind == GREY else pixel for pixel in pixels]
    found = seen(png(rows_of(shown), kind, 16, *chunks, clear))
    assert found[0] == found[9] == (255, 255, 255)
    assert_near([*found[1:9], *found[10:]], [patches[9], *patches[2:9], *patches[10:]], 1)


def test_no_steps_show_in_a_dark_gradient_of_linear_light() -> None:
    """8 bits of linear light know 13 levels of sRGB between the darkest two: 16 keep each level apart."""
    greys: list[Pixel] = [(value, value, value) for value in range(100)]
    row = LINEAR.coded(greys, 65_535)
    for kind, pixels in ((RGB, row), (GREY, [pixel[:1] for pixel in row])):
        image = open_photo(png([pixels] * 100, kind, 16, gama(1.0))).image
        assert_near([pixel_at(image, x, 50) for x in range(100)], greys, 1)


def adam7(pixels: list[list[Pixel]], *chunks: bytes) -> bytes:
    """An interlaced file of 16 bits."""
    lines = b""
    for left, top, right, down in (
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ):  # fmt: skip
        for row in pixels[top::down]:
            lines += b"\0" + b"".join(struct.pack(">3H", *pixel) for pixel in row[left::right])
    head = struct.pack(">IIBBBBB", len(pixels[0]), len(pixels), 16, RGB, 0, 0, 1)
    signature = png([[(0,)]], GREY)[:8]
    return signature + chunk(b"IHDR", head) + b"".join(chunks) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND")


def test_interlaced_files_of_16_bits_are_whole_too() -> None:
    coded = LINEAR.coded(PATCHES, 65_535)
    assert_near(seen(adam7(rows_of(coded), gama(1.0))), PATCHES, 1)


def test_a_large_photo_of_16_bits_is_the_same_in_every_strip() -> None:
    coded = P3.coded(PATCHES, 65_535)
    rows = [[pixel for pixel in row for _ in range(10)] for row in rows_of(coded) for _ in range(10)]
    image = open_photo(png(rows, RGB, 16, cicp(12, 13))).image
    middles = [((8 + SIDE * x) * 10, (8 + SIDE * y) * 10) for y, x in product(range(5), range(8))]
    assert_near([pixel_at(image, *middle) for middle in middles], PATCHES)


MEGABYTE = 2**20
TURNED = b"MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
"""EXIF: Orientation 6."""
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="6"/></x:xmpmeta>'


def texts(size: int) -> dict[str, bytes]:
    """XMP with so many bytes of padding, in each kind of text."""
    padded = XMP + b" " * size
    return {
        "compressed iTXt": chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(padded)),
        "iTXt": chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + padded),
        "zTXt": chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(padded)),
        "tEXt": chunk(b"tEXt", b"XML:com.adobe.xmp\0" + padded),
    }


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("kind", ["compressed iTXt", "iTXt", "zTXt", "tEXt"])
def test_xmp_of_megabytes_is_read_for_the_way_up(kind: str, place: str) -> None:
    text = texts(3 * MEGABYTE)[kind]
    rows = rows_of(PATCHES)
    data = png(rows, RGB, 8, text) if place == "before" else png(rows, RGB, 8, after=text)
    photo = open_photo(data)
    assert upright_size(data) == photo.image.size == (80, 128)
    assert photo.image.getpixel((79 - 8, 8)) == PATCHES[0]


def test_other_texts_of_megabytes_are_left_alone() -> None:
    packed = zlib.compress(bytes(5 * MEGABYTE))
    chunks = [chunk(b"zTXt", b"Raw profile type xmp\0\0" + packed), chunk(b"iTXt", b"Comment\0\1\0\0\0" + packed)]
    assert seen(png(rows_of(PATCHES), RGB, 8, *chunks)) == PATCHES


def test_a_profile_of_megabytes_is_converted() -> None:
    said = matrix_profile(P3, name="sRGB", tags={b"zzzz": b"data" + bytes(4) + bytes(range(256)) * 4 * 3072})
    assert len(said) > 3 * MEGABYTE
    data, wanted = chart(P3, iccp(said))
    assert_near(seen(data), wanted)


def test_exif_as_imagemagick_writes_it_tells_the_way_up() -> None:
    exif = b"Exif\0\0" + TURNED
    text = b"\nexif\n%8d\n" % len(exif) + exif.hex().encode() + b"\n"
    data = png(rows_of(PATCHES), RGB, 8, chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text)))
    assert upright_size(data) == open_photo(data).image.size == (80, 128)


def test_the_way_up_is_told_without_decoding_a_png() -> None:
    data = png(rows_of(PATCHES), RGB, 8, after=chunk(b"eXIf", TURNED))
    broken = bytearray(data)
    at = data.index(b"IDAT") + 10
    broken[at : at + 20] = bytes(20)
    assert upright_size(data) == upright_size(bytes(broken)) == (80, 128)


@pytest.mark.parametrize("packed", [b"XML:com.adobe.xmp\0\1\0\0\0", b"XML:com.adobe.xmp\0\0"], ids=["iTXt", "zTXt"])
def test_a_thousand_bombs_of_text_cost_next_to_nothing(packed: bytes) -> None:
    bomb = chunk(b"iTXt" if b"\1" in packed else b"zTXt", packed + zlib.compress(bytes(100 * MEGABYTE), 9))
    data = png(rows_of(PATCHES), RGB, 8, *[bomb] * 100)
    with within(2, 80 * MEGABYTE):
        assert seen(data) == PATCHES


def test_a_file_that_is_cut_behind_its_pixels_is_read() -> None:
    data = png(rows_of(PATCHES), RGB, 8, after=texts(1000)["tEXt"])
    assert seen(data[:-600]) == PATCHES
    assert seen(encoded(image_of(PATCHES))[:-12]) == PATCHES
