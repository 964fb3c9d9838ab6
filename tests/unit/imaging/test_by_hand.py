"""A product placed by hand: where it comes to lie, that its own pixels stay when it is only moved, its shadow."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from backdrop.core.backdrops import Backdrop, Placement, Shadow
from backdrop.core.by_hand import ByHand, from_dict, to_dict
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import BACKDROP, TRANSPARENT, Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.imaging.finishing import Finished, finish
from backdrop.imaging.photos import Photo
from tests.unit.imaging.pictures import PLAIN, SUBJECT, decoded, disc, photo_of_disc

GROUND = (200, 210, 220)
SIZE = (400, 300)


def placed(
    by_hand: ByHand | None,
    photo: tuple[Photo, Image.Image] | None = None,
    *,
    background: str = BACKDROP,
    placement: Placement | None = None,
    shadow: Shadow = Shadow.NONE,
    **output: Any,
) -> Finished:
    own, mask = photo or photo_of_disc(SIZE, (180, 160), 60)
    backdrop = Backdrop(id="b", shadow=shadow, placement=placement) if background == BACKDROP else None
    options = Options(background=background, backdrop=backdrop, output=OutputOptions(format="PNG", **output))
    ground = Image.new("RGB", (900, 600), GROUND) if backdrop else None
    return finish(own, ground, mask, mode=Mode.PRECISE, options=options, boxes=[], origin=PLAIN, by_hand=by_hand)


def box_of(image: Image.Image) -> tuple[int, int, int, int]:
    """The red disc's box."""
    red = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, SUBJECT)).convert("L")
    box = red.point([255] * 30 + [0] * 226).getbbox()
    assert box is not None
    return box


def noisy() -> tuple[Photo, Image.Image]:
    """A photo without two pixels alike, and a disc's mask."""
    image = Image.merge("RGB", [Image.effect_noise(SIZE, 90) for _ in range(3)])
    return Photo(image, "JPEG", *SIZE), disc(SIZE, (180, 160), 60)


@pytest.mark.parametrize("background", [BACKDROP, TRANSPARENT, "#f0e0d0"])
@pytest.mark.parametrize("small_mask", [False, True])
def test_a_product_that_is_only_moved_keeps_every_pixel(background: str, *, small_mask: bool) -> None:
    photo, mask = noisy()
    given = mask.resize((200, 150)) if small_mask else mask
    made = placed(ByHand(across=0.1, down=-0.05), (photo, given), background=background)
    core = disc(SIZE, (180, 160), 54).point([0] * 255 + [255])
    moved = ImageChops.offset(made.image.convert("RGB"), -40, 15)
    apart = Image.composite(ImageChops.difference(moved, photo.image), Image.new("RGB", SIZE), core)
    assert apart.getbbox() is None
    assert made.by_hand is not None
    assert not made.by_hand.resampled
    assert b"<backdrop:PlacedByHand>moved<" in made.data


@pytest.mark.parametrize("output", [{}, {"aspect": "1:1"}, {"width": 900}, {"aspect": "2:1", "width": 500}])
@pytest.mark.parametrize("placement", [None, Placement(0.4, 0.5, 0.8)])
def test_a_place_is_told_in_shares_of_the_picture_whatever_its_shape_and_rule(
    placement: Placement | None, output: dict[str, Any]
) -> None:
    before = placed(None, placement=placement, **output)
    after = placed(ByHand(across=0.12, down=-0.08, scale=0.75), placement=placement, **output)
    assert after.image.size == before.image.size
    (left, top, right, bottom), (x0, y0, x1, y1) = box_of(before.image), box_of(after.image)
    assert (x0 + x1) / 2 == pytest.approx((left + right) / 2 + 0.12 * before.width, abs=1.5)
    assert (y0 + y1) / 2 == pytest.approx((top + bottom) / 2 - 0.08 * before.height, abs=1.5)
    assert x1 - x0 == pytest.approx(0.75 * (right - left), abs=3)
    assert y1 - y0 == pytest.approx(0.75 * (bottom - top), abs=3)
    assert after.by_hand is not None
    assert after.by_hand.resampled
    assert b"<backdrop:PlacedByHand>resampled<" in after.data


def bar() -> tuple[Photo, Image.Image]:
    """A red bar from left to right, on blue."""
    mask = Image.new("L", SIZE, 0)
    ImageDraw.Draw(mask).rectangle((100, 140, 259, 179), fill=255)
    red, blue = Image.new("RGB", SIZE, SUBJECT), Image.new("RGB", SIZE, (60, 120, 180))
    return Photo(Image.composite(red, blue, mask), "JPEG", *SIZE), mask


@pytest.mark.parametrize(("scale", "width"), [(1.0, None), (0.4, None), (1.5, None), (1.0, 120)])
def test_a_turned_product_turns_clockwise_about_its_middle(scale: float, width: int | None) -> None:
    output: dict[str, Any] = {"width": width} if width else {}
    made = placed(ByHand(turn=90, scale=scale), bar(), **output)
    rate = (width or 400) / 400
    left, top, right, bottom = box_of(made.image)
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((180 * rate, 160 * rate), abs=1.5)
    assert right - left == pytest.approx(40 * scale * rate, abs=3)
    assert bottom - top == pytest.approx(160 * scale * rate, abs=3)
    slanted = placed(ByHand(turn=30), bar()).image
    assert slanted.getpixel((180 + 50, 160 + 29)) == SUBJECT
    assert slanted.getpixel((180 + 50, 160 - 29)) == GROUND


def test_nothing_of_the_old_background_comes_along() -> None:
    for place in (ByHand(turn=17, scale=0.6), ByHand(turn=45), ByHand(scale=1.7)):
        made = placed(place, bar()).image
        # Between red and the light ground every pixel is a mixture of the two; the old blue has less red than both.
        assert made.getchannel("R").point([255] * (SUBJECT[0] - 6) + [0] * (262 - SUBJECT[0])).getbbox() is None, place


def test_sharp_detail_is_resampled_once_and_well() -> None:
    photo, mask = noisy()
    made = placed(ByHand(scale=0.5), (photo, mask))
    best = photo.image.resize((200, 150), Image.Resampling.LANCZOS)
    left, top = 180 - 90, 160 - 80
    part = made.image.crop((left, top, left + 200, top + 150))
    core = disc((200, 150), (90, 80), 26).point([0] * 255 + [255])
    apart = Image.composite(ImageChops.difference(part, best), Image.new("RGB", best.size), core)
    assert max(high for _, high in apart.getextrema()) <= 3  # type: ignore[misc]


def test_the_backdrop_stays_where_it_is() -> None:
    ground = Image.linear_gradient("L").resize((900, 600)).convert("RGB")
    options = Options(background=BACKDROP, backdrop=Backdrop(id="b", shadow=Shadow.NONE))
    photo, mask = photo_of_disc(SIZE, (180, 160), 60)
    made = [
        finish(photo, ground, mask, mode=Mode.PRECISE, options=options, boxes=[], origin=PLAIN, by_hand=place).image
        for place in (None, ByHand(across=0.2), ByHand(across=0.2, scale=0.5, turn=30))
    ]
    for other in made[1:]:
        assert ImageChops.difference(made[0].crop((0, 0, 110, 300)), other.crop((0, 0, 110, 300))).getbbox() is None


@pytest.mark.parametrize("place", [ByHand(down=0.1), ByHand(down=0.1, scale=0.6), ByHand(across=0.2, turn=90)])
def test_the_shadow_follows_the_product(place: ByHand) -> None:
    left, _, right, bottom = box_of(placed(place, bar()).image)
    made = placed(place, bar(), shadow=Shadow.SOFT).image
    below = (left + right) // 2, bottom + 3
    assert sum(made.getpixel(below)) < sum(GROUND) - 40  # type: ignore[arg-type]
    aside = (20, 40)
    assert made.getpixel(aside) == GROUND


def test_what_stands_below_the_picture_casts_no_shadow_into_it() -> None:
    place = ByHand(down=0.45)
    plain, cast = placed(place, bar()).image, placed(place, bar(), shadow=Shadow.SOFT).image
    assert box_of(plain)[3] == SIZE[1], "it goes beyond the picture"
    assert ImageChops.difference(plain, cast).getbbox() is None


@pytest.mark.parametrize(("across", "down"), [(1, 0), (-1, 1), (0, -1), (1, 1)])
def test_the_middle_of_the_product_stays_in_the_picture(across: float, down: float) -> None:
    made = placed(ByHand(across=across, down=down, scale=0.3))
    left, top, right, bottom = box_of(made.image)
    assert min(right - left, bottom - top) >= 16
    assert made.by_hand is not None
    done = made.by_hand.place
    assert -180 / 400 <= done.across <= 220 / 400, "told is what was done"
    assert -160 / 300 <= done.down <= 140 / 300


def test_a_painted_background_is_left_alone() -> None:
    photo, mask = photo_of_disc(SIZE, (180, 160), 60)
    painted = Image.new("RGB", SIZE, GROUND)
    made = finish(
        photo, painted, mask, mode=Mode.PRECISE, options=Options(), boxes=[], origin=PLAIN, by_hand=ByHand(across=0.2)
    )
    assert made.by_hand is None
    assert b"PlacedByHand" not in made.data


@pytest.mark.parametrize("place", [ByHand(across=0.1), ByHand(scale=0.8), ByHand(turn=25, down=-0.05)])
def test_a_good_product_is_not_flagged_for_having_been_moved(place: ByHand) -> None:
    assert placed(place).flags == placed(None).flags


def test_a_place_survives_its_json_and_what_is_no_place_is_refused() -> None:
    place = ByHand(0.1, -0.2, 1.5, 30)
    assert from_dict(to_dict(place)) == place
    assert from_dict({"Scale": 2}) == ByHand(scale=2)
    for wrong in (
        "here",
        {"Left": 1},
        {"Scale": 0},
        {"Turn": 181},
        {"Across": float("nan")},
        {"Down": -1.1},
        {"Turn": True},
    ):
        with pytest.raises(BackdropError) as caught:
            from_dict(wrong)
        assert caught.value.code is ErrorCode.OPTIONS_INVALID


def test_the_file_says_nothing_where_nobody_moved_anything() -> None:
    assert b"PlacedByHand" not in placed(None).data
    assert decoded(placed(ByHand(across=0.1)).data).size == SIZE
