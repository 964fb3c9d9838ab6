"""A photo of a draft, and an error, as the REST API shows them.

Apart from the other views: inspection answers with it for every photo, and its cold start should not pay for models,
prices and flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from backdrop.api.schemas.photos import Error, Label, Photo, PhotoStatus
from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, Failure, next_step_of
from backdrop.core.vocabulary import ImageStatus, MaskOrigin
from backdrop.jobs import model
from backdrop.jobs.model import PhotoRow
from backdrop.jobs.ports import ObjectStore

_MASK_FROM: Mapping[MaskOrigin, Literal["PHOTO", "UPLOAD", "EDITED"]] = {
    MaskOrigin.PHOTO: "PHOTO",
    MaskOrigin.UPLOAD: "UPLOAD",
    MaskOrigin.EDITED: "EDITED",
}


def error_view(failure: Failure | BackdropError) -> Error:
    """A failure in words."""
    return Error(code=failure.code.value, message=failure.cause, next_step=failure.next_step)


def photo_view(objects: ObjectStore, bucket: str, photo: PhotoRow) -> Photo:
    """A photo of a draft, with presigned URLs of its preview and thumbnail once it was inspected."""
    facts = photo.facts
    seen = facts is not None
    return Photo(
        photo_id=photo.image_id,
        name=photo.name,
        status=_photo_status(photo),
        width=facts.width if facts else None,
        height=facts.height if facts else None,
        bytes=facts.bytes if facts else None,
        sha256=facts.sha256 if facts else None,
        labels=[_label_view(one) for one in photo.all_labels if seen],
        labels_corrected=photo.own_labels is not None,
        labels_error=word_error(ErrorCode.LABELS_UNAVAILABLE, photo.labels_error),
        has_mask=photo.mask_sha256 is not None,
        mask_from=_MASK_FROM.get(photo.mask_from) if photo.mask_from else None,
        mask_sha256=photo.mask_sha256,
        preview_url=objects.presigned_get(bucket, facts.preview_key) if facts else None,
        thumbnail_url=(
            objects.presigned_get(bucket, keys.thumbnail_key(photo.source_key)) if facts and photo.source_key else None
        ),
        error=(
            word_error(ErrorCode(photo.error), photo.cause or "")
            if photo.status is ImageStatus.REFUSED and photo.error is not None
            else None
        ),
    )


def _label_view(label: model.Label) -> Label:
    by: Literal["PERSON"] | None = "PERSON" if label.by_person else None
    return Label(name=label.name, confidence=label.confidence, boxes=list(label.boxes), by=by)


def word_error(code: ErrorCode, cause: str | None) -> Error | None:
    """A stored error in words; without a cause there is none."""
    return None if cause is None else error_view(Failure(code, cause, next_step_of(code)))


def _photo_status(photo: PhotoRow) -> PhotoStatus:
    """A photo's own status; what became of its image is told by the job."""
    if photo.status in {ImageStatus.UPLOADING, ImageStatus.REFUSED}:
        return PhotoStatus(photo.status.value.upper())
    return PhotoStatus.READY
