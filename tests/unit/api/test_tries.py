"""Redone images: which try a set shows, what may be redone, and that nothing of before is touched."""

from __future__ import annotations

from typing import Any

import pytest

from backdrop.core.vocabulary import ImageStatus, JobStatus, Verdict
from backdrop.jobs.again.tries import Try, choose
from tests.unit.api.conftest import Answer, Api

DONE, QUEUED, FAILED = ImageStatus.SUCCEEDED, ImageStatus.QUEUED, ImageStatus.FAILED


def tried(status: Any, verdict: Verdict | None = None, at: str | None = None) -> Try:
    return Try("j", "00000000", status, verdict=verdict, verdict_at=at)


NO, YES = tried(DONE, Verdict.REJECTED, "2"), tried(DONE, Verdict.APPROVED, "1")


@pytest.mark.parametrize(
    ("tries", "chosen"),
    [
        ([NO, tried(DONE)], 1),
        ([NO, tried(DONE), tried(DONE)], 2),
        ([NO, tried(QUEUED)], 1),
        ([NO, tried(DONE), tried(QUEUED)], 1),
        ([NO, tried(FAILED)], 0),
        ([NO, NO], 1),
        ([YES, tried(DONE)], 0),
        ([YES, tried(DONE, Verdict.APPROVED, "3"), NO], 1),
        ([tried(DONE, Verdict.APPROVED, "9"), YES], 0),
        ([tried(FAILED), tried(FAILED)], 1),
        ([tried(FAILED), NO], 1),
    ],
)
def test_the_try_that_a_set_shows(tries: list[Try], chosen: int) -> None:
    assert choose(tries) == chosen


@pytest.fixture
def first(api: Api) -> str:
    """Two photos, both finished, the second rejected."""
    made = api.job("a.jpg", "b.jpg")
    for image in ("00000000", "00000001"):
        api.finish(made, image)
    api.edit_job(made, status=JobStatus.SUCCEEDED)
    judge(api, made, "00000001", "REJECTED")
    return made


def judge(api: Api, job: str, image: str, verdict: str) -> None:
    assert api.call("PUT", f"/jobs/{job}/images/{image}/verdict", {"verdict": verdict}).status == 200


def copied(api: Api, first: str, image: str = "00000001") -> str:
    draft = api.draft()
    assert api.call("POST", f"/drafts/{draft}/copies", {"jobId": first, "imageIds": [image]}).status == 201
    return draft


def redo(api: Api, first: str, draft: str | None = None, **changes: Any) -> Answer:
    wish = {"prompt": "a beach", "redoOf": first, "insteadOf": {"00000000": ["00000001"]}} | changes
    return api.submit(draft or copied(api, first), **wish)


def test_a_redo_is_another_try_of_the_same_image_and_touches_nothing_of_before(api: Api, first: str) -> None:
    before = api.call("GET", f"/jobs/{first}/images").body

    again = redo(api, first)

    assert (again.status, again.body["redoOf"]) == (202, first)
    listed = [job["jobId"] for job in api.call("GET", "/jobs").body["jobs"]]
    assert listed == [first], "it is no job of its own in the list"
    assert again.body["jobId"] in [
        job["jobId"] for job in api.call("GET", "/jobs", query={"trials": "true"}).body["jobs"]
    ]
    found = api.call("GET", f"/jobs/{first}/tries").body
    assert [one["jobId"] for one in found["redos"]] == [again.body["jobId"]]
    (image,) = found["images"]
    assert (image["imageId"], image["chosen"]) == ("00000001", 1)
    assert [one["status"] for one in image["tries"]] == ["Succeeded", "Queued"]
    assert api.call("GET", f"/jobs/{first}/images").body == before
    assert api.call("GET", f"/jobs/{first}").body["redos"] == 1


def test_whoever_approves_a_try_chooses_it(api: Api, first: str) -> None:
    again = redo(api, first).body["jobId"]
    api.finish(again, "00000000")
    assert chosen(api, first) == (again, "00000000")

    judge(api, again, "00000000", "REJECTED")
    assert chosen(api, first) == (again, "00000000"), "of two that are rejected the newer one"
    judge(api, first, "00000001", "APPROVED")

    assert chosen(api, first) == (first, "00000001")


def chosen(api: Api, first: str) -> tuple[str, str]:
    (image,) = api.call("GET", f"/jobs/{first}/tries").body["images"]
    one = image["tries"][image["chosen"]]
    return one["jobId"], one["imageId"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"insteadOf": {}}, "OPTIONS_INVALID"),
        ({"insteadOf": {"00000000": ["00000001", "00000000"]}}, "OPTIONS_INVALID"),
        ({"insteadOf": {"00000000": ["00000009"]}}, "NOT_FOUND"),
        ({"insteadOf": {"00000000": ["#draft"]}}, "NOT_FOUND"),
        ({"insteadOf": {"00000007": ["00000001"]}}, "OPTIONS_INVALID"),
        ({"redoOf": "0" * 26}, "NOT_FOUND"),
        ({"redoOf": None}, "OPTIONS_INVALID"),
    ],
)
def test_a_redo_that_makes_no_sense_is_refused_and_told_by_the_estimate(
    api: Api, first: str, changes: dict[str, Any], code: str
) -> None:
    draft = copied(api, first)
    wish = {"prompt": "a beach", "redoOf": first, "insteadOf": {"00000000": ["00000001"]}} | changes

    assert redo(api, first, draft, **changes).code == code
    told = api.call("POST", f"/drafts/{draft}/estimate", wish).body["problems"]
    assert code in [one["code"] for one in told]
    assert api.call("GET", f"/jobs/{first}/tries").body == {"redos": [], "images": []}


def test_a_redo_is_redone_through_the_first_job(api: Api, first: str) -> None:
    again = redo(api, first).body["jobId"]

    assert redo(api, again, insteadOf={"00000000": ["00000000"]}, draft=copied(api, again, "00000000")).code == (
        "OPTIONS_INVALID"
    )
    assert redo(api, first, draft=copied(api, again, "00000000")).status == 202, "from the photo of a try"


def test_nobody_redoes_or_sees_another_persons_set(api: Api, first: str) -> None:
    assert api.call("GET", f"/jobs/{first}/tries", user="bob").status == 403
