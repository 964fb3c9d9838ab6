"""A backdrop behind a product: what of it is seen, where the shadow falls, and that the product stays as it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image, ImageChops, ImageDraw

from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.options import BACKDROP, Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.imaging.compositing.backdrop import cover, lay
from backdrop.imaging.finishing import Finished, finish
from backdrop.imaging.framing import Canvas, frame_for, view_for
from tests.unit.imaging.casting import cast_shadow
from tests.unit.imaging.pictures import PLAIN, photo_of_disc

WALL, FLOOR = (200, 210, 220), (150, 110, 70)


def behind(shadow: Shadow = Shadow.NONE, **output: object) -> Options:
    shape = replace(OutputOptions(format="PNG"), **output)  # type: ignore[arg-type]
    return Options(background=BACKDROP, backdrop=Backdrop(id="b", shadow=shadow), output=shape)


def studio(width: int = 600, height: int = 300) -> Image.Image:
    picture = Image.new("RGB", (width, height), WALL)
    picture.paste(FLOOR, (0, height // 2, width, height))
    return picture


def made(options: Options, picture: Image.Image | None = None, mode: Mode = Mode.PRECISE) -> Finished:
    photo, mask = photo_of_disc()
    return finish(photo, picture or studio(), mask, mode=mode, options=options, boxes=[], origin=PLAIN)


@pytest.mark.parametrize("size", [(300, 300), (100, 400), (1000, 50), (7, 5)])
def test_the_middle_of_the_picture_covers_the_frame_and_nothing_is_stretched(size: tuple[int, int]) -> None:
    ground = Image.new("RGB", (400, 400), "white")
    ImageDraw.Draw(ground).ellipse((190, 190, 210, 210), fill="black")
    covered = cover(ground, size)
    assert covered.size == size
    box = covered.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    if min(size) > 40:
        assert box is not None
        across, down = box[2] - box[0], box[3] - box[1]
        assert abs(across - down) <= 2
        assert abs((box[0] + box[2]) / 2 - size[0] / 2) <= 1


def test_what_was_covered_last_is_taken_for_the_same_picture_and_size_only() -> None:
    _, mask = photo_of_disc()
    pictures, sizes = (studio(), studio(300, 600)), ((300, 200), (200, 300))
    for picture, size in [(one, two) for one in pictures for two in (*sizes, sizes[1])]:
        ground = lay(picture, Canvas(size), mask, Image.new("RGB", size), Shadow.NONE)
        assert ground.tobytes() == cover(picture, size).tobytes()
        ground.paste("red", (0, 0, *size))


@pytest.mark.parametrize("size", [(300, 300), (2000, 2000)])
def test_the_shadow_darkens_as_if_it_were_laid_over_all_of_the_ground(size: tuple[int, int]) -> None:
    _, mask = photo_of_disc()
    cast = cast_shadow(mask, size, Canvas(size), Shadow.SOFT)
    assert cast is not None
    whole = cover(studio(), size)
    whole.paste((0, 0, 0), mask=cast.resize(size, Image.Resampling.BILINEAR))
    apart = ImageChops.difference(whole, lay(studio(), Canvas(size), mask, Image.new("RGB", size), Shadow.SOFT))
    assert apart.point([value > 1 for value in range(256)] * 3).getbbox() is None


@pytest.mark.parametrize("mode", list(Mode))
@pytest.mark.parametrize("shadow", list(Shadow))
def test_the_product_is_the_photos_own_pixel_for_pixel(shadow: Shadow, mode: Mode) -> None:
    photo, mask = photo_of_disc()
    done = made(behind(shadow), mode=mode)
    apart = ImageChops.difference(done.image, photo.image)
    inside = mask.resize(photo.image.size).point(lambda value: 255 if value == 255 else 0)
    assert Image.composite(apart, Image.new("RGB", apart.size), inside).getbbox() is None


def test_without_a_shadow_the_ground_is_the_picture_as_it_is() -> None:
    done = made(behind())
    assert done.image.getpixel((3, 3)) == WALL
    assert done.image.getpixel((done.width - 3, done.height - 3)) == FLOOR


def test_a_new_aspect_shows_more_of_the_picture_and_no_border() -> None:
    done = made(behind(aspect="1:1"))
    assert done.width == done.height
    assert done.image.getpixel((2, 2)) == WALL
    assert done.image.getpixel((2, done.height - 3)) == FLOOR


def test_a_preset_that_frames_the_product_is_filled_by_the_picture() -> None:
    photo, _ = photo_of_disc()
    view = view_for((photo.width, photo.height), OutputOptions(preset="shop-square"))
    frame = frame_for((photo.width, photo.height), view)
    assert frame.size[0] == frame.size[1]
    done = made(behind(preset="shop-square"))
    for corner in ((1, 1), (done.width - 2, 1)):
        assert done.image.getpixel(corner) == pytest.approx(WALL, abs=3)
    assert done.image.getpixel((1, done.height - 2)) == pytest.approx(FLOOR, abs=3)


def mask_of(*shapes: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", (400, 400))
    for shape in shapes:
        ImageDraw.Draw(mask).rectangle(shape, fill=255)
    return mask


def shade(mask: Image.Image, place: tuple[int, int], shadow: Shadow = Shadow.SOFT) -> int:
    cast = cast_shadow(mask, mask.size, Canvas(mask.size), shadow)
    assert cast is not None
    return int(cast.getpixel(place))  # type: ignore[arg-type]


def test_the_shadow_is_darkest_where_the_product_stands_and_fades_away() -> None:
    block = mask_of((100, 100, 300, 300))
    assert shade(block, (200, 303)) > shade(block, (200, 315)) > shade(block, (200, 345)) == 0
    assert shade(block, (200, 60)) == 0, "none above"
    assert shade(block, (200, 303), Shadow.CONTACT) > 40
    assert shade(block, (200, 320), Shadow.CONTACT) < 5


def test_each_foot_has_its_shadow_and_between_them_lies_the_ground() -> None:
    # A table from the side: its right leg stands further back.
    table = mask_of((100, 100, 300, 130), (100, 130, 115, 300), (285, 130, 300, 260))
    assert shade(table, (107, 303)) > 60
    assert shade(table, (292, 263)) > 60
    assert shade(table, (200, 285)) > 0, "the ground under the table lies between its feet"
    assert shade(table, (200, 160)) == 0, "not under its top, in the air"


def test_what_hangs_over_the_ground_casts_little() -> None:
    mug = mask_of((100, 100, 250, 300), (250, 150, 330, 180))
    assert shade(mug, (300, 185)) == 0, "no line under a handle"
    assert shade(mug, (310, 303)) < shade(mug, (200, 303)) / 2


@pytest.mark.parametrize("shadow", [Shadow.CONTACT, Shadow.SOFT])
def test_a_mask_of_nothing_casts_none(shadow: Shadow) -> None:
    assert cast_shadow(Image.new("L", (50, 40)), (500, 400), Canvas((500, 400)), shadow) is None


def test_the_shadow_follows_the_photo_into_a_larger_frame() -> None:
    block = mask_of((100, 100, 300, 300))
    cast = cast_shadow(block, (400, 400), Canvas((800, 700), (300, 200)), Shadow.SOFT)
    assert cast is not None
    scale = cast.width / 800
    assert cast.getpixel((round(500 * scale), round(503 * scale))) > 60  # type: ignore[operator]
    assert cast.getpixel((round(200 * scale), round(303 * scale))) == 0
