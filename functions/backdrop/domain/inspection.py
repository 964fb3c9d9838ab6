"""Inspection of an upload: is it a good photo, what is in it? Paid once per photo."""

from __future__ import annotations

import hashlib

from backdrop.domain import drafts, keys
from backdrop.domain.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.domain.jobs import Facts, ImageStatus, Label, PhotoRow
from backdrop.domain.limits import DRAFT_TAG, PREVIEW_SIDE
from backdrop.domain.photos import encode_preview, open_photo
from backdrop.domain.ports import DraftStore, LabelDetector, ObjectStore


def inspect(
    store: DraftStore,
    objects: ObjectStore,
    detector: LabelDetector,
    bucket: str,
    user: drafts.User,
    draft_id: str,
    photo_id: str,
) -> PhotoRow:
    """Decode the upload, write its preview, ask for labels; or answer what an earlier call found.

    A photo whose labels could not be had is good all the same; asking again tries for the labels only.

    Returns:
        The photo, `Ready` or `Refused`.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (nothing was uploaded), `STORAGE_ERROR`.
    """
    draft = drafts.find_open(store, user, draft_id)
    photo = drafts.find_photo(store, draft, photo_id)
    if photo.status is ImageStatus.READY and photo.labels_error is not None and photo.facts is not None:
        labels, labels_error = _labels(detector, bucket, photo.facts.preview_key)
        found = photo.ready(photo.facts, labels, labels_error)
    elif photo.status is ImageStatus.UPLOADING:
        found = _examine(objects, detector, bucket, photo)
    else:
        return photo
    if store.save_inspection(found):
        return found
    # Another call was quicker, or the photo was removed meanwhile: answer what is true now.
    return drafts.find_photo(store, draft, photo_id)


def _examine(objects: ObjectStore, detector: LabelDetector, bucket: str, photo: PhotoRow) -> PhotoRow:
    assert photo.source_key is not None
    data = objects.get(bucket, photo.source_key, missing=ErrorCode.PHOTO_MISSING)
    try:
        opened = open_photo(data, max_side=PREVIEW_SIDE)
    except PhotoRefused as refusal:
        return photo.refused(refusal.code.value, refusal.cause)
    preview_key = keys.preview_key(photo.source_key)
    objects.put(bucket, preview_key, encode_preview(opened), "image/jpeg", DRAFT_TAG)
    facts = Facts(
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=opened.width,
        height=opened.height,
        format=opened.format,
        preview_key=preview_key,
    )
    return photo.ready(facts, *_labels(detector, bucket, preview_key))


def _labels(detector: LabelDetector, bucket: str, preview_key: str) -> tuple[tuple[Label, ...], str | None]:
    """The labels, and the reason when there are none to be had."""
    try:
        return detector.detect(bucket, preview_key), None
    except BackdropError as error:
        return (), error.cause
