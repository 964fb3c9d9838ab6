"""Verdicts: who may judge which image, and what becomes of it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from backdrop.core import clock
from backdrop.core.vocabulary import ImageStatus
from tests.unit.api.conftest import START, Answer, Api


def judge(api: Api, job: str, image: str, verdict: object, user: str = "ann") -> Answer:
    return api.call("PUT", f"/jobs/{job}/images/{image}/verdict", {"verdict": verdict}, user)


@pytest.fixture
def job(api: Api) -> str:
    """One image done, one failed, one waiting."""
    made = api.job("a.jpg", "b.jpg", "c.jpg")
    api.finish(made, "00000000", started_at=clock.iso(START), finished_at="2026-11-21T04:00:20.000Z")
    api.fail(made, "00000001", "ModelRefused", "MODEL_REFUSED_PROMPT: no")
    return made


def images(api: Api, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.call("GET", f"/jobs/{job}/images").body["images"]
    return found


@pytest.mark.parametrize("verdict", ["APPROVED", "REJECTED"])
def test_a_verdict_is_answered_and_kept(api: Api, job: str, verdict: str) -> None:
    answer = judge(api, job, "00000000", verdict)

    assert answer.status == 200
    assert (answer.body["imageId"], answer.body["verdict"]) == ("00000000", verdict)
    assert answer.body["verdictAt"] == clock.iso(START)
    assert images(api, job)[0] == answer.body
    assert answer.body["status"] == "Succeeded"


def test_a_verdict_can_change_and_be_taken_back(api: Api, job: str) -> None:
    judge(api, job, "00000000", "APPROVED")
    assert judge(api, job, "00000000", "REJECTED").body["verdict"] == "REJECTED"

    answer = judge(api, job, "00000000", None)

    assert answer.status == 200
    assert not {"verdict", "verdictAt"} & answer.body.keys()
    assert not {"verdict", "verdictAt"} & images(api, job)[0].keys()


def test_only_a_finished_image_can_be_judged(api: Api, job: str) -> None:
    for image in ("00000001", "00000002"):
        answer = judge(api, job, image, "APPROVED")
        assert (answer.status, answer.code) == (409, "IMAGE_NOT_FINISHED")


@pytest.mark.parametrize("image", ["00000009", "00000000-2", "#draft", "%23draft", "..", "x"])
def test_what_is_no_image_of_the_job_is_not_found(api: Api, job: str, image: str) -> None:
    assert judge(api, job, image, "APPROVED").status == 404


def test_another_users_image_is_not_found_and_stays_as_it_is(api: Api, job: str) -> None:
    judge(api, job, "00000000", "APPROVED")

    assert judge(api, job, "00000000", "REJECTED", "bob").status == 403
    assert judge(api, job, "00000000", None, "bob").status == 403
    assert images(api, job)[0]["verdict"] == "APPROVED"


@pytest.mark.parametrize("body", [{}, {"verdict": "GOOD"}, {"verdict": ""}, {"verdict": 1}, {"verdict": None, "x": 1}])
def test_a_body_that_is_not_right_is_400(api: Api, job: str, body: dict[str, Any]) -> None:
    assert api.call("PUT", f"/jobs/{job}/images/00000000/verdict", body).code == "INVALID_REQUEST"


def test_the_copy_of_a_judged_photo_is_not_judged(api: Api, job: str) -> None:
    judge(api, job, "00000000", "REJECTED")
    draft = api.draft()
    api.call("POST", f"/drafts/{draft}/copies", {"jobId": job, "imageIds": ["00000000"]})
    api.submit(draft)
    api.finish(draft, "00000000")

    assert "verdict" not in images(api, draft)[0]
    assert api.store.photo_rows[draft, "00000000"].status is ImageStatus.SUCCEEDED


def test_an_image_tells_when_it_was_made(api: Api, job: str) -> None:
    image = images(api, job)[0]

    assert (image["startedAt"], image["finishedAt"]) == (clock.iso(START), "2026-11-21T04:00:20.000Z")


def said(api: Api, job: str) -> list[dict[str, Any]]:
    """What is written down, in its order."""
    found = sorted(key for key in api.objects.data if "/approvals/" in key and key.endswith(".json"))
    assert all(f"/{job}".replace("/", "-") in key for key in found)
    return [json.loads(api.objects.data[key]) for key in found]


def test_each_verdict_is_written_down_for_good_with_who_said_it(api: Api, job: str) -> None:
    for verdict in ("APPROVED", "REJECTED", None):
        assert judge(api, job, "00000000", verdict).status == 200

    notes = said(api, job)
    assert [(one["Number"], one["Verdict"]) for one in notes] == [(1, "APPROVED"), (2, "REJECTED"), (3, None)]
    assert {(one["By"]["User"], one["By"]["Email"]) for one in notes} == {("ann", "ann@example.com")}
    assert {one["At"] for one in notes} == {clock.iso(START)}
    assert notes[0]["Previous"] is None
    files = [data for key, data in sorted(api.objects.data.items()) if "/approvals/" in key and key.endswith(".json")]
    assert notes[1]["Previous"] == {"Number": 1, "Sha256": hashlib.sha256(files[0]).hexdigest()}
    assert len([key for key in api.objects.data if "/approvals/" in key and key.endswith(".json.sig")]) == 3


def test_what_could_not_be_written_down_is_told_and_is_once_it_is_said_again(api: Api, job: str) -> None:
    api.kms.refuse = EndpointConnectionError(endpoint_url="https://kms.test")
    answer = judge(api, job, "00000000", "APPROVED")
    assert (answer.status, answer.code) == (503, "STORAGE_ERROR")
    assert said(api, job) == []

    api.kms.refuse = None
    assert judge(api, job, "00000000", "APPROVED").status == 200
    assert [one["Verdict"] for one in said(api, job)] == ["APPROVED"]


def test_nobody_elses_word_is_written_down(api: Api, job: str) -> None:
    assert judge(api, job, "00000000", "APPROVED", user="bob").status == 403
    assert judge(api, job, "00000001", "APPROVED").status == 409
    assert said(api, job) == []


def test_why_an_image_was_rejected_is_kept_told_and_signed(api: Api, job: str) -> None:
    path = f"/jobs/{job}/images/00000000/verdict"

    answer = api.call("PUT", path, {"verdict": "REJECTED", "reason": "CUT_OUT", "words": " a halo \n at the handle"})

    assert (answer.body["rejectReason"], answer.body["rejectWords"]) == ("CUT_OUT", "a halo at the handle")
    assert images(api, job)[0] == answer.body
    written = [
        json.loads(data) for key, data in api.objects.data.items() if "/approvals/" in key and key[-5:] == ".json"
    ]
    assert [(one["Reason"], one["Words"]) for one in written] == [("CUT_OUT", "a halo at the handle")]
    assert api.call("PUT", path, {"verdict": "REJECTED", "words": "too dark"}).body["rejectReason"] == "OTHER"
    assert not {"rejectReason", "rejectWords"} & judge(api, job, "00000000", "APPROVED").body.keys()


@pytest.mark.parametrize(
    "body",
    [
        {"verdict": "APPROVED", "reason": "COLOUR"},
        {"verdict": None, "words": "x"},
        {"verdict": "REJECTED", "reason": "OTHER", "words": " "},
        {"verdict": "REJECTED", "words": "x" * 301},
        {"verdict": "REJECTED", "reason": "UGLY"},
    ],
)
def test_a_reason_that_makes_no_sense_is_refused_and_nothing_is_kept(api: Api, job: str, body: dict[str, Any]) -> None:
    assert api.call("PUT", f"/jobs/{job}/images/00000000/verdict", body).code == "INVALID_REQUEST"
    assert "verdict" not in images(api, job)[0]
