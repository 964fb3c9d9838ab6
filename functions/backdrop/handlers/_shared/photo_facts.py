"""What a running job finds out about a photo that nobody inspected: its own mask, and where the labels to keep are.

What is needed for it is imported on use: most jobs' photos were inspected, and their cold starts pay nothing for it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.options import UnlocatedLabels
from backdrop.core.vocabulary import MaskOrigin
from backdrop.core.words.marks import phrase
from backdrop.imaging.framing import Size
from backdrop.imaging.photos import encode_preview, open_photo
from backdrop.jobs.masks.own_masks import store_mask

if TYPE_CHECKING:
    from PIL import Image

    from backdrop.core.workflow_state import Item, Step
    from backdrop.jobs.model import Label

objects = Objects(s3)

Found = dict[str, Any]
"""Fields of an `Item`, as a manifest's line has them."""


def find_mask(bucket: str, item: Item, source: bytes, size: Size) -> Found:
    """Store the mask of a photo's own where cut-outs' masks lie: the file that came with it, else its transparency.

    Args:
        bucket: the job's.
        item: the photo.
        source: its file.
        size: width and height in pixels of the upright photo.

    Returns:
        `MaskSha256` and `MaskFrom`, or nothing: it has none, or what it has is known already.

    Raises:
        BackdropError: `MASK_INVALID`, `STORAGE_ERROR`.
    """
    if item.mask_sha256 is not None:
        return {}
    if item.mask_key is not None:
        return _stored(bucket, item, _mask_that_came(bucket, item.mask_key, size), MaskOrigin.UPLOAD)
    # What inspection found stands in the manifest; and no JPEG is transparent.
    if item.sha256 is not None or source.startswith(b"\xff\xd8"):
        return {}
    alpha = open_photo(source).alpha
    return {} if alpha is None else _stored(bucket, item, alpha, MaskOrigin.PHOTO)


def find_kept_cut_out(bucket: str, item: Item) -> Found:
    """Find the mask that a cut-out of the job made whose images an export finishes once more; its copy lies with the
    photo's.

    Args:
        bucket: the job's.
        item: the photo.

    Returns:
        `MaskSha256` and `MaskFrom`, or nothing: its image had none.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    key = keys.mask_key(item.key)
    try:
        data = objects.get(bucket, key, missing=ErrorCode.NOT_FOUND)
    except BackdropError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        return {}
    objects.keep(bucket, key)
    return {"MaskSha256": hashlib.sha256(data).hexdigest(), "MaskFrom": MaskOrigin.CUT_OUT.value}


def find_labels(step: Step, source: bytes, sha256: str) -> Found:
    """Find where the labels to keep are, when nobody did yet. Rekognition is asked once for a content of the job.

    Args:
        step: of the image.
        source: the photo's file.
        sha256: of the file.

    Returns:
        `Boxes`, `NotLocated`, `Removed`, `RemovedBoxes`, or nothing: all that is known already.

    Raises:
        PhotoRefused: `LABELS_NOT_LOCATED`, of a job that wants it so.
        LabelsUnavailable, BackdropError: `LABELS_UNAVAILABLE`.
    """
    item, job = step.item, step.job
    if not item.to_locate:
        return {}
    from backdrop.jobs.locating import locate

    found = _labels(job.bucket, item, source, sha256, keys.owner_hash(job.id))
    places = locate(item.labels, found)
    if places.not_located and job.options.unlocated_labels is UnlocatedLabels.FAIL:
        there = ", ".join(label.name for label in found if label.boxes) or phrase("nothing that it can point at")
        raise PhotoRefused(
            ErrorCode.LABELS_NOT_LOCATED,
            phrase(
                "{names} could not be located in {name}; Rekognition found {there}.",
                names=", ".join(places.not_located),
                name=item.name,
                there=there,
            ),
        )
    return places.to_line()


def _labels(bucket: str, item: Item, source: bytes, sha256: str, owner: str) -> tuple[Label, ...]:
    from backdrop.aws.clients import rekognition
    from backdrop.aws.labels import Labels
    from backdrop.core.limits import PREVIEW_SIDE
    from backdrop.jobs.label_cache import KnownLabels

    known, preview_key = KnownLabels(objects, Labels(rekognition), bucket, owner), keys.preview_key(item.key)
    found = known.recall(preview_key, sha256)
    if found is not None:
        return found
    preview = encode_preview(open_photo(source, max_side=PREVIEW_SIDE))
    objects.put(bucket, preview_key, preview, "image/jpeg")
    return known.ask(preview_key, sha256)


def _mask_that_came(bucket: str, key: str, size: Size) -> Image.Image:
    from backdrop.imaging.uploaded_masks import decode_mask

    try:
        data = objects.get(bucket, key, missing=ErrorCode.MASK_INVALID)
    except BackdropError as error:
        if error.code is not ErrorCode.MASK_INVALID:
            raise
        raise BackdropError(
            ErrorCode.MASK_INVALID,
            phrase("There is no mask at {key}.", key=key),
            phrase("Upload the mask before the job is started."),
        ) from error
    return decode_mask(data, *size)


def _stored(bucket: str, item: Item, mask: Image.Image, origin: MaskOrigin) -> Found:
    return {"MaskSha256": store_mask(objects, bucket, item.key, mask), "MaskFrom": origin.value}
