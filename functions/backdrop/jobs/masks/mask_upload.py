"""A mask of one's own, from a file or from the mask editor: uploaded beside a photo of a draft, checked, and stored as
the masks that cut-outs make.

It decides alone what is kept of the photo: no cut-out is made, and the boxes of labels do not limit it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import DRAFT_TAG, MAX_MASK_BYTES
from backdrop.core.vocabulary import ImageStatus, MaskOrigin
from backdrop.core.words.marks import phrase
from backdrop.imaging.uploaded_masks import decode_mask
from backdrop.jobs import drafts
from backdrop.jobs.masks.own_masks import store_mask
from backdrop.jobs.model import Facts, OwnMask, PhotoRow
from backdrop.jobs.ports import DraftStore, ObjectStore


def register(
    store: DraftStore, objects: ObjectStore, bucket: str, user: drafts.User, draft_id: str, photo_id: str, size: int
) -> Mapping[str, Any]:
    """Return `{"url", "fields"}` of a presigned POST for a PNG of `size` bytes.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (the photo is not inspected, or refused),
            `MASK_INVALID` (empty or too large).
    """
    photo, _ = find_ready(store, user, draft_id, photo_id)
    if not 1 <= size <= MAX_MASK_BYTES:
        raise BackdropError(
            ErrorCode.MASK_INVALID,
            phrase("The mask has {size:,} bytes; 1 to {most:,} are taken.", size=size, most=MAX_MASK_BYTES),
        )
    assert photo.source_key is not None
    return objects.presigned_post(bucket, keys.mask_upload_key(photo.source_key), "image/png", size)


def inspect(
    store: DraftStore,
    objects: ObjectStore,
    bucket: str,
    user: drafts.User,
    draft_id: str,
    photo_id: str,
    *,
    edited: bool = False,
) -> PhotoRow:
    """Check the uploaded mask, store it as it will be used, and note its hash at the photo.

    A later upload replaces an earlier one in the same way.

    Args:
        edited: it was made in the mask editor, by hand: the report says so, and when.

    Returns:
        The photo, with its mask.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (photo or mask was not uploaded),
            `MASK_INVALID`, `STORAGE_ERROR`. An earlier mask then stays.
    """
    photo, facts = find_ready(store, user, draft_id, photo_id)
    assert photo.source_key is not None
    mask = decode_mask(_uploaded(objects, bucket, photo.source_key), facts.width, facts.height)
    sha256 = store_mask(objects, bucket, photo.source_key, mask, DRAFT_TAG)
    at = clock.iso(clock.now()) if edited else None
    own = OwnMask(sha256, MaskOrigin.EDITED if edited else MaskOrigin.UPLOAD, at)
    _save(store, user, photo, own)
    return replace(photo, mask_sha256=own.sha256, mask_from=own.origin, mask_at=own.at)


def remove(store: DraftStore, user: drafts.User, draft_id: str, photo_id: str) -> None:
    """Use no mask of the photo's own after all: neither an uploaded one nor its own transparency. Its files stay until
    the bucket's lifecycle removes them.

    Raises:
        BackdropError: `NOT_FOUND` (also when the photo has no mask), `ALREADY_SUBMITTED`.
    """
    photo, _ = find_ready(store, user, draft_id, photo_id)
    if photo.mask_sha256 is None:
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("The photo has no mask of its own."))
    _save(store, user, photo, None)


def find_ready(store: DraftStore, user: drafts.User, draft_id: str, photo_id: str) -> tuple[PhotoRow, Facts]:
    """A photo of an open draft of the user's, and what inspection found.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (the photo is not inspected, or refused).
    """
    photo = drafts.find_photo(store, drafts.find_open(store, user, draft_id), photo_id)
    if photo.status is not ImageStatus.READY or photo.facts is None:
        raise BackdropError(
            ErrorCode.PHOTO_MISSING,
            phrase("The photo was not checked yet, or is refused."),
            phrase("Upload a good photo and have it inspected first."),
        )
    return photo, photo.facts


def _uploaded(objects: ObjectStore, bucket: str, source_key: str) -> bytes:
    try:
        return objects.get(bucket, keys.mask_upload_key(source_key), missing=ErrorCode.PHOTO_MISSING)
    except BackdropError as error:
        if error.code is not ErrorCode.PHOTO_MISSING:
            raise
        raise BackdropError(
            ErrorCode.PHOTO_MISSING,
            phrase("No mask was uploaded for this photo."),
            phrase("Upload the mask, then have it checked."),
        ) from error


def _save(store: DraftStore, user: drafts.User, photo: PhotoRow, mask: OwnMask | None) -> None:
    if store.save_mask(photo.job_id, photo.image_id, mask):
        return
    # The draft was submitted or the photo removed meanwhile: say what is true now.
    find_ready(store, user, photo.job_id, photo.image_id)
    raise BackdropError(ErrorCode.STORAGE_ERROR, phrase("The mask could not be stored just now."))
