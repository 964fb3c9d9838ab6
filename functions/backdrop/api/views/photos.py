"""A photo of a draft as the REST API shows it.

Apart from the other views: inspection answers with it for every photo, and its cold start should not pay for models,
prices and flags.
"""

from __future__ import annotations

from typing import Any

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, Failure, next_step_of
from backdrop.core.vocabulary import ImageStatus
from backdrop.jobs.model import PhotoRow
from backdrop.jobs.ports import ObjectStore

View = dict[str, Any]


def failure_view(failure: Failure | BackdropError) -> View:
    """`{"code", "message", "nextStep"}`."""
    return {"code": failure.code.value, "message": failure.cause, "nextStep": failure.next_step}


def photo_view(objects: ObjectStore, bucket: str, photo: PhotoRow) -> View:
    """A photo of a draft, with a presigned URL of its preview."""
    view: View = {
        "photoId": photo.image_id,
        "name": photo.name,
        "status": _photo_status(photo),
        "labels": [],
        "hasMask": photo.mask_sha256 is not None,
    }
    facts = photo.facts
    if facts is not None:
        view |= {
            "width": facts.width,
            "height": facts.height,
            "bytes": facts.bytes,
            "sha256": facts.sha256,
            "previewUrl": objects.presigned_get(bucket, facts.preview_key),
            **_thumbnail(objects, bucket, photo),
            "labels": [
                {"name": label.name, "confidence": label.confidence, "boxes": [list(box) for box in label.boxes]}
                for label in photo.labels
            ],
        }
    if photo.labels_error is not None:
        code = ErrorCode.LABELS_UNAVAILABLE
        view["labelsError"] = failure_view(Failure(code, photo.labels_error, next_step_of(code)))
    if photo.status is ImageStatus.REFUSED and photo.error is not None:
        code = ErrorCode(photo.error)
        view["error"] = failure_view(Failure(code, photo.cause or "", next_step_of(code)))
    return view


def _thumbnail(objects: ObjectStore, bucket: str, photo: PhotoRow) -> View:
    if photo.source_key is None:
        return {}
    return {"thumbnailUrl": objects.presigned_get(bucket, keys.thumbnail_key(photo.source_key))}


def _photo_status(photo: PhotoRow) -> str:
    """A photo's own status; what became of its image is told by the job."""
    if photo.status in {ImageStatus.UPLOADING, ImageStatus.REFUSED}:
        return photo.status.value.upper()
    return "READY"
