"""Who may do what, what wrong requests are told, and what never leaves the service."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from backdrop.api import openapi, routes
from backdrop.core.vocabulary import JobStatus
from backdrop.handlers.environment import ApiEnvironment, MissingVariable
from tests.unit.api.conftest import MODEL, Api

ROOT = Path(__file__).parents[3]

ROUTES: tuple[tuple[str, str, dict[str, object] | None], ...] = (
    ("GET", "/drafts/{job}", None),
    ("POST", "/drafts/{job}/photos", {"photos": [{"name": "a.jpg", "size": 1}]}),
    ("POST", "/drafts/{job}/photos/{photo}/inspect", {}),
    ("DELETE", "/drafts/{job}/photos/{photo}", None),
    ("POST", "/drafts/{job}/submit", {"prompt": "a beach"}),
    ("GET", "/jobs/{job}", None),
    ("GET", "/jobs/{job}/images", None),
)


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
@pytest.mark.parametrize("submitted", [True, False])
def test_what_is_another_users_is_not_found_a2(
    api: Api, method: str, path: str, body: dict[str, object] | None, submitted: bool
) -> None:
    draft = api.draft()
    (photo,) = api.ready(draft, "a.jpg")
    if submitted:
        api.submit(draft)
    before = (dict(api.store.rows), dict(api.store.photo_rows), dict(api.jobs.rows))

    answer = api.call(method, path.format(job=draft, photo=photo), body, user="bob")

    # Whoever has a job's id was given the link: they are told whom to ask, and no more (test_people.py).
    job = submitted and (path.startswith("/jobs/"))
    assert (answer.status, answer.code) == ((403, "NOT_SHARED") if job else (404, "NOT_FOUND"))
    assert (api.store.rows, api.store.photo_rows, api.jobs.rows) == before


def test_another_users_jobs_are_not_listed(api: Api) -> None:
    api.job("a.jpg")

    assert api.call("GET", "/jobs", user="bob").body == {"jobs": []}


def test_another_drafts_photo_is_not_found(api: Api) -> None:
    mine, other = api.draft(), api.draft("bob")
    api.call("POST", f"/drafts/{other}/photos", {"photos": [{"name": "a.jpg", "size": 1}]}, user="bob")

    assert api.inspect(mine, "00000000").status == 404


@pytest.mark.parametrize(("method", "path", "body"), [*ROUTES, ("GET", "/models", None), ("GET", "/jobs", None)])
@pytest.mark.parametrize("claims", [{}, {"sub": "ann", "token_use": "access"}])
def test_without_an_id_token_every_route_is_closed(
    api: Api, method: str, path: str, body: dict[str, object] | None, claims: dict[str, str]
) -> None:
    draft = api.draft()

    answer = api.call(method, path.format(job=draft, photo="00000000"), body, claims=claims)

    assert answer.status == 401


@pytest.mark.parametrize("id_", ["%23draft", "#draft", "..", "0" * 27, "A" * 26, "a b"])
def test_ids_that_are_none_are_not_found(api: Api, id_: str) -> None:
    draft = api.draft()

    assert api.call("GET", f"/jobs/{id_}").status == 404
    assert api.call("GET", f"/drafts/{id_}").status == 404
    assert api.call("DELETE", f"/drafts/{draft}/photos/{id_}").status == 404
    assert api.inspect(draft, id_).status == 404


@pytest.mark.parametrize("raw", ["{", "", "nonsense", "[1]", '"text"', "null", '{"prompt": "a"} trailing'])
def test_a_body_that_is_no_json_object_is_refused(api: Api, raw: str) -> None:
    answer = api.call("POST", f"/drafts/{api.draft()}/submit", raw=raw)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


def test_text_that_is_no_unicode_is_refused(api: Api) -> None:
    answer = api.call("POST", f"/drafts/{api.draft()}/submit", raw='{"prompt": "a \\ud800 b"}')

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")


def test_a_name_that_is_no_unicode_is_refused_by_its_field(api: Api) -> None:
    raw = '{"photos": [{"name": "a.jpg", "size": 1}, {"name": "b\\udcff.jpg", "size": 1}]}'

    answer = api.call("POST", f"/drafts/{api.draft()}/photos", raw=raw)

    assert (answer.status, answer.code) == (400, "INVALID_REQUEST")
    assert [detail["field"] for detail in answer.body["error"]["details"]] == ["photos.1.name"]


def test_every_wrong_field_is_named_without_echoing_what_was_sent(api: Api) -> None:
    body = {"photos": [{"name": "a.jpg", "size": "big-secret"}, {"size": -1}]}

    answer = api.call("POST", f"/drafts/{api.draft()}/photos", body)

    fields = {detail["field"] for detail in answer.body["error"]["details"]}
    assert fields == {"photos.0.size", "photos.1.name", "photos.1.size"}
    assert "big-secret" not in json.dumps(answer.body)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("PUT", "/jobs"), ("DELETE", "/drafts")])
def test_an_unknown_route_is_told_in_the_same_shape(api: Api, method: str, path: str) -> None:
    answer = api.call(method, path)

    assert (answer.status, answer.code) == (404, "NOT_FOUND")


def test_an_unexpected_failure_is_500_with_a_number_and_the_traceback_in_the_log_only(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = _log(monkeypatch)
    job = api.job("a.jpg")
    api.edit_job(job, status=JobStatus.RUNNING)

    def explode(*_: object) -> tuple[int, int]:
        raise RuntimeError("the reason")

    api.store.counted = explode  # type: ignore[method-assign, assignment]

    answer = api.call("GET", f"/jobs/{job}")

    assert (answer.status, answer.code) == (500, "INTERNAL")
    assert "request-1" in answer.message
    assert "the reason" not in json.dumps(answer.body)
    assert "RuntimeError: the reason" in log.getvalue()


def test_logs_hold_neither_token_nor_presigned_query_nor_prompt_a5(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    log = _log(monkeypatch)
    job = api.job("a.jpg")
    api.submit(job, prompt="our secret campaign")
    api.call("GET", f"/jobs/{job}/images")
    api.call("GET", "/jobs/unknown")

    assert "job submitted" in log.getvalue()
    assert "refused" in log.getvalue()
    for secret in ("secret-token", "bucket.test", "our secret campaign"):
        assert secret not in log.getvalue()


def _log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the API's logger writes from here on."""
    stream = io.StringIO()
    handler = routes.logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", stream)
    return stream


def test_models_tell_limits_prices_and_what_can_be_used(api: Api) -> None:
    body = api.call("GET", "/models").body

    assert body["defaultModelId"] == MODEL
    by_id = {model["modelId"]: model for model in body["models"]}
    assert by_id[MODEL]["usable"] is True
    assert by_id[MODEL]["passes"] == 2
    assert "people" in by_id[MODEL]["defaultNegativePrompt"].split(", ")
    assert by_id["backdrop.cut-out"]["defaultNegativePrompt"] == ""
    retired = by_id["amazon.nova-canvas-v1:0"]
    assert (retired["usable"], retired["endOfLife"]) == (False, "2026-09-30")
    assert "2026-09-30" in retired["reason"]
    assert body["limits"]["contentTypes"] == [
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/heic",
        "image/avif",
        "image/tiff",
    ]


def test_the_description_in_docs_is_the_codes() -> None:
    """When this fails: `PYTHONPATH=functions .venv/bin/python -m backdrop.api.openapi docs/openapi.json`."""
    assert (ROOT / "docs" / "openapi.json").read_text("utf-8") == openapi.text()


def test_the_description_names_every_route_and_asks_for_a_token() -> None:
    document = openapi.document()

    assert set(document["paths"]) == {
        "/models",
        "/me/mail",
        "/backdrops",
        "/backdrops/paintings",
        "/backdrops/paintings/{candidateId}/keep",
        "/backdrops/recipes",
        "/backdrops/{backdropId}",
        "/backdrops/{backdropId}/inspect",
        "/drafts",
        "/drafts/{draftId}",
        "/drafts/{draftId}/copies",
        "/drafts/{draftId}/photos",
        "/drafts/{draftId}/photos/{photoId}",
        "/drafts/{draftId}/photos/{photoId}/cut-out",
        "/drafts/{draftId}/photos/{photoId}/inspect",
        "/drafts/{draftId}/photos/{photoId}/labels",
        "/drafts/{draftId}/photos/{photoId}/mask",
        "/drafts/{draftId}/photos/{photoId}/mask/inspect",
        "/drafts/{draftId}/estimate",
        "/drafts/{draftId}/submit",
        "/jobs",
        "/jobs/{jobId}",
        "/jobs/{jobId}/cancel",
        "/jobs/{jobId}/images",
        "/jobs/{jobId}/images/{imageId}",
        "/jobs/{jobId}/images/{imageId}/verdict",
        "/jobs/{jobId}/names",
        "/jobs/{jobId}/overview",
        "/jobs/{jobId}/page",
        "/jobs/{jobId}/proof",
        "/jobs/{jobId}/story",
        "/jobs/{jobId}/team",
        "/jobs/{jobId}/tries",
        "/settings",
        "/settings/{settingsId}",
        "/jobs/{jobId}/images/{imageId}/place",
        "/jobs/{jobId}/images/{imageId}/story",
    }
    assert document["components"]["securitySchemes"]["idToken"]["name"] == "Authorization"


def test_inspection_starts_without_what_only_the_api_needs() -> None:
    """It makes the imports of a cold start 1.6 times as long (docs/benchmarks.md, Imports: Api beside InspectPhoto)."""
    code = (
        "import sys, backdrop.handlers.inspect_photo;"
        "print([m for m in ('pydantic', 'aws_xray_sdk', 'aws_lambda_powertools.event_handler') if m in sys.modules])"
    )
    environment = {
        "PYTHONPATH": str(ROOT / "functions"),
        "IMAGES_TABLE": "t",
        "BUCKET": "b",
        "CUT_OUT_FUNCTION": "f",
        "MODERATE_UPLOADS": "false",
        "REQUESTS_PER_USER_PER_MINUTE": "0",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name", ["JOBS_TABLE", "DEFAULT_MODEL_ID", "ALLOW_RETIRED_MODELS", "MODEL_REQUESTS_PER_MINUTE", "IMAGE_GENERATOR"]
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_fails_at_init_with_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    tables = "JOBS_TABLE IMAGES_TABLE SCHEDULE_TABLE SPENDING_TABLE HEADS_TABLE TOPIC_ARN NOTIFICATION_EMAIL"
    for known in f"{tables} BUCKET CUT_OUT_FUNCTION INPUT_PREFIX OUTPUT_PREFIX STATUS_PREFIX WEB_APP_URL".split():
        monkeypatch.setenv(known, "x")
    monkeypatch.setenv("DEFAULT_MODEL_ID", MODEL)
    monkeypatch.setenv("ALLOW_RETIRED_MODELS", "false")
    monkeypatch.setenv("MODEL_REQUESTS_PER_MINUTE", "20")
    monkeypatch.setenv("MAP_MAX_CONCURRENCY", "40")
    monkeypatch.setenv("REQUESTS_PER_USER_PER_MINUTE", "0")
    monkeypatch.setenv("ANSWER_DAYS", "30")
    monkeypatch.setenv("ROW_DAYS", "400")
    monkeypatch.setenv("REPORT_KEY_ARN", "arn:key")
    monkeypatch.setenv("REPORT_LOCK_DAYS", "0")
    monkeypatch.setenv("REPORT_LOCK_MODE", "GOVERNANCE")
    for limit in ("JOB", "USER_AND_DAY", "MONTH"):
        monkeypatch.setenv(f"MAX_USD_PER_{limit}", "0")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("MODEL_REGIONS", "")
    monkeypatch.setenv("IMAGE_GENERATOR", "trained-model")
    assert ApiEnvironment.from_env().requests_per_minute == 20

    monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)

    with pytest.raises(MissingVariable, match=name):
        ApiEnvironment.from_env()
