"""PRECISE keeps the photographer's pixels, the shape and no trace of the old background."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.masks import alpha_of, subject_mask
from backdrop.imaging.photos import open_photo
from tests.truth import surely_inside, surely_outside

SAMPLES = Path(__file__).parents[3] / "samples"


def disc(size: int, radius: float) -> Image.Image:
    """An antialiased disc's mask."""
    big = Image.new("L", (size * 4, size * 4), 0)
    middle = size * 2
    ImageDraw.Draw(big).ellipse(
        [middle - radius * 4, middle - radius * 4, middle + radius * 4, middle + radius * 4], 255
    )
    return big.resize((size, size), Image.Resampling.BOX)


@pytest.mark.parametrize("name", ["book_stack_carpet", "toy_car_rug"])
@pytest.mark.parametrize("mask_side", [None, 2048, 1024])
def test_subject_pixels_are_the_photos(name: str, mask_side: int | None) -> None:
    photo = open_photo((SAMPLES / "photos" / f"{name}.jpg").read_bytes()).image
    truth = Image.open(SAMPLES / "alpha" / f"{name}.alpha.png").convert("L")
    mask = truth.copy()
    if mask_side:
        mask.thumbnail((mask_side, mask_side))
    result = composite_precise(photo, Image.new("RGB", mask.size, (230, 60, 160)), mask)
    inside = surely_inside(truth, 4)
    outside = surely_outside(truth, 8)
    assert result.size == photo.size
    assert inside.mean() > 0.05
    assert (np.asarray(result)[inside] == np.asarray(photo)[inside]).all()
    assert (np.asarray(result)[outside] == (230, 60, 160)).all()


def test_the_old_backgrounds_colour_is_gone_from_the_edge() -> None:
    mask = disc(400, 120)
    photo = Image.composite(Image.new("RGB", mask.size, (200, 30, 30)), Image.new("RGB", mask.size, (0, 255, 0)), mask)
    wanted = Image.composite(
        Image.new("RGB", mask.size, (200, 30, 30)), Image.new("RGB", mask.size, (30, 30, 220)), mask
    )
    result = composite_precise(photo, Image.new("RGB", mask.size, (30, 30, 220)), mask)
    soft = (np.asarray(mask) > 0) & (np.asarray(mask) < 255)
    error = np.abs(np.asarray(result, np.int16) - np.asarray(wanted, np.int16))[soft]
    naive = np.abs(np.asarray(Image.composite(photo, result, mask), np.int16) - np.asarray(wanted, np.int16))[soft]
    assert error.mean() < 4
    assert naive.mean() > 5 * error.mean(), "the test would show it if the edge were left as it is"


def test_a_circle_stays_a_circle() -> None:
    mask = disc(500, 150)
    photo = Image.composite(Image.new("RGB", mask.size, "black"), Image.new("RGB", mask.size, "white"), mask)
    result = composite_precise(photo, Image.new("RGB", (250, 250), "white"), mask.resize((250, 250)))
    black = np.argwhere(np.asarray(result.convert("L")) < 128)
    height, width = black.max(0) - black.min(0)
    assert abs(int(height) - int(width)) <= 1
    assert abs(int(height) - 300) <= 2


def test_an_empty_and_a_full_mask() -> None:
    photo, generated = Image.new("RGB", (300, 500), "red"), Image.new("RGB", (30, 50), "blue")
    assert composite_precise(photo, generated, Image.new("L", (30, 50), 0)).getcolors() == [(150_000, (0, 0, 255))]
    assert composite_precise(photo, generated, Image.new("L", (30, 50), 255)).getcolors() == [(150_000, (255, 0, 0))]


def two_objects() -> Image.Image:
    alpha = Image.new("L", (400, 200), 0)
    draw = ImageDraw.Draw(alpha)
    draw.ellipse((40, 50, 140, 150), fill=255)
    draw.ellipse((260, 50, 360, 150), fill=255)
    return alpha


def test_an_object_whose_label_was_removed_is_not_in_the_mask() -> None:
    mask = subject_mask(two_objects(), [(0.1, 0.25, 0.25, 0.5)])
    assert mask.getpixel((90, 100)) == 255
    assert mask.getpixel((310, 100)) == 0


def test_a_tight_box_does_not_cut_the_object() -> None:
    alpha = two_objects()
    # Only 40 pixels are missing on the right, more than the margin of 3 %.
    mask = subject_mask(alpha, [(0.1, 0.25, 0.18, 0.5)])
    assert mask.crop((0, 0, 200, 200)).tobytes() == alpha.crop((0, 0, 200, 200)).tobytes()


def test_without_boxes_everything_is_kept() -> None:
    assert subject_mask(two_objects(), []).tobytes() == two_objects().tobytes()


@pytest.mark.parametrize("boxes", [[], [(0.45, 0.0, 0.1, 0.2)]])
def test_no_subject_is_an_error_not_an_empty_picture(boxes: list[tuple[float, float, float, float]]) -> None:
    alpha = two_objects() if boxes else Image.new("L", (400, 200), 0)
    with pytest.raises(BackdropError) as failure:
        subject_mask(alpha, boxes)
    assert failure.value.code is ErrorCode.SUBJECT_NOT_FOUND


def test_a_cut_out_without_alpha_is_an_invalid_answer() -> None:
    with pytest.raises(BackdropError) as failure:
        alpha_of(Image.new("RGB", (10, 10)), (10, 10))
    assert failure.value.code is ErrorCode.RESPONSE_INVALID
