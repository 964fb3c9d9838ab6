"""A photo in several scenes: from one cut-out, each from its own words or its own picture, nothing asked twice."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest
from PIL import Image

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.handlers import stage_payload
from backdrop.handlers._shared import job_backdrop
from tests.unit.handlers.image_steps.conftest import Bucket
from tests.unit.handlers.image_steps.test_every_family import PAINTED, finished, job, run
from tests.unit.handlers.image_steps.test_outputs import asked, cut_out

INPAINT, NOVA = "us.stability.stable-image-inpaint-v1:0", "amazon.nova-canvas-v1:0"
GREEN = (20, 160, 60)

pytestmark = pytest.mark.usefixtures("small_photo")


@pytest.fixture
def options(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(job_backdrop, "objects", stage_payload.objects)
    job_backdrop._read.cache_clear()
    job_backdrop._opened.cache_clear()
    out = io.BytesIO()
    Image.new("RGB", (640, 480), GREEN).save(out, "PNG")
    bucket["in/d/wall.jpg"] = out.getvalue()
    wall = {"Key": "in/d/wall.jpg", "Sha256": hashlib.sha256(out.getvalue()).hexdigest(), "Shadow": "NONE"}
    scenes = [{"Prompt": "a forest"}, {"Background": "backdrop", "Backdrop": wall}, {"Background": "#ff0000"}]
    return {"Output": {"Format": "PNG"}, "Scenes": scenes}


def image(number: int, options: dict[str, Any], model_id: str = INPAINT, mode: str = "PRECISE") -> dict[str, Any]:
    state = job(model_id, mode, options, Prompt="the photo's own words")
    return {**state, "Variation": number, "ImageId": f"abcd1234-{number}" if number > 1 else "abcd1234", "Seed": 5}


def test_one_cut_out_serves_all_scenes(bucket: Bucket, options: dict[str, Any]) -> None:
    assert [asked(bucket, image(number, options)) for number in range(1, 5)] == [2, 1, 0, 0]


def test_each_scene_has_its_own_background(bucket: Bucket, options: dict[str, Any]) -> None:
    corners = [
        finished(bucket, run(bucket, image(number, options))).convert("RGB").getpixel((2, 2)) for number in range(1, 5)
    ]
    assert corners == [PAINTED, PAINTED, GREEN, (255, 0, 0)]


def test_each_scene_is_painted_from_its_own_words(bucket: Bucket, options: dict[str, Any]) -> None:
    def words(number: int) -> str:
        stage = stage_payload.handler(cut_out(bucket, image(number, options)), None)
        return str(json.loads(bucket[stage["RequestKey"]])["prompt"])

    assert words(1) == "the photo's own words", "they are for the job's own scene"
    assert words(2) == "a forest"


def test_a_cut_out_that_was_refused_is_not_asked_for_again_by_another_scene(
    bucket: Bucket, options: dict[str, Any]
) -> None:
    with pytest.raises(PhotoRefused, match="cut-out was not made: image 1") as refused:
        stage_payload.handler(image(3, options), None)
    assert refused.value.code is ErrorCode.PICTURE_FAILED
    # A blended picture needs none: the third scene is the first that asks for one.
    assert stage_payload.handler(image(3, options, NOVA, "DEFAULT"), None)["Answered"] is False
    with pytest.raises(PhotoRefused, match="image 3"):
        stage_payload.handler(image(4, options, NOVA, "DEFAULT"), None)
