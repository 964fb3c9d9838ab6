"""Colours come out by what a profile says, whatever it is called and however it says it."""

from __future__ import annotations

import struct
from functools import cache

import pytest
from PIL import Image, ImageCms

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.imaging.marketplace import check, presets
from backdrop.imaging.photos import open_photo
from tests.heic_files import coded as hevc
from tests.heic_files import file_of as heic_of
from tests.heic_files import icc, nclx, picture
from tests.icc_files import (
    SPACES,
    SRGB,
    Space,
    cmyk_profile,
    file_of,
    grey_profile,
    lut_profile,
    matrix_profile,
    seen_of_inks,
)
from tests.png_files import GREY, GREY_ALPHA, RGB, RGBA, iccp, png
from tests.unit.imaging.charts import GREYS, PATCHES, assert_near, encoded, held, image_of, rows_of, seen

WAYS = {
    "parametric": lambda space: matrix_profile(space),
    "version 2, a table of 1024": lambda space: matrix_profile(space, version=2, curve="table"),
    "version 2, a gamma": lambda space: matrix_profile(space, version=2, curve="gamma"),
    "a table of 16 bits, to Lab": lambda space: lut_profile(space, "mft2"),
    "a table of 16 bits, to XYZ": lambda space: lut_profile(space, "mft2", pcs="XYZ"),
    "a table of version 4": lambda space: lut_profile(space, "mAB "),
}
LINEAR, P3 = SPACES["linear sRGB"], SPACES["Display P3"]


@cache
def profile(space: str, way: str) -> bytes:
    return WAYS[way](SPACES[space])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("space", SPACES)
def test_a_profile_that_is_called_srgb_is_converted_by_what_it_says(space: str, way: str) -> None:
    coded = SPACES[space].coded(PATCHES)
    data = encoded(image_of(coded), icc_profile=profile(space, way))
    assert_near(seen(data), SPACES[space].seen(coded))


# Each space in each way; with and without transparency in turn, so that both come in each space and in each way.
KINDS = [
    (space, way, (RGB, RGBA)[(row + column) % 2]) for row, space in enumerate(SPACES) for column, way in enumerate(WAYS)
]


@pytest.mark.parametrize(("space", "way", "kind"), KINDS)
def test_16_bits_are_reduced_after_the_conversion(space: str, way: str, kind: int) -> None:
    """So the chart's own colours come back, where 8 bits of linear or wide colours are too few for them."""
    coded = SPACES[space].coded(PATCHES, 65_535)
    pixels: list[tuple[int, ...]] = [(*pixel, 65_535) for pixel in coded] if kind == RGBA else list(coded)
    data = png(rows_of(pixels), kind, 16, iccp(profile(space, way)))
    assert_near(seen(data), SPACES[space].seen(coded, 65_535), 4)


@pytest.mark.parametrize("format_", ["JPEG", "WEBP"])
@pytest.mark.parametrize("space", SPACES)
def test_the_same_in_other_formats(space: str, format_: str) -> None:
    data = encoded(image_of(SPACES[space].coded(PATCHES)), format_, icc_profile=profile(space, "parametric"))
    assert_near(seen(data), SPACES[space].seen(held(data)))


@pytest.mark.parametrize("space", ["linear sRGB", "Display P3", "Adobe RGB", "a monitor"])
def test_the_same_in_heic(space: str) -> None:
    image = hevc(image_of(SPACES[space].coded(PATCHES)), chroma=444, quality=100)
    # What the encoder made of it: the same picture without any colours.
    wanted = SPACES[space].seen(seen(heic_of({1: picture(image)})))
    for colours in ([icc(profile(space, "parametric"))], [nclx(1, 13), icc(profile(space, "parametric"))]):
        assert_near(seen(heic_of({1: picture(image, *colours)})), wanted)


USUAL = {
    "version 2, a table of 1024": lambda name: matrix_profile(SRGB, version=2, curve="table", name=name),
    "version 2, a short table": lambda name: matrix_profile(SRGB, version=2, curve="small table", name=name),
    "version 4, parametric": lambda name: matrix_profile(SRGB, name=name),
    "LittleCMS's own": lambda name: ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    "a table": lambda name: lut_profile(SRGB, name=name),
}


@pytest.mark.parametrize("name", ["sRGB IEC61966-2.1", "c2", "Adobe RGB (1998)"])
@pytest.mark.parametrize("way", USUAL)
def test_pixels_that_are_srgb_stay_exactly_as_they_are(way: str, name: str) -> None:
    data = encoded(image_of(PATCHES), icc_profile=USUAL[way](name))
    assert seen(data) == PATCHES


def test_the_usual_profile_is_looked_at_once_and_costs_no_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(image_of(PATCHES), icc_profile=matrix_profile(SRGB, name="once"))
    open_photo(data)
    monkeypatch.setattr(ImageCms, "buildTransform", None)
    monkeypatch.setattr(ImageCms.ImageCmsTransform, "apply", None)
    assert seen(data) == PATCHES


@pytest.mark.parametrize("mode", ["RGBA", "P"])
def test_transparent_parts_become_white_and_the_others_are_converted(mode: str) -> None:
    coded = P3.coded(PATCHES)
    wanted = P3.seen(coded)
    if mode == "RGBA":
        image = image_of([(*pixel, 0 if index == 3 else 255) for index, pixel in enumerate(coded)], "RGBA")
        data = encoded(image, icc_profile=matrix_profile(P3))
    else:
        image = image_of([(index,) for index in range(len(coded))], "P")
        image.putpalette([sample for pixel in coded for sample in pixel])
        data = encoded(image, icc_profile=matrix_profile(P3), transparency=3)
    found = seen(data)
    assert found[3] == (255, 255, 255)
    assert_near(found[:3] + found[4:], wanted[:3] + wanted[4:])


def test_what_is_half_transparent_is_converted_before_it_is_laid_on_white() -> None:
    coded = LINEAR.coded(PATCHES, 65_535)
    pixels = [(*pixel, 32_768) for pixel in coded]
    wanted = [tuple(round(sample + (255 - sample) / 2) for sample in pixel) for pixel in PATCHES]
    for depth, shown in ((16, pixels), (8, [tuple(sample // 257 for sample in pixel) for pixel in pixels])):
        data = png(rows_of(shown), RGBA, depth, iccp(matrix_profile(LINEAR)))
        if depth == 16:
            assert_near(seen(data), [(pixel[0], pixel[1], pixel[2]) for pixel in wanted])
        else:
            kept = [(pixel[0], pixel[1], pixel[2]) for pixel in shown]
            laid = [tuple(round(sample + (255 - sample) / 2) for sample in pixel) for pixel in LINEAR.seen(kept)]
            assert_near(seen(data), [(pixel[0], pixel[1], pixel[2]) for pixel in laid])


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.2, None], ids=["linear", "1.8", "2.2", "sRGB"])
@pytest.mark.parametrize("kind", ["8 bits", "8 bits with alpha", "16 bits", "16 bits with alpha", "JPEG"])
def test_grey_photos_are_converted_by_grey_profiles(kind: str, exponent: float | None, version: int) -> None:
    said, space = grey_profile(exponent, version=version), Space(exponent=exponent)
    if kind == "JPEG":
        data = encoded(image_of([pixel[:1] for pixel in space.coded(GREYS)], "L"), "JPEG", icc_profile=said)
        assert_near(seen(data), space.seen(held(data)))
        return
    depth, most = (16, 65_535) if kind.startswith("16") else (8, 255)
    coded = space.coded(GREYS, most)
    alpha = "alpha" in kind
    pixels = [(pixel[0], most) if alpha else pixel[:1] for pixel in coded]
    found = seen(png(rows_of(pixels), GREY_ALPHA if alpha else GREY, depth, iccp(said)))
    assert_near(found, GREYS if depth == 16 else space.seen(coded), 2)


@pytest.mark.parametrize("space", ["linear sRGB", "Adobe RGB", "ProPhoto RGB"])
@pytest.mark.parametrize("kind", ["8 bits", "16 bits", "JPEG"])
def test_grey_photos_are_converted_by_profiles_for_colour_too(kind: str, space: str) -> None:
    most = 65_535 if kind == "16 bits" else 255
    coded = SPACES[space].coded(GREYS, most)
    greys = [pixel[:1] for pixel in coded]
    if kind == "JPEG":
        data = encoded(image_of(greys, "L"), "JPEG", icc_profile=profile(space, "parametric"))
        coded = held(data)
    else:
        data = png(rows_of(greys), GREY, 16 if most > 255 else 8, iccp(profile(space, "parametric")))
    assert_near(seen(data), SPACES[space].seen(coded, most), 2)


UNFIT = {
    "for grey": grey_profile(1.0),
    "for inks": cmyk_profile(),
    "for Lab": file_of({}, space="Lab"),
    "of no length": b"",
    "no profile at all": b"damaged",
    "a head alone": matrix_profile(LINEAR)[:128],
    "cut in half": matrix_profile(LINEAR)[: len(matrix_profile(LINEAR)) // 2],
    "shorter than it says": b"\1" + matrix_profile(LINEAR)[1:],
    "without its curves": file_of({}),
    "a link between devices": file_of({}, kind=b"link"),
}


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("why", UNFIT)
def test_a_profile_that_cannot_be_the_photos_is_passed_over(why: str, format_: str) -> None:
    data = encoded(image_of(PATCHES), format_, icc_profile=UNFIT[why])
    assert seen(data) == held(data)


INKS = [(index * 53 % 200, index * 91 % 200, index * 37 % 200, index * 29 % 120) for index in range(40)]


def test_cmyk_is_converted_by_its_profile() -> None:
    # Adobe's files hold inks the other way round, which Pillow undoes.
    data = encoded(image_of(INKS, "CMYK"), "JPEG", icc_profile=cmyk_profile("sRGB"))
    assert_near(seen(data), seen_of_inks(INKS))


REFUSED_INKS = {
    "an RGB one": (matrix_profile(SRGB), ErrorCode.PHOTO_CMYK_WITH_OTHER_PROFILE, "CMYK with an RGB profile"),
    "a grey one": (grey_profile(2.2), ErrorCode.PHOTO_CMYK_WITH_OTHER_PROFILE, "CMYK with a grey profile"),
    "a Lab one": (file_of({}, space="Lab"), ErrorCode.PHOTO_CMYK_WITH_OTHER_PROFILE, "CMYK with a Lab profile"),
    "a damaged one": (cmyk_profile()[:5000], ErrorCode.PHOTO_CMYK_WITHOUT_PROFILE, "damaged"),
    "an empty one": (file_of({}, space="CMYK"), ErrorCode.PHOTO_CMYK_WITHOUT_PROFILE, "damaged"),
    "none": (None, ErrorCode.PHOTO_CMYK_WITHOUT_PROFILE, "CMYK without a colour profile"),
}


@pytest.mark.parametrize("which", REFUSED_INKS)
def test_cmyk_without_a_profile_of_its_own_is_refused_and_told_why(which: str) -> None:
    said, code, words = REFUSED_INKS[which]
    with pytest.raises(PhotoRefused) as refusal:
        open_photo(encoded(image_of(INKS, "CMYK"), "JPEG", icc_profile=said))
    assert refusal.value.code is code
    assert words in refusal.value.cause
    assert "sRGB" in refusal.value.next_step


def segment(content: bytes) -> bytes:
    return b"\xff\xe2" + struct.pack(">H", 2 + len(content)) + content


def in_segments(said: bytes, order: list[int], size: int) -> bytes:
    """A JPEG file whose profile is cut into pieces that stand in this order."""
    pieces = [said[at : at + size] for at in range(0, len(said), size)]
    segments = [segment(b"ICC_PROFILE\0" + bytes([index, len(pieces)]) + pieces[index - 1]) for index in order]
    plain = encoded(image_of(P3.coded(PATCHES)), "JPEG")
    return plain[:2] + b"".join(segments) + plain[2:]


SEGMENTED = {
    "in order": ([1, 2, 3, 4], True),
    "out of order": ([3, 1, 4, 2], True),
    "twice": ([1, 2, 3, 4, 1, 2, 3, 4], True),
    "without the second": ([1, 3, 4], False),
    "without the first": ([2, 3, 4], False),
    "without the last": ([1, 2, 3], False),
}


@pytest.mark.parametrize("how", SEGMENTED)
@pytest.mark.parametrize("large", [False, True], ids=["small", "200 KB"])
def test_a_profile_in_several_segments_is_put_together_or_passed_over(how: str, large: bool) -> None:
    order, is_whole = SEGMENTED[how]
    said = matrix_profile(P3, name="sRGB" + "." * (100_000 if large else 0))
    data = in_segments(said, order, -(-len(said) // 4))
    assert_near(seen(data), P3.seen(held(data)) if is_whole else held(data), 5 if is_whole else 0)


def test_a_finished_image_is_called_srgb_by_what_its_profile_says() -> None:
    preset = next(iter(presets().values()))
    white = Image.new("RGB", (100, 100), "white")
    found = {
        name: next(
            item
            for item in check(encoded(white, "JPEG", icc_profile=said), preset, None, 1.0).checks
            if item.code == "COLOUR_SPACE"
        ).passed
        for name, said in {"P3": matrix_profile(P3, name="sRGB"), "sRGB": matrix_profile(SRGB, name="other")}.items()
    }
    assert found == {"P3": False, "sRGB": True}
