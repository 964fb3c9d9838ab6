"""Finished images: every way from a photo, a picture and a mask to a file."""

from __future__ import annotations

import io
import time
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Fill, Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.imaging import finishing as finish_module
from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.encoding import Format
from backdrop.imaging.finishing import Finished, finish
from backdrop.imaging.framing import canvas_for, outpaints
from backdrop.imaging.photos import Photo, open_photo
from tests.unit.imaging.pictures import ORIGIN, PLAIN, SUBJECT, decoded, disc, photo_of_disc, roundness, sample

NEW = (90, 200, 120)


def made(
    photo: Photo,
    mask: Image.Image | None,
    options: Options,
    *,
    picture: Image.Image | None = None,
    mode: Mode = Mode.PRECISE,
) -> Finished:
    """Finished with a green picture of the right shape unless another is given."""
    if picture is None and options.generates:
        size = (photo.width, photo.height)
        picture = Image.new("RGB", canvas_for(size, options.output).size if outpaints(options) else size, NEW)
    origin = ORIGIN if options.generates else PLAIN
    return finish(photo, picture, mask, mode=mode, options=options, boxes=[], origin=origin)


def output(**fields: Any) -> OutputOptions:
    return OutputOptions(**{"format": "PNG", **fields})


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def test_default_options_keep_size_and_format_and_make_no_further_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, mask = photo_of_disc()
    composed = []

    def spy(*args: Any, **named: Any) -> Image.Image:
        composed.append(composite_precise(*args, **named))
        return composed[-1]

    monkeypatch.setattr(finish_module, "composite_precise", spy)
    done = made(photo, mask, Options())
    assert done.image is composed[0]
    assert (done.width, done.height, done.format) == (400, 300, "JPEG")
    assert (done.content_type, done.extension) == ("image/jpeg", "jpg")
    assert done.checks is None
    back = decoded(done.data)
    assert (back.format, back.size, back.mode) == ("JPEG", (400, 300), "RGB")


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_the_photos_format_is_kept(format_: Format) -> None:
    photo, mask = photo_of_disc()
    photo = Photo(photo.image, format_, photo.width, photo.height)
    assert decoded(made(photo, mask, Options()).data).format == format_


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_format_that_was_asked_for_says_its_origin_and_no_more(format_: Format) -> None:
    source = io.BytesIO()
    image, mask = photo_of_disc()
    exif = Image.Exif()
    exif[0xA431] = "SERIAL-4711"
    exif.get_ifd(0x8825)[29] = "2026:11:21"
    image.image.save(source, "JPEG", exif=exif, comment=b"REMARK")
    photo = open_photo(source.getvalue())
    done = made(photo, mask, Options(output=OutputOptions(format=format_)))
    back = decoded(done.data)
    assert back.format == format_ == done.format
    assert b"compositeWithTrainedAlgorithmicMedia" in back.info["xmp"]
    assert not dict(back.getexif())
    for secret in (b"SERIAL-4711", b"REMARK", b"2026:11:21"):
        assert secret in source.getvalue()
        assert secret not in done.data


def test_quality_is_passed_on() -> None:
    photo, mask = photo_of_disc()
    small, large = (made(photo, mask, Options(output=OutputOptions(quality=q))).data for q in (20, 95))
    assert len(small) < len(large)


def test_default_mode_takes_the_models_picture_scaled() -> None:
    photo, _ = photo_of_disc()
    picture = Image.linear_gradient("L").convert("RGB").resize((200, 150))
    done = made(photo, None, Options(output=output()), picture=picture, mode=Mode.DEFAULT)
    assert same(done.image, picture.resize((400, 300), Image.Resampling.LANCZOS))


@pytest.mark.parametrize("mode", list(Mode))
def test_an_outpainted_picture_covers_the_canvas(mode: Mode) -> None:
    """Left half green, right half white: it must end up as it came, around the photo and not squeezed into it."""
    photo, mask = photo_of_disc()
    picture = Image.new("RGB", (200, 250), NEW)
    picture.paste((255, 255, 255), (100, 0, 200, 250))
    done = made(photo, mask, Options(output=output(aspect="4:5")), picture=picture, mode=mode)
    assert done.image.size == (400, 500)
    assert done.image.getpixel((20, 5)) == done.image.getpixel((20, 495)) == NEW
    assert done.image.getpixel((380, 5)) == done.image.getpixel((380, 495)) == (255, 255, 255)
    # The subject stands where the canvas puts the photo: 133 pixels further down.
    assert done.image.getpixel((180, 160 + 133)) == (SUBJECT if mode is Mode.PRECISE else NEW)


def test_a_border_goes_around_the_untouched_picture() -> None:
    photo, mask = photo_of_disc()
    padded = made(photo, mask, Options(output=output(aspect="1:1", fill=Fill.PAD, pad_color="#102030")))
    plain = made(photo, mask, Options(output=output()))
    assert padded.image.size == (400, 400)
    assert same(padded.image.crop((0, 67, 400, 367)), plain.image)
    for rows in ((0, 0, 400, 67), (0, 367, 400, 400)):
        assert padded.image.crop(rows).getcolors() == [((rows[3] - rows[1]) * 400, (0x10, 0x20, 0x30))]


def test_a_plain_background_goes_on_beyond_the_photo() -> None:
    photo, mask = photo_of_disc()
    done = made(photo, mask, Options(background="#f5f0e8", output=output(aspect="1:1", pad_color="#000000")))
    assert done.image.size == (400, 400)
    for corner in ((0, 0), (399, 0), (0, 399), (399, 399), (10, 100)):
        assert done.image.getpixel(corner) == (0xF5, 0xF0, 0xE8)
    assert done.image.getpixel((180, 160 + 67)) == SUBJECT


def test_a_transparent_picture_is_transparent_beyond_the_photo_too() -> None:
    photo, mask = photo_of_disc()
    done = made(photo, mask, Options(background="transparent", output=OutputOptions(aspect="1:1", width=200)))
    assert (done.format, done.image.mode, done.image.size) == ("PNG", "RGBA", (200, 200))
    alpha = decoded(done.data).getchannel("A")
    assert alpha.getpixel((100, 2)) == alpha.getpixel((2, 100)) == 0
    assert alpha.getpixel((90, (160 + 67) // 2)) == 255


PATHS = {
    "as it is": Options(output=output()),
    "outpainted": Options(output=output(aspect="4:5")),
    "padded": Options(output=output(aspect="16:9", fill=Fill.PAD)),
    "smaller": Options(output=output(width=237)),
    "larger": Options(output=output(height=777)),
    "both sides": Options(output=output(width=300, height=300)),
    "both sides padded": Options(output=output(width=301, height=407, fill=Fill.PAD)),
    "aspect and width": Options(output=output(aspect="3:4", width=333)),
    "colour": Options(background="#ffffff", output=output(aspect="2:1", height=250)),
    "amazon": Options(background="#ffffff", output=output(preset="amazon-main")),
    "google": Options(background="#ffffff", output=output(preset="google-shopping")),
    "ebay": Options(output=output(preset="ebay")),
    "square": Options(output=output(preset="shop-square")),
    "square on grey": Options(background="#808080", output=output(preset="shop-square")),
}


@pytest.mark.parametrize("options", PATHS.values(), ids=PATHS.keys())
@pytest.mark.parametrize("size", [(400, 300), (301, 397)])
def test_a_circle_stays_a_circle(options: Options, size: tuple[int, int]) -> None:
    photo, mask = photo_of_disc(size, (size[0] * 0.45, size[1] * 0.52), 80)
    across, down = roundness(made(photo, mask, options).image)
    assert across > 60
    assert across == pytest.approx(down, rel=0.012, abs=1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "options", [Options(), Options(output=output(aspect="1:1", fill=Fill.PAD)), PATHS["amazon"]], ids=str
)
def test_all_orientations_come_out_upright(orientation: int, options: Options) -> None:
    """An L of red on blue, stored as a camera held in each way stores it."""
    upright = Image.new("RGB", (320, 240), (40, 60, 200))
    mask = Image.new("L", upright.size, 0)
    for canvas, colour in ((upright, SUBJECT), (mask, 255)):
        ImageDraw.Draw(canvas).rectangle((100, 60, 139, 179), fill=colour)
        ImageDraw.Draw(canvas).rectangle((100, 140, 219, 179), fill=colour)
    turned = {
        1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4,
    }[orientation]  # fmt: skip
    stored = upright if turned is None else upright.transpose(Image.Transpose(turned))
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    stored.save(out, "PNG", exif=exif)
    photo = open_photo(out.getvalue())
    assert (photo.width, photo.height) == (320, 240)
    done = made(photo, mask, options)
    back = decoded(done.data)
    assert 0x0112 not in back.getexif()
    solid = back.convert("RGB").split()[1].point([255 if v < 55 else 0 for v in range(256)])
    left, top, right, bottom = solid.getbbox() or (0, 0, 0, 0)
    # Upright, the L's foot points right: upper right is empty, the other corners are full.
    corners = [
        solid.getpixel(at)
        for at in ((left + 3, top + 3), (right - 4, top + 3), (left + 3, bottom - 4), (right - 4, bottom - 4))
    ]
    assert corners == [255, 0, 255, 255]


@pytest.mark.parametrize("name", ["steel_kettle_kitchen", "wooden_chair_room", "white_cup_white_sweep"])
def test_the_amazon_preset_on_a_sample_photo(name: str) -> None:
    """Thin spokes, gloss, and white on white: all rules are met, and the product is whole."""
    photo, alpha = sample(name)
    done = made(photo, alpha, Options(background="#ffffff", output=OutputOptions(preset="amazon-main")))
    assert done.checks is not None
    assert [one for one in done.checks.checks if not one.passed] == []
    assert done.width == done.height >= 1600
    border = Image.new("L", done.image.size, 255)
    border.paste(0, (16, 16, done.width - 16, done.height - 16))
    assert Image.composite(decoded(done.data), Image.new("RGB", done.image.size, "white"), border).getextrema() == (
        (255, 255), (255, 255), (255, 255),
    )  # fmt: skip


def test_a_plain_colour_is_exact_after_scaling() -> None:
    """Scaling rings beside a hard edge; the background must not show it."""
    photo, mask = photo_of_disc((1200, 900), (600, 450), 300)
    hard = mask.point([0] * 128 + [255] * 128)
    done = made(photo, hard, Options(background="#808080", output=output(width=500)))
    outside = disc((500, 375), (250, 187.5), 125 + 4).point([255] + [0] * 255)
    colours = Image.composite(done.image, Image.new("RGB", (500, 375), "#808080"), outside).getcolors()
    assert colours == [(500 * 375, (0x80, 0x80, 0x80))]


@pytest.mark.parametrize(
    "options", [Options(), Options(output=output(aspect="1:2")), PATHS["amazon"]], ids=["own", "outpainted", "amazon"]
)
def test_flags_compare_the_photos_frame(options: Options) -> None:
    """The subject is where it was, whatever the frame; and a box beside it is wrong in every frame alike."""
    photo, mask = photo_of_disc()
    picture = Image.new("RGB", canvas_for((400, 300), options.output).size, NEW) if options.generates else None
    for box, wrong in (((0.25, 0.25, 0.4, 0.55), False), ((0.75, 0.02, 0.2, 0.2), True)):
        done = finish(photo, picture, mask, mode=Mode.PRECISE, options=options, boxes=[box], origin=ORIGIN)
        codes = [flag.code for flag in done.flags]
        assert ("WRONG_OBJECT" in codes) == wrong
        assert "SUBJECT_ALTERED" not in codes


def test_what_does_not_fit_is_refused_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, mask = photo_of_disc((400, 300))
    monkeypatch.setattr(finish_module, "composite_precise", lambda *_a, **_k: pytest.fail("too late"))
    with pytest.raises(BackdropError, match="the limits are 50 megapixels") as error:
        made(photo, mask, Options(output=OutputOptions(width=9000)))
    assert error.value.code is ErrorCode.OPTIONS_INVALID


def test_missing_parts_are_named() -> None:
    photo, mask = photo_of_disc()
    with pytest.raises(ValueError, match="needs a picture"):
        finish(photo, None, mask, mode=Mode.PRECISE, options=Options(), boxes=[], origin=ORIGIN)
    for options in (Options(), Options(background="#ffffff")):
        with pytest.raises(ValueError, match="the subject's mask"):
            made(photo, None, options)


@pytest.mark.parametrize("width", [16, 17])
def test_the_smallest_picture(width: int) -> None:
    photo, mask = photo_of_disc((80, 80), (40, 40), 30)
    assert decoded(made(photo, mask, Options(output=OutputOptions(aspect="4:1", width=width))).data).size == (width, 4)


def test_fifty_megapixels_fit_any_frame() -> None:
    """Only what is shown is made: a square of a photo at the limit would itself be beyond it."""
    photo = Photo(Image.new("RGB", (8640, 5780), (60, 120, 180)), "JPEG", 8640, 5780)
    photo.image.paste(SUBJECT, (3000, 2000, 5000, 4000))
    mask = Image.new("L", (864, 578), 0)
    mask.paste(255, (300, 200, 500, 400))
    started = time.perf_counter()
    done = made(photo, mask, Options(background="#ffffff", output=OutputOptions(aspect="1:1", width=2000)))
    assert done.image.size == (2000, 2000)
    assert done.image.getpixel((4000 * 2000 // 8640, (3000 + 1907) * 2000 // 8640)) == SUBJECT
    assert time.perf_counter() - started < 30
