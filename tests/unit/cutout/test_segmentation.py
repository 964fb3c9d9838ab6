"""Rules around the network's mask: several looks, fine structure by what lies behind it, filling in."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from backdrop_cutout.fine_structure import filled, with_fine_structure
from backdrop_cutout.matting import guided_coefficients, refine
from backdrop_cutout.regions import without_bystanders, without_specks
from backdrop_cutout.segmentation import CutOut
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


def test_nothing_is_filled_in_from_surroundings_full_of_detail() -> None:
    """Leaves before leaves: what differs from the filling is as likely surroundings."""
    pixels, true = grille()
    noise = np.random.default_rng(1).integers(0, 120, (160, 160, 1), dtype=np.uint8)
    busy = cv2.resize(noise, (640, 640), interpolation=cv2.INTER_NEAREST)[..., None].repeat(3, 2)
    closed = np.zeros_like(true)
    closed[150:490, 150:490] = 1
    assert with_fine_structure(np.where(closed[..., None] > 0, pixels, busy), closed) is None


FoundIn = Callable[[str, int], Mask]


@pytest.fixture(scope="module")
def found_in(cut_out: CutOut) -> FoundIn:
    """A sample's mask at a size, cut out once for the tests that look at it."""
    return cache(lambda name, side: cut_out.alpha(photo(name, side)))


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


def test_specks_go_and_parts_stay() -> None:
    both, speck = discs((100, 150, 70), (250, 200, 30)), discs((280, 40, 5))
    assert np.array_equal(without_specks(np.maximum(both, speck), 0.02), both)
    assert np.array_equal(without_specks(both, 0.02), both)


class OneEyed:
    """A network that sees dark things, those in the left half of its picture hardly."""

    def run(self, tensor: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        dark = np.asarray(tensor.mean(1, keepdims=True) < 0, np.float32)
        dark[..., :160] *= 0.5
        return dark


def test_what_the_network_loses_is_found_in_the_mirror() -> None:
    pixels = np.full((400, 400, 3), 230, np.uint8)
    pixels[60:340, 60:150] = pixels[60:340, 250:340] = 40
    told = CutOut(OneEyed()).find(pixels)
    found = told.alpha
    assert told.doubt > 0.3, "one look contradicts the other"
    assert found[100:300, 80:130].min() > 0.9
    assert found[100:300, 270:320].min() > 0.9
    assert found[:, 180:220].max() < 0.1


def test_near_greys_do_not_break_the_guided_filter() -> None:
    """Their covariance is all but singular: in float32, squares of noise came out beside a white keyboard."""
    numbers = np.random.default_rng(1)
    light = np.where(np.arange(300) // 20 % 2, 0.9, 0.02)[None, :, None] * np.array([1, 0.97, 0.91])
    guide = np.asarray(light.repeat(300, 0) * (1 + numbers.normal(0, 1e-3, (300, 300, 3))), np.float32)
    mask = np.asarray(guide[..., 0] < 0.5, np.float32)
    a, b = guided_coefficients(guide, mask, 4, 1e-5)
    assert np.abs((a * guide).sum(-1) + b - mask).max() < 0.05


@pytest.mark.parametrize(("subject", "background"), [(20, 235), (235, 20)], ids=["dark", "bright"])
def test_an_edge_is_where_half_of_the_light_is(subject: int, background: int) -> None:
    true = np.zeros((1600, 1600), np.uint8)
    cv2.circle(true, (800, 800), 300, 255, -1)
    # Out of focus: light mixes, and is stored by sRGB's curve.
    cover = cv2.GaussianBlur(true.astype(np.float32) / 255, (0, 0), 4)[..., None]
    light = cover * (subject / 255) ** 2.2 + (1 - cover) * (background / 255) ** 2.2
    pixels = np.repeat(light ** (1 / 2.2) * 255, 3, 2).astype(np.uint8)
    coarse = np.asarray(cv2.resize(true, (320, 320), interpolation=cv2.INTER_AREA) / 255, np.float32)
    found = refine(pixels, coarse)
    # In sRGB's values instead of light the area is 0.006 off, which is a pixel of the outline.
    assert float((found > 0.5).sum() / (true > 0).sum()) == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("side", [1000, 1600, 2000])
def test_the_chair_stands_on_its_legs(found_in: FoundIn, side: int) -> None:
    true = truth("wooden_chair_room", photo("wooden_chair_room", side))
    _, numbers = cv2.connectedComponents((found_in("wooden_chair_room", side) > 0.5).astype(np.uint8), connectivity=8)
    largest = numbers == np.bincount(numbers[numbers > 0]).argmax()
    feet = [np.flatnonzero(mask.any(1))[-1] for mask in (largest, true)]
    assert abs(feet[0] - feet[1]) < 0.02 * side


@pytest.mark.parametrize(
    ("name", "least", "worst_edge"),
    [
        ("wooden_chair_room", 0.9, 0.07),
        ("potted_plant_window", 0.88, 0.08),
        ("steel_kettle_kitchen", 0.94, 0.11),
        ("headphones_plywood", 0.955, 0.06),
        ("sunglasses_bed_sheet", 0.975, 0.04),
    ],
)
def test_thin_and_hesitant_subjects(found_in: FoundIn, name: str, least: float, worst_edge: float) -> None:
    true = truth(name, photo(name, 1600)).astype(np.uint8) * np.uint8(255)
    found = found_in(name, 1600)
    assert overlap(found, true) > least
    assert edge_error(found, true) < worst_edge


@pytest.mark.parametrize("name", ["wooden_chair_room", "potted_plant_window"])
def test_the_rules_hold_on_the_mirrored_photo(cut_out: CutOut, name: str) -> None:
    pixels = photo(name, 1600)
    true = truth(name, pixels).astype(np.uint8)[:, ::-1] * np.uint8(255)
    assert overlap(cut_out.alpha(np.ascontiguousarray(pixels[:, ::-1])), true) > 0.8


class Counting:
    """A network that sees dark things; what it is undecided about is `grey`."""

    def __init__(self, grey: float) -> None:
        self.looks, self._grey = 0, grey

    def run(self, tensor: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        self.looks += 1
        dark = np.asarray(tensor.mean(1, keepdims=True) < 0, np.float32)
        dark[:, :, :, :160] *= 1 - self._grey
        return dark


@pytest.mark.parametrize(("grey", "looks"), [(0.0, 1), (0.5, 4)], ids=["clear", "undecided"])
def test_a_clear_subject_is_looked_at_once(grey: float, looks: int) -> None:
    pixels = np.full((400, 400, 3), 230, np.uint8)
    pixels[60:340, 60:340] = 40
    network = Counting(grey)
    told = CutOut(network).find(pixels)
    assert network.looks == looks
    assert (told.doubt > 0) == (looks > 1)
    assert told.alpha[100:300, 240:320].min() > 0.9
