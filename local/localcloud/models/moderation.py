"""DetectModerationLabels: one score for nudity, in Rekognition's shape.

The network is Yahoo's open_nsfw: a single probability that a photo is not safe for work. It supports Rekognition's
`Explicit` and nothing else; what it says of drawings, gore or symbols would be a guess, so it says nothing of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.network import Network
from localcloud.models.images import Pixels
from localcloud.models.rekognition import number, picture_of

VERSION = "local-open-nsfw-1.0"
DEFAULT_CONFIDENCE = 50.0
# open_nsfw was trained on 256 px pictures, of which it sees the middle 224; blue, green, red less their means.
_SIDE, _CROP = 256, 224
_MEAN = np.array([104, 117, 123], np.float32)


class Moderator:
    """Scores pictures."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def score(self, pixels: Pixels) -> float:
        """Probability (0..1) that a picture shows nudity or sexual activity."""
        return float(self._network.run(_prepared(pixels))[0, 1])


def _prepared(pixels: Pixels) -> npt.NDArray[np.float32]:
    """Return the 1 x 224 x 224 x 3 network input of H x W x 3 RGB."""
    small = cv2.resize(pixels, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    edge = (_SIDE - _CROP) // 2
    middle = small[edge : edge + _CROP, edge : edge + _CROP, ::-1]
    return np.ascontiguousarray(middle.astype(np.float32) - _MEAN)[None]


def answer(data: bytes, query: Mapping[str, Sequence[str]], moderator: Moderator) -> bytes:
    """The JSON answer to DetectModerationLabels for image bytes; raises ModelError with Rekognition's names."""
    least = number(query, "minConfidence", 0, 100, DEFAULT_CONFIDENCE)
    confidence = round(100 * moderator.score(picture_of(data)), 4)
    label = {"Name": "Explicit", "ParentName": "", "TaxonomyLevel": 1, "Confidence": confidence}
    labels = [label] if confidence >= least else []
    return json.dumps({"ModerationLabels": labels, "ModerationModelVersion": VERSION, "ContentTypes": []}).encode()
