"""Each route for each role: what each may do with a team's job and with a private one."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest

from backdrop.aws.jobs_table import JobsTable
from backdrop.core.people import Action, User, allowed, choose_team, is_team, may, roles_of, teams_of
from backdrop.core.vocabulary import Role
from backdrop.jobs.model import Job
from tests.api_routes import CASES, Things, request, routes
from tests.unit.api.conftest import Answer, Api
from tests.unit.api.test_isolation import state
from tests.unit.api.test_isolation import things as things

NOTHING: frozenset[Action] = frozenset()
LOOK = frozenset({Action.SEE})
MEMBER = frozenset({Action.SEE, Action.JUDGE, Action.CANCEL, Action.REUSE, Action.NAME})
REVIEWER = frozenset({Action.SEE, Action.JUDGE})
OPS = frozenset({Action.SEE, Action.CANCEL})

PEOPLE = {
    # groups of the token: what a job of the team studio lets them do, and a private one
    "team-studio": (MEMBER, NOTHING),
    "[team-shoes team-studio]": (MEMBER, NOTHING),
    "team-studio,ops,reviewers": (REVIEWER, NOTHING),
    "team-studio,ops": (MEMBER, OPS),
    "ops": (OPS, OPS),
    "auditors": (LOOK, LOOK),
    "auditors,ops,reviewers,team-studio": (LOOK, LOOK),
    "team-shoes": (NOTHING, NOTHING),
    "reviewers,team-shoes": (NOTHING, NOTHING),
    "studio,team-studio2,Team-studio": (NOTHING, NOTHING),
    "": (NOTHING, NOTHING),
}
STARTS_NOTHING = {groups for groups in PEOPLE if "reviewers" in groups or "auditors" in groups}

ACTIONS = {
    "POST /jobs/{jobId}/cancel": Action.CANCEL,
    "POST /jobs/{jobId}/page": Action.JUDGE,
    "PUT /jobs/{jobId}/images/{imageId}/verdict": Action.JUDGE,
    "PUT /jobs/{jobId}/team": Action.SHARE,
    "PATCH /jobs/{jobId}": Action.NAME,
    "POST /drafts/{draftId}/copies": Action.REUSE,
}
"""What a route does that is no look and nothing of one's own."""


def claims_of(groups: str, sub: str = "eve") -> dict[str, str]:
    """As API Gateway's authorizer hands on those of an ID token."""
    claims = {"sub": sub, "email": f"{sub}@example.com", "token_use": "id"}
    return claims | ({"cognito:groups": groups} if groups else {})


def refusal(route: str, groups: str, may_do: frozenset[Action]) -> tuple[int, str] | None:
    """How a route of another's thing is refused to somebody; None: it is not."""
    changes = not route.startswith("GET ")
    action = ACTIONS.get(route, Action.START if changes else Action.SEE)
    if changes and "auditors" in groups:
        return 403, "READ_ONLY"
    if changes and "reviewers" in groups and action is not Action.JUDGE:
        return 403, "ROLE_FORBIDS"
    if not CASES[route].owned:
        return None
    if "/jobs/" not in route and action is not Action.REUSE:
        # Drafts and backdrops are nobody else's.
        return None if "auditors" in groups else (404, "NOT_FOUND")
    if action in may_do:
        return None
    return (403, "ROLE_FORBIDS") if Action.SEE in may_do else (403, "NOT_SHARED")


@pytest.mark.parametrize("groups", PEOPLE)
def test_each_route_for_each_role(api: Api, things: Things, groups: str) -> None:
    their_own = replace(things, draft=things.strangers_draft)
    # The private one first: what is done to the team's job would be seen in it.
    for route, team in itertools.product(routes(), (None, "studio")):
        api.edit_job(things.job, team=team)
        wanted = refusal(route, groups, PEOPLE[groups][1 if team is None else 0])
        if wanted is None and not CASES[route].owned:
            continue  # Of one's own: the routes' own tests.
        before = state(api)
        asked = request(route, their_own if ACTIONS.get(route) is Action.REUSE else things)
        answer = api.call(*asked, claims=claims_of(groups))
        if wanted:
            assert (answer.status, answer.code) == wanted, (route, answer)
            assert "secret name" not in str(answer.body)
            assert state(api) == before, route
        else:
            assert answer.status not in (401, 403, 404), (route, answer)


@pytest.mark.parametrize("groups", PEOPLE)
def test_their_own_job(api: Api, things: Things, groups: str) -> None:
    """Whoever started a job may do all with it that their role does."""
    api.edit_job(things.job, owner_email="ann@example.com")
    for route in routes():
        action = ACTIONS.get(route, Action.SEE if route.startswith("GET ") else Action.START)
        if "/jobs/" in route and action is not Action.CANCEL:
            answer = api.call(*request(route, things), claims=claims_of(groups, "ann"))
            changes = action not in ({Action.JUDGE, Action.SEE} if "reviewers" in groups else set(Action))
            refused = changes or ("auditors" in groups and action is not Action.SEE)
            assert (answer.status == 403) is refused, (route, answer)


def test_a_job_tells_each_what_they_may_do(api: Api, things: Things) -> None:
    api.edit_job(things.job, team="studio", owner_email="ann@example.com")

    def told(groups: str, sub: str = "eve") -> tuple[Any, ...]:
        job = api.call("GET", f"/jobs/{things.job}", claims=claims_of(groups, sub)).body
        return job["mine"], job["team"], job["allowed"]

    assert told("", "ann") == (True, "studio", ["CANCEL", "JUDGE", "NAME", "REUSE", "SEE", "SHARE"])
    assert told("team-studio") == (False, "studio", ["CANCEL", "JUDGE", "NAME", "REUSE", "SEE"])
    assert told("team-studio,reviewers") == (False, "studio", ["JUDGE", "SEE"])
    assert told("ops") == (False, "studio", ["CANCEL", "SEE"])
    assert told("auditors") == (False, "studio", ["SEE"])


def test_a_link_that_does_not_open_says_whom_to_ask_and_nothing_else(api: Api, things: Things) -> None:
    api.edit_job(things.job, team="secret", owner_email="ann@example.com")

    answer = api.call("GET", f"/jobs/{things.job}", user="eve")

    words = answer.body["error"]
    assert "ann@example.com" in words["message"]
    assert words["nextStep"].startswith("Ask ann@example.com to share it")
    assert "secret" not in str(answer.body)
    unknown = api.call("GET", f"/jobs/{'0' * 26}", user="eve")
    api.edit_job(things.job, trial=True)
    assert api.call("GET", f"/jobs/{things.job}", user="eve").body == unknown.body, "no link of a trial goes round"


def submitted(api: Api, groups: str, **wish: Any) -> Answer:
    draft = api.draft()
    api.ready(draft, "mug.jpg")
    return api.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach", **wish}, claims=claims_of(groups, "ann"))


@pytest.mark.parametrize(
    ("groups", "wish", "team"),
    [
        ("", {}, None),
        ("team-studio", {}, "studio"),
        ("team-studio", {"private": True}, None),
        ("team-studio", {"trial": True}, None),
        ("team-studio", {"team": "studio", "trial": True}, None),
        ("team-studio,team-shoes", {}, None),
        ("team-studio,team-shoes", {"team": "shoes"}, "shoes"),
        ("ops,team-studio", {}, "studio"),
    ],
)
def test_whose_a_new_job_is(api: Api, groups: str, wish: dict[str, Any], team: str | None) -> None:
    job = submitted(api, groups, **wish)

    assert job.status == 202, job
    assert job.body.get("team") == team
    assert api.jobs.rows[job.body["jobId"]].team == team


@pytest.mark.parametrize(
    ("groups", "wish", "code"),
    [
        ("", {"team": "studio"}, "TEAM_UNKNOWN"),
        ("team-shoes", {"team": "studio"}, "TEAM_UNKNOWN"),
        ("ops", {"team": "studio"}, "TEAM_UNKNOWN"),
        ("team-studio", {"team": ""}, "TEAM_UNKNOWN"),
        ("team-studio", {"team": "studio", "private": True}, "INVALID_REQUEST"),
    ],
)
def test_a_team_of_others_is_refused_before_anything_is_paid(
    api: Api, groups: str, wish: dict[str, Any], code: str
) -> None:
    answer = submitted(api, groups, **wish)

    assert (answer.status, answer.code) == (400, code)
    assert not api.jobs.rows
    draft = next(iter(api.store.rows))
    body = {"prompt": "a beach", **wish}
    told = api.call("POST", f"/drafts/{draft}/estimate", body, claims=claims_of(groups, "ann")).body
    assert code in [problem["code"] for problem in told["problems"]]


def test_who_started_a_job_shares_it_later_and_takes_it_back(api: Api, things: Things) -> None:
    path = f"/jobs/{things.job}"
    ann, bob = claims_of("team-studio", "ann"), claims_of("team-studio", "bob")
    assert api.call("GET", path, claims=bob).code == "NOT_SHARED"

    assert api.call("PUT", f"{path}/team", {"team": "studio"}, claims=ann).body["team"] == "studio"
    assert api.call("GET", path, claims=bob).body["team"] == "studio"
    assert api.call("GET", path, claims=claims_of("", "bob")).code == "NOT_SHARED", "who left the team"
    assert api.call("PUT", f"{path}/team", {"team": None}, claims=bob).code == "ROLE_FORBIDS"
    assert api.call("PUT", f"{path}/team", {"team": "shoes"}, claims=ann).code == "TEAM_UNKNOWN"

    assert "team" not in api.call("PUT", f"{path}/team", {"team": None}, claims=ann).body
    assert api.call("GET", path, claims=bob).code == "NOT_SHARED"
    api.edit_job(things.job, trial=True)
    assert api.call("PUT", f"{path}/team", {"team": "studio"}, claims=ann).code == "INVALID_REQUEST"


def test_what_a_member_approves_is_signed_with_the_members_name(api: Api, things: Things) -> None:
    api.edit_job(things.job, team="studio")
    path = f"/jobs/{things.job}"

    said = api.call(
        "PUT", f"{path}/images/{things.image}/verdict", {"verdict": "APPROVED"}, claims=claims_of("team-studio", "bob")
    )

    assert said.body["verdict"] == "APPROVED"
    (written,) = (data for data in api.objects.data.values() if b'"By"' in data)
    assert json.loads(written)["By"] == {"User": "bob", "Email": "bob@example.com"}


@pytest.fixture
def listed(api: Api) -> dict[str, str]:
    """Jobs by name: the owner, and the team if any."""
    found = {}
    for name in ("ann", "ann-studio", "bob-studio", "bob-shoes", "bob", "eve-studio"):
        owner, _, team = name.partition("-")
        found[name] = api.job("mug.jpg")
        api.edit_job(found[name], owner=owner, team=team or None)
        api.sleep(1)
    return found


@pytest.mark.parametrize(
    ("sub", "groups", "query", "wanted"),
    [
        ("ann", "", {}, "ann-studio ann"),
        ("ann", "team-studio", {}, "eve-studio bob-studio ann-studio ann"),
        ("ann", "team-studio", {"whose": "mine"}, "ann-studio ann"),
        ("ann", "team-studio", {"whose": "teams"}, "eve-studio bob-studio ann-studio"),
        ("ann", "team-studio,team-shoes", {}, "eve-studio bob-shoes bob-studio ann-studio ann"),
        ("ann", "team-studio,team-shoes", {"team": "shoes"}, "bob-shoes"),
        ("ann", "team-studio,reviewers", {}, "eve-studio bob-studio ann-studio ann"),
        ("ann", "", {"whose": "teams"}, ""),
        ("eve", "ops", {}, "eve-studio bob bob-shoes bob-studio ann-studio ann"),
        ("eve", "auditors", {"team": "studio"}, "eve-studio bob-studio ann-studio"),
        ("eve", "ops", {"whose": "mine"}, "eve-studio"),
    ],
)
def test_lists(api: Api, listed: dict[str, str], sub: str, groups: str, query: dict[str, str], wanted: str) -> None:
    answer = api.call("GET", "/jobs", claims=claims_of(groups, sub), query=query)

    names = {id_: name for name, id_ in listed.items()}
    assert [names[job["jobId"]] for job in answer.body["jobs"]] == wanted.split()


@pytest.mark.parametrize(("groups", "team"), [("team-studio", "shoes"), ("", "studio"), ("auditors", "no such!")])
def test_a_team_that_is_not_theirs_is_not_listed(api: Api, groups: str, team: str) -> None:
    answer = api.call("GET", "/jobs", claims=claims_of(groups), query={"team": team})

    assert (answer.status, answer.code) == (400, "TEAM_UNKNOWN")


class Index:
    """The indexes by owner and by team as DynamoDB answers: a page has `Limit` items at most before the filter, and
    jobs of one moment come in an order of their own."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.looked_at = 0

    def put_item(self, **asked: Any) -> None:
        self.items.append(asked["Item"])

    def query(self, **asked: Any) -> dict[str, Any]:
        values, (name,) = asked["ExpressionAttributeValues"], asked["ExpressionAttributeNames"].values()
        assert asked["IndexName"] == {"Owner": "ByOwner", "Team": "ByTeam"}[name]
        found = [one for one in self.items if one.get(name) == values[":value"]]
        if ":after" in values:
            found = [one for one in found if one["CreatedAt"]["S"] <= values[":after"]["S"]]
        found.sort(key=lambda one: (one["CreatedAt"]["S"], one["JobId"]["S"][::-1]), reverse=True)
        start = asked.get("ExclusiveStartKey", 0)
        page = found[start : start + asked["Limit"]]
        self.looked_at += len(page)
        filtered = "FilterExpression" in asked
        answer: dict[str, Any] = {"Items": [one for one in page if not (filtered and "Trial" in one)]}
        return answer | ({"LastEvaluatedKey": start + len(page)} if found[start + len(page) :] else {})


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("moments", [1, 4, 60])
def test_pages_of_teams_pass_over_none_and_tell_none_twice(api: Api, limit: int, moments: int) -> None:
    made = api.jobs.rows[api.job("mug.jpg")]
    jobs = [
        replace(
            made,
            id=f"{number * 7919 % 10_007:026}",
            owner=("ann", "bob", "eve")[number % 3],
            team=("studio", None, "shoes", "hats")[number % 4],
            trial=number % 4 == 1 and number % 5 == 0,
            created_at=f"2026-11-21T04:00:{number % moments:02}.000Z",
        )
        for number in range(60)
    ]
    index = Index()
    table = JobsTable(lambda: index, "jobs")  # type: ignore[return-value, arg-type]
    for job in jobs:
        assert table.put_once(job)
    theirs = [job for job in jobs if (job.owner == "ann" or job.team in ("studio", "shoes")) and not job.trial]
    wanted = sorted(((job.created_at, job.id) for job in theirs), reverse=True)

    found: list[Job] = []
    after = None
    while after is not None or not found:
        page, after = table.of_people("ann", ["shoes", "studio"], limit, after, trials=False)
        assert len(page) == limit or after is None
        found += page

    assert [(job.created_at, job.id) for job in found] == wanted


def test_the_newest_of_a_team_are_read_without_the_others(api: Api) -> None:
    made = api.jobs.rows[api.job("mug.jpg")]
    index = Index()
    table = JobsTable(lambda: index, "jobs")  # type: ignore[return-value, arg-type]
    for number in range(500):
        team = "studio" if number % 2 else "shoes"
        row = replace(
            made, id=f"{number:026}", team=team, created_at=f"2026-11-21T04:{number // 60:02}:{number % 60:02}"
        )
        assert table.put_once(row)

    page, _ = table.of_people(None, ["studio"], 20, None, trials=False)

    assert [job.id for job in page] == [f"{number:026}" for number in range(499, 460, -2)]
    assert index.looked_at <= 50


def test_no_role_but_the_members_starts_what_is_refused_elsewhere(api: Api) -> None:
    for groups in PEOPLE:
        answer = api.call("POST", "/drafts", {}, claims=claims_of(groups))
        assert (answer.status == 403) is (groups in STARTS_NOTHING), groups


@pytest.mark.parametrize("role", [None, *Role])
@pytest.mark.parametrize("team", [None, "studio"])
def test_nothing_is_allowed_that_the_role_refuses_everywhere(api: Api, role: Role | None, team: str | None) -> None:
    job = replace(api.jobs.rows[api.job("mug.jpg")], team=team)
    for sub in ("ann", "eve"):
        for teams in (frozenset[str](), frozenset({"studio"}), frozenset({""})):
            user = User(sub, "", frozenset({role} if role else ()), teams=teams)
            assert all(may(user, action) for action in allowed(user, job))


def test_names_of_teams() -> None:
    names = [
        "team-studio",
        "team-",
        "team-A",
        "team-a b",
        "auditors",
        "team-x" * 20,
        "team-team-x",
        "xteam-a",
        "team-7_b",
    ]

    assert teams_of(names) == {"studio", "team-x", "7_b"}
    assert roles_of(names) == {Role.AUDITOR}
    assert not is_team("a\n")
    assert choose_team(User("ann", "", teams=frozenset({"a", "b"})), None, private=False) is None
