"""A small Backdrop on loopback: Cognito, REST API and S3 in one server, after docs/rest-api.md.

Only what the client's tests need to see. Faults are planned per route, calls are recorded.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from backdrop.api.schemas.requests import OptionsWish
from backdrop.api.schemas.wire import to_json
from backdrop.api.views.jobs import options_view
from backdrop.core.vocabulary import ImageStatus
from backdrop.jobs.model import Facts, PhotoRow
from tests.answers import make_saved
from tests.unit.api.conftest import Api

CLIENT_ID = "client-1"
USER, PASSWORD = "ann@example.com", "correct horse"
BAD_PHOTO = b"BAD"
"""An upload that starts with these bytes is refused at inspection."""
FINISHED = b"finished:"
"""A finished image is this and the photo's bytes."""

MODEL: dict[str, Any] = {
    "modelId": "model.good",
    "family": "test",
    "state": "ACTIVE",
    "usable": True,
    "modes": ["PRECISE", "DEFAULT"],
    "promptMaxLength": 100,
    "negativePromptMaxLength": 50,
    "defaultNegativePrompt": "text, people",
    "seedMin": 0,
    "seedMax": 999,
    "pricePerImageUsd": 0.07,
    "priceDate": "2026-11-01",
    "requestsPerMinute": 20,
    "passes": 2,
    "settings": {
        "generates": True,
        "cfgScale": {"min": 1.1, "max": 10, "default": 6.5},
        "qualities": ["standard", "premium"],
        "styles": ["photographic", "origami"],
    },
}
NO_SETTINGS: dict[str, Any] = {"generates": True, "qualities": [], "styles": []}
CATALOGUE: dict[str, Any] = {
    "defaultModelId": "model.good",
    "limits": {
        "maxPhotos": 500,
        "maxUploadBytes": 100_000,
        "minSide": 80,
        "maxPixels": 50_000_000,
        "contentTypes": ["image/jpeg"],
    },
    "models": [
        MODEL,
        {**MODEL, "modelId": "model.replay", "state": "RETIRED", "endOfLife": "2026-09-30"},
        {**MODEL, "modelId": "model.old", "state": "RETIRED", "usable": False, "reason": "AWS ended it"},
        {**MODEL, "modelId": "model.plain", "modes": ["DEFAULT"]},
        {**MODEL, "modelId": "model.bare", "settings": NO_SETTINGS},
        {**MODEL, "modelId": "model.cut-out", "settings": {**NO_SETTINGS, "generates": False}, "pricePerImageUsd": 0},
        {**MODEL, "modelId": "model.all", "negativePromptMaxLength": 0, "defaultNegativePrompt": ""},
    ],
    "presets": [
        {"id": "shop", "name": "The shop", "background": "#ffffff", "formats": ["JPEG"], "notes": "as read"},
        {"id": "fair", "name": "The fair", "formats": ["JPEG", "PNG"], "notes": "as read"},
    ],
}


@dataclass
class Fault:
    """Answer `status` instead of working; `body` as JSON, or as it is when a string."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class StoredPhoto:
    """A photo of the fake's one draft."""

    photo_id: str
    name: str
    status: str = "UPLOADING"
    data: bytes = b""
    mask: bytes | None = None
    has_mask: bool = False
    file_names: list[str] = field(default_factory=list)


class FakeBackdrop:
    """State and controls of the fake service.

    Attributes:
        faults: `(method, pattern of the path)` -> faults given in turn before the route works.
        calls: `METHOD path` of every request, in order.
        submitted: body of the submit call, or None.
        failing: names of photos whose images fail in the job.
        flags: name of a photo -> flags of its images.
        marketplace: what the preset's checks found of every image.
        upload_seconds: how long an upload takes.
        download_seconds: id of an image -> how long its download takes.
        cancelled: whether the job was.
        earlier: an earlier job, `d0`, `earlier_images` its images, `earlier_tries` their tries.
        takes_everything: whether no request is refused; else the real service's rules are kept.
        polls_until_done: how often the job is seen running.
    """

    def __init__(self) -> None:
        self.faults: dict[tuple[str, str], list[Fault]] = defaultdict(list)
        self.calls: list[str] = []
        self.photos: dict[str, StoredPhoto] = {}
        self.labels: dict[str, list[str]] = {}
        self.submitted: dict[str, Any] | None = None
        self.estimated: dict[str, Any] = {}
        self.cut_out_already: set[str] = set()
        self.failing: set[str] = set()
        self.flags: dict[str, list[dict[str, Any]]] = {}
        self.marketplace: dict[str, Any] | None = None
        self.job_error: dict[str, str] | None = None
        self.polls_until_done = 1
        self.page_size = 2
        self.valid_token = "id-1"
        self.tokens_given = 1
        self.revoked: list[str] = []
        self.posted_fields: list[list[str]] = []
        self.reports = True
        self.cancelled = False
        self.requested_by: str | None = None
        self.listed: dict[str, str] = {}
        self.earlier: dict[str, Any] = {}
        self.earlier_images: list[dict[str, Any]] = []
        self.earlier_tries: dict[str, Any] = {"redos": [], "images": []}
        self.library: list[dict[str, Any]] = []
        self.saved: list[dict[str, Any]] = []
        self.busiest = 0
        self.takes_everything = False
        self.upload_seconds = 0.0
        self.download_seconds: dict[str, float] = {}
        self._busy = 0
        self.lock = threading.RLock()
        fake = self

        class Handler(_Handler):
            backdrop = fake

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def api_url(self) -> str:
        """Address of the REST API."""
        return f"{self.url}/v1"

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def fail(self, method: str, pattern: str, *faults: Fault) -> None:
        """Plan faults for a route."""
        self.faults[method, pattern].extend(faults)

    def count(self, pattern: str) -> int:
        """How many requests matched."""
        return sum(bool(re.fullmatch(pattern, call)) for call in self.calls)

    def planned(self, method: str, path: str) -> Fault | None:
        """The next fault for a request, if one is planned."""
        with self.lock:
            for (planned_method, pattern), faults in self.faults.items():
                if faults and planned_method == method and re.fullmatch(pattern, path):
                    return faults.pop(0)
        return None

    def enter(self) -> None:
        """Count a request that is being worked on."""
        with self.lock:
            self._busy += 1
            self.busiest = max(self.busiest, self._busy)

    def leave(self) -> None:
        """The request is done."""
        with self.lock:
            self._busy -= 1

    def api(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """Answer of a REST route."""
        with self.lock:
            match method, path.strip("/").split("/"):
                case method, ["me", "mail"]:
                    state = {"GET": "ON", "PUT": "ASKED", "DELETE": "OFF"}[method]
                    return 200, {"state": state, "address": "ann@example.com", "message": f"It is {state}."}
                case "GET", ["backdrops"]:
                    return 200, {"backdrops": self.library}
                case "PATCH", ["backdrops", backdrop_id]:
                    found = next(one for one in self.library if one["backdropId"] == backdrop_id)
                    found |= {name: value for name, value in body.items() if value is not None}
                    return 200, found
                case "DELETE", ["backdrops", backdrop_id]:
                    self.library = [one for one in self.library if one["backdropId"] != backdrop_id]
                    return 204, None
                case "GET", ["settings"]:
                    return 200, {"settings": self.saved}
                case "POST", ["settings"]:
                    self.saved.append(make_saved_json(f"s{len(self.saved)}", 1, body))
                    return 201, self.saved[-1]
                case "PUT", ["settings", settings_id]:
                    (place,) = [n for n, one in enumerate(self.saved) if one["settingsId"] == settings_id]
                    if self.saved[place]["version"] != body["version"]:
                        return 409, _error("SETTINGS_CHANGED")
                    self.saved[place] = make_saved_json(settings_id, body["version"] + 1, body)
                    return 200, self.saved[place]
                case "DELETE", ["settings", settings_id]:
                    self.saved = [one for one in self.saved if one["settingsId"] != settings_id]
                    return 204, None
                case "GET", ["models"]:
                    return 200, CATALOGUE
                case "POST", ["drafts"]:
                    return 201, {"draftId": "d1", "createdAt": "2026-11-21T04:00:00.000Z"}
                case "GET", ["drafts", "d1"]:
                    photos = [self._photo(photo) for photo in self.photos.values()]
                    submitted = self.submitted is not None
                    return 200, {
                        "draftId": "d1",
                        "createdAt": "2026-11-21T04:00:00.000Z",
                        "submitted": submitted,
                        "photos": photos,
                    }
                case "POST", ["drafts", "d1", "photos"]:
                    assert 1 <= len(body["photos"]) <= 100
                    return 201, {"photos": [self._register(photo) for photo in body["photos"]]}
                case "POST", ["drafts", "d1", "photos", photo_id, "inspect"]:
                    photo = self.photos[photo_id]
                    photo.status = "REFUSED" if photo.data.startswith(BAD_PHOTO) else "READY"
                    return 200, self._photo(photo)
                case "POST", ["drafts", "d1", "photos", photo_id, "mask"]:
                    assert self.photos[photo_id].status == "READY"
                    fields = {"key": f"{photo_id}.mask", "policy": "p"}
                    return 201, {"upload": {"url": f"{self.url}/s3/upload", "fields": fields}}
                case "POST", ["drafts", "d1", "photos", photo_id, "mask", "inspect"]:
                    photo = self.photos[photo_id]
                    if photo.mask is None or photo.mask.startswith(BAD_PHOTO):
                        return 400, _error("MASK_INVALID")
                    photo.has_mask = True
                    return 200, self._photo(photo)
                case "DELETE", ["drafts", "d1", "photos", photo_id, "mask"]:
                    photo = self.photos[photo_id]
                    had, photo.has_mask = photo.has_mask, False
                    return (204, None) if had else (404, _error("NOT_FOUND"))
                case "DELETE", ["drafts", "d1", "photos", photo_id]:
                    return (204, None) if self.photos.pop(photo_id, None) else (404, _error("NOT_FOUND"))
                case "POST", ["drafts", "d1", "copies"]:
                    assert body["jobId"] == "d0"
                    named = body.get("fileNames", {})
                    assert named.keys() <= set(body["imageIds"])
                    ids = [self._register({"name": self._name_of_earlier(id_)})["photoId"] for id_ in body["imageIds"]]
                    for id_, source in zip(ids, body["imageIds"], strict=True):
                        self.photos[id_].status = "READY"
                        self.photos[id_].file_names = named.get(source, [])
                    return 201, {"photos": [self._photo(self.photos[id_]) for id_ in ids]}
                case "POST", ["drafts", "d1", "estimate"]:
                    status, answer = _estimate({"prompt": "x"} if self.takes_everything else body, len(self.photos))
                    if status == 200:
                        answer["cutOutAlready"] = sum(one.name in self.cut_out_already for one in self.photos.values())
                        self.estimated = answer
                    return status, answer
                case "POST", ["drafts", "d1", "submit"]:
                    self.submitted = body
                    return 202, self._job()
                case "GET", ["jobs"]:
                    self.listed = query
                    return 200, {"jobs": [self._job()] if self.submitted else []}
                case "GET", ["jobs", "d0"]:
                    return 200, self.earlier
                case "GET", ["jobs", "d0", "images"]:
                    wanted = query.get("status")
                    return 200, {"images": [one for one in self.earlier_images if wanted in (None, one["status"])]}
                case "GET", ["jobs", "d0", "tries"]:
                    return 200, self.earlier_tries
                case "GET", ["jobs", "d0", "names"]:
                    return 200, {"photos": _names(self.earlier_images)}
                case "GET", ["jobs", "d1", "names"]:
                    return 200, self._names(query)
                case "GET", ["jobs", "d1"]:
                    self.polls_until_done -= 1
                    return 200, self._job()
                case "GET", ["jobs", "d1", "proof"]:
                    return 200, self._proof(query)
                case "PUT", ["jobs", "d1", "team"]:
                    assert self.submitted is not None
                    self.submitted["team"] = body["team"]
                    return 200, self._job()
                case "POST", ["jobs", "d1", "cancel"]:
                    self.cancelled = True
                    return 202, self._job()
                case "PUT", ["jobs", "d1", "images", image_id, "verdict"]:
                    said = {"verdict": body["verdict"], "verdictAt": "2026-11-21T04:01:00.000Z"}
                    photo = self.photos[image_id]
                    return 200, self._image(photo, 1) | (said if body["verdict"] else {})
                case "GET", ["jobs", "d1", "images", image_id]:
                    image = self._image(self.photos[image_id], 1)
                    return 200, image | {"downloadName": f"{query['downloadName']}.png"}
                case "GET", ["jobs", "d1", "images"]:
                    return 200, self._images(query)
        return 404, _error("NOT_FOUND")

    def _name_of_earlier(self, image_id: str) -> str:
        return next(str(one["name"]) for one in self.earlier_images if one["imageId"].startswith(image_id))

    def _proof(self, query: dict[str, str]) -> dict[str, Any]:
        """Two pages, and files of names that no client knows."""
        keys = {
            None: ["s/day/status_report_d1.json.sig", "s/chain/00000003.json", "s/news/a.json", "s/chain/../../x.json"],
            "100": ["s/day/approvals/00000101.json"],
        }[query.get("after")]
        files = [{"key": key, "data": base64.b64encode(key.encode()).decode()} for key in keys]
        more = {} if query else {"after": 100}
        return {"jobId": "d1", "reportKey": "s/day/status_report_d1.json", "files": files, **more}

    def _names(self, query: dict[str, str]) -> dict[str, Any]:
        """A page of the job's names: of so many photos as of images."""
        made = [{"imageId": photo.photo_id, "name": photo.name} for photo, _ in self._made()]
        photos = [
            one | ({"fileNames": names} if (names := self.photos[str(one["photoId"])].file_names) else {})
            for one in _names(made)
        ]
        start = int(query.get("cursor", "0"))
        answer: dict[str, Any] = {"photos": photos[start : start + self.page_size]}
        return answer | ({"cursor": str(start + self.page_size)} if start + self.page_size < len(photos) else {})

    def cognito(self, operation: str, body: Any) -> tuple[int, Any]:
        """Answer of a Cognito call."""
        with self.lock:
            if operation == "RevokeToken":
                self.revoked.append(body["Token"])
                return 200, {}
            if operation == "RespondToAuthChallenge":
                if len(body["ChallengeResponses"]["NEW_PASSWORD"]) < 8:
                    return 400, {"__type": "InvalidPasswordException", "message": "too short"}
                assert body["Session"] == "session-1"
                return 200, self._tokens()
            parameters = body["AuthParameters"]
            if body["AuthFlow"] == "REFRESH_TOKEN_AUTH":
                if parameters["REFRESH_TOKEN"] in self.revoked:
                    return 400, {"__type": "NotAuthorizedException", "message": "Refresh Token has been revoked"}
                fresh = self._tokens()
                del fresh["AuthenticationResult"]["RefreshToken"]
                return 200, fresh
            if (parameters["USERNAME"], parameters["PASSWORD"]) == (USER, PASSWORD):
                return 200, self._tokens()
            return 400, {"__type": "NotAuthorizedException", "message": "Incorrect username or password."}

    def _tokens(self) -> dict[str, Any]:
        self.tokens_given += 1
        self.valid_token = f"id-{self.tokens_given}"
        return {
            "AuthenticationResult": {
                "IdToken": self.valid_token,
                "AccessToken": f"access-{self.tokens_given}",
                "RefreshToken": "refresh-1",
                "ExpiresIn": 3600,
                "TokenType": "Bearer",
            }
        }

    def _register(self, photo: dict[str, Any]) -> dict[str, Any]:
        if photo["name"].endswith(".gif"):
            return {"name": photo["name"], "status": "REFUSED", "error": _error("PHOTO_FORMAT_UNSUPPORTED")["error"]}
        photo_id = f"p{len(self.photos):07}"
        while photo_id in self.photos:
            photo_id = f"q{photo_id[1:]}"
        self.photos[photo_id] = StoredPhoto(photo_id, photo["name"])
        upload = {"url": f"{self.url}/s3/upload", "fields": {"key": photo_id, "policy": "p", "x-amz-signature": "s"}}
        return {"photoId": photo_id, "name": photo["name"], "status": "UPLOADING", "upload": upload}

    def _photo(self, photo: StoredPhoto) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "photoId": photo.photo_id,
            "name": photo.name,
            "status": photo.status,
            "hasMask": photo.has_mask,
            "maskFrom": "PHOTO" if photo.name in self.cut_out_already else "UPLOAD" if photo.has_mask else None,
            "width": 100,
            "height": 100,
            "labels": [
                {"name": name, "confidence": 91.5, "boxes": [[0.1, 0.1, 0.5, 0.5]]}
                for name in self.labels.get(photo.name, ["Mug", "Table"])
            ],
        }
        if photo.status == "REFUSED":
            answer["error"] = _error("PHOTO_TRUNCATED")["error"]
        return answer

    def _made(self) -> list[tuple[StoredPhoto, int]]:
        """The job's images: photo and number of the variation, in the service's order."""
        assert self.submitted is not None
        options = self.submitted.get("options", {})
        variations = options.get("variations", 1)
        outputs = (1 + len(options.get("outputs", []))) * (1 + len(options.get("scenes", [])))
        own = self.submitted.get("seeds", {})
        return [
            (photo, number)
            for id_, photo in self.photos.items()
            if photo.status == "READY"
            for number in range(1, (len(own[id_]) if id_ in own else variations) * outputs + 1)
        ]

    def _job(self) -> dict[str, Any]:
        assert self.submitted is not None
        ready = [photo for photo, _ in self._made()]
        done = self.polls_until_done <= 0
        failed = sum(photo.name in self.failing for photo in ready) if done else 0
        succeeded = len(ready) - failed if done else 0
        status = "Running"
        if done:
            status = "Succeeded" if not failed else "PartlyFailed" if succeeded else "Failed"
        job: dict[str, Any] = {
            "jobId": "d1",
            "status": status,
            "trial": False,
            "mine": self.requested_by is None,
            "requestedBy": self.requested_by,
            "team": self.submitted.get("team"),
            "allowed": ["CANCEL", "JUDGE", "REUSE", "SEE", "SHARE"],
            "createdAt": "2026-11-21T04:00:00.000Z",
            "prompt": self.submitted.get("prompt", ""),
            "negativePrompt": self.submitted.get("negativePrompt", ""),
            "mode": self.submitted.get("mode", "PRECISE"),
            "modelId": self.submitted.get("modelId", "model.good"),
            "seed": self.submitted.get("seed", 7),
            "options": with_defaults(self.submitted.get("options", {})),
            "thumbnailUrls": [],
            "counts": {
                "total": len(ready),
                "succeeded": succeeded,
                "failed": failed,
                "pending": len(ready) - succeeded - failed,
            },
            "etaSeconds": None if done else 3,
            "estimatedCostUsd": 0.07 * len(ready),
        }
        if done:
            job |= {"finishedAt": "2026-11-21T04:00:42.000Z", "costUsd": 0.07 * succeeded}
            if self.reports:
                base = f"{self.url}/s3/get/status_report_d1"
                job["reportUrls"] = {
                    "json": f"{base}.json?sig=x",
                    "csv": f"{base}.csv?sig=x",
                    "html": f"{base}.html?sig=x",
                }
        if self.cancelled:
            job |= {"cancelledAt": "2026-11-21T04:00:30.000Z"} | ({"status": "Cancelled"} if done else {})
            job["counts"] |= {"cancelled": failed} if done else {}
        if self.job_error:
            job |= {"status": "Failed", "error": self.job_error}
        return job

    def _images(self, query: dict[str, str]) -> dict[str, Any]:
        made = self._made()
        start = int(query.get("cursor", "0"))
        page = made[start : start + self.page_size]
        answer: dict[str, Any] = {"images": [self._image(*one) for one in page]}
        if start + self.page_size < len(made):
            answer["cursor"] = str(start + self.page_size)
        return answer

    def _image(self, photo: StoredPhoto, variation: int) -> dict[str, Any]:
        image_id = photo.photo_id if variation == 1 else f"{photo.photo_id}-{variation}"
        image: dict[str, Any] = {
            "imageId": image_id,
            "name": photo.name,
            "variation": variation,
            "labelsKept": [],
            "labelsChosen": [],
            "seed": 7,
            "modelId": "model.good",
            "beforeUrl": f"{self.url}/s3/get/before",
        }
        if self.job_error:
            return image | {"status": "Queued"}
        if photo.name in self.failing:
            code = "JOB_CANCELLED" if self.cancelled else "MODEL_REFUSED_PROMPT"
            return image | {"status": "Failed", "error": _error(code)["error"]}
        stem = photo.name.rsplit("/", 1)[-1].rsplit(".", 1)[0] + (f" ({variation})" if variation > 1 else "")
        return image | {
            "status": "Succeeded",
            "bytes": len(self.finished(photo, variation)),
            "downloadUrl": f"{self.url}/s3/get/{image_id}?sig=x",
            "downloadName": f"{stem}.png",
            "flags": self.flags.get(photo.name, []),
            **({"marketplace": self.marketplace} if self.marketplace else {}),
        }

    def finished(self, photo: StoredPhoto, variation: int) -> bytes:
        """The file of an image."""
        return FINISHED + photo.data + (f" again {variation}".encode() if variation > 1 else b"")

    def stored(self, key: str) -> bytes | None:
        """What lies in the bucket."""
        if key.startswith("status_report_"):
            return f"report {key}".encode()
        photo_id, _, variation = key.partition("-")
        photo = self.photos.get(photo_id)
        return self.finished(photo, int(variation or 1)) if photo else None


def with_defaults(wish: dict[str, Any]) -> dict[str, Any]:
    """All options of a job, as the service tells them."""
    options: dict[str, Any] = to_json(options_view(OptionsWish.model_validate(wish).options()))
    return options


def _estimate(body: dict[str, Any], photos: int) -> tuple[int, Any]:
    """What the real service says of a request for so many photos, with its default model in place of this fake's."""
    wish = {name: value for name, value in body.items() if name != "modelId" or not value.startswith("model.")}
    api = Api()
    draft = api.draft()
    if photos:
        # Labels are those of this fake's photos.
        wish.pop("labels", None)
        facts = Facts(bytes=1, sha256="", width=320, height=240, format="JPEG", preview_key="p")
        for number in range(photos):
            row = PhotoRow(draft, f"{number:08}", f"{number}.jpg", ImageStatus.READY)
            api.store.photo_rows[draft, row.image_id] = row.ready(replace(facts, sha256=str(number)), (), None)
    claims = {"sub": "ann", "token_use": "id", "cognito:groups": "team-studio"}
    answer = api.call("POST", f"/drafts/{draft}/estimate", wish, claims=claims)
    return answer.status, answer.body


class _Handler(BaseHTTPRequestHandler):
    backdrop: FakeBackdrop
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        address = urlsplit(self.path)
        fake = self.backdrop
        with fake.lock:
            fake.calls.append(f"{method} {address.path}")
        fake.enter()
        try:
            status, body, headers = self._work(method, address.path, address.query, data)
        finally:
            fake.leave()
        content = b"" if body is None else body if isinstance(body, bytes) else _encoded(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        if headers.get("Content-Length"):
            self.close_connection = True

    def _work(self, method: str, path: str, query: str, data: bytes) -> tuple[int, Any, dict[str, str]]:
        fake = self.backdrop
        fault = fake.planned(method, path)
        if fault:
            return fault.status, fault.body, fault.headers
        if path == "/":
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            return *fake.cognito(operation, json.loads(data)), {}
        if path == "/s3/upload":
            return *self._upload(data), {}
        if path.startswith("/s3/get/"):
            time.sleep(fake.download_seconds.get(path.removeprefix("/s3/get/"), 0.0))
            stored = fake.stored(path.removeprefix("/s3/get/"))
            return (200, stored, {}) if stored is not None else (404, "<Error><Code>NoSuchKey</Code></Error>", {})
        if self.headers.get("Authorization") != fake.valid_token:
            return 401, {"message": "Unauthorized"}, {}
        flat = {name: values[0] for name, values in parse_qs(query).items()}
        return *fake.api(method, path.removeprefix("/v1"), flat, json.loads(data) if data else None), {}

    def _upload(self, data: bytes) -> tuple[int, Any]:
        time.sleep(self.backdrop.upload_seconds)
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        parts: list[tuple[str, bytes]] = []
        for part in BytesParser().parsebytes(head + data).get_payload():
            name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            parts.append((str(name), part.get_payload(decode=True)))  # type: ignore[union-attr, arg-type]
        with self.backdrop.lock:
            self.backdrop.posted_fields.append([name for name, _ in parts])
            key = dict(parts)["key"].decode()
            photo = self.backdrop.photos[key.removesuffix(".mask")]
            if key.endswith(".mask"):
                photo.mask = parts[-1][1]
            else:
                photo.data = parts[-1][1]
        return 204, None

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Quiet."""


def _names(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the photos of these images are called, as the service tells it."""
    photos: dict[str, dict[str, Any]] = {}
    for one in images:
        photo_id = one["imageId"].partition("-")[0]
        known = photos.setdefault(photo_id, {"photoId": photo_id, "name": one["name"], "images": 0})
        known["images"] += 1
    return list(photos.values())


def _encoded(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def make_saved_json(settings_id: str, version: int, body: dict[str, Any]) -> dict[str, Any]:
    """Saved settings as the service answers them, of the body that saves them."""
    answer: dict[str, Any] = to_json(make_saved(settings_id, version, body))
    return answer


def _error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": f"message of {code}", "nextStep": f"advice for {code}", "details": []}}
