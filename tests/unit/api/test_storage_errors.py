"""Storage that does not answer is 503 STORAGE_ERROR on every route, whichever of a route's calls it fails."""

from __future__ import annotations

import importlib
import io
import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from backdrop.api import openapi, routes
from backdrop.aws.backdrops_table import BackdropsTable
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.mails.settings_table import MailSettingsTable
from backdrop.aws.objects import Objects
from backdrop.aws.request_claims import CallClaims, RequestClaims
from backdrop.aws.saved.settings_table import SavedSettingsTable
from backdrop.core import keys
from backdrop.core.errors import ErrorCode, StorageUnavailable
from tests.unit.api.conftest import Answer, Api, make_api
from tests.unit.api.reports import give_report
from tests.unit.api.test_masks import drawing, png
from tests.unit.aws.wire import Refusal, client

Call = Callable[[Api, str, str], Answer]

BEHIND = {"background": "backdrop", "backdrop": {"id": "{backdrop}"}}

# The draft or job, and its one photo, are `{job}` and `{photo}`.
OPEN_DRAFT: dict[str, tuple[str, str, Any]] = {
    "see the mails": ("GET", "/me/mail", None),
    "turn mails on": ("PUT", "/me/mail", None),
    "turn mails off": ("DELETE", "/me/mail", None),
    "list backdrops": ("GET", "/backdrops", None),
    "add a backdrop": ("POST", "/backdrops", {"name": "b.jpg", "size": 1}),
    "make a backdrop": (
        "POST",
        "/backdrops/recipes",
        {"recipe": {"kind": "GRADIENT", "top": "#ffffff", "bottom": "#dddddd"}},
    ),
    "paint a backdrop": ("POST", "/backdrops/paintings", {"prompt": "an oak table"}),
    "keep a painted backdrop": ("POST", "/backdrops/paintings/{candidate}/keep", {}),
    "inspect a backdrop": ("POST", "/backdrops/{backdrop}/inspect", {}),
    "change a backdrop": ("PATCH", "/backdrops/{backdrop}", {"name": "c.jpg"}),
    "delete a backdrop": ("DELETE", "/backdrops/{backdrop}", None),
    "estimate with a backdrop": ("POST", "/drafts/{job}/estimate", {"options": BEHIND}),
    "submit with a backdrop": ("POST", "/drafts/{job}/submit", {"options": BEHIND}),
    "list saved settings": ("GET", "/settings", None),
    "save settings": ("POST", "/settings", {"name": "Cups", "settings": {"options": BEHIND}}),
    "save over settings": (
        "PUT",
        "/settings/{settings}",
        {"name": "Cups", "version": 1, "settings": {"prompt": "a quay"}},
    ),
    "delete saved settings": ("DELETE", "/settings/{settings}", None),
    "estimate with saved settings": (
        "POST",
        "/drafts/{job}/estimate",
        {"prompt": "a beach", "settings": {"id": "{settings}", "version": 1}},
    ),
    "submit with saved settings": (
        "POST",
        "/drafts/{job}/submit",
        {"prompt": "a beach", "settings": {"id": "{settings}", "version": 1}},
    ),
    "create a draft": ("POST", "/drafts", {}),
    "look at a draft": ("GET", "/drafts/{job}", None),
    "list drafts": ("GET", "/drafts", None),
    "take a draft off the list": ("PATCH", "/drafts/{job}", {"listed": False}),
    "add a photo": ("POST", "/drafts/{job}/photos", {"photos": [{"name": "b.jpg", "size": 1}]}),
    "copy photos": ("POST", "/drafts/{job}/copies", {"jobId": "{other}", "imageIds": ["00000000"]}),
    "copy photos of a draft": ("POST", "/drafts/{job}/copies", {"jobId": "{job}", "imageIds": ["00000000"]}),
    "delete a photo": ("DELETE", "/drafts/{job}/photos/{photo}", None),
    "see a mask": ("POST", "/drafts/{job}/photos/{photo}/cut-out", {}),
    "correct labels": ("PUT", "/drafts/{job}/photos/{photo}/labels", {"labels": [{"name": "Pot"}]}),
    "add a mask": ("POST", "/drafts/{job}/photos/{photo}/mask", {"size": 1000}),
    "inspect a mask": ("POST", "/drafts/{job}/photos/{photo}/mask/inspect", {}),
    "delete a mask": ("DELETE", "/drafts/{job}/photos/{photo}/mask", None),
    "estimate": ("POST", "/drafts/{job}/estimate", {"prompt": "a beach"}),
    "estimate after a trial": ("POST", "/drafts/{job}/estimate", {"prompt": "a beach", "trialJobId": "{trial}"}),
    "submit": ("POST", "/drafts/{job}/submit", {"prompt": "a beach"}),
    "submit after a trial": ("POST", "/drafts/{job}/submit", {"prompt": "a beach", "trialJobId": "{trial}"}),
    "list jobs": ("GET", "/jobs", None),
}
JOB: dict[str, tuple[str, str, Any]] = {
    "submit again": ("POST", "/drafts/{job}/submit", {"prompt": "a beach"}),
    "look at a job": ("GET", "/jobs/{job}", None),
    "share a job": ("PUT", "/jobs/{job}/team", {"team": None}),
    "rename a job": ("PATCH", "/jobs/{job}", {"name": "Mugs"}),
    "cancel a job": ("POST", "/jobs/{job}/cancel", None),
    "list images": ("GET", "/jobs/{job}/images", None),
    "look at an image": ("GET", "/jobs/{job}/images/{photo}", None),
    "list names": ("GET", "/jobs/{job}/names", None),
    "look at all images": ("GET", "/jobs/{job}/overview", None),
}
IN_PARTS = "see an image in its parts"
FINISHED: dict[str, tuple[str, str, Any]] = {
    IN_PARTS: ("GET", "/jobs/{job}/images/{photo}/place", None),
    "judge an image": ("PUT", "/jobs/{job}/images/{photo}/verdict", {"verdict": "APPROVED"}),
}
REPORTED: dict[str, tuple[str, str, Any]] = {
    "write a page anew": ("POST", "/jobs/{job}/page", None),
    "prove a report": ("GET", "/jobs/{job}/proof", None),
    "list tries": ("GET", "/jobs/{job}/tries", None),
    "tell a job's story": ("GET", "/jobs/{job}/story", None),
    "tell an image's story": ("GET", "/jobs/{job}/images/{photo}/story", None),
}
UPLOADED: dict[str, tuple[str, str, Any]] = {
    "inspect a photo": ("POST", "/drafts/{job}/photos/{photo}/inspect", {}),
}
EVERYTHING = {**OPEN_DRAFT, **JOB, **FINISHED, **REPORTED, **UPLOADED}

TOLERATED = {
    # What was found in the same content before, and the note of it: without them Rekognition is asked again.
    "inspect a photo": {"get", "put"},
    # Small pictures: the page says which are missing.
    "write a page anew": {"get"},
}
"""Route -> calls to the bucket that may fail, because the answer is as good without them."""


def test_every_route_that_needs_storage_is_tried_here() -> None:
    document = openapi.document()
    paths = {(verb.upper(), path) for path, verbs in document["paths"].items() for verb in verbs}
    names = {"{job}": "{draftId}", "{photo}": "{photoId}", "{backdrop}": "{backdropId}", "{candidate}": "{candidateId}"}
    names["{settings}"] = "{settingsId}"
    tried = set()
    for verb, path, _ in EVERYTHING.values():
        for mine, theirs in names.items():
            path = path.replace(mine, theirs)
        if path.startswith("/jobs"):
            path = path.replace("{draftId}", "{jobId}").replace("{photoId}", "{imageId}")
        tried.add((verb, path))
    assert tried == paths - {("GET", "/models")}


def world(api: Api, name: str) -> dict[str, str]:
    """What the route needs, made in the twins; the values of the placeholders that it has."""
    named = repr(EVERYTHING[name])
    draft = api.draft()
    (photo,) = api.upload(draft, "a.jpg") if name in UPLOADED else api.ready(draft, "a.jpg")
    names = {"job": draft, "photo": photo}
    if "{other}" in named or name == "list jobs":
        names["other"] = api.job("o.jpg")
    if "{trial}" in named:
        names["trial"] = api.draft()
        api.ready(names["trial"], "a.jpg")
        assert api.submit(names["trial"], trial=True).status == 202
    if name in ("inspect a mask", "delete a mask"):
        key = api.call("POST", f"/drafts/{draft}/photos/{photo}/mask", {"size": 999}).body["upload"]["fields"]["key"]
        api.objects.data[key] = png(drawing())
    if name == "delete a mask":
        assert api.call("POST", f"/drafts/{draft}/photos/{photo}/mask/inspect", {}).status == 200
    if name in JOB | FINISHED | REPORTED:
        options = _on_a_backdrop(api, draft, photo) if name == IN_PARTS else {}
        assert api.submit(draft, options=options).status == 202
    if name in FINISHED | REPORTED:
        api.finish(draft, photo)
    if name in REPORTED:
        give_report(api, draft)
    if name == "turn mails off":
        assert api.call("PUT", "/me/mail").status == 200
        api.topic.confirm("ann@example.com")
    if "{settings}" in named:
        kept = {"name": "Mugs", "settings": {"prompt": "a beach"}}
        names["settings"] = api.call("POST", "/settings", kept).body["settingsId"]
    if "{backdrop}" in named or name == "list backdrops":
        names["backdrop"] = api.backdrop(inspected=name != "inspect a backdrop")
    if "{candidate}" in named:
        names["candidate"] = api.painting(seed=1).body["candidateId"]
    return names


def _on_a_backdrop(api: Api, draft: str, photo: str) -> dict[str, Any]:
    """Options of an image that has parts, with the mask that was made for it."""
    source = api.store.photo_rows[(draft, photo)].source_key
    assert source
    api.objects.data[keys.mask_key(source)] = png(drawing())
    return {"background": "backdrop", "backdrop": {"id": api.backdrop()}, "maskSource": "BUILT_IN"}


def call(api: Api, name: str, names: dict[str, str]) -> Answer:
    verb, path, body = EVERYTHING[name]
    filled = {key: _filled(value, names) for key, value in body.items()} if body is not None else None
    return api.call(verb, _filled(path, names), filled)


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, names) for key, one in value.items()}
    for name, real in names.items():
        value = value.replace(f"{{{name}}}", real) if isinstance(value, str) else value
    return value


class Failing:
    """A store whose calls are counted together with those of others; the one of a number fails."""

    def __init__(self, store: Any, calls: list[str], fails: int | None) -> None:
        self._store, self._calls, self._fails = store, calls, fails

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if not callable(found) or name.startswith("presigned"):
            return found

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._calls.append(name)
            if len(self._calls) - 1 == self._fails:
                raise StorageUnavailable(ErrorCode.STORAGE_ERROR, "Could not do it: ThrottlingException: No.")
            return found(*args, **kwargs)

        return counted


def answered(monkeypatch: pytest.MonkeyPatch, name: str, fails: int | None) -> tuple[Answer, list[str]]:
    """The route's answer while one of its calls to the stores fails, and the names of the calls."""
    api = make_api(monkeypatch)
    names, calls = world(api, name), list[str]()
    store: Any = Failing(api.store, calls, fails)
    backdrops: Any = Failing(api.backdrops, calls, fails)
    jobs: Any = Failing(api.jobs, calls, fails)
    objects: Any = Failing(api.objects, calls, fails)
    api.saved = cast("Any", Failing(api.saved, calls, fails))
    mail_rows: Any = Failing(api.mail_rows, calls, fails)
    topic: Any = Failing(api.topic, calls, fails)
    inspection = importlib.import_module("backdrop.handlers.inspect_photo")
    monkeypatch.setattr(inspection, "ImagesTable", lambda _connect, _table: store)
    monkeypatch.setattr(inspection, "BackdropsTable", lambda _connect, _table: backdrops)
    monkeypatch.setattr(inspection, "objects", objects)
    api.store, api.backdrops, api.jobs, api.objects = store, backdrops, jobs, objects
    api.mail_rows, api.topic = mail_rows, topic
    return call(api, name, names), calls


@pytest.fixture
def silent() -> Iterator[None]:
    """Nothing is logged: writing a traceback takes longer than the answer. What is logged has a test of its own."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("name", EVERYTHING)
def test_whichever_call_fails_the_answer_is_503_and_never_half_an_answer(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    good, calls = answered(monkeypatch, name, None)
    assert good.status < 300, good
    assert calls
    failed = 0
    for number, made in enumerate(calls):
        answer, _ = answered(monkeypatch, name, number)
        if made in TOLERATED.get(name, set()) and answer.status < 300:
            continue
        assert (answer.status, answer.code) == (503, "STORAGE_ERROR"), (number, made)
        failed += 1
    assert failed


URL = "https://aws.example"


def breaks(error: Exception) -> Callable[[Any], Any]:
    def server(_request: Any) -> Any:
        raise error

    return server


FAULTS: dict[str, Callable[[Any], Any]] = {
    "throttled": Refusal("ProvisionedThroughputExceededException"),
    "denied": Refusal("AccessDeniedException"),
    "no such table": Refusal("ResourceNotFoundException"),
    "broken": Refusal("InternalServerError", 500),
    "unreachable": breaks(EndpointConnectionError(endpoint_url=URL)),
    "silent": breaks(ReadTimeoutError(endpoint_url=URL)),
}


@pytest.mark.usefixtures("silent")
@pytest.mark.parametrize("name", EVERYTHING)
def test_a_table_that_fails_is_503_on_every_route(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """However it fails: each of the faults meets the same rows, for nothing can be written."""
    api = make_api(monkeypatch)
    names = world(api, name)
    fault = ""

    def connect() -> Any:
        return client("dynamodb", FAULTS[fault])

    inspection = importlib.import_module("backdrop.handlers.inspect_photo")
    monkeypatch.setattr(inspection, "ImagesTable", lambda _connect, _table: ImagesTable(connect, "images"))
    monkeypatch.setattr(inspection, "BackdropsTable", lambda _connect, _table: BackdropsTable(connect, "images"))
    store: Any = ImagesTable(connect, "images")
    backdrops: Any = BackdropsTable(connect, "images")
    jobs: Any = JobsTable(connect, "jobs")
    api.store, api.backdrops, api.jobs = store, backdrops, jobs
    api.saved = cast("Any", SavedSettingsTable(connect, "images"))
    mail_rows: Any = MailSettingsTable(connect, "images")
    api.mail_rows = mail_rows
    api.claims = CallClaims(RequestClaims(connect, "schedule", "images"))

    for fault in FAULTS:
        answer = call(api, name, names)

        assert (answer.status, answer.code) == (503, "STORAGE_ERROR"), fault
        assert answer.body["error"]["nextStep"], fault


def test_a_bucket_that_fails_leaves_the_draft_open(monkeypatch: pytest.MonkeyPatch) -> None:
    api = make_api(monkeypatch)
    names, good = world(api, "submit"), api.objects
    broken: Any = Objects(partial(client, "s3", Refusal("SlowDown", 503, xml=True)))
    api.objects = broken

    assert (call(api, "submit", names).status, api.jobs.puts) == (503, 0)

    api.objects = good
    assert call(api, "submit", names).status == 202


def test_a_failure_of_ours_is_logged_with_its_traceback_and_a_refusal_in_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api, stream = make_api(monkeypatch), io.StringIO()
    handler = routes.logger.registered_handler
    assert isinstance(handler, logging.StreamHandler)
    monkeypatch.setattr(handler, "stream", stream)
    jobs: Any = JobsTable(partial(client, "dynamodb", FAULTS["throttled"]), "jobs")

    api.call("GET", "/jobs/unknown")
    assert '"level":"INFO"' in stream.getvalue()
    assert "Traceback" not in stream.getvalue()

    api.jobs = jobs
    api.call("GET", "/jobs")
    assert '"level":"ERROR"' in stream.getvalue()
    assert "Traceback" in stream.getvalue()
    assert "ProvisionedThroughputExceededException" in stream.getvalue()
