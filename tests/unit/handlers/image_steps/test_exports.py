"""An export's images: the masks and answers that are there, and no turn at a model."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.handlers import decode_result, stage_payload
from tests.unit.handlers.image_steps.conftest import SOURCE, Bucket, child, run_pass, stability
from tests.unit.handlers.image_steps.test_taking_over import cut_out, picture

pytestmark = pytest.mark.usefixtures("small_photo")

COPY = "in/export/toy-car-00000003.jpg"
MASK = f"{COPY}.mask.png"


@pytest.fixture
def made(bucket: Bucket, small_photo: None) -> Bucket:
    """The bucket once the photo's image was made, with the copies of photo and mask that an export is made of."""
    state = run_pass(bucket, child(), stability(cut_out()))
    run_pass(bucket, state, picture())
    bucket[COPY], bucket[MASK] = bucket[SOURCE], bucket[f"{SOURCE}.mask.png"]
    return bucket


def exported(**options: Any) -> dict[str, Any]:
    state = child(Key=COPY, ImageId="00000003", AnswersAt="out/d/toy-car-abcd1234.jpg")
    job = {"OutputS3Prefix": "out/export", "InputS3Prefix": "in/export", "Options": {"ExportOf": "j", **options}}
    return {**state, "Job": {**state["Job"], **job}, "Turn": {"Attempt": 0}}


def test_the_very_mask_serves_and_a_plain_colour_asks_nothing(made: Bucket) -> None:
    for key in [key for key in made if key.startswith("out/d/") and key.endswith(".json")]:
        del made[key]  # No answer is kept any more.
    made.kept.clear()
    state = exported(Background="#ffffff", Output={"Format": "PNG"})

    stage = stage_payload.handler(state, None)
    state = decode_result.handler({**state, "Stage": stage}, None)

    assert (stage["Answered"], "RequestKey" in stage) == (True, False)
    assert state["Done"]
    assert MASK in made.kept, "it belongs to the job now"
    record = state["Record"]
    assert (record["MaskFrom"], record["LabelsUsed"], record["Attempts"]) == ("CutOut", record["LabelsKept"], "0")
    assert made[MASK] == made[f"{SOURCE}.mask.png"]


def test_a_painted_picture_that_is_not_kept_fails_before_a_turn(made: Bucket) -> None:
    for key in [key for key in made if key.startswith("out/d/") and key.endswith(".json")]:
        del made[key]

    with pytest.raises(BackdropError) as failure:
        stage_payload.handler(exported(), None)

    assert failure.value.code is ErrorCode.ANSWER_NOT_KEPT
    assert "toy car.jpg" in failure.value.cause
    assert "retry" in failure.value.next_step


def test_the_painted_picture_is_taken_over_whatever_number_its_pass_had(made: Bucket) -> None:
    state = run_pass(made, exported(Output={"Format": "WEBP", "Width": 200}), None)

    assert state["Done"]
    assert state["Result"]["OutputKey"] == "out/export/toy-car-00000003.jpg.webp"
    assert [one["Reused"] for one in json.loads(state["Record"]["Passes"])] == [True]


def test_a_shape_that_was_painted_is_exported_as_it_was_painted(bucket: Bucket) -> None:
    wide = {"Output": {"Aspect": "2:1"}}
    state = child()
    state = run_pass(bucket, {**state, "Job": {**state["Job"], "Options": wide}}, stability(cut_out()))
    state = run_pass(bucket, state, picture())
    stage = stage_payload.handler(state, None)
    size = stage["Width"], stage["Height"]
    first = run_pass(bucket, state, stability(Image.new("RGB", size, (200, 90, 10))))
    bucket[COPY], bucket[MASK] = bucket[SOURCE], bucket[f"{SOURCE}.mask.png"]

    state = exported(Output={"Aspect": "2:1", "Width": 300, "Format": "PNG"})
    while not state.get("Done"):
        state = run_pass(bucket, state, None)

    assert [one["Reused"] for one in json.loads(state["Record"]["Passes"])] == [True, True]
    with (
        Image.open(io.BytesIO(bucket[state["Result"]["OutputKey"]])) as small,
        Image.open(io.BytesIO(bucket[first["Result"]["OutputKey"]])) as large,
    ):
        assert small.width == 300
        assert small.getpixel((2, 2)) == pytest.approx(large.convert("RGB").getpixel((4, 4)), abs=4)


def test_without_a_mask_or_an_answer_no_cut_out_is_asked_of_a_model(made: Bucket) -> None:
    del made[MASK]
    for key in [key for key in made if key.startswith("out/d/") and key.endswith(".json")]:
        del made[key]

    with pytest.raises(BackdropError) as failure:
        stage_payload.handler(exported(Background="#ffffff"), None)

    assert failure.value.code is ErrorCode.ANSWER_NOT_KEPT


def test_without_the_mask_the_kept_cut_out_makes_the_same(made: Bucket) -> None:
    mask = made.pop(MASK)

    state = run_pass(made, exported(Background="#ffffff"), None)

    assert state["Done"]
    assert made[MASK] == mask


def test_without_the_mask_a_painted_picture_takes_both_answers(made: Bucket) -> None:
    del made[MASK]

    state = run_pass(made, exported(), None)
    assert not state["Done"]
    state = run_pass(made, state, None)

    assert state["Done"]
    assert [one["Reused"] for one in json.loads(state["Record"]["Passes"])] == [True, True]


def test_an_image_that_had_no_mask_gets_none_from_an_earlier_job(made: Bucket) -> None:
    search = "us.stability.stable-image-search-replace-v1:0"
    state = exported()
    state["Job"] |= {"ModelId": search, "Mode": "DEFAULT"}

    with pytest.raises(BackdropError) as failure:
        stage_payload.handler(state, None)

    assert "this picture" in failure.value.cause
    assert MASK not in made.asked


def test_labels_that_nobody_located_are_not_asked_about(made: Bucket) -> None:
    del made[MASK]
    state = exported(Background="#ffffff")
    del state["Item"]["Boxes"]

    with pytest.raises(BackdropError) as failure:
        stage_payload.handler(state, None)

    assert failure.value.code is ErrorCode.ANSWER_NOT_KEPT
    assert "where its labels are" in failure.value.cause
