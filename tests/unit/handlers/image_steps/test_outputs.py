"""Several files of one picture: each in its own shape, from one cut-out and one painting, nothing asked twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.handlers import decode_result, stage_payload
from tests.unit.handlers.image_steps.conftest import Bucket
from tests.unit.handlers.image_steps.test_every_family import answer, finished, job, run

INPAINT = "us.stability.stable-image-inpaint-v1:0"
TITAN = "amazon.titan-image-generator-v2:0"
OUTPUTS: dict[str, Any] = {
    "Output": {"Format": "PNG"},
    "Outputs": [
        {"Width": 100, "Format": "WEBP"},
        {"Aspect": "2:1", "Fill": "PAD", "PadColor": "#ff0000", "Format": "PNG"},
        {"Aspect": "2:1", "Format": "PNG"},
    ],
}

pytestmark = pytest.mark.usefixtures("small_photo")


def image(number: int, model_id: str = INPAINT, seed: int = 5, **options: Any) -> dict[str, Any]:
    """The state of a photo's image of that number."""
    state = job(model_id, "PRECISE", {**OUTPUTS, **options})
    return {**state, "Variation": number, "ImageId": f"abcd1234-{number}" if number > 1 else "abcd1234", "Seed": seed}


def asked(bucket: Bucket, state: dict[str, Any]) -> int:
    """How many passes of an image had to be asked for, while it was made."""
    calls = 0
    while not state.get("Done"):
        stage = stage_payload.handler(state, None)
        calls += not stage["Answered"]
        if not stage["Answered"]:
            bucket[stage["ResponseKey"]] = answer(json.loads(bucket[stage["RequestKey"]]), stage)
        state = decode_result.handler({**state, "Stage": stage}, None)
    return calls


def cut_out(bucket: Bucket, state: dict[str, Any]) -> dict[str, Any]:
    """The image's state after its first pass."""
    stage = stage_payload.handler(state, None)
    bucket[stage["ResponseKey"]] = answer(json.loads(bucket[stage["RequestKey"]]), stage)
    return dict(decode_result.handler({**state, "Stage": stage}, None))


def test_each_file_has_its_own_shape_and_format(bucket: Bucket) -> None:
    made = [finished(bucket, run(bucket, image(number))) for number in range(1, 5)]
    whole, small, padded, painted = made
    assert (small.width, small.format) == (100, "WEBP")
    assert small.height == pytest.approx(100 * whole.height / whole.width, abs=1)
    assert (padded.size, padded.convert("RGB").getpixel((0, 0))) == (painted.size, (255, 0, 0))
    assert painted.convert("RGB").getpixel((0, 0)) != (255, 0, 0)
    assert whole.width < padded.width == 2 * padded.height


def test_one_painting_serves_all_files_that_it_can(bucket: Bucket) -> None:
    assert [asked(bucket, image(number)) for number in (1, 2, 3)] == [2, 0, 0]
    assert asked(bucket, image(4)) == 1, "the room beside it is painted for this one alone"
    assert asked(bucket, image(5, seed=6)) == 1, "the next variation has the same cut-out"
    assert asked(bucket, image(6, seed=6)) == 0


def test_what_was_refused_for_one_file_is_not_asked_again_for_the_next(bucket: Bucket) -> None:
    for number in (2, 4):
        with pytest.raises(PhotoRefused, match="cut-out was not made: image 1 of this photo") as refused:
            stage_payload.handler(image(number), None)
    assert refused.value.code is ErrorCode.PICTURE_FAILED
    assert refused.value.next_step
    assert stage_payload.handler(image(5, seed=6), None)["Answered"] is False, "the next variation may ask again"


def test_a_picture_that_was_refused_is_not_asked_again_for_its_next_file(bucket: Bucket) -> None:
    cut = {number: cut_out(bucket, image(number)) for number in (1, 2, 4)}
    with pytest.raises(PhotoRefused, match="picture was not made: image 1 of this photo") as refused:
        stage_payload.handler(cut[2], None)
    assert refused.value.code is ErrorCode.PICTURE_FAILED
    assert stage_payload.handler(cut[4], None)["Answered"] is False, "another painting may be asked for"


def test_a_plain_background_needs_no_picture_of_another_file(bucket: Bucket) -> None:
    state = run(bucket, image(2, TITAN, Background="#ffffff", MaskSource="BUILT_IN", Outputs=[{"Preset": "ebay"}]))
    assert state["Result"]["OutputKey"].endswith(".v2.jpg")
