"""Auditors see everybody's jobs and change nothing: every route of the API."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from dataclasses import replace
from typing import Any

import pytest

from backdrop.api.http import groups_of
from backdrop.aws.jobs_table import JobsTable
from backdrop.core.people import roles_of
from backdrop.core.vocabulary import JobStatus, Role
from backdrop.jobs.model import Job
from tests.api_routes import CASES, Things, request, routes
from tests.unit.api.conftest import Api
from tests.unit.api.test_isolation import state
from tests.unit.api.test_isolation import things as things

AUDITOR = {"sub": "eve", "email": "eve@example.com", "token_use": "id", "cognito:groups": "staff,auditors"}
CHANGING = [route for route in routes() if not route.startswith("GET ")]
# A backdrop, like a draft's label choice, is a person's own until a job takes it along.
READING = [route for route in routes() if route.startswith("GET ") and CASES[route].owned]


def asked(api: Api, route: str, things: Things, claims: dict[str, str]) -> Any:
    method, path, body = request(route, things)
    return api.call(method, path, body, claims=claims)


@pytest.mark.parametrize("route", CHANGING)
def test_an_auditor_changes_nothing(api: Api, things: Things, route: str) -> None:
    before = state(api)

    answer = asked(api, route, things, AUDITOR)

    assert (answer.status, answer.code) == (403, "READ_ONLY"), answer
    assert state(api) == before


@pytest.mark.parametrize("route", CHANGING)
def test_nor_what_would_be_their_own(api: Api, things: Things, route: str) -> None:
    """Whoever became an auditor later leaves the own jobs alone as well."""
    before = state(api)

    assert asked(api, route, things, {**AUDITOR, "sub": "ann"}).code == "READ_ONLY"
    assert state(api) == before


@pytest.mark.parametrize("route", READING)
def test_an_auditor_reads_what_is_anothers_as_the_owner_does(api: Api, things: Things, route: str) -> None:
    own = asked(api, route, things, {"sub": "ann", "token_use": "id"})

    seen = asked(api, route, things, AUDITOR)

    assert seen.status not in (401, 403, 404)
    for answer in (seen, own):
        # Whose it is and what may be done with it is told to each of them (test_people.py).
        answer.body.pop("mine", None), answer.body.pop("allowed", None)
    assert (seen.status, seen.body) == (own.status, own.body)


def test_all_jobs_are_listed_newest_first_with_who_asked_and_none_twice(api: Api) -> None:
    made = []
    for user in ("ann", "bob", "ann", "eve", "bob"):
        made.append(api.job("mug.jpg"))
        api.edit_job(made[-1], owner=user, owner_email=f"{user}@example.com")
        api.sleep(60)

    pages, cursor = [], None
    for _ in itertools.repeat(None):
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        body = api.call("GET", "/jobs", claims=AUDITOR, query=query).body
        pages.append(body["jobs"])
        cursor = body.get("cursor")
        if not cursor:
            break

    listed = list(itertools.chain(*pages))
    assert [job["jobId"] for job in listed] == made[::-1]
    assert [job["requestedBy"] for job in listed][:2] == ["bob@example.com", "eve@example.com"]
    assert [len(page) for page in pages] == [2, 2, 1]
    others = api.call("GET", "/jobs", user="bob").body["jobs"]
    assert {job["requestedBy"] for job in others} == {"bob@example.com"}


class Tables:
    """A Jobs table with the index by status, as DynamoDB answers: a page has `Limit` items at most, and jobs of one
    moment come in an order of its own."""

    def __init__(self, jobs: list[Job]) -> None:
        self.items: list[dict[str, Any]] = []
        for job in jobs:
            assert JobsTable(lambda: self, "jobs").put_once(job)  # type: ignore[return-value, arg-type]

    def put_item(self, **asked: Any) -> None:
        self.items.append(asked["Item"])

    def query(self, **asked: Any) -> dict[str, Any]:
        assert asked["IndexName"] == "ByStatus"
        values = asked["ExpressionAttributeValues"]
        assert asked["ExpressionAttributeNames"] == {"#name": "Status"}
        found = [item for item in self.items if item["Status"] == values[":value"]]
        if ":after" in values:
            assert "CreatedAt <= :after" in asked["KeyConditionExpression"]
            found = [item for item in found if item["CreatedAt"]["S"] <= values[":after"]["S"]]
        found.sort(key=lambda item: (item["CreatedAt"]["S"], hashlib.md5(item["JobId"]["S"].encode()).digest()))
        found.reverse()
        keys = [{name: item[name] for name in ("Status", "CreatedAt", "JobId")} for item in found]
        start = keys.index(asked["ExclusiveStartKey"]) + 1 if "ExclusiveStartKey" in asked else 0
        page = keys[start : start + asked["Limit"]]
        return {"Items": page, **({"LastEvaluatedKey": page[-1]} if keys[start + len(page) :] else {})}

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        keys = asked["RequestItems"]["jobs"]["Keys"]
        assert len(keys) <= 100
        assert len({key["JobId"]["S"] for key in keys}) == len(keys)
        return {"Responses": {"jobs": [item for item in self.items if {"JobId": item["JobId"]} in keys]}}


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize("trials", [False, True])
def test_pages_of_everybodys_jobs_pass_over_none(api: Api, limit: int, step: int, trials: bool) -> None:
    """Of any status, and also where many were submitted in one moment."""
    statuses = list(JobStatus)
    draft = api.job("mug.jpg")
    jobs = [
        replace(
            api.jobs.rows[draft],
            id=uuid.UUID(int=number * 7919 % 1000, version=4).hex,
            status=statuses[number * 5 % len(statuses)],
            trial=number % 4 == 0,
            created_at=f"2026-11-21T04:{number * step // 10:02}:00.000Z",
        )
        for number in range(25)
    ]
    tables = Tables(jobs)
    table = JobsTable(lambda: tables, "jobs")  # type: ignore[return-value, arg-type]
    wanted = sorted((job for job in jobs if trials or not job.trial), key=lambda job: (job.created_at, job.id))

    found: list[Job] = []
    after = None
    while after is not None or not found:
        page, after = table.of_everybody(limit, after, trials=trials)
        assert len(page) == limit or after is None
        found += page

    assert [job.id for job in found] == [job.id for job in wanted[::-1]]


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        ("auditors", {Role.AUDITOR}),
        ("staff,auditors", {Role.AUDITOR}),
        ("[staff auditors]", {Role.AUDITOR}),
        (["auditors"], {Role.AUDITOR}),
        ("auditors2", set()),
        ("not-auditors", set()),
        ("", set()),
        (None, set()),
    ],
)
def test_only_the_groups_very_name_makes_an_auditor(claim: object, roles: set[Role]) -> None:
    assert roles_of(groups_of(claim)) == roles
