"""The API's description, made from its code: `python -m backdrop.api.openapi docs/openapi.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.models import APIKey, APIKeyIn
from aws_lambda_powertools.event_handler.openapi.params import Body

from backdrop.api.routes import View, _answers, app
from backdrop.api.schemas.backdrops import Backdrop
from backdrop.api.schemas.photos import Photo
from backdrop.api.schemas.requests import InspectedMask, Nothing


def inspect_photo(draftId: str, photoId: str, body: Annotated[Nothing, Body()]) -> View:  # noqa: N803
    """Decodes the upload, refuses what is no good photo, writes its preview and asks for its labels, once."""
    raise NotImplementedError("another function serves this route: backdrop.handlers.inspect_photo")


def inspect_mask(draftId: str, photoId: str, body: Annotated[InspectedMask, Body()]) -> View:  # noqa: N803
    """Decodes the uploaded mask, refuses one that is no mask of this photo, and stores it as it will be used."""
    raise NotImplementedError("another function serves this route: backdrop.handlers.inspect_photo")


def inspect_backdrop(backdropId: str, body: Annotated[Nothing, Body()]) -> View:  # noqa: N803
    """Decodes the uploaded picture, refuses what is no good one, and keeps it upright and in sRGB."""
    raise NotImplementedError("another function serves this route: backdrop.handlers.inspect_photo")


_ELSEWHERE = (
    ("/backdrops/<backdropId>/inspect", "Check an uploaded backdrop", inspect_backdrop, Backdrop, "The backdrop"),
    ("/drafts/<draftId>/photos/<photoId>/inspect", "Check an uploaded photo", inspect_photo, Photo, "The photo"),
    ("/drafts/<draftId>/photos/<photoId>/mask/inspect", "Check an uploaded mask", inspect_mask, Photo, "The photo"),
)


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes, also of those that the other function serves."""
    for route, summary, described, answer, words in _ELSEWHERE:
        if not any(known.path == route for known in app._static_routes + app._dynamic_routes):
            app.post(route, summary=summary, responses=_answers(200, answer, words))(described)
    text = app.get_openapi_json_schema(
        title="Backdrop",
        version="1",
        description="Replaces the background of product photos in batches. URLs in answers are good for 15 minutes.",
        security=[{"idToken": []}],
        security_schemes={
            "idToken": APIKey.model_validate(
                {"name": "Authorization", "in": APIKeyIn.header, "description": "Cognito ID token"}
            )
        },
    )
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def text() -> str:
    """What docs/openapi.json holds."""
    return json.dumps(document(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), "utf-8")
