"""Trials: a job of one photo that is looked at where it was started, not among the jobs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from backdrop.aws.jobs_table import LISTED, JobsTable
from backdrop.jobs import queries
from backdrop.jobs.drafts import User
from backdrop.jobs.model import Job
from tests.unit.api.conftest import Api, picture
from tests.unit.api.test_estimate import CUT_OUT, INPAINT


def trial(api: Api) -> str:
    """A submitted trial's id."""
    draft = api.draft()
    api.ready(draft, "a.jpg")
    answer = api.submit(draft, trial=True)
    assert (answer.status, answer.body["trial"]) == (202, True)
    api.now += timedelta(seconds=1)
    return draft


def listed(api: Api, **query: str) -> list[str]:
    """Ids of a user's jobs, all pages; every page but the last must be full."""
    found: list[str] = []
    limit = int(query.get("limit", 20))
    while True:
        body = api.call("GET", "/jobs", query=query).body
        found += [job["jobId"] for job in body["jobs"]]
        if "cursor" not in body:
            return found
        assert len(body["jobs"]) == limit
        query["cursor"] = body["cursor"]


def test_a_trial_is_reached_by_its_id_and_listed_only_when_asked_for(api: Api) -> None:
    job, tried = api.job("a.jpg"), trial(api)

    assert listed(api) == [job]
    assert sorted(listed(api, trials="true")) == sorted([job, tried])
    assert api.call("GET", f"/jobs/{tried}").body["trial"] is True
    assert api.call("GET", f"/jobs/{job}").body["trial"] is False


def test_a_trial_is_of_one_photo(api: Api) -> None:
    draft = api.draft()
    api.ready(draft, "a.jpg", "b.jpg")

    answer = api.submit(draft, trial=True)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert "one photo; this draft has 2" in answer.message
    problems = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", "trial": True}).body["problems"]
    assert [problem["code"] for problem in problems] == ["INVALID_REQUEST"]
    assert api.jobs.puts == 0
    assert api.submit(draft).status == 202, "the draft is still open"


def test_a_refused_photo_beside_the_one_makes_no_batch(api: Api) -> None:
    draft = api.draft()
    api.ready(draft, "a.jpg")
    api.inspect(draft, api.upload(draft, "b.jpg", data=b"no image")[0])

    assert api.submit(draft, trial=True).status == 202


def batch_of(api: Api, trial_photo: bytes) -> tuple[str, str]:
    """A draft of two photos, and a trial of the first that has ended."""
    draft = api.draft()
    for name, data in (("a.jpg", trial_photo), ("b.jpg", picture(400, 300))):
        (id_,) = api.upload(draft, name, data=data)
        assert api.inspect(draft, id_).body["status"] == "READY"
    alone = api.draft()
    (photo,) = api.call("POST", f"/drafts/{alone}/copies", {"jobId": draft, "imageIds": ["00000000"]}).body["photos"]
    assert api.submit(alone, trial=True, seed=5, labels={photo["photoId"]: ["Mug"]}).status == 202
    made = [{"ModelId": CUT_OUT}, {"ModelId": INPAINT}]
    api.finish(alone, photo["photoId"], passes=json.dumps(made), labels_kept="Mug", seed=5)
    return draft, alone


@pytest.fixture
def tried(api: Api) -> tuple[str, str]:
    """A draft of two photos, and a trial of the first, with seed 5 and the mug kept."""
    return batch_of(api, picture())


SAME: dict[str, Any] = {"seed": 5, "labels": {"00000000": ["Mug"]}}


def test_the_manifest_says_where_the_answers_about_the_trials_photo_lie(api: Api, tried: tuple[str, str]) -> None:
    draft, alone = tried

    answer = api.submit(draft, trialJobId=alone, **SAME)

    assert (answer.status, answer.body["trialJobId"], answer.body["trial"]) == (202, alone, False)
    first, second = api.manifest(draft)
    assert first["AnswersAt"] == f"{api.jobs.rows[alone].prefixes.output}/a-00000000.jpg"
    assert "AnswersAt" not in second


def test_without_a_trial_nothing_is_said(api: Api, tried: tuple[str, str]) -> None:
    assert api.submit(tried[0], **SAME).status == 202
    assert not [line for line in api.manifest(tried[0]) if "AnswersAt" in line]


def test_a_trial_of_another_photo_does_no_harm(api: Api, tried: tuple[str, str]) -> None:
    other = api.draft()
    (id_,) = api.upload(other, "a.jpg", data=picture(640, 480))
    api.inspect(other, id_)

    assert api.submit(other, trialJobId=tried[1]).status == 202
    assert "AnswersAt" not in api.manifest(other)[0]


@pytest.mark.parametrize("route", ["submit", "estimate"])
def test_only_ones_own_trials_can_be_named(api: Api, tried: tuple[str, str], route: str) -> None:
    bobs = str(api.call("POST", "/drafts", {}, "bob").body["draftId"])
    copied = {"jobId": bobs, "imageIds": ["00000000"]}
    assert api.call("POST", f"/drafts/{bobs}/copies", copied, "bob").status == 404
    for named, code in (
        (tried[1], "NOT_FOUND"),
        ("0" * 26, "NOT_FOUND"),
        ("../x", "NOT_FOUND"),
    ):
        body = {"prompt": "a beach", "trialJobId": named}
        (photo,) = api.call("POST", f"/drafts/{bobs}/photos", {"photos": [{"name": "a.jpg", "size": 9}]}, "bob").body[
            "photos"
        ]
        api.objects.data[photo["upload"]["fields"]["key"]] = picture()
        assert api.inspect(bobs, photo["photoId"], "bob").body["status"] == "READY"
        answer = api.call("POST", f"/drafts/{bobs}/{route}", body, "bob")
        if route == "submit":
            assert (answer.status, answer.code, answer.message) == (404, code, "You have no such job.")
        else:
            assert [problem["code"] for problem in answer.body["problems"]] == [code]
            assert answer.body["reusedCalls"] == 0
    assert api.jobs.puts == 1


def test_a_job_that_is_no_trial_can_not_be_named(api: Api, tried: tuple[str, str]) -> None:
    job = api.job("a.jpg")

    answer = api.submit(tried[0], trialJobId=job)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert "no trial" in answer.message


def told(api: Api, draft: str, **wish: Any) -> tuple[int, dict[str, int]]:
    """Calls that an estimate saves, and those that it counts."""
    answer = api.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach", **wish})
    assert answer.body["problems"] == []
    calls = {one["modelId"]: one["calls"] for one in answer.body["calls"]}
    assert answer.body["usd"] == pytest.approx(0.07 * sum(calls.values()))
    return answer.body["reusedCalls"], calls


def test_the_estimate_counts_what_the_trial_has_paid(api: Api, tried: tuple[str, str]) -> None:
    draft, alone = tried

    assert told(api, draft, **SAME) == (0, {CUT_OUT: 2, INPAINT: 2})
    assert told(api, draft, trialJobId=alone, **SAME) == (2, {CUT_OUT: 1, INPAINT: 1})
    three = {**SAME, "options": {"variations": 3}}
    assert told(api, draft, trialJobId=alone, **three) == (2, {CUT_OUT: 1, INPAINT: 5})


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 6},
        {"seed": None},
        {"prompt": "a forest"},
        {"negativePrompt": "people"},
        {"labels": {}},
        {"options": {"style": "photographic"}},
    ],
)
def test_the_estimate_counts_what_will_be_asked_anew(api: Api, tried: tuple[str, str], change: dict[str, Any]) -> None:
    saved, calls = told(api, tried[0], trialJobId=tried[1], **{**SAME, **change})

    assert (saved, calls) == (1, {CUT_OUT: 1, INPAINT: 2}), "the cut-out depends on the photo alone"


def test_another_models_calls_are_not_saved(api: Api, tried: tuple[str, str]) -> None:
    api.allow_retired = True
    nova = {**SAME, "modelId": "amazon.nova-canvas-v1:0", "options": {"maskSource": "BUILT_IN"}}
    answer = api.call("POST", f"/drafts/{tried[0]}/estimate", {"prompt": "x", "trialJobId": tried[1], **nova})

    assert answer.body["reusedCalls"] == 0


def test_a_mask_of_the_users_own_asks_for_another_picture(api: Api, tried: tuple[str, str]) -> None:
    draft, alone = tried
    key = (draft, "00000000")
    api.store.photo_rows[key] = replace(api.store.photo_rows[key], mask_sha256="ab" * 32)

    assert told(api, draft, trialJobId=alone, **SAME) == (0, {CUT_OUT: 1, INPAINT: 2})


class Index:
    """DynamoDB's query of the index ByOwner: `Limit` counts the items it looks at, the filter comes after."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self._items = sorted(items, key=lambda item: str(item["CreatedAt"]["S"]), reverse=True)
        self.looked_at: list[int] = []

    def query(self, **asked: Any) -> dict[str, Any]:
        start = asked.get("ExclusiveStartKey")
        rest = [one for one in self._items if start is None or one["CreatedAt"]["S"] < start["CreatedAt"]["S"]]
        page = rest[: asked["Limit"]]
        self.looked_at.append(len(page))
        filtered = asked.get("FilterExpression") == LISTED
        answer: dict[str, Any] = {"Items": [one for one in page if not (filtered and "Trial" in one)]}
        if len(page) == asked["Limit"]:
            answer["LastEvaluatedKey"] = {name: page[-1][name] for name in ("Owner", "CreatedAt", "JobId")}
        return answer


class Writer:
    """Keeps the items that a `JobsTable` writes."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []

    def put_item(self, **asked: Any) -> None:
        self.items.append(asked["Item"])


def stored(*jobs: Job) -> Index:
    writer = Writer()
    for job in jobs:
        assert JobsTable(lambda: writer, "jobs").put_once(job)  # type: ignore[return-value, arg-type]
    return Index(writer.items)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("pattern", ["", "j", "t", "tttttttj", "jttttttt", "tjttjjtttjttttttttttj", "jjjj"])
def test_no_page_comes_short_for_its_trials(api: Api, pattern: str, limit: int) -> None:
    ids = []
    for kind in pattern:
        ids.append(trial(api) if kind == "t" else api.job("a.jpg"))
        api.sleep(1)
    index = stored(*(api.jobs.rows[id_] for id_ in ids))
    table, user = JobsTable(lambda: index, "jobs"), User("ann", "ann@example.com")  # type: ignore
    wanted = [id_ for id_, kind in zip(reversed(ids), reversed(pattern), strict=True) if kind == "j"]

    found: list[str] = []
    cursor: str | None = None
    pages = 0
    while cursor is not None or pages == 0:
        jobs, cursor = queries.jobs_page(table, user, limit, cursor)
        assert len(jobs) == limit or cursor is None
        found += [job.id for job in jobs]
        pages += 1

    assert found == wanted
    assert pages == max(1, -(-len(wanted) // limit)), "the last page says that it is the last"
    everything, _ = queries.jobs_page(table, user, 100, None, trials=True)
    assert [job.id for job in everything] == ids[::-1]
    assert [job.trial for job in everything] == [kind == "t" for kind in pattern[::-1]]
