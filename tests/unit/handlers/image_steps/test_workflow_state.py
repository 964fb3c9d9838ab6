"""What the per-image steps read of the workflow's state, and what they say of one that makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.workflow_state import Stage, read_item, read_stage, read_step
from backdrop.handlers import decode_result, stage_payload
from tests.unit.handlers.image_steps.conftest import Bucket, child

LINE = child()["Item"]


def test_what_is_staged_is_read_again_as_it_was(bucket: Bucket) -> None:
    answer = stage_payload.handler(child(), None)

    stage = read_stage({"Stage": answer})

    assert stage.to_state("b") == answer
    assert answer["RequestUri"] == f"s3://b/{stage.request_key}"
    assert (stage.answered, stage.built_in) == (False, False)


def test_where_nothing_is_asked_the_stage_names_no_request() -> None:
    stage = Stage(photo_size=(600, 400), source_sha256="ab", source_bytes=3)

    state = stage.to_state("b")

    assert read_stage({"Stage": state}) == stage
    assert (state["Answered"], state["BuiltIn"]) == (True, True), "the workflow goes on with DecodeResult"
    assert not [name for name in state if name.startswith(("Request", "Response"))]


def test_an_items_fields_are_read_in_the_forms_that_the_steps_use() -> None:
    line = {**LINE, "Removed": "Spoon,", "RemovedBoxes": [[0, 0, 1, 0.5]], "Width": 640.0, "Height": 480}

    item = read_item(line)

    assert (item.labels, item.removed) == (("Car", "Toy"), ("Spoon",))
    assert (item.boxes, item.removed_boxes) == ((), ((0, 0, 1, 0.5),))
    assert item.size == (640, 480), "the workflow's JSON writes whole numbers with a fraction at times"
    assert (item.mask_sha256, item.sha256, item.answers_at) == (None, None, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Key": None, "Labels": 7}, "lacks Key, Labels"),
        ({"Boxes": [[0.1, 0.1, 0.2]]}, "Boxes is no list of"),
        ({"Boxes": {"Left": 0.1}}, "Boxes is no list of"),
        ({"RemovedBoxes": [[0.1, 0.1, 0.2, "0.2"]]}, "RemovedBoxes is no list of"),
        ({"RemovedBoxes": [[0.1, 0.1, 0.2, float("nan")]]}, "RemovedBoxes is no list of"),
        ({"Removed": ["Spoon"]}, r"Removed is \['Spoon'\], no text"),
        ({"MaskSha256": True}, "MaskSha256 is True, no text"),
        ({"Width": "640"}, "Width is '640', no number of pixels"),
        ({"Height": 0}, "Height is 0, no number of pixels"),
        ({"Height": 480.5}, "Height is 480.5, no number of pixels"),
    ],
)
def test_an_item_that_makes_no_sense_is_refused_with_the_name_of_the_field(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(BackdropError, match=words) as refused:
        read_item({**LINE, **changes})
    assert refused.value.code is ErrorCode.JOB_INPUT_INVALID


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda state: state.pop("Seed"), "state can't be read: KeyError"),
        (lambda state: state.update(Pass="second"), "state can't be read: ValueError"),
        (lambda state: state["Job"].pop("Prompt"), "Job can't be read: KeyError\\('Prompt'\\)"),
        (lambda state: state["Job"].update(Mode="FAST"), "Job can't be read: ValueError"),
        (lambda state: state.update(Job=None), "Job can't be read: TypeError"),
    ],
)
def test_a_state_that_is_none_is_said_to_be_before_anything_is_touched(bucket: Bucket, broken: Any, words: str) -> None:
    state = child()
    broken(state)
    with pytest.raises(BackdropError, match=words) as failure:
        stage_payload.handler(state, None)
    assert failure.value.code is ErrorCode.INTERNAL
    assert (bucket.kept, bucket.asked) == ([], [])


def test_a_stage_that_is_none_is_said_to_be(bucket: Bucket) -> None:
    stage = stage_payload.handler(child(), None)
    for name in ("SourceSha256", "ResponseKey", "Width"):
        broken = {key: value for key, value in stage.items() if key != name}
        with pytest.raises(BackdropError, match=f"Stage can't be read: KeyError\\('{name}'\\)"):
            decode_result.handler({**child(), "Stage": broken}, None)


def test_options_that_make_no_sense_keep_their_own_code() -> None:
    state = child()
    state["Job"]["Options"] = {"Background": "blue"}
    with pytest.raises(BackdropError) as refused:
        read_step(state)
    assert refused.value.code is ErrorCode.OPTIONS_INVALID
