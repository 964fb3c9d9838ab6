"""Each flag goes up on its fault and stays down on a good picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from backdrop.core.vocabulary import Box, Doubt, Mode
from backdrop.imaging.quality.flags import Flag, FlagCode, assess, doubted, not_located
from tests.unit.imaging.quality.pictures import Product, product


@pytest.fixture(scope="module")
def tin() -> Product:
    return product()


def codes(
    photo: Image.Image,
    result: Image.Image,
    mask: Image.Image | None,
    *,
    boxes: tuple[Box, ...] = (),
    mode: Mode = Mode.PRECISE,
    background: str = "generated",
) -> set[str]:
    return {flag.code for flag in assess(photo, result, mask, boxes=boxes, mode=mode, background=background)}


@pytest.mark.parametrize("mode", Mode)
def test_a_good_picture_has_no_flag(tin: Product, mode: Mode) -> None:
    assert codes(tin.photo, tin.result, tin.mask, boxes=(tin.box,), mode=mode) == set()


def test_a_good_transparent_picture_has_no_flag(tin: Product) -> None:
    assert codes(tin.photo, tin.transparent, tin.mask, boxes=(tin.box,), background="transparent") == set()


@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#78965a"])
def test_a_good_picture_on_a_colour_has_no_flag(tin: Product, colour: str) -> None:
    flat = Product(tin.photo, tin.mask, Image.new("RGB", tin.photo.size, colour))
    assert codes(tin.photo, flat.result, tin.mask, boxes=(tin.box,), background=colour) == set()


def test_a_good_picture_without_mask_has_no_flag(tin: Product) -> None:
    assert codes(tin.photo, tin.result, None, boxes=(tin.box,), mode=Mode.DEFAULT) == set()
    assert codes(tin.photo, tin.result, None, mode=Mode.DEFAULT) == set()


def test_a_flag_tells_what_was_measured_and_what_would_pass(tin: Product) -> None:
    (flag,) = assess(tin.photo, tin.photo, tin.mask, boxes=(), mode=Mode.PRECISE, background="generated")
    assert flag == Flag("BACKGROUND_UNCHANGED", 1.0, flag.threshold)
    assert 0 < flag.threshold < 1


# --- the cut-out's own doubt

_AT_LEFT, _INSIDE = (0.0, 0.2, 0.3, 0.3), (0.4, 0.4, 0.2, 0.2)


def test_a_cut_out_that_is_doubted_is_flagged_with_the_place() -> None:
    (flag,) = doubted(Doubt(0.5, _INSIDE), ())
    assert (flag.code, flag.measured, flag.box) == ("CUT_OUT_DOUBTFUL", 0.5, _INSIDE)


@pytest.mark.parametrize("doubt", [None, Doubt(0.01, _INSIDE)], ids=["no doubt told", "hardly any"])
def test_others_are_not(doubt: Doubt | None) -> None:
    border = Flag("MASK_TOUCHES_BORDER", 0.1, 0.008)
    assert doubted(doubt, (border,)) == (border,)


def test_what_is_doubted_at_the_border_is_not_called_a_product_cut_off_there() -> None:
    border, blurred = Flag("MASK_TOUCHES_BORDER", 0.1, 0.008), Flag("BLURRED", 0.1, 0.4)
    assert [flag.code for flag in doubted(Doubt(0.5, _AT_LEFT), (border, blurred))] == ["CUT_OUT_DOUBTFUL", "BLURRED"]
    assert [flag.code for flag in doubted(Doubt(0.5, _INSIDE), (border,))] == [
        "CUT_OUT_DOUBTFUL",
        "MASK_TOUCHES_BORDER",
    ]


# --- the mask


@pytest.mark.parametrize("portion", [1.0, 0.5])
def test_a_half_transparent_mask_is_uncertain(tin: Product, portion: float) -> None:
    weak = tin.mask.copy()
    area = (0, 0, weak.width, round(weak.height * portion))
    weak.paste(weak.crop(area).point([value // 2 for value in range(256)]), area)
    assert "MASK_UNCERTAIN" in codes(tin.photo, tin.result, weak)


def test_a_soft_rim_is_not_uncertain(tin: Product) -> None:
    soft = tin.mask.filter(ImageFilter.GaussianBlur(2))
    assert "MASK_UNCERTAIN" not in codes(tin.photo, tin.result, soft)


def test_a_tiny_subject() -> None:
    far = product(radius=0.05)
    near = product(radius=0.15)
    assert codes(far.photo, far.result, far.mask) == {"MASK_TINY"}
    assert codes(near.photo, near.result, near.mask) == set()


@pytest.mark.parametrize("middle", [(0.1, 0.5), (0.95, 0.5), (0.5, 0.2), (0.5, 0.85)])
def test_a_subject_cut_by_any_border(middle: tuple[float, float]) -> None:
    cut = product(middle=middle)
    assert codes(cut.photo, cut.result, cut.mask) == {"MASK_TOUCHES_BORDER"}


# --- kept boxes


def test_a_kept_box_elsewhere_is_the_wrong_object() -> None:
    beside = product(width=1200, middle=(0.25, 0.5))
    left, top, width, height = beside.box
    assert codes(beside.photo, beside.result, beside.mask, boxes=((left + 0.5, top, width, height),)) == {
        "WRONG_OBJECT"
    }
    both = (beside.box, (left + 0.5, top, width, height))
    assert codes(beside.photo, beside.result, beside.mask, boxes=both) == {"WRONG_OBJECT"}


def test_a_mask_that_holds_more_than_what_was_kept(tin: Product) -> None:
    more = tin.mask.copy()
    ImageDraw.Draw(more).rectangle((50, 100, 190, 600), 255)
    assert "WRONG_OBJECT" in codes(tin.photo, tin.photo, more, boxes=(tin.box,))


def test_boxes_may_be_loose_and_overlap(tin: Product) -> None:
    left, top, width, height = tin.box
    loose = (left - 0.04, top - 0.05, width + 0.08, height + 0.1)
    part = (left + width / 4, top + height / 4, width / 2, height / 2)
    assert codes(tin.photo, tin.result, tin.mask, boxes=(loose, part)) == set()


def test_boxes_beyond_the_frame_do_no_harm(tin: Product) -> None:
    assert codes(tin.photo, tin.result, tin.mask, boxes=((-0.2, -0.2, 1.4, 1.4),)) <= {"WRONG_OBJECT"}
    assert codes(tin.photo, tin.result, tin.mask, boxes=((1.0, 1.0, 0.0, 0.0),)) == {"WRONG_OBJECT"}


# --- the outline


@pytest.mark.parametrize("pixels", [6, 12])
def test_a_mask_that_is_too_wide_leaves_a_halo(tin: Product, pixels: int) -> None:
    wide = tin.mask.filter(ImageFilter.MaxFilter(2 * pixels + 1))
    result = Image.composite(tin.photo, tin.background, wide)
    assert codes(tin.photo, result, wide) == {"HALO"}


@pytest.mark.parametrize("colour", ["white", "black"])
def test_a_ring_around_the_subject_is_a_halo(tin: Product, colour: str) -> None:
    ring = ImageChops.subtract(tin.mask.filter(ImageFilter.MaxFilter(11)), tin.mask)
    result = tin.result
    result.paste(Image.new("RGB", result.size, colour), mask=ring)
    assert codes(tin.photo, result, tin.mask) == {"HALO"}


def test_a_shadow_below_the_subject_is_no_ring(tin: Product) -> None:
    result = tin.background.copy()
    shadow = Image.new("L", result.size, 0)
    ImageDraw.Draw(shadow).ellipse((250, 480, 650, 600), 200)
    result.paste(Image.new("RGB", result.size), mask=shadow.filter(ImageFilter.GaussianBlur(12)))
    assert codes(tin.photo, Product(tin.photo, tin.mask, result).result, tin.mask) == set()


# --- the subject


def _recoloured(image: Image.Image) -> Image.Image:
    return image.point([min(255, round(value * gain)) for gain in (0.8, 1.3, 1.2) for value in range(256)])


def _repainted(image: Image.Image) -> Image.Image:
    """As if the print was generated anew: turned by half, the tin's outline stays."""
    return image.transpose(Image.Transpose.ROTATE_180)


@pytest.mark.parametrize("fault", [_recoloured, _repainted])
@pytest.mark.parametrize("mode", Mode)
def test_an_altered_subject(tin: Product, fault: Callable[[Image.Image], Image.Image], mode: Mode) -> None:
    result = Image.composite(fault(tin.result), tin.result, tin.mask)
    assert codes(tin.photo, result, tin.mask, mode=mode) == {"SUBJECT_ALTERED"}


def test_precise_forgives_no_change_of_the_subject(tin: Product) -> None:
    result = tin.result
    result.paste((198, 66, 40), (440, 340, 470, 360))
    assert codes(tin.photo, result, tin.mask) == {"SUBJECT_ALTERED"}


def test_default_forgives_a_little_light(tin: Product) -> None:
    relit = tin.result.point([min(255, round(value * 1.05)) for value in range(256)] * 3)
    assert codes(tin.photo, relit, tin.mask, mode=Mode.DEFAULT) == set()


def test_another_product_without_mask(tin: Product) -> None:
    gone = tin.background.copy()
    ImageDraw.Draw(gone).ellipse((300, 200, 600, 500), "navy")
    assert codes(tin.photo, gone, None, boxes=(tin.box,), mode=Mode.DEFAULT) == {"SUBJECT_ALTERED"}


# --- the background


@pytest.mark.parametrize("mode", Mode)
def test_the_photo_itself_is_no_result(tin: Product, mode: Mode) -> None:
    assert "BACKGROUND_UNCHANGED" in codes(tin.photo, tin.photo, tin.mask, mode=mode)
    assert "BACKGROUND_UNCHANGED" in codes(tin.photo, tin.photo, None, mode=Mode.DEFAULT)


def test_a_background_that_is_not_the_colour_asked_for(tin: Product) -> None:
    assert "BACKGROUND_UNCHANGED" in codes(tin.photo, tin.result, tin.mask, background="#ffffff")


def test_a_background_that_is_not_transparent(tin: Product) -> None:
    assert "BACKGROUND_UNCHANGED" in codes(tin.photo, tin.photo.convert("RGBA"), tin.mask, background="transparent")
    assert "BACKGROUND_UNCHANGED" in codes(tin.photo, tin.result, tin.mask, background="transparent")


# --- sharpness


@pytest.mark.parametrize("pixels", [4, 10, 30])
def test_a_blurred_photo(tin: Product, pixels: int) -> None:
    photo = tin.photo.filter(ImageFilter.GaussianBlur(pixels))
    blurred = Product(photo, tin.mask, tin.background)
    assert "BLURRED" in codes(photo, blurred.result, tin.mask)


def test_a_result_softer_than_the_photo(tin: Product) -> None:
    soft = tin.result.filter(ImageFilter.GaussianBlur(3))
    assert "BLURRED" in codes(tin.photo, soft, tin.mask, mode=Mode.DEFAULT)
    assert "BLURRED" in codes(tin.photo, soft, None, boxes=(tin.box,), mode=Mode.DEFAULT)


def test_the_background_may_be_out_of_focus(tin: Product) -> None:
    soft = Image.composite(tin.photo, tin.photo.filter(ImageFilter.GaussianBlur(12)), tin.mask)
    result = Product(soft, tin.mask, tin.background).result
    assert codes(soft, result, tin.mask) == set()


def test_labels_that_were_looked_for_in_vain_are_counted() -> None:
    assert not_located({"NotLocated": "Mug,Unicorn"}) == (Flag("LABELS_NOT_LOCATED", 2, 0.0),)
    assert not_located({"NotLocated": ""}) == not_located({}) == ()


def test_every_code_is_raised_somewhere_above() -> None:
    assert set(FlagCode) == {
        "MASK_UNCERTAIN",
        "MASK_TINY",
        "MASK_TOUCHES_BORDER",
        "HALO",
        "SUBJECT_ALTERED",
        "BACKGROUND_UNCHANGED",
        "WRONG_OBJECT",
        "BLURRED",
        "LABELS_NOT_LOCATED",
    }
