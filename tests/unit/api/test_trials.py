"""Trials: a job of one photo that is looked at where it was started, not among the jobs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backdrop.aws.jobs_table import JobsTable
from backdrop.domain import listing
from backdrop.domain.drafts import User
from backdrop.domain.jobs import Job
from tests.unit.api.conftest import Api


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
        filtered = asked.get("FilterExpression") == "attribute_not_exists(Trial)"
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
        assert JobsTable(writer, "jobs").put_once(job)  # type: ignore[arg-type]
    return Index(writer.items)


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("pattern", ["", "j", "t", "tttttttj", "jttttttt", "tjttjjtttjttttttttttj", "jjjj"])
def test_no_page_comes_short_for_its_trials(api: Api, pattern: str, limit: int) -> None:
    ids = []
    for kind in pattern:
        ids.append(trial(api) if kind == "t" else api.job("a.jpg"))
        api.sleep(1)
    index = stored(*(api.jobs.rows[id_] for id_ in ids))
    table, user = JobsTable(index, "jobs"), User("ann", "ann@example.com")  # type: ignore[arg-type]
    wanted = [id_ for id_, kind in zip(reversed(ids), reversed(pattern), strict=True) if kind == "j"]

    found: list[str] = []
    cursor: str | None = None
    pages = 0
    while cursor is not None or pages == 0:
        jobs, cursor = listing.jobs_page(table, user, limit, cursor)
        assert len(jobs) == limit or cursor is None
        found += [job.id for job in jobs]
        pages += 1

    assert found == wanted
    assert pages == max(1, -(-len(wanted) // limit)), "the last page says that it is the last"
    everything, _ = listing.jobs_page(table, user, 100, None, trials=True)
    assert [job.id for job in everything] == ids[::-1]
    assert [job.trial for job in everything] == [kind == "t" for kind in pattern[::-1]]
