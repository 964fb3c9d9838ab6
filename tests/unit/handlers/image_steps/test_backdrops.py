"""The finished image of a job with a backdrop: from the job's own copy, and from no other picture."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from PIL import Image

from backdrop.core import recipes
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.recipes import Painted
from backdrop.handlers import decode_result, stage_payload
from backdrop.handlers._shared import job_backdrop
from backdrop.imaging.photos import Photo, open_photo
from backdrop.imaging.provenance import SOURCE_TYPES
from tests.unit.handlers.image_steps.conftest import Bucket, child, run_pass, stability
from tests.unit.handlers.image_steps.test_image_steps import cut_out

pytestmark = pytest.mark.usefixtures("small_photo")

KEY = "in/d/backdrop.jpg"
GREEN = (20, 160, 60)


@pytest.fixture
def state(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(job_backdrop, "objects", stage_payload.objects)
    job_backdrop._read.cache_clear()
    job_backdrop._opened.cache_clear()
    out = io.BytesIO()
    Image.new("RGB", (640, 480), GREEN).save(out, "JPEG", quality=95)
    bucket[KEY] = out.getvalue()
    made = child()
    made["Job"]["Options"] = {
        "Background": "backdrop",
        "Backdrop": {
            "Id": "x", "Name": "Grün", "Key": KEY, "Sha256": hashlib.sha256(out.getvalue()).hexdigest(),
            "Shadow": "NONE",
        },
        "Output": {"Format": "PNG"},
    }  # fmt: skip
    return made


def test_only_the_cut_out_is_asked_for_and_the_picture_lies_behind(bucket: Bucket, state: dict[str, Any]) -> None:
    done = run_pass(bucket, state, stability(cut_out()))
    assert done["Done"]
    picture = bucket[done["Result"]["OutputKey"]]
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    assert image.getpixel((4, 4)) == pytest.approx(GREEN, abs=3)
    assert SOURCE_TYPES["backdrop"].encode() in picture
    assert b"backdrop:Seed" not in picture, "no seed made it"


def test_one_that_a_model_painted_is_said_to_be_so_in_the_file(bucket: Bucket, state: dict[str, Any]) -> None:
    painted = Painted(
        "stability.stable-image-core-v1:1", "us-west-2", "oak", "", 4711, "1:1", "trained-model", "0", "1", 0.04, "now"
    )
    state["Job"]["Options"]["Backdrop"]["Recipe"] = recipes.to_dict(painted)
    picture = bucket[run_pass(bucket, state, stability(cut_out()))["Result"]["OutputKey"]]
    assert SOURCE_TYPES["trained-model"].encode() in picture
    assert b"<backdrop:ModelId>stability.stable-image-core-v1:1</backdrop:ModelId>" in picture
    assert b"<backdrop:Seed>4711</backdrop:Seed>" in picture, "the painter's, not the job's"
    assert b"oak" not in picture, "no prompt"


def test_all_images_of_a_job_read_and_decode_it_once_and_are_alike(
    bucket: Bucket, state: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[int] = []

    def counted(data: bytes, max_side: int) -> Photo:
        decoded.append(max_side)
        return open_photo(data, max_side)

    monkeypatch.setattr(job_backdrop, "open_photo", counted)
    state["Job"]["Options"]["Backdrop"]["Shadow"] = "SOFT"
    made = set()
    for _ in range(3):
        done = run_pass(bucket, state, stability(cut_out()))
        made.add(bucket[done["Result"]["OutputKey"]])
    assert (bucket.asked.count(KEY), len(decoded)) == (1, 1)
    assert len(made) == 1, "no image's shadow falls on the next one's ground"


def test_a_photo_of_another_size_has_it_as_large_as_it_needs(bucket: Bucket, state: dict[str, Any]) -> None:
    backdrop = Backdrop(key=KEY, sha256=state["Job"]["Options"]["Backdrop"]["Sha256"])
    sizes = [job_backdrop.open_backdrop("b", backdrop, longest).size for longest in (100, 120, 5000, 100)]
    assert sizes[:2] == [(128, 96), (128, 96)], "photos of about one size share one"
    assert sizes[2:] == [(640, 480), (128, 96)], "it is never enlarged, and never too small"
    assert bucket.asked.count(KEY) == 1


def test_another_picture_in_its_place_is_refused(bucket: Bucket, state: dict[str, Any]) -> None:
    bucket[KEY] += b"more"
    stage = stage_payload.handler(state, None)
    bucket[stage["ResponseKey"]] = stability(cut_out())
    with pytest.raises(PhotoRefused, match="PHOTO_CHANGED"):
        decode_result.handler({**state, "Stage": stage}, None)


def test_a_copy_that_is_gone_is_told(bucket: Bucket, state: dict[str, Any]) -> None:
    del bucket[KEY]
    stage = stage_payload.handler(state, None)
    bucket[stage["ResponseKey"]] = stability(cut_out())
    with pytest.raises(BackdropError) as told:
        decode_result.handler({**state, "Stage": stage}, None)
    assert told.value.code is ErrorCode.PHOTO_MISSING
