"""InspectPhoto: `POST /drafts/{draftId}/photos/{photoId}/inspect` and `.../mask/inspect`, and
`/backdrops/{backdropId}/inspect`.

A function of its own: it decodes pictures, so it needs more memory than the rest of the API.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from backdrop.api import http
from backdrop.api.schemas.backdrops import Backdrop
from backdrop.api.throttle import check_pace
from backdrop.api.views.backdrops import backdrop_view
from backdrop.api.views.photos import photo_view
from backdrop.aws.backdrops_table import BackdropsTable
from backdrop.aws.clients import dynamodb, rekognition, s3
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.labels import Labels
from backdrop.aws.objects import Objects
from backdrop.aws.requests.counts import RequestCounts
from backdrop.core.errors import BackdropError
from backdrop.handlers._shared import moderation_gate
from backdrop.handlers._shared.observed import observed
from backdrop.handlers.environment import InspectEnvironment
from backdrop.jobs import backdrops
from backdrop.jobs.drafts import User
from backdrop.jobs.inspection import Screen, inspect
from backdrop.jobs.masks import mask_upload
from backdrop.jobs.model import PhotoRow

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger

objects = Objects(s3)
labels = Labels(rekognition)
_environment = InspectEnvironment.from_env()


@observed("InspectPhoto")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer a Lambda proxy event: 200 with the photo or the backdrop, or an error in the API's shape."""
    try:
        user = http.caller(event)
        counts = RequestCounts(dynamodb, _environment.images_table)
        check_pace(event, counts, _environment.most_a_minute, time.time())
        if event["resource"].startswith("/backdrops/"):
            return http.answer(200, _inspected_backdrop(event, user))
        photo = _inspected(event, user)
        if photo.labels_error is not None:
            _logger(event).warning("photo has no labels", extra={"draft": photo.job_id, "reason": photo.labels_error})
        return http.answer(200, photo_view(objects, _environment.bucket, photo))
    except http.NotSignedIn:
        return http.answer(401, http.not_signed_in_body())
    except BackdropError as error:
        http.log_refusal(_logger(event), error)
        return http.refuse(error)
    except Exception:  # noqa: BLE001 - the edge: logged with its traceback
        # The edge: whatever it was, the person gets words and a number to quote, operators get the traceback.
        _logger(event).exception("inspection failed")
        internal = http.unexpected(http.request_id(event))
        return http.answer(internal.http_status, http.error_body(internal))


def _inspected(event: dict[str, Any], user: User) -> PhotoRow:
    path = event["pathParameters"]
    draft_id, photo_id = path["draftId"], path["photoId"]
    store = ImagesTable(dynamodb, _environment.images_table)
    if event["resource"].endswith("/mask/inspect"):
        edited = http.flag_of(event, "edited")
        return mask_upload.inspect(store, objects, _environment.bucket, user, draft_id, photo_id, edited=edited)
    return inspect(store, objects, labels, _environment.bucket, user, draft_id, photo_id, _screen())


def _inspected_backdrop(event: dict[str, Any], user: User) -> Backdrop:
    store, id_ = BackdropsTable(dynamodb, _environment.images_table), event["pathParameters"]["backdropId"]
    row = backdrops.inspect(store, objects, _environment.bucket, user, id_, _screen())
    return backdrop_view(objects, _environment.bucket, row)


def _screen() -> Screen | None:
    return moderation_gate.screen if _environment.moderate_uploads else None


def _logger(event: dict[str, Any]) -> Logger:
    """Return a logger, made when there is something to say, which is rare: importing it takes a tenth of a cold
    start."""
    from backdrop.api.logs import make_logger

    logger = make_logger()
    logger.set_correlation_id(http.request_id(event))
    return logger
