"""Segmentation and labels on the sample photos, whose true masks and subjects are known."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from localcloud.models import labels
from localcloud.models.errors import ModelError
from localcloud.models.labels import Labeller
from localcloud.models.segmentation import Segmenter
from tests.unit.localmodels.pictures import SAMPLES, blank, encoded, photo, truth

INDEX: list[dict[str, Any]] = json.loads((SAMPLES / "index.json").read_text())
EXPECTED = {entry["name"]: set(entry["expected_labels"]) for entry in INDEX}
# Subjects that ImageNet's classes hold; the others get a neighbour's name or "Object"
# (local/localcloud/models/README.md).
NAMEABLE = [
    "mug_wooden_desk",
    "wine_bottle_kitchen",
    "sunglasses_bed_sheet",
    "white_cup_white_sweep",
    "potted_plant_window",
    "wooden_chair_room",
    "steel_kettle_kitchen",
    "toy_car_rug",
]


def detect(labeller: Labeller, data: bytes, **query: str) -> list[dict[str, Any]]:
    answer = json.loads(labels.answer(data, {key: [value] for key, value in query.items()}, labeller))
    assert answer.keys() == {"Labels", "LabelModelVersion"}
    found: list[dict[str, Any]] = answer["Labels"]
    return found


def sample(name: str) -> bytes:
    return (SAMPLES / "photos" / f"{name}.jpg").read_bytes()


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("mug_wooden_desk", 0.98),
        ("soap_box_grey_sweep", 0.98),
        ("white_cup_white_sweep", 0.97),
        ("book_stack_carpet", 0.98),
        ("honey_jar_garden_table", 0.97),
        ("toy_car_rug", 0.97),
    ],
)
def test_the_mask_is_the_subjects(segmenter: Segmenter, name: str, least: float) -> None:
    pixels = photo(name)
    found, real = segmenter.alpha(pixels) > 0.5, truth(name, pixels)
    assert (found & real).sum() / (found | real).sum() > least


def test_the_same_picture_is_segmented_once(segmenter: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = photo("mug_wooden_desk", 300)
    first = segmenter.alpha(pixels)
    monkeypatch.setattr(segmenter._cut_out, "alpha", lambda _: pytest.fail("segmented again"))
    assert np.array_equal(segmenter.alpha(pixels.copy()), first)


@pytest.mark.parametrize("name", NAMEABLE)
def test_nameable_subjects_get_an_expected_label(labeller: Labeller, name: str) -> None:
    found = detect(labeller, sample(name))
    assert {label["Name"] for label in found} & EXPECTED[name]


def test_every_photo_gets_a_label_with_the_subjects_box(labeller: Labeller) -> None:
    for name in ("headphones_plywood", "book_stack_carpet", "honey_jar_garden_table"):
        found = detect(labeller, sample(name))
        assert found, name
        assert all(label["Instances"] for label in found)


@pytest.mark.parametrize("name", ["mug_wooden_desk", "wine_bottle_kitchen"])
def test_the_box_is_a_share_of_the_upright_picture(labeller: Labeller, name: str) -> None:
    box = detect(labeller, sample(name))[0]["Instances"][0]["BoundingBox"]
    real = truth(name, photo(name))
    rows, columns = np.flatnonzero(real.any(1)), np.flatnonzero(real.any(0))
    height, width = real.shape
    assert box["Left"] == pytest.approx(columns[0] / width, abs=0.02)
    assert box["Top"] == pytest.approx(rows[0] / height, abs=0.02)
    assert box["Width"] == pytest.approx((columns[-1] + 1 - columns[0]) / width, abs=0.02)
    assert box["Height"] == pytest.approx((rows[-1] + 1 - rows[0]) / height, abs=0.02)


def test_labels_have_rekognitions_shape(labeller: Labeller) -> None:
    found = detect(labeller, sample("sunglasses_bed_sheet"))
    label = next(label for label in found if label["Name"] == "Sunglasses")
    assert label.keys() == {"Name", "Confidence", "Instances", "Parents", "Aliases", "Categories"}
    assert {"Name": "Accessories"} in label["Parents"]
    assert label["Categories"] == [{"Name": "Apparel and Accessories"}]
    assert 55 <= label["Confidence"] <= 100


def test_two_objects_are_two_instances(labeller: Labeller) -> None:
    one = photo("mug_wooden_desk", 600)
    mask = truth("mug_wooden_desk", one)[..., None]
    rows, columns = np.flatnonzero(mask.any((1, 2))), np.flatnonzero(mask.any((0, 2)))
    cut = np.where(mask, one, 225)[rows[0] - 20 : rows[-1] + 20, columns[0] - 20 : columns[-1] + 20]
    pair = np.concatenate([cut, cut[:, ::-1]], 1).astype(np.uint8)
    pair = np.pad(pair, ((80, 80), (80, 80), (0, 0)), constant_values=225)
    cup = next(label for label in detect(labeller, encoded(pair)) if label["Name"] == "Cup")
    assert len(cup["Instances"]) == 2


def test_max_labels_and_min_confidence(labeller: Labeller) -> None:
    everything = detect(labeller, sample("wine_bottle_kitchen"), minConfidence="30")
    assert len(everything) > 3
    assert detect(labeller, sample("wine_bottle_kitchen"), minConfidence="30", maxLabels="2") == everything[:2]
    sure = detect(labeller, sample("wine_bottle_kitchen"), minConfidence="80")
    assert sure
    assert all(label["Confidence"] >= 80 for label in sure)


@pytest.mark.parametrize(
    ("data", "query", "kind"),
    [
        (b"text", {}, "InvalidImageFormatException"),
        (encoded(blank(200, 200), "WEBP"), {}, "InvalidImageFormatException"),
        (encoded(blank(200, 200))[:-60], {}, "InvalidImageFormatException"),
        (encoded(blank(79, 200)), {}, "InvalidImageFormatException"),
        (encoded(blank(10_001, 100)), {}, "ImageTooLargeException"),
        (b"\0" * (15 * 1024 * 1024 + 1), {}, "ImageTooLargeException"),
        (encoded(blank(200, 200)), {"maxLabels": ["0"]}, "InvalidParameterException"),
        (encoded(blank(200, 200)), {"minConfidence": ["101"]}, "InvalidParameterException"),
        (encoded(blank(200, 200)), {"minConfidence": ["high"]}, "InvalidParameterException"),
    ],
)
def test_detect_labels_refuses(labeller: Labeller, data: bytes, query: dict[str, list[str]], kind: str) -> None:
    with pytest.raises(ModelError) as caught:
        labels.answer(data, query, labeller)
    assert caught.value.kind == kind
