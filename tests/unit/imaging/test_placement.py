"""A product on a backdrop's surface: where it stands, how large it is, and that it stays as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw

from backdrop.core.backdrops import SURFACE, Backdrop, Placement, Shadow
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import BACKDROP, Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.imaging.finishing import Finished, finish
from backdrop.imaging.placement import check_options
from backdrop.imaging.surfaces import find_edge, find_surface
from tests.unit.imaging.pictures import PLAIN, SUBJECT, photo_of_disc, roundness

WALL, FLOOR = (200, 210, 220), (110, 130, 150)


def studio(edge: float = 0.6, size: tuple[int, int] = (900, 600)) -> Image.Image:
    picture = Image.new("RGB", size, WALL)
    picture.paste(FLOOR, (0, round(edge * size[1]), *size))
    return picture


def placed(
    placement: Placement,
    *,
    size: tuple[int, int] = (400, 300),
    centre: tuple[float, float] = (180, 160),
    radius: float = 80,
    shadow: Shadow = Shadow.NONE,
    picture: Image.Image | None = None,
    **output: Any,
) -> Finished:
    photo, mask = photo_of_disc(size, centre, radius)
    shape = OutputOptions(format="PNG", **output)
    options = Options(background=BACKDROP, backdrop=Backdrop(id="b", shadow=shadow, placement=placement), output=shape)
    ground = picture or studio()
    return finish(photo, ground, mask, mode=Mode.PRECISE, options=options, boxes=[], origin=PLAIN)


def box_of(image: Image.Image) -> tuple[float, float, float, float]:
    """The red disc's box, in shares of the picture."""
    red = ImageChops.difference(image.convert("RGB"), Image.new("RGB", image.size, SUBJECT)).convert("L")
    box = red.point([255] * 30 + [0] * 226).getbbox()
    assert box is not None
    return box[0] / image.width, box[1] / image.height, box[2] / image.width, box[3] / image.height


@pytest.mark.parametrize("output", [{}, {"aspect": "1:1"}, {"aspect": "1:2"}, {"width": 900}, {"aspect": "2:1"}])
@pytest.mark.parametrize(
    ("placement", "centre"),
    [
        (Placement(0.6, 0.5, 0.8), (180, 160)),
        (Placement(0.3, 0.33, 0.9), (90, 90)),
        (Placement(0.5, 0.6, 0.7), (300, 200)),
    ],
)
def test_it_stands_where_it_should_whatever_the_photo_and_the_frame(
    placement: Placement, centre: tuple[float, float], output: dict[str, Any]
) -> None:
    done = placed(placement, centre=centre, **output)
    left, top, right, bottom = box_of(done.image)
    near = 3 / min(done.image.size)
    assert bottom == pytest.approx(placement.surface, abs=near)
    assert (left + right) / 2 == pytest.approx(placement.across, abs=near)
    assert max(right - left, bottom - top) == pytest.approx(placement.share, abs=2 * near)
    across, down = roundness(done.image)
    assert across == pytest.approx(down, abs=4), "nothing is stretched"


def test_all_of_a_set_stand_alike_whatever_their_photos() -> None:
    placement = Placement(0.5, 0.5, 0.8)
    near = placed(placement, size=(1200, 900), centre=(500, 400), radius=330, aspect="1:1", width=600)
    far = placed(placement, size=(500, 900), centre=(150, 700), radius=90, aspect="1:1", width=600)
    for one, other in zip(box_of(near.image), box_of(far.image), strict=True):
        assert one == pytest.approx(other, abs=0.006)


def test_a_small_product_keeps_its_pixels_and_makes_a_smaller_picture() -> None:
    photo, mask = photo_of_disc((800, 600), (300, 200), 60)
    done = placed(Placement(0.6, 0.5, 0.8), size=(800, 600), centre=(300, 200), radius=60)
    assert done.width < 800
    left, top, right, bottom = mask.point([0] * 255 + [255]).getbbox() or (0, 0, 0, 0)
    own = photo.image.crop((left, top, right, bottom))
    place = (
        round(0.5 * done.width - 60) - (240 - left),
        round(0.8 * done.height) - (260 - top),
    )
    inside = mask.crop((left, top, right, bottom)).point([0] * 255 + [255])
    found = min(
        (
            _apart(own, done.image.crop((x, y, x + own.width, y + own.height)), inside)
            for x in range(place[0] - 2, place[0] + 3)
            for y in range(place[1] - 2, place[1] + 3)
        ),
    )
    assert found == 0


def _apart(own: Image.Image, other: Image.Image, inside: Image.Image) -> int:
    apart = Image.composite(ImageChops.difference(own, other), Image.new("RGB", own.size), inside)
    return max(high for _, high in apart.getextrema())  # type: ignore[misc]


def test_a_product_that_fills_its_photo_is_made_smaller_once() -> None:
    done = placed(Placement(0.3, 0.5, 0.8), radius=140, centre=(200, 150))
    assert done.image.size == (400, 300), "the picture has the photo's size"
    assert done.flags == ()


def test_a_size_that_was_asked_for_is_had() -> None:
    assert placed(Placement(0.6), radius=20, width=1000, height=1000).image.size == (1000, 1000)
    preset = placed(Placement(0.6, surface=0.8), radius=20, preset="shop-square").image
    assert preset.width == preset.height
    assert box_of(preset)[3] == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize("placement", [Placement(0.95, 0.5, 0.4), Placement(0.95, 0.2, 0.9), Placement(0.9, 0.8, 0.95)])
def test_no_product_leaves_the_picture(placement: Placement) -> None:
    left, top, right, bottom = box_of(placed(placement, aspect="1:1").image)
    assert min(left, top) > 0.02
    assert max(right, bottom) < 0.985


@pytest.mark.parametrize("aspect", ["3:1", "1:1", "1:3"])
def test_the_surface_is_at_its_height_in_every_frame(aspect: str) -> None:
    done = placed(Placement(0.3, 0.5, 0.6), picture=studio(0.6), aspect=aspect)
    edge = done.image.crop((2, 0, 4, done.height)).resize((1, done.height)).convert("L").tobytes()
    row = next(y for y, value in enumerate(edge) if value < 165)
    assert row / done.height == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize(("size", "centre"), [((400, 300), (180, 160)), ((1200, 300), (1100, 160))])
def test_the_shadow_lies_under_its_foot(size: tuple[int, int], centre: tuple[int, int]) -> None:
    bare = placed(Placement(0.5, 0.5, 0.8), size=size, centre=centre, aspect="1:1").image
    cast = placed(Placement(0.5, 0.5, 0.8), size=size, centre=centre, aspect="1:1", shadow=Shadow.SOFT).image
    apart = ImageChops.difference(bare, cast).convert("L")
    foot = (bare.width // 2, round(0.82 * bare.height))
    assert apart.getpixel(foot) > 25  # type: ignore[operator]
    assert apart.getpixel((5, 5)) == 0
    assert apart.getpixel((bare.width - 3, foot[1])) < 5  # type: ignore[operator]


def test_a_preset_that_places_the_product_itself_is_not_placed_again() -> None:
    there = Options(background=BACKDROP, backdrop=Backdrop(placement=Placement()))
    options = replace(there, output=OutputOptions(preset="amazon-main"))
    check_options(replace(there, output=OutputOptions(preset="shop-square")))
    with pytest.raises(BackdropError, match="a place on the backdrop was chosen") as refused:
        check_options(options)
    assert refused.value.code is ErrorCode.OPTIONS_INVALID


@pytest.mark.parametrize("edge", [0.3, 0.5, 0.6])
def test_products_stand_low_on_a_surface_that_begins_far_above(edge: float) -> None:
    assert find_edge(studio(edge)) == pytest.approx(edge, abs=0.02)
    assert find_surface(studio(edge)) == SURFACE


@pytest.mark.parametrize(("edge", "stands"), [(0.75, 0.875), (0.85, 0.925)])
def test_they_stand_lower_where_it_begins_low(edge: float, stands: float) -> None:
    assert find_surface(studio(edge)) == pytest.approx(stands, abs=0.02)


def test_what_does_not_go_from_side_to_side_is_no_surface() -> None:
    picture = Image.new("RGB", (900, 600), WALL)
    ImageDraw.Draw(picture).rectangle((350, 200, 550, 560), fill=(20, 20, 20))
    assert find_edge(picture) is None
    assert find_surface(picture) == SURFACE
    assert find_surface(Image.linear_gradient("L").resize((40, 4000))) == SURFACE
