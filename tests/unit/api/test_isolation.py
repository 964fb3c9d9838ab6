"""Nobody sees or touches what is another user's, and nobody without a token anything: every route of the API."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.api_routes import CASES, Things, request, routes
from tests.unit.api.conftest import Api
from tests.unit.api.test_masks import bring, drawing, png

OWNED = [route for route in routes() if CASES.get(route) and CASES[route].owned]
OTHERS = [route for route in routes() if CASES.get(route) and not CASES[route].owned]


_MADE: list[tuple[Things, list[Any]]] = []
"""What Ann has, and the twins' content with it, made by the first test."""


@pytest.fixture
def things(api: Api) -> Things:
    """Ann's: a draft with a photo, a job with a finished and a failed image."""
    if not _MADE:
        _MADE.append((_make_things(api), state(api)))
    made, content = _MADE[0]
    for table, rows in zip(_tables(api), content, strict=True):
        table.update(rows)
    return made


def _make_things(api: Api) -> Things:
    job = api.job("mug.jpg", "cup.jpg")
    api.finish(job, "00000000")
    api.fail(job, "00000001", "ModelRefused", "MODEL_REFUSED_PROMPT: No.")
    draft = api.draft()
    (photo,) = api.ready(draft, "secret name.jpg")
    assert bring(api, draft, photo, png(drawing())).status == 200
    candidate = api.painting(seed=1).body["candidateId"]
    kept = {"name": "secret name", "settings": {"prompt": "a beach"}}
    return Things(
        draft,
        photo,
        job,
        "00000000",
        api.backdrop("secret name.jpg"),
        candidate,
        api.call("POST", "/settings", kept).body["settingsId"],
        strangers_draft=api.draft("eve"),
    )


def state(api: Api) -> list[Any]:
    """All rows and objects. Rows are frozen, so that a copy of the dictionaries is a picture of the moment."""
    return [dict(table) for table in _tables(api)]


def _tables(api: Api) -> tuple[dict[Any, Any], ...]:
    return (
        api.backdrops.rows,
        api.store.rows,
        api.store.photo_rows,
        api.jobs.rows,
        api.objects.data,
        api.objects.tags,
        api.saved.rows,
        api.mail_rows.rows,
        api.topic.found,
    )


def test_every_documented_route_has_a_case() -> None:
    assert set(routes()) <= set(CASES), "add a case to tests/api_routes.py"
    assert len(OWNED) >= 13


@pytest.mark.parametrize("route", OWNED)
def test_what_is_another_users_is_not_found_and_stays_as_it_is(api: Api, things: Things, route: str) -> None:
    method, path, body = request(route, things)
    before = state(api)

    answer = api.call(method, path, body, user="eve")

    refusal = (403, "NOT_SHARED") if "/jobs/" in route else (404, "NOT_FOUND")
    assert (answer.status, answer.code) == refusal, answer
    assert "secret name" not in str(answer.body)
    assert state(api) == before


@pytest.mark.parametrize("route", OWNED)
def test_the_same_request_of_the_owner_is_found(api: Api, things: Things, route: str) -> None:
    """Otherwise the test above could pass for a request that nobody may make."""
    method, path, body = request(route, things)

    answer = api.call(method, path, body)

    assert answer.status != 404 or answer.code != "NOT_FOUND", answer


@pytest.mark.parametrize("route", OTHERS)
def test_lists_show_nothing_of_others(api: Api, things: Things, route: str) -> None:
    method, path, body = request(route, things)

    answer = api.call(method, path, body, user="eve")

    assert answer.status < 300
    for id_ in (things.draft, things.job):
        assert id_ not in str(answer.body)


def test_photos_of_anothers_job_are_not_copied_into_ones_own_draft(api: Api, things: Things) -> None:
    mine = replace(things, draft=things.strangers_draft)
    method, path, body = request("POST /drafts/{draftId}/copies", mine)

    answer = api.call(method, path, body, user="eve")

    assert (answer.status, answer.code) == (403, "NOT_SHARED")
    assert api.call("GET", f"/drafts/{mine.draft}", user="eve").body["photos"] == []


@pytest.mark.parametrize("route", routes())
@pytest.mark.parametrize("claims", [{}, {"sub": "ann", "token_use": "access"}], ids=["no token", "access token"])
def test_without_an_id_token_nothing_is_answered(api: Api, things: Things, route: str, claims: dict[str, str]) -> None:
    method, path, body = request(route, things)
    before = state(api)

    answer = api.call(method, path, body, claims=claims)

    assert (answer.status, answer.code) == (401, "NOT_SIGNED_IN")
    assert state(api) == before
