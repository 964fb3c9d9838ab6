"""Answers taken over, of a trial or of an earlier job: StagePayload and DecodeResult with an S3 in memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from PIL import Image

from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.handlers import decode_result, stage_payload
from tests.unit.handlers.image_steps.conftest import SOURCE, Bucket, child, run_pass, stability

pytestmark = pytest.mark.usefixtures("small_photo")

BATCH = {"OutputS3Prefix": "out/batch", "InputS3Prefix": "in/batch"}
COPY = "in/batch/toy-car-00000003.jpg"


def picture() -> bytes:
    return stability(Image.new("RGB", (500, 400), (10, 200, 90)))


def cut_out() -> Image.Image:
    image = Image.new("RGBA", (500, 400))
    image.paste("gray", (100, 100, 400, 300))
    return image


@pytest.fixture
def tried(bucket: Bucket, small_photo: None) -> Bucket:
    """The bucket once the photo was tried: both passes of the trial were answered."""
    state = run_pass(bucket, child(), stability(cut_out()))
    run_pass(bucket, state, picture())
    bucket[COPY] = bucket[SOURCE]
    bucket.asked.clear()
    return bucket


def batch(**changes: Any) -> dict[str, Any]:
    """The child of the same photo in the job that names the trial."""
    state = child(Key=COPY, ImageId="00000003", AnswersAt="out/d/toy-car-abcd1234.jpg")
    return {**state, "Job": {**state["Job"], **BATCH}, "Turn": {"Attempt": 0}, **changes}


def test_the_same_requests_are_answered_by_the_trial_in_every_pass(tried: Bucket) -> None:
    state = run_pass(tried, batch(), None)
    state = run_pass(tried, state, None)

    assert state["Done"] is True
    passes = json.loads(state["Record"]["Passes"])
    assert [(one["Attempts"], one["Reused"]) for one in passes] == [(0, True), (0, True)]
    assert [one["CopiedFrom"].partition(".jpg.")[0] for one in passes] == ["out/d/toy-car-abcd1234"] * 2
    for one in passes:
        assert one["ResponseKey"].startswith("out/batch/toy-car-00000003.jpg.")
        assert tried[one["ResponseKey"]] == tried[one["CopiedFrom"]]
    assert state["Record"]["Attempts"] == "0"


def test_another_seed_asks_the_model_again_with_the_same_cut_out(tried: Bucket) -> None:
    state = run_pass(tried, batch(Seed=6), None)
    stage = stage_payload.handler(state, None)

    assert stage["Answered"] is False
    assert "CopiedFrom" not in stage


def test_other_words_ask_the_model_again(tried: Bucket) -> None:
    state = batch()
    state = run_pass(tried, {**state, "Job": {**state["Job"], "Prompt": "on snow"}}, None)

    assert stage_payload.handler(state, None)["Answered"] is False


def test_a_step_that_runs_again_still_tells_where_the_answer_came_from(tried: Bucket) -> None:
    first = stage_payload.handler(batch(), None)
    tried.asked.clear()

    again = stage_payload.handler(batch(), None)

    assert again == first
    assert not [key for key in tried.asked if key.startswith("out/d/")], "it has its own copy"


def test_what_the_model_answered_to_this_job_itself_is_no_copy(tried: Bucket) -> None:
    stage = stage_payload.handler(batch(Seed=6, Pass=0), None)
    del tried[stage["ResponseKey"]]
    tried.copies.clear()
    tried[stage["ResponseKey"]] = stability(cut_out())

    record = decode_result.handler({**batch(), "Stage": stage_payload.handler(batch(), None)}, None)["Passes"][0]

    assert record["Reused"] is True
    assert "CopiedFrom" not in record


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"",
        b"<html>busy</html>",
        b'{"seeds": [5], "finish_reasons": ["Filter reason: prompt"], "images": [null]}',
        b'{"seeds": [5], "finish_reasons": [null], "images": ["iVBORw0K"]}',
        stability(Image.new("RGB", (100, 700))),
    ],
)
def test_an_answer_that_is_gone_or_no_good_is_asked_for_again(tried: Bucket, answer: bytes | None) -> None:
    (key,) = [key for key in tried if key.startswith("out/d/toy-car-abcd1234.jpg.0-")]
    del tried[key]
    if answer is not None:
        tried[key] = answer

    stage = stage_payload.handler(batch(), None)

    assert stage["Answered"] is False
    assert stage["ResponseKey"] not in tried


def test_storage_that_does_not_answer_fails_the_image_with_its_code(
    tried: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = tried.get_object

    def broken(bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        if key.startswith("out/d/"):
            raise BackdropError(ErrorCode.STORAGE_ERROR, "SlowDown")
        return good(bucket, key, missing)

    monkeypatch.setattr(Objects, "get", staticmethod(broken))
    with pytest.raises(BackdropError, match="SlowDown"):
        stage_payload.handler(batch(), None)


def test_photos_that_were_not_tried_cost_no_look_at_the_trial(tried: Bucket) -> None:
    state = batch()
    del state["Item"]["AnswersAt"]

    assert stage_payload.handler(state, None)["Answered"] is False
    assert not [key for key in tried.asked if key.startswith("out/d/")]


NOTES = {"AnswersFolder": "out/answers/ann/"}


def of_job(day: str, state: dict[str, Any] | None = None, **job: Any) -> dict[str, Any]:
    """The child of the photo in a job of ann's."""
    state = state or child()
    return {**state, "Job": {**state["Job"], **NOTES, "OutputS3Prefix": f"out/{day}", **job}, "Turn": {"Attempt": 1}}


@pytest.fixture
def noted(bucket: Bucket, small_photo: None) -> Bucket:
    """The bucket after a first job of ann's."""
    state = run_pass(bucket, of_job("first"), stability(cut_out()))
    run_pass(bucket, state, picture())
    return bucket


def test_an_answer_is_noted_for_later_jobs_and_expires_with_its_note(noted: Bucket) -> None:
    answers = [key for key in noted if key.startswith("out/first/") and key.endswith(".json")]
    notes = {key: noted[key].decode() for key in noted if key.startswith("out/answers/ann/")}
    assert sorted(notes.values()) == sorted(answers)
    assert {noted.tags.get(key) for key in (*answers, *notes)} == {"backdrop=answer"}


def test_a_later_job_of_the_same_owner_asks_nothing_again(noted: Bucket) -> None:
    state = run_pass(noted, of_job("second"), None)
    state = run_pass(noted, state, None)
    passes = json.loads(state["Record"]["Passes"])
    assert [one["CopiedFrom"].split("/")[1] for one in passes] == ["first", "first"]
    assert all(noted.tags.get(one["ResponseKey"]) is None for one in passes), "a copy is spent when the job ends"


def test_another_owner_or_one_who_wants_it_anew_asks_again(noted: Bucket) -> None:
    for folder in ("out/answers/bob/", ""):
        assert stage_payload.handler(of_job("second", AnswersFolder=folder), None)["Answered"] is False


def test_a_note_of_an_answer_that_is_gone_or_no_good_is_no_answer(noted: Bucket) -> None:
    answers = [key for key in noted if key.startswith("out/first/") and key.endswith(".json")]
    for key in answers:
        noted[key] = b"{}"
    assert stage_payload.handler(of_job("second"), None)["Answered"] is False
    for key in answers:
        del noted[key]
    assert stage_payload.handler(of_job("second"), None)["Answered"] is False


def test_payloads_that_are_to_stay_do_not_expire(bucket: Bucket) -> None:
    run_pass(bucket, of_job("first", KeepPayloads=True), stability(cut_out()))
    assert [key for key in bucket.tags if key.startswith("out/first/")] == []
    assert [key for key in bucket.tags if key.startswith("out/answers/")]
