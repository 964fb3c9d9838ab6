"""DetectModerationLabels: the documented shape around one honest score."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest

from tests.unit.localmodels.pictures import SAMPLES, encoded, skin_coloured_shapes


def moderated(client: httpx.Client, data: bytes, query: str = "") -> dict[str, Any]:
    answer = client.post(f"/detect-moderation-labels{query}", content=data)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["ModerationModelVersion"] == "local-open-nsfw-1.0"
    return body


def test_product_photos_are_far_from_being_blocked(client: httpx.Client) -> None:
    photos = sorted((SAMPLES / "photos").glob("*.jpg"))
    assert len(photos) >= 10
    for photo in photos:
        (label,) = moderated(client, photo.read_bytes(), "?minConfidence=0")["ModerationLabels"]
        assert label["Confidence"] < 10, photo.name
        assert moderated(client, photo.read_bytes())["ModerationLabels"] == []


def test_what_the_network_takes_for_nudity_is_explicit_on_the_first_level(client: httpx.Client) -> None:
    (label,) = moderated(client, encoded(skin_coloured_shapes(), "JPEG"))["ModerationLabels"]
    assert label.pop("Confidence") > 80
    assert label == {"Name": "Explicit", "ParentName": "", "TaxonomyLevel": 1}
    # The network reads blue, green, red: the same shapes in blue are no skin.
    blue = np.ascontiguousarray(skin_coloured_shapes()[..., ::-1])
    assert moderated(client, encoded(blue, "JPEG"))["ModerationLabels"] == []


@pytest.mark.parametrize(
    ("data", "query", "error"),
    [
        (b"no image", "", "InvalidImageFormatException"),
        (encoded(np.zeros((200, 200, 3), np.uint8)), "?minConfidence=101", "InvalidParameterException"),
        (encoded(np.zeros((200, 79, 3), np.uint8)), "", "InvalidImageFormatException"),
    ],
)
def test_errors_have_rekognitions_names(client: httpx.Client, data: bytes, query: str, error: str) -> None:
    answer = client.post(f"/detect-moderation-labels{query}", content=data)
    assert (answer.status_code, answer.json()["__type"]) == (400, error)
