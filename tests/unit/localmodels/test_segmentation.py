"""Rules around the network's mask: fine structure by what lies behind it, bystanders, filling in."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from backdrop_cutout.fine_structure import filled, with_fine_structure
from backdrop_cutout.regions import without_bystanders
from localcloud.models.segmentation import Segmenter
from tests.bench.segmentation import edge_error, overlap
from tests.unit.localmodels.pictures import photo, truth

Mask = npt.NDArray[np.float32]


def grille() -> tuple[npt.NDArray[np.uint8], Mask]:
    """Dark bars in a frame before a wall whose light falls off, and its true mask, 640 x 640."""
    light = np.linspace(225, 195, 640)[None, :, None]
    pixels = np.repeat(light, 640, 0).repeat(3, 2).astype(np.uint8)
    true = np.zeros((640, 640), np.float32)
    true[150:180, 150:490] = true[460:490, 150:490] = 1
    for left in range(150, 490, 22):
        true[150:490, left : left + 8] = 1
    pixels[true > 0] = (120, 80, 50)
    return pixels, true


def test_gaps_that_the_network_closed_are_cut_out() -> None:
    pixels, true = grille()
    closed = np.zeros_like(true)
    closed[150:490, 150:490] = 1
    found = with_fine_structure(pixels, closed)
    assert found is not None
    whole = (true * 255).astype(np.uint8)
    assert overlap(closed, whole) < 0.6
    assert overlap(found, whole) > 0.95


def test_fine_parts_that_the_network_missed_are_added() -> None:
    pixels, true = grille()
    only_frame = true.copy()
    only_frame[185:455] = 0
    found = with_fine_structure(pixels, only_frame)
    assert found is not None
    assert overlap(found, (true * 255).astype(np.uint8)) > 0.95


def test_a_plain_subject_has_no_fine_structure() -> None:
    pixels, _ = grille()
    pixels[150:490, 150:490] = (210, 205, 200)
    mask = np.zeros((640, 640), np.float32)
    mask[150:490, 150:490] = 1
    assert with_fine_structure(pixels, mask) is None


def test_fine_structure_apart_from_the_subject_stays_out() -> None:
    pixels, _ = grille()
    mask = np.zeros((640, 640), np.float32)
    mask[520:630, 20:120] = 1
    assert with_fine_structure(pixels, mask) is None


def test_filling_continues_a_gradient_and_keeps_what_is_known() -> None:
    ramp = np.tile(np.linspace(0, 100, 128, dtype=np.float32)[None, :, None], (128, 1, 3))
    known = np.ones((128, 128), np.float32)
    known[40:88, 40:88] = 0
    holed = ramp * known[..., None]
    found = filled(holed, known)
    assert np.abs(found - ramp)[known == 0].max() < 12
    assert np.abs(found - ramp)[known == 1].max() < 0.01


def discs(*places: tuple[int, int, int]) -> Mask:
    mask = np.zeros((320, 320), np.float32)
    for x, y, radius in places:
        cv2.circle(mask, (x, y), radius, 1, -1)
    return mask


def test_a_small_part_cut_by_the_border_is_a_bystander() -> None:
    both, one = discs((150, 150, 70), (318, 200, 30)), discs((150, 150, 70))
    assert np.array_equal(without_bystanders(both), one)


@pytest.mark.parametrize(
    "mask",
    [
        discs((150, 150, 70)),
        discs((150, 150, 70), (270, 200, 30)),
        discs((100, 150, 70), (310, 150, 68)),
        discs((30, 150, 70), (318, 200, 30)),
    ],
    ids=["one", "whole neighbour", "cut but as large", "the largest is cut too"],
)
def test_other_parts_stay(mask: Mask) -> None:
    assert np.array_equal(without_bystanders(mask), mask)


@pytest.mark.parametrize(
    ("name", "least", "worst_edge"),
    [
        ("wooden_chair_room", 0.85, 0.11),
        ("potted_plant_window", 0.85, 0.11),
        ("steel_kettle_kitchen", 0.95, 0.1),
        ("headphones_plywood", 0.95, 0.07),
    ],
)
def test_thin_and_hesitant_subjects(segmenter: Segmenter, name: str, least: float, worst_edge: float) -> None:
    pixels = photo(name, 1600)
    true = truth(name, pixels).astype(np.uint8) * np.uint8(255)
    found = segmenter.alpha(pixels)
    assert overlap(found, true) > least
    assert edge_error(found, true) < worst_edge


@pytest.mark.parametrize("name", ["wooden_chair_room", "potted_plant_window"])
def test_the_rules_hold_on_the_mirrored_photo(segmenter: Segmenter, name: str) -> None:
    pixels = photo(name, 1600)
    true = truth(name, pixels).astype(np.uint8)[:, ::-1] * np.uint8(255)
    assert overlap(segmenter.alpha(np.ascontiguousarray(pixels[:, ::-1])), true) > 0.8
