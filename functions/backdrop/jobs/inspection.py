"""Inspection of an upload: is it a good photo, what is in it? Paid once per content of a photo."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PIL import Image

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, ModerationBlocked, PhotoRefused
from backdrop.core.limits import DRAFT_TAG, PREVIEW_SIDE
from backdrop.core.vocabulary import ImageStatus, MaskOrigin
from backdrop.imaging.photos import encode_preview, open_photo
from backdrop.imaging.thumbnails import encode_thumbnail
from backdrop.jobs import drafts
from backdrop.jobs.label_cache import KnownLabels
from backdrop.jobs.masks.own_masks import store_mask
from backdrop.jobs.model import Facts, Label, PhotoRow
from backdrop.jobs.ports import DraftStore, LabelDetector, ObjectStore

Screen = Callable[[Image.Image], Any]
"""Moderation of an upload, RGB: raises `ModerationBlocked` or `ModerationUnavailable`."""


def inspect(
    store: DraftStore,
    objects: ObjectStore,
    detector: LabelDetector,
    bucket: str,
    user: drafts.User,
    draft_id: str,
    photo_id: str,
    screen: Screen | None = None,
) -> PhotoRow:
    """Decode the upload, write its preview and its thumbnail, ask for labels; or answer what an earlier call found.

    The alpha of a photo that is a cut-out already becomes its mask.
    With `screen` the photo is moderated before anybody sees it; one that is blocked is `Refused`.
    A photo whose labels could not be had is good all the same; asking again tries for the labels only.

    Returns:
        The photo, `Ready` or `Refused`.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (nothing was uploaded), `STORAGE_ERROR`,
            `MODERATION_UNAVAILABLE` (the photo stays as it was: ask again).
    """
    draft = drafts.find_open(store, user, draft_id)
    photo = drafts.find_photo(store, draft, photo_id)
    known = KnownLabels(objects, detector, bucket, keys.owner_hash(user.sub))
    labels_only = False
    if photo.status is ImageStatus.READY and photo.labels_error is not None and photo.facts is not None:
        labels, labels_error = _labels(known, photo.facts.preview_key, photo.facts.sha256)
        found, labels_only = photo.ready(photo.facts, labels, labels_error), True
    elif photo.status is ImageStatus.UPLOADING:
        found = _examine(objects, known, bucket, photo, screen)
    else:
        return photo
    if store.save_inspection(found, labels_only=labels_only):
        return found
    # Another call was quicker, or the photo was removed meanwhile: answer what is true now.
    return drafts.find_photo(store, draft, photo_id)


def _examine(objects: ObjectStore, known: KnownLabels, bucket: str, photo: PhotoRow, screen: Screen | None) -> PhotoRow:
    assert photo.source_key is not None
    data = objects.get(bucket, photo.source_key, missing=ErrorCode.PHOTO_MISSING)
    try:
        opened = open_photo(data, max_side=PREVIEW_SIDE)
        if screen is not None:
            screen(opened.image)
    except (PhotoRefused, ModerationBlocked) as refusal:
        return photo.refused(refusal.code.value, refusal.cause)
    preview_key = keys.preview_key(photo.source_key)
    objects.put(bucket, preview_key, encode_preview(opened), "image/jpeg", DRAFT_TAG)
    thumbnail_key = keys.thumbnail_key(photo.source_key)
    objects.put(bucket, thumbnail_key, encode_thumbnail(opened.image), "image/jpeg", DRAFT_TAG)
    facts = Facts(
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=opened.width,
        height=opened.height,
        format=opened.format,
        preview_key=preview_key,
    )
    if opened.alpha is not None:
        sha256 = store_mask(objects, bucket, photo.source_key, opened.alpha, DRAFT_TAG)
        photo = replace(photo, mask_sha256=sha256, mask_from=MaskOrigin.PHOTO)
    return photo.ready(facts, *_labels(known, preview_key, facts.sha256))


def _labels(known: KnownLabels, preview_key: str, sha256: str) -> tuple[tuple[Label, ...], str | None]:
    """The labels, and the reason when there are none to be had."""
    try:
        return known.of(preview_key, sha256), None
    except BackdropError as error:
        return (), error.cause
