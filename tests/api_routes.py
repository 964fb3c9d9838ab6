"""Every route of docs/openapi.json, with a good request of it: what the tests of each route are made from.

A route without a case here fails `tests/unit/api/test_isolation.py`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OPENAPI = Path(__file__).parents[1] / "docs" / "openapi.json"


@dataclass(frozen=True)
class Things:
    """What one user has: an open draft with a photo, a job with an image (a trial), a backdrop, a painted
    candidate, saved settings, and another's empty draft."""

    draft: str
    photo: str
    job: str
    image: str
    backdrop: str
    candidate: str
    settings: str
    strangers_draft: str = ""


@dataclass(frozen=True)
class Case:
    """A request about things of the path. `body` may name ids in braces, as the path does."""

    body: Any = None
    owned: bool = True
    """Whether the path, or the body, names something of one user. The others answer about whoever asks."""


_WISH = {"prompt": "a beach", "labels": {"{photoId}": ["Mug"]}, "trialJobId": "{jobId}"}

CASES: dict[str, Case] = {
    "GET /models": Case(owned=False),
    "GET /me/mail": Case(owned=False),
    "PUT /me/mail": Case(owned=False),
    "DELETE /me/mail": Case(owned=False),
    "GET /backdrops": Case(owned=False),
    "POST /backdrops": Case({"name": "table.jpg", "size": 1000}, owned=False),
    "POST /backdrops/recipes": Case(
        {"recipe": {"kind": "GRADIENT", "top": "#ffffff", "bottom": "#dddddd"}}, owned=False
    ),
    "POST /backdrops/paintings": Case({"prompt": "an oak table"}, owned=False),
    "POST /backdrops/paintings/{candidateId}/keep": Case({}),
    "POST /backdrops/{backdropId}/inspect": Case({}),
    "DELETE /backdrops/{backdropId}": Case(),
    "PATCH /backdrops/{backdropId}": Case({"surface": 0.8}),
    "GET /settings": Case(owned=False),
    "POST /settings": Case({"name": "Mugs", "settings": {"prompt": "a beach"}}, owned=False),
    "PUT /settings/{settingsId}": Case({"name": "Mugs", "version": 1, "settings": {"prompt": "a quay"}}),
    "DELETE /settings/{settingsId}": Case(),
    "POST /drafts": Case({}, owned=False),
    "GET /drafts": Case(owned=False),
    "GET /drafts/{draftId}": Case(),
    "PATCH /drafts/{draftId}": Case({"listed": False}),
    "POST /drafts/{draftId}/copies": Case(
        {"jobId": "{jobId}", "imageIds": ["{imageId}"], "fileNames": {"{imageId}": ["mug (2)"]}}
    ),
    "POST /drafts/{draftId}/estimate": Case(_WISH),
    "POST /drafts/{draftId}/photos": Case({"photos": [{"name": "mug.jpg", "size": 1000}]}),
    "DELETE /drafts/{draftId}/photos/{photoId}": Case(),
    "POST /drafts/{draftId}/photos/{photoId}/inspect": Case({}),
    "POST /drafts/{draftId}/photos/{photoId}/cut-out": Case({}),
    "PUT /drafts/{draftId}/photos/{photoId}/labels": Case(
        {"labels": [{"name": "Mug", "boxes": [[0.1, 0.2, 0.5, 0.5]]}]}
    ),
    "POST /drafts/{draftId}/photos/{photoId}/mask": Case({"size": 1000}),
    "POST /drafts/{draftId}/photos/{photoId}/mask/inspect": Case({}),
    "DELETE /drafts/{draftId}/photos/{photoId}/mask": Case(),
    "POST /drafts/{draftId}/submit": Case(_WISH),
    "GET /jobs": Case(owned=False),
    "GET /jobs/{jobId}": Case(),
    "PATCH /jobs/{jobId}": Case({"name": "Mugs on marble", "tags": ["summer"]}),
    "POST /jobs/{jobId}/cancel": Case(),
    "PUT /jobs/{jobId}/team": Case({"team": None}),
    "GET /jobs/{jobId}/images": Case(),
    "GET /jobs/{jobId}/images/{imageId}": Case(),
    "GET /jobs/{jobId}/images/{imageId}/place": Case(),
    "GET /jobs/{jobId}/names": Case(),
    "GET /jobs/{jobId}/overview": Case(),
    "POST /jobs/{jobId}/page": Case(),
    "GET /jobs/{jobId}/proof": Case(),
    "GET /jobs/{jobId}/story": Case(),
    "GET /jobs/{jobId}/tries": Case(),
    "GET /jobs/{jobId}/images/{imageId}/story": Case(),
    "PUT /jobs/{jobId}/images/{imageId}/verdict": Case({"verdict": "APPROVED"}),
}


def routes() -> list[str]:
    """`METHOD /path/{name}` of every route that is documented."""
    paths = json.loads(OPENAPI.read_text("utf-8"))["paths"]
    return sorted(f"{method.upper()} {path}" for path, methods in paths.items() for method in methods)


def filled(text: str, things: Things) -> str:
    """`text` with the ids of `things`."""
    ids = {"draftId": things.draft, "photoId": things.photo, "jobId": things.job, "imageId": things.image}
    ids |= {"backdropId": things.backdrop, "candidateId": things.candidate, "settingsId": things.settings}
    for name, value in ids.items():
        text = text.replace("{" + name + "}", value)
    return text


def request(route: str, things: Things) -> tuple[str, str, Any]:
    """Method, path and body of a route's good request."""
    method, _, path = route.partition(" ")
    body = CASES[route].body
    return method, filled(path, things), json.loads(filled(json.dumps(body), things)) if body is not None else None
