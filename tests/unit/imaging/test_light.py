"""The light on a backdrop: where it comes from, what it does to the ground, and that the product stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.light import Light
from backdrop.core.options import BACKDROP, Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.imaging.compositing.backdrop import defocus, lay
from backdrop.imaging.compositing.standing import find_standing
from backdrop.imaging.finishing import finish
from backdrop.imaging.framing import Canvas
from backdrop.imaging.lights import find_light
from tests.unit.imaging.casting import cast_shadow
from tests.unit.imaging.pictures import PLAIN, photo_of_disc

SIZE = (400, 400)
FRAME = Canvas(SIZE)
ABOVE = Light(direction=0.0)
RED = (200, 30, 30)


def box_mask(*boxes: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", SIZE)
    for box in boxes or ((150, 100, 250, 300),):
        ImageDraw.Draw(mask).rectangle(box, fill=255)
    return mask


def shaded(mask: Image.Image, shadow: Shadow, light: Light | None) -> Image.Image:
    found = cast_shadow(mask, SIZE, FRAME, shadow, light)
    assert found is not None
    return found


def weight(shade: Image.Image, box: tuple[int, int, int, int]) -> float:
    return ImageStat.Stat(shade.crop(box)).mean[0]


def finished(light: Light | None, mode: Mode = Mode.PRECISE, shadow: Shadow = Shadow.SOFT) -> Image.Image:
    photo, mask = photo_of_disc()
    picture = Image.new("RGB", (600, 600), (30, 90, 60))
    picture.paste((90, 140, 100), (0, 400, 600, 600))
    options = Options(
        background=BACKDROP,
        backdrop=Backdrop(id="b", shadow=shadow, light=light),
        output=OutputOptions(format="PNG"),
    )
    return finish(photo, picture, mask, mode=mode, options=options, boxes=[], origin=PLAIN).image


@pytest.mark.parametrize("direction", [-45.0, 45.0, -90.0, 20.0])
def test_the_shadow_falls_to_the_side_away_from_the_light(direction: float) -> None:
    shade = shaded(box_mask(), Shadow.SOFT, Light(direction=direction))
    left, right = weight(shade, (0, 0, 140, 400)), weight(shade, (260, 0, 400, 400))
    away, towards = (right, left) if direction < 0 else (left, right)
    assert away > 3 * towards + 0.2


def test_from_above_it_is_the_shadow_of_a_backdrop_without_a_light() -> None:
    for shadow in (Shadow.CONTACT, Shadow.SOFT):
        without = shaded(box_mask(), shadow, None)
        assert shaded(box_mask(), shadow, ABOVE).tobytes() == without.tobytes()


def test_strength_and_softness_are_those_of_the_shadow() -> None:
    usual, dark = (shaded(box_mask(), Shadow.SOFT, replace(ABOVE, strength=one)) for one in (1.0, 1.4))
    assert ImageStat.Stat(dark).sum[0] > 1.2 * ImageStat.Stat(usual).sum[0]
    assert cast_shadow(box_mask(), SIZE, FRAME, Shadow.SOFT, replace(ABOVE, strength=0.0)) is None
    hard, soft = (shaded(box_mask(), Shadow.SOFT, replace(ABOVE, softness=one)).getbbox() for one in (0.0, 1.0))
    assert hard is not None
    assert soft is not None
    assert soft[0] < hard[0]
    assert soft[3] > hard[3]


def test_no_strength_is_the_picture_without_a_shadow() -> None:
    for direction in (0.0, 45.0):
        none = finished(Light(direction=direction, strength=0.0))
        assert none.tobytes() == finished(None, shadow=Shadow.NONE).tobytes()


def test_products_that_stand_apart_each_have_a_shadow_where_they_stand() -> None:
    near, far = (60, 200, 140, 380), (260, 40, 340, 200)
    mask = box_mask(near, far)
    below_far = (270, 202, 330, 215)
    assert weight(shaded(mask, Shadow.SOFT, None), below_far) < 10
    assert weight(shaded(mask, Shadow.SOFT, ABOVE), below_far) > 60
    assert len(find_standing(mask, SIZE, FRAME, apart=True)) == 2


@pytest.mark.parametrize(
    "boxes",
    [
        pytest.param([(100, 150, 300, 380), (120, 40, 280, 120)], id="a lid over its pot"),
        pytest.param([(100, 150, 300, 380), (340, 100, 360, 130)], id="a leaf beside it"),
    ],
)
def test_what_hangs_over_a_product_or_is_small_stands_with_it(boxes: list[tuple[int, int, int, int]]) -> None:
    assert len(find_standing(box_mask(*boxes), SIZE, FRAME, apart=True)) == 1


def test_the_reflection_is_the_product_upside_down_and_only_below_the_ground() -> None:
    photo = Image.new("RGB", SIZE, RED)
    photo.paste((20, 20, 220), (0, 0, 400, 250))
    wall = Image.new("RGB", SIZE, "white")
    light = Light(direction=0.0, reflection=1.0)
    ground = lay(wall, FRAME, box_mask(), photo, Shadow.NONE, light=light)
    changed = ImageChops.difference(ground, wall).convert("L").point(lambda value: 255 if value > 1 else 0).getbbox()
    assert changed is not None
    assert changed[1] >= 295
    assert 140 <= changed[0] < changed[2] <= 262
    near, far = ground.getpixel((200, 306)), ground.getpixel((200, 370))
    assert isinstance(near, tuple)
    assert isinstance(far, tuple)
    assert near[0] > near[2] + 20, "its red foot is next to it"
    assert far[2] > far[0] + 5, "its blue head is further down"
    assert sum(far) > sum(near), "and fainter"
    lesser = lay(wall, FRAME, box_mask(), photo, Shadow.NONE, light=replace(light, reflection=0.3))
    assert sum(lesser.getpixel((200, 306)) or ()) > sum(near)  # type: ignore[arg-type]


def test_away_from_where_the_product_stands_the_backdrop_is_out_of_focus() -> None:
    stripes = Image.new("RGB", SIZE, "white")
    for x in range(0, 400, 8):
        stripes.paste("black", (x, 0, x + 4, 400))
    ground = stripes.copy()
    defocus(ground, 0.8, 1.0)

    def contrast(row: int) -> float:
        return ImageStat.Stat(ground.crop((0, row, 400, row + 1))).stddev[0]

    assert ground.crop((0, 315, 400, 325)).tobytes() == stripes.crop((0, 315, 400, 325)).tobytes()
    assert contrast(20) < 10 < 60 < contrast(300)
    assert contrast(20) < contrast(250) < contrast(300)


@pytest.mark.parametrize("mode", list(Mode))
def test_whatever_the_light_does_the_products_own_pixels_stay(mode: Mode) -> None:
    light = Light(direction=45.0, strength=1.5, softness=1.0, reflection=1.0, rim=1.0, blur=1.0)
    photo, mask = photo_of_disc()
    made = finished(light, mode)
    inside = mask.resize(photo.image.size).point(lambda value: 255 if value == 255 else 0)
    apart = ImageChops.difference(made, photo.image)
    assert Image.composite(apart, Image.new("RGB", apart.size), inside).getbbox() is None
    assert ImageChops.difference(made, finished(None)).getbbox() is not None


def test_the_rim_is_nothing_but_partly_covered_pixels_which_come_nearer_to_the_backdrop() -> None:
    photo, mask = photo_of_disc()
    soft = mask.resize(photo.image.size, Image.Resampling.BICUBIC)
    without, light = finished(ABOVE, shadow=Shadow.NONE), replace(ABOVE, rim=1.0)
    changed = ImageChops.difference(finished(light, shadow=Shadow.NONE), without).convert("L")
    assert changed.getbbox() is not None
    partly = soft.point(lambda value: 255 if 6 < value < 250 else 0)
    assert Image.composite(Image.new("L", changed.size), changed, partly).getbbox() is None


def test_toning_takes_a_little_of_the_backdrops_light_in_default_mode() -> None:
    plain, toned = (finished(replace(ABOVE, tone=one), Mode.DEFAULT) for one in (0.0, 1.0))
    photo, mask = photo_of_disc()
    inside = mask.resize(photo.image.size).point(lambda value: 255 if value == 255 else 0)
    before, after = (ImageStat.Stat(one, inside).mean for one in (plain, toned))
    # The backdrop is green and dark.
    assert after[1] / before[1] > after[0] / before[0]
    assert all(0.7 < two / one < 1.2 for one, two in zip(before, after, strict=True))
    assert finished(replace(ABOVE, tone=1.0), Mode.PRECISE).tobytes() == finished(ABOVE).tobytes()


def scene(left: int, right: int, *, floor: bool = True) -> Image.Image:
    picture = Image.linear_gradient("L").rotate(90).resize(SIZE)
    shade = picture.point([left + (right - left) * value // 255 for value in range(256)])
    if not floor:
        shade.paste(128, (0, 200, 400, 400))
    return shade.convert("RGB")


@pytest.mark.parametrize(
    ("picture", "direction"),
    [
        pytest.param(scene(200, 140), -45.0, id="brighter on the left"),
        pytest.param(scene(140, 200), 45.0, id="brighter on the right"),
        pytest.param(scene(180, 180), None, id="alike"),
        pytest.param(scene(178, 182), None, id="nearly alike"),
        pytest.param(scene(140, 200, floor=False), None, id="a wall alone may be painted so"),
        pytest.param(Image.new("RGB", SIZE), None, id="black"),
    ],
)
def test_the_light_is_guessed_where_wall_and_ground_agree(picture: Image.Image, direction: float | None) -> None:
    assert find_light(picture) == direction
