"""DetectLabels: names for the subject and its parts, in Rekognition's shape.

The classifier knows ImageNet's 1000 classes; labels.json maps those that shops sell to names, parents and
categories in Rekognition's manner. Every instance's box is the box of a really segmented object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.network import Network
from backdrop_cutout.regions import Box
from localcloud.models.images import Alpha, Pixels
from localcloud.models.rekognition import WORKING_SIDE, number, picture_of
from localcloud.models.segmentation import Segmenter, parts

VERSION = "local-1.0"
# Rekognition's limits: label count, default confidence.
MOST_LABELS = 1000
DEFAULT_CONFIDENCE = 55.0
CROP_SIDE = 224
GENERIC = "Object"


@dataclass(frozen=True)
class Term:
    """One label name with its parents (nearest last), aliases and categories."""

    name: str
    parents: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass
class Found:
    """A label with the boxes (left, top, width, height as ratios) and confidences (0..100) of its objects."""

    term: Term
    confidence: float
    boxes: list[tuple[tuple[float, float, float, float], float]] = field(default_factory=list)


class Vocabulary:
    """The words of labels.json: terms, and which ImageNet classes speak for which term."""

    def __init__(self, class_names: Sequence[str]) -> None:
        raw = json.loads((resources.files(__package__) / "labels.json").read_text())
        self.terms = {
            name: Term(
                name,
                tuple(entry.get("parents", ())),
                tuple(entry.get("aliases", ())),
                tuple(entry.get("categories", ())),
            )
            for name, entry in raw["terms"].items()
        }
        self._of_class: dict[int, str] = {}
        for name, entry in raw["terms"].items():
            for index in entry.get("classes", ()):
                self._of_class[index] = name
        self._living = {index: name for first, last, name in raw["ranges"] for index in range(first, last + 1)}
        self.class_names = class_names

    def term_of(self, index: int) -> Term | None:
        """The term that class `index` speaks for; None for scenes and what no shop sells."""
        name = self._of_class.get(index) or self._living.get(index)
        return self.term(name) if name else None

    def term(self, name: str) -> Term:
        """The term `name`; one without parents where the table has no entry of its own."""
        return self.terms.get(name, Term(name))

    @cached_property
    def matrix(self) -> tuple[list[str], npt.NDArray[np.float32]]:
        """Term names and a 1000 x terms matrix: a class counts for its term and for the term's parents."""
        names = sorted({n for i in range(1000) if (t := self.term_of(i)) for n in (t.name, *t.parents)})
        table = np.zeros((1000, len(names)), np.float32)
        for index in range(1000):
            term = self.term_of(index)
            for name in (term.name, *term.parents) if term else ():
                table[index, names.index(name)] = 1
        return names, table


class Labeller:
    """Segments a photo, names each sizeable object."""

    def __init__(self, segmenter: Segmenter, network: Network, class_names: Path) -> None:
        self._segmenter = segmenter
        self._network = network
        self.vocabulary = Vocabulary(json.loads(class_names.read_text()))

    def detect(self, pixels: Pixels) -> list[Found]:
        """Labels of an upright picture, the surest first."""
        height, width = pixels.shape[:2]
        scale = min(1.0, WORKING_SIDE / max(height, width))
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
        alpha = self._segmenter.glance(pixels)
        labels: dict[str, Found] = {}
        for box, mask in parts(alpha):
            self._name(pixels, box, mask, labels)
        return sorted(labels.values(), key=lambda found: (-found.confidence, found.term.name))

    def _name(self, pixels: Pixels, box: Box, mask: Alpha, labels: dict[str, Found]) -> None:
        names, table = self.vocabulary.matrix
        scores = self.probabilities(pixels, box, mask) @ table
        height, width = pixels.shape[:2]
        ratios = (
            box.left / width,
            box.top / height,
            (box.right - box.left) / width,
            (box.bottom - box.top) / height,
        )
        named = False
        for index in np.argsort(-scores):
            confidence = confidence_of(float(scores[index]))
            if confidence < 30:
                break
            named = named or confidence >= DEFAULT_CONFIDENCE
            self._add(labels, self.vocabulary.term(names[index]), confidence, ratios)
        if not named:
            # Segmented, but nameable by no class: the box is real, so it is offered under an honest name.
            self._add(labels, Term(GENERIC), 60.0, ratios)

    @staticmethod
    def _add(labels: dict[str, Found], term: Term, confidence: float, box: tuple[float, float, float, float]) -> None:
        found = labels.setdefault(term.name, Found(term, confidence))
        found.confidence = max(found.confidence, confidence)
        found.boxes.append((box, confidence))

    def probabilities(self, pixels: Pixels, box: Box, mask: Alpha) -> npt.NDArray[np.float32]:
        """Mean class probabilities (1000) of three views: the object, the object on grey, more around it."""
        height, width = pixels.shape[:2]
        cut = (pixels * mask[..., None] + 127 * (1 - mask[..., None])).astype(np.uint8)
        near, wide = box.grown(0.12, width, height), box.grown(0.35, width, height)
        views = [_square(pixels, near), _square(cut, near), _square(pixels, wide)]
        return np.asarray(np.mean([self._network.run(view)[0] for view in views], axis=0), np.float32)


def confidence_of(probability: float) -> float:
    """Rekognition-like confidence 0..100 of a summed class probability 0..1.

    ImageNet's soft-max is spread over near synonyms and three views are averaged, so a third of the
    probability already is a clear answer.
    """
    return float(min(99.5, 100 * probability**0.45))


def _square(pixels: Pixels, box: Box) -> npt.NDArray[np.float32]:
    """Return the 1 x 3 x 224 x 224 network input of a box, padded to a square with the crop's border colours."""
    crop = pixels[box.top : box.bottom, box.left : box.right]
    height, width = crop.shape[:2]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    padded = cv2.copyMakeBorder(crop, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE)
    small = cv2.resize(padded, (CROP_SIDE, CROP_SIDE), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(((small.astype(np.float32) - 127) / 128).transpose(2, 0, 1)[None])


def answer(data: bytes, query: Mapping[str, Sequence[str]], labeller: Labeller) -> bytes:
    """The JSON answer to DetectLabels for image bytes. Raises ModelError with Rekognition's exception names."""
    most = int(number(query, "maxLabels", 1, MOST_LABELS, MOST_LABELS))
    least = number(query, "minConfidence", 0, 100, DEFAULT_CONFIDENCE)
    pixels = picture_of(data)
    found = [label for label in labeller.detect(pixels) if label.confidence >= least][:most]
    vocabulary = labeller.vocabulary
    return json.dumps({"Labels": [_shown(label, vocabulary) for label in found], "LabelModelVersion": VERSION}).encode()


def _shown(label: Found, vocabulary: Vocabulary) -> dict[str, Any]:
    term = vocabulary.term(label.term.name)
    return {
        "Name": term.name,
        "Confidence": round(label.confidence, 4),
        "Instances": [
            {
                "BoundingBox": {"Width": w, "Height": h, "Left": x, "Top": y},
                "Confidence": round(confidence, 4),
            }
            for (x, y, w, h), confidence in label.boxes
        ],
        "Parents": [{"Name": name} for name in term.parents],
        "Aliases": [{"Name": name} for name in term.aliases],
        "Categories": [{"Name": name} for name in term.categories],
    }
