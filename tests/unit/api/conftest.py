"""The API as its clients see it: events in, answers out. Every good answer is checked against its documented model."""

from __future__ import annotations

import functools
import importlib
import io
import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from pydantic import TypeAdapter

from backdrop.api.http import HEADERS
from backdrop.api.routes import Context, answer_event
from backdrop.api.schemas import backdrops, jobs, mails, models, photos, proof, saved, stories, tries
from backdrop.aws.secrets import KmsSigner
from backdrop.core.vocabulary import ImageStatus
from backdrop.jobs.approvals import Addenda
from backdrop.jobs.costs.spending import NoLimits, Spending
from backdrop.jobs.mails.setting import Mails
from backdrop.jobs.model import Job, Outcome
from backdrop.jobs.painting.candidates import Claims, Studio
from backdrop.jobs.proof.series import Ledger
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.jobs.submission import Service
from backdrop.policy.prompts import Policies, PromptPolicy
from tests.heads import HeadsTwin
from tests.signer import ARN, KmsTwin
from tests.unit.api.twins import (
    Backdrops,
    CutOuts,
    Detector,
    Drafts,
    Jobs,
    MailRowsTwin,
    Objects,
    Painter,
    SavedSettingsTwin,
    TopicTwin,
)

MODEL = "us.stability.stable-image-inpaint-v1:0"
START = datetime(2026, 11, 21, 4, 0, 0, tzinfo=UTC)

_SHAPES: tuple[tuple[str, str, type | None], ...] = (
    ("GET", r"/models", models.Models),
    ("POST", r"/jobs/[^/]+/page", jobs.Job),
    ("PUT", r"/jobs/[^/]+/team", jobs.Job),
    ("GET", r"/jobs/[^/]+/proof", proof.Proof),
    ("GET", r"/jobs/[^/]+/tries", tries.Tries),
    ("GET", r"/jobs/[^/]+/story", stories.Story),
    ("GET", r"/jobs/[^/]+/images/[^/]+/story", stories.Story),
    ("GET", r"/me/mail", mails.MailSetting),
    ("PUT", r"/me/mail", mails.MailSetting),
    ("DELETE", r"/me/mail", mails.MailSetting),
    ("GET", r"/backdrops", backdrops.Backdrops),
    ("POST", r"/backdrops", backdrops.RegisteredBackdrop),
    ("POST", r"/backdrops/recipes", backdrops.Backdrop),
    ("POST", r"/backdrops/paintings", backdrops.Candidate),
    ("POST", r"/backdrops/paintings/[^/]+/keep", backdrops.Backdrop),
    ("POST", r"/backdrops/[^/]+/inspect", backdrops.Backdrop),
    ("DELETE", r"/backdrops/[^/]+", None),
    ("PATCH", r"/backdrops/[^/]+", backdrops.Backdrop),
    ("GET", r"/settings", saved.AllSettings),
    ("POST", r"/settings", saved.SavedSettings),
    ("PUT", r"/settings/[^/]+", saved.SavedSettings),
    ("DELETE", r"/settings/[^/]+", None),
    ("POST", r"/drafts", photos.DraftCreated),
    ("GET", r"/drafts", photos.Drafts),
    ("GET", r"/drafts/[^/]+", photos.Draft),
    ("PATCH", r"/drafts/[^/]+", photos.DraftCreated),
    ("POST", r"/drafts/[^/]+/photos", photos.RegisteredPhotos),
    ("POST", r"/drafts/[^/]+/photos/[^/]+/inspect", photos.Photo),
    ("POST", r"/drafts/[^/]+/copies", photos.CopiedPhotos),
    ("DELETE", r"/drafts/[^/]+/photos/[^/]+", None),
    ("POST", r"/drafts/[^/]+/photos/[^/]+/cut-out", photos.SeenMask),
    ("PUT", r"/drafts/[^/]+/photos/[^/]+/labels", photos.Photo),
    ("POST", r"/drafts/[^/]+/photos/[^/]+/mask", photos.RegisteredMask),
    ("POST", r"/drafts/[^/]+/photos/[^/]+/mask/inspect", photos.Photo),
    ("DELETE", r"/drafts/[^/]+/photos/[^/]+/mask", None),
    ("POST", r"/drafts/[^/]+/estimate", jobs.Estimate),
    ("POST", r"/drafts/[^/]+/submit", jobs.Job),
    ("GET", r"/jobs", jobs.Jobs),
    ("GET", r"/jobs/[^/]+", jobs.Job),
    ("PATCH", r"/jobs/[^/]+", jobs.Job),
    ("POST", r"/jobs/[^/]+/cancel", jobs.Job),
    ("PUT", r"/jobs/[^/]+/images/[^/]+/verdict", jobs.Image),
    ("GET", r"/jobs/[^/]+/images", jobs.Images),
    ("GET", r"/jobs/[^/]+/images/[^/]+", jobs.Image),
    ("GET", r"/jobs/[^/]+/images/[^/]+/place", jobs.SeenPlace),
    ("GET", r"/jobs/[^/]+/names", jobs.Names),
    ("GET", r"/jobs/[^/]+/overview", jobs.Overview),
)


@dataclass(frozen=True)
class Answer:
    """Status and parsed body."""

    status: int
    body: Any

    @property
    def code(self) -> str:
        """The error's code."""
        return str(self.body["error"]["code"])

    @property
    def message(self) -> str:
        """The error's message."""
        return str(self.body["error"]["message"])


@dataclass
class Api:
    """Calls the API as a user, by default `ann`."""

    store: Drafts = field(default_factory=Drafts)
    backdrops: Backdrops = field(default_factory=Backdrops)
    jobs: Jobs = field(default_factory=Jobs)
    objects: Objects = field(default_factory=Objects)
    cut_outs: CutOuts = field(default_factory=CutOuts)
    detector: Detector = field(default_factory=Detector)
    painter: Painter = field(default_factory=Painter)
    kms: KmsTwin = field(default_factory=KmsTwin)
    heads: HeadsTwin = field(default_factory=HeadsTwin)
    saved: SavedSettingsTwin = field(default_factory=SavedSettingsTwin)
    mail_rows: MailRowsTwin = field(default_factory=MailRowsTwin)
    topic: TopicTwin = field(default_factory=TopicTwin)
    claims: Claims | None = None
    """In the painter's place."""
    spending: Spending = field(default_factory=NoLimits)
    now: datetime = START
    allow_retired: bool = False
    requests_per_minute: float = 20
    prompt_policy: PromptPolicy = field(default_factory=Policies)
    schedule: dict[str, Schedule] = field(default_factory=dict)
    inspect_handler: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        user: str | None = "ann",
        raw: str | None = None,
        query: dict[str, str] | None = None,
        claims: dict[str, str] | None = None,
    ) -> Answer:
        identity = (
            claims
            if claims is not None
            else {"sub": user or "", "email": f"{user}@example.com", "email_verified": "true"}
        )
        event = {
            "resource": path,
            "path": path,
            "httpMethod": method,
            "headers": {"Authorization": "secret-token", "content-type": "application/json"},
            "multiValueHeaders": {},
            "queryStringParameters": query,
            "multiValueQueryStringParameters": {name: [value] for name, value in (query or {}).items()} or None,
            "pathParameters": None,
            "requestContext": {
                "requestId": "request-1",
                "stage": "v1",
                "path": f"/v1{path}",
                "authorizer": {"claims": identity} if user else {},
            },
            "body": raw if raw is not None else None if body is None else json.dumps(body),
            "isBase64Encoded": False,
        }
        inspected = re.fullmatch(r"/drafts/([^/]+)/photos/([^/]+)(?:/mask)?/inspect", path)
        backdrop = re.fullmatch(r"/backdrops/([^/]+)/inspect", path)
        context = SimpleNamespace(aws_request_id="1", function_name="api", memory_limit_in_mb=128)
        if (inspected or backdrop) and method == "POST":
            assert self.inspect_handler
            named = {"draftId": inspected[1], "photoId": inspected[2]} if inspected else {}
            event["pathParameters"] = {**named, **({"backdropId": backdrop[1]} if backdrop else {})}
            answer = self.inspect_handler(event, context)
        else:
            answer = answer_event(event, context, self._context())
        parsed = json.loads(answer["body"]) if answer.get("body") else None
        listed = {name: ", ".join(values) for name, values in answer.get("multiValueHeaders", {}).items()}
        assert {**answer.get("headers", {}), **listed}.items() >= HEADERS.items(), "every answer has the headers"
        self._check_shape(method, path, answer["statusCode"], parsed)
        return Answer(answer["statusCode"], parsed)

    def draft(self, user: str = "ann") -> str:
        """A new draft's id."""
        return str(self.call("POST", "/drafts", {}, user).body["draftId"])

    def register(self, draft: str, *names: str, size: int = 1000) -> list[dict[str, Any]]:
        """Register files."""
        answer = self.call("POST", f"/drafts/{draft}/photos", {"photos": [{"name": n, "size": size} for n in names]})
        assert answer.status == 201, answer
        photos: list[dict[str, Any]] = answer.body["photos"]
        return photos

    def painting(self, user: str | None = None, **words: Any) -> Answer:
        return self.call("POST", "/backdrops/paintings", {"prompt": "an oak table", **words}, user or "ann")

    def backdrop(
        self, name: str = "table.jpg", data: bytes | None = None, user: str = "ann", *, inspected: bool = True
    ) -> str:
        """The id of a backdrop that was uploaded and inspected."""
        made = self.call("POST", "/backdrops", {"name": name, "size": 1000}, user).body
        self.objects.data[made["upload"]["fields"]["key"]] = picture() if data is None else data
        if inspected:
            self.call("POST", f"/backdrops/{made['backdropId']}/inspect", {}, user)
        return str(made["backdropId"])

    def upload(self, draft: str, *names: str, data: bytes | None = None) -> list[str]:
        """Register files and put them into the bucket, as the browser does; their ids."""
        photos = self.register(draft, *names)
        for photo in photos:
            # No two alike: equal photos are made once.
            named = picture() + photo["photoId"].encode()
            self.objects.data[photo["upload"]["fields"]["key"]] = data if data is not None else named
        return [photo["photoId"] for photo in photos]

    def ready(self, draft: str, *names: str) -> list[str]:
        """Upload and inspect files; their ids."""
        ids = self.upload(draft, *names)
        for id_ in ids:
            answer = self.inspect(draft, id_)
            assert answer.body["status"] == "READY", answer
        return ids

    def inspect(self, draft: str, photo: str, user: str = "ann") -> Answer:
        return self.call("POST", f"/drafts/{draft}/photos/{photo}/inspect", {}, user)

    def submit(self, draft: str, **body: object) -> Answer:
        return self.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach", **body})

    def job(self, *names: str) -> str:
        """A submitted job's id."""
        draft = self.draft()
        self.ready(draft, *names)
        assert self.submit(draft).status == 202
        return draft

    def manifest(self, job: str) -> list[dict[str, Any]]:
        """The lines of a job's manifest."""
        return [json.loads(line) for line in self.objects.data[self.jobs.rows[job].manifest_key].splitlines()]

    def edit_job(self, job: str, **changes: Any) -> Job:
        """What the state machine does to a job's row."""
        self.jobs.rows[job] = replace(self.jobs.rows[job], **changes)
        return self.jobs.rows[job]

    def finish(self, job: str, photo: str, **outcome: Any) -> None:
        """What the state machine does to the row of an image that succeeded."""
        key = (job, photo)
        values = {"output_key": f"generated-image-files/x-{photo}.jpg", "attempts": 2, "labels_kept": "Mug,Spoon"}
        self.store.photo_rows[key] = replace(
            self.store.photo_rows[key], status=ImageStatus.SUCCEEDED, outcome=Outcome(**{**values, **outcome})
        )

    def fail(self, job: str, photo: str, error: str, cause: str) -> None:
        """What the state machine does to the row of an image that failed."""
        key = (job, photo)
        self.store.photo_rows[key] = replace(
            self.store.photo_rows[key], status=ImageStatus.FAILED, error=error, cause=cause
        )

    def service(self) -> Service:
        return Service(
            store=self.store,
            backdrops=self.backdrops,
            saved=self.saved,
            jobs=self.jobs,
            objects=self.objects,
            cut_outs=self.cut_outs,
            bucket="bucket",
            default_model_id=MODEL,
            allow_retired_models=self.allow_retired,
            prompt_policy=self.prompt_policy,
            find_schedule=lambda model_id, _region: self.schedule.get(model_id),
            now=lambda: self.now,
            sleep=self.sleep,
        )

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        if threading.active_count() > 1:
            # Whoever is waited for runs in another thread of the test, and needs time of the real clock.
            time.sleep(0.1)

    def _context(self) -> Context:
        prefixes = ("image-files", "generated-image-files", "status-report-files")
        return Context(
            self.service(),
            prefixes,
            self.requests_per_minute,
            "https://shop.example",
            self.studio(),
            self.addenda(),
            self.mails(),
        )

    def mails(self) -> Mails:
        return Mails(self.mail_rows, self.topic, "Shop@example.com")

    def addenda(self) -> Addenda:
        return Addenda(Ledger(self.objects, KmsSigner(self.kms, ARN), self.heads))

    def studio(self) -> Studio:
        return Studio(
            objects=self.objects,
            bucket="bucket",
            input_prefix="image-files",
            claims=self.claims or self.painter,
            call=self.painter.call,
            screen=self.painter.screen,
            generator="local-renderer",
            region="us-east-1",
            prompt_policy=self.prompt_policy,
            spending=self.spending,
            now=lambda: self.now,
        )

    @staticmethod
    def _check_shape(method: str, path: str, status: int, body: Any) -> None:
        if status >= 400:
            reader(photos.ErrorAnswer).validate_python(body)
            return
        shape = next(shape for verb, pattern, shape in _SHAPES if verb == method and re.fullmatch(pattern, path))
        if shape is None:
            assert body is None
        else:
            reader(shape).validate_python(body)


@functools.cache
def reader(shape: Any) -> TypeAdapter[Any]:
    """What checks an answer of that model. Making one takes milliseconds."""
    return TypeAdapter(shape)


@functools.cache
def picture(width: int = 320, height: int = 240, format_: str = "JPEG") -> bytes:
    """A small good photo."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(out, format_)
    return out.getvalue()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Api:
    return make_api(monkeypatch)


def make_api(monkeypatch: pytest.MonkeyPatch) -> Api:
    """The API over empty twins."""
    monkeypatch.setenv("IMAGES_TABLE", "images")
    monkeypatch.setenv("BUCKET", "bucket")
    monkeypatch.setenv("MODERATE_UPLOADS", "false")
    monkeypatch.setenv("REQUESTS_PER_USER_PER_MINUTE", "0")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    made = Api()
    module = importlib.import_module("backdrop.handlers.inspect_photo")
    monkeypatch.setattr(module, "ImagesTable", lambda _client, _table: made.store)
    monkeypatch.setattr(module, "BackdropsTable", lambda _client, _table: made.backdrops)
    monkeypatch.setattr(module, "dynamodb", lambda: None)
    monkeypatch.setattr(module, "objects", made.objects)
    monkeypatch.setattr(module, "labels", made.detector)
    made.inspect_handler = module.handler
    return made
