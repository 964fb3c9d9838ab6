"""Strokes: what they lie on is kept or goes up to its edges, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from backdrop_cutout.arrays import Alpha, Pixels
from backdrop_cutout.strokes import Stroke, with_strokes, within

SAMPLES = Path(__file__).parents[3] / "samples"
SIDE = 800


def sample(name: str) -> tuple[Pixels, Alpha]:
    """A sample photo and its true mask."""
    with Image.open(SAMPLES / "photos" / f"{name}.jpg") as photo:
        upright = ImageOps.exif_transpose(photo).convert("RGB")
    upright.thumbnail((SIDE, SIDE))
    with Image.open(SAMPLES / "alpha" / f"{name}.alpha.png") as alpha:
        mask = np.asarray(alpha.convert("L").resize(upright.size), np.float32) / np.float32(255)
    return np.asarray(upright), np.asarray(mask, np.float32)


def iou(one: Alpha, other: Alpha) -> float:
    return float(((one > 0.5) & (other > 0.5)).sum() / ((one > 0.5) | (other > 0.5)).sum())


def lost_below(mask: Alpha, share: float) -> tuple[Alpha, Stroke]:
    """The mask without its lowest pixels, and a rough line through them."""
    rows, columns = np.nonzero(mask > 0.5)
    edge = int(np.quantile(rows, 1 - share))
    spoiled = mask.copy()
    spoiled[edge:] = 0
    row, gone = int(np.median(rows[rows > edge])), columns[rows > edge]
    height, width = mask.shape
    points = [(float(np.quantile(gone, one)) / width, row / height) for one in (0.1, 0.4, 0.6, 0.9)]
    return spoiled, Stroke(points, 0.04)


@pytest.mark.parametrize("name", ["mug_wooden_desk", "soap_box_grey_sweep", "white_cup_white_sweep", "toy_car_rug"])
def test_a_stroke_over_what_was_lost_brings_it_back(name: str) -> None:
    pixels, truth = sample(name)
    spoiled, stroke = lost_below(truth, 0.12)
    assert iou(spoiled, truth) < 0.9
    assert iou(with_strokes(pixels, spoiled, [stroke], []), truth) > 0.96


@pytest.mark.parametrize("name", ["mug_wooden_desk", "wine_bottle_kitchen"])
def test_a_stroke_over_what_stuck_to_it_removes_it(name: str) -> None:
    pixels, truth = sample(name)
    rows, columns = np.nonzero(truth > 0.5)
    middle = (int(np.quantile(columns, 0.5)), min(truth.shape[0] - 20, int(rows.max()) + 25))
    disc = np.zeros(truth.shape, np.uint8)
    cv2.circle(disc, middle, 45, 1, -1)
    spoiled = np.maximum(truth, disc.astype(np.float32))
    height, width = truth.shape
    y = (middle[1] + 12) / height
    stroke = Stroke([((middle[0] - 30) / width, y), ((middle[0] + 30) / width, y)], 0.03)
    after = with_strokes(pixels, spoiled, [], [stroke])
    assert iou(after, truth) > max(0.98, iou(spoiled, truth))


def test_far_from_a_stroke_nothing_changes() -> None:
    pixels, truth = sample("mug_wooden_desk")
    spoiled, stroke = lost_below(truth, 0.1)
    after = with_strokes(pixels, spoiled, [stroke], [])
    above = int(np.nonzero((truth > 0.5).any(1))[0][0]) + 20
    assert np.array_equal(after[:above], spoiled[:above])


def test_the_same_stroke_gives_the_same_mask() -> None:
    pixels, truth = sample("toy_car_rug")
    spoiled, stroke = lost_below(truth, 0.1)
    assert np.array_equal(with_strokes(pixels, spoiled, [stroke], []), with_strokes(pixels, spoiled, [stroke], []))


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("fill", [0.0, 1.0])
def test_a_dot_on_an_empty_or_a_full_mask_is_no_fault(fill: float, kept: bool) -> None:
    pixels, truth = sample("toy_car_rug")
    mask = np.full(truth.shape, fill, np.float32)
    dot = [Stroke([(0.5, 0.5)], 0.02)]
    after = with_strokes(pixels, mask, dot if kept else [], [] if kept else dot)
    middle = after[after.shape[0] // 2, after.shape[1] // 2]
    assert middle > 0.5 if kept else middle < 0.5
    assert after.min() >= 0
    assert after.max() <= 1


def test_strokes_along_the_border_stay_inside() -> None:
    pixels, truth = sample("mug_wooden_desk")
    after = with_strokes(pixels, truth, [], [Stroke([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)], 0.05)])
    assert after.shape == truth.shape
    assert iou(after, truth) > 0.95


def test_outside_of_a_rectangle_nothing_is_kept() -> None:
    mask = np.ones((100, 200), np.float32)
    kept = within(mask, (0.25, 0.5, 0.5, 0.25))
    assert kept.sum() == 100 * 25
    assert kept[50:75, 50:150].all()
