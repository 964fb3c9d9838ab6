"""DetectModerationLabels: the documented shape around one honest score."""

from __future__ import annotations

from typing import Any

import httpx
import numpy as np
import pytest

from tests.unit.localmodels.pictures import SAMPLES, encoded, photo, skin_coloured_shapes


def moderated(client: httpx.Client, data: bytes, query: str = "") -> dict[str, Any]:
    answer = client.post(f"/detect-moderation-labels{query}", content=data)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["ModerationModelVersion"] == "local-open-nsfw-1.0"
    return body


def test_product_photos_are_far_from_being_blocked(client: httpx.Client) -> None:
    names = [path.stem for path in sorted((SAMPLES / "photos").glob("*.jpg"))]
    assert len(names) >= 10
    for name in names:
        (label,) = moderated(client, encoded(photo(name), "JPEG"), "?minConfidence=0")["ModerationLabels"]
        assert label["Confidence"] < 10, name


def test_a_label_that_is_not_sure_enough_is_left_out(client: httpx.Client) -> None:
    """By Rekognition's usual 50 %; here of a photo in its full size."""
    data = (SAMPLES / "photos" / "honey_jar_garden_table.jpg").read_bytes()
    (label,) = moderated(client, data, "?minConfidence=0")["ModerationLabels"]
    assert label["Confidence"] < 10
    assert moderated(client, data)["ModerationLabels"] == []


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
