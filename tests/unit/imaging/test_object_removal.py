"""What is not kept is wiped out of what a model without a mask sees; what is kept stays."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from backdrop.imaging.object_removal import wiped

WALL = (228, 226, 222)
LEFT, RIGHT = (0.1, 0.3, 0.2, 0.4), (0.6, 0.3, 0.2, 0.4)


def photo() -> Image.Image:
    image = Image.new("RGB", (400, 200), WALL)
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 60, 120, 140), fill="firebrick")
    draw.ellipse((240, 60, 320, 140), fill="navy")
    return image


def test_the_removed_object_is_gone_and_the_kept_one_untouched() -> None:
    before = photo()
    after = wiped(before, [RIGHT], [LEFT])
    assert np.abs(np.asarray(after, np.int16)[:, 200:] - WALL).max() <= 2
    assert (np.asarray(after)[:, :200] == np.asarray(before)[:, :200]).all()
    assert before.tobytes() == photo().tobytes(), "the photo itself is not changed"


def test_boxes_that_say_nothing_about_a_thing_of_its_own_are_left_alone() -> None:
    before = photo()
    for removed in ((0.0, 0.0, 1.0, 1.0), LEFT, (0.05, 0.2, 0.3, 0.6)):
        assert wiped(before, [removed], [LEFT]).tobytes() == before.tobytes()
    assert wiped(before, [], []) is before


def test_a_removed_box_at_the_photos_border_is_filled_from_the_other_sides() -> None:
    image = Image.new("RGB", (400, 200), WALL)
    ImageDraw.Draw(image).rectangle((300, 40, 400, 160), fill="black")
    after = wiped(image, [(0.75, 0.2, 0.25, 0.6)], [LEFT])
    assert np.abs(np.asarray(after, np.int16) - WALL).max() <= 2


def test_where_a_kept_box_overlaps_its_pixels_stay() -> None:
    before = photo()
    after = wiped(before, [(0.2, 0.2, 0.6, 0.6)], [LEFT])
    assert (np.asarray(after)[60:140, 40:120] == np.asarray(before)[60:140, 40:120]).all()
