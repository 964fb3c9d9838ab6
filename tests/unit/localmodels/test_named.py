"""Words choose among the objects of a photo."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from localcloud.models.engine import Engine
from localcloud.models.labels import Labeller
from localcloud.models.named import classes_named, means_background
from tests.unit.localmodels.pictures import encoded, picture_of, side_by_side, text
from tests.unit.localmodels.test_requests import NOVA, TITAN_2, call

MUG_AND_BOTTLE = side_by_side("mug_wooden_desk", "wine_bottle_kitchen")
CAR_AND_CUP = side_by_side("toy_car_rug", "white_cup_white_sweep")


def overlap(alpha: Any, truth: Any) -> float:
    found = alpha > 0.5
    return float((found & truth).sum() / (found | truth).sum())


@pytest.mark.parametrize(
    ("scene", "words", "wanted"),
    [
        (MUG_AND_BOTTLE, "mug", [1]),
        (MUG_AND_BOTTLE, "Bottle", [2]),
        (MUG_AND_BOTTLE, "the green wine bottle on the table", [2]),
        (MUG_AND_BOTTLE, "coffee mugs", [1]),
        (MUG_AND_BOTTLE, "mug and bottle", [1, 2]),
        (MUG_AND_BOTTLE, "a quux", [1, 2]),
        (MUG_AND_BOTTLE, "a violin", [1, 2]),
        (CAR_AND_CUP, "toy car", [1]),
        (CAR_AND_CUP, "cup", [2]),
    ],
)
def test_words_select_objects(engine: Engine, scene: Any, words: str, wanted: list[int]) -> None:
    truth = np.logical_or.reduce([scene[index] for index in wanted])
    assert overlap(engine.named(scene[0], words), truth) > 0.97


def test_the_named_object_keeps_its_soft_edge(engine: Engine) -> None:
    pixels, mug, _ = MUG_AND_BOTTLE
    everything, only = engine.segmenter.alpha(pixels), engine.named(pixels, "mug")
    around_mug = np.zeros_like(mug)
    around_mug[:, :500] = True
    assert np.abs(everything - only)[around_mug].max() < 0.02
    assert only[:, 520:].max() < 0.02


@pytest.mark.parametrize("model", [TITAN_2, NOVA])
def test_outpainting_keeps_the_named_object_only(engine: Engine, model: str) -> None:
    pixels, mug, bottle = MUG_AND_BOTTLE
    fields = {"image": text(encoded(pixels)), "maskPrompt": "bottle", "text": "oak table", "outPaintingMode": "PRECISE"}
    answer = call(engine, model, {"taskType": "OUTPAINTING", "outPaintingParams": fields})
    after = np.asarray(picture_of(answer["images"][0]), np.int16)
    change = np.abs(after - pixels).max(-1)
    assert change[bottle].mean() < 3
    assert change[mug].mean() > 30


@pytest.mark.parametrize(
    ("words", "background"),
    [("background", True), ("the whole Backdrop", True), ("mug", False), ("backgrounder", False)],
)
def test_background_words(words: str, *, background: bool) -> None:
    assert means_background(words) is background


def test_what_stands_where_is_no_name(labeller: Labeller) -> None:
    names = [
        labeller.vocabulary.class_names[index]
        for index in classes_named("a mug on the dining table", labeller.vocabulary)
    ]
    assert "coffee mug" in names
    assert "dining table" not in names
