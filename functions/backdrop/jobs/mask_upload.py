"""A mask of one's own: uploaded beside a photo of a draft, checked, and stored as the masks that cut-outs make.

It decides alone what is kept of the photo: no cut-out is made, and the boxes of labels do not limit it.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PIL import Image, UnidentifiedImageError

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import DRAFT_TAG, MAX_MASK_BYTES, MAX_PIXELS, MAX_SIDE
from backdrop.core.vocabulary import ImageStatus, MaskOrigin
from backdrop.imaging.colours.png_chunks import bare_picture
from backdrop.imaging.masks import encode_mask
from backdrop.jobs import drafts
from backdrop.jobs.model import Facts, PhotoRow
from backdrop.jobs.ports import DraftStore, ObjectStore

_SHAPE_TOLERANCE = 0.01
"""Of width by height: a mask made on a scaled copy of the photo is a rounding off its shape."""

_LEAST_SHARE = 0.002
"""Of the picture that must be subject, and that must be background: less is a speck, not a product."""


def register(
    store: DraftStore, objects: ObjectStore, bucket: str, user: drafts.User, draft_id: str, photo_id: str, size: int
) -> Mapping[str, Any]:
    """Return `{"url", "fields"}` of a presigned POST for a PNG of `size` bytes.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (the photo is not inspected, or refused),
            `MASK_INVALID` (empty or too large).
    """
    photo, _ = _ready(store, user, draft_id, photo_id)
    if not 1 <= size <= MAX_MASK_BYTES:
        raise _invalid(f"The mask has {size:,} bytes; 1 to {MAX_MASK_BYTES:,} are taken.")
    assert photo.source_key is not None
    return objects.presigned_post(bucket, keys.mask_upload_key(photo.source_key), "image/png", size)


def inspect(
    store: DraftStore, objects: ObjectStore, bucket: str, user: drafts.User, draft_id: str, photo_id: str
) -> PhotoRow:
    """Check the uploaded mask, store it as it will be used, and note its hash at the photo.

    A later upload replaces an earlier one in the same way.

    Returns:
        The photo, with its mask.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (photo or mask was not uploaded),
            `MASK_INVALID`, `STORAGE_ERROR`. An earlier mask then stays.
    """
    photo, facts = _ready(store, user, draft_id, photo_id)
    assert photo.source_key is not None
    data = encode_mask(decode(_uploaded(objects, bucket, photo.source_key), facts.width, facts.height))
    objects.put(bucket, keys.mask_key(photo.source_key), data, "image/png", DRAFT_TAG)
    sha256 = hashlib.sha256(data).hexdigest()
    _save(store, user, photo, sha256)
    return replace(photo, mask_sha256=sha256, mask_from=MaskOrigin.UPLOAD)


def remove(store: DraftStore, user: drafts.User, draft_id: str, photo_id: str) -> None:
    """Use no mask of the photo's own after all: neither an uploaded one nor its own transparency. Its files stay until
    the bucket's lifecycle removes them.

    Raises:
        BackdropError: `NOT_FOUND` (also when the photo has no mask), `ALREADY_SUBMITTED`.
    """
    photo, _ = _ready(store, user, draft_id, photo_id)
    if photo.mask_sha256 is None:
        raise BackdropError(ErrorCode.NOT_FOUND, "The photo has no mask of its own.")
    _save(store, user, photo, None)


def decode(data: bytes, width: int, height: int) -> Image.Image:
    """An uploaded mask as L, 255 = subject, of its own size.

    What is transparent decides, if anything is: a cut-out can be uploaded as it is. Else white is the subject.

    Args:
        data: a PNG of any colour type and depth.
        width: pixels of the upright photo, which gives the shape.
        height: likewise.

    Raises:
        BackdropError: `MASK_INVALID`.
    """
    image = _open(data)
    _check_shape(image.size, (width, height))
    try:
        mask = _grey(image)
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _invalid(f"The mask can't be decoded to its end: {error}.", "Save it again and upload it.") from error
    histogram = mask.histogram()
    subject = sum(histogram[128:]) / (mask.width * mask.height)
    if subject < _LEAST_SHARE:
        raise _invalid(
            "The mask is empty: all of it is background.",
            "Paint the product white and the rest black. If the product is black, invert the mask.",
        )
    if subject > 1 - _LEAST_SHARE:
        raise _invalid("The mask is full: all of it is product.", "Paint the product white and the rest black.")
    return mask


def _ready(store: DraftStore, user: drafts.User, draft_id: str, photo_id: str) -> tuple[PhotoRow, Facts]:
    """A photo of an open draft of the user's, and what inspection found."""
    photo = drafts.find_photo(store, drafts.find_open(store, user, draft_id), photo_id)
    if photo.status is not ImageStatus.READY or photo.facts is None:
        raise BackdropError(
            ErrorCode.PHOTO_MISSING,
            "The photo was not checked yet, or is refused.",
            "Upload a good photo and have it inspected before its mask.",
        )
    return photo, photo.facts


def _uploaded(objects: ObjectStore, bucket: str, source_key: str) -> bytes:
    try:
        return objects.get(bucket, keys.mask_upload_key(source_key), missing=ErrorCode.PHOTO_MISSING)
    except BackdropError as error:
        if error.code is not ErrorCode.PHOTO_MISSING:
            raise
        raise BackdropError(
            ErrorCode.PHOTO_MISSING, "No mask was uploaded for this photo.", "Upload the mask, then have it checked."
        ) from error


def _save(store: DraftStore, user: drafts.User, photo: PhotoRow, sha256: str | None) -> None:
    if store.save_mask(photo.job_id, photo.image_id, sha256):
        return
    # The draft was submitted or the photo removed meanwhile: say what is true now.
    _ready(store, user, photo.job_id, photo.image_id)
    raise BackdropError(ErrorCode.STORAGE_ERROR, "The mask could not be stored just now.")


def _open(data: bytes) -> Image.Image:
    try:
        # Without texts and profiles: a mask is a measure, and has no colours.
        image = Image.open(io.BytesIO(bare_picture(data)), formats=("PNG",))
    except UnidentifiedImageError as error:
        raise _invalid("The mask is no PNG file.") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _invalid(f"The mask is damaged near its beginning: {error}.", "Save it again and upload it.") from error
    if getattr(image, "n_frames", 1) > 1:
        raise _invalid("The mask is animated.", "Save a single picture as PNG.")
    return image


def _check_shape(size: tuple[int, int], photo: tuple[int, int]) -> None:
    width, height = size
    told = f"The mask has {width:,} x {height:,} pixels"
    if width * height > MAX_PIXELS or max(size) > MAX_SIDE:
        raise _invalid(f"{told}; the limits are {MAX_PIXELS / 1e6:.0f} megapixels and {MAX_SIDE:,} a side.")
    if abs(width * photo[1] / (height * photo[0]) - 1) > _SHAPE_TOLERANCE:
        raise _invalid(
            f"{told}, the upright photo {photo[0]:,} x {photo[1]:,}: that is another shape.",
            "Make the mask from the photo itself, as it is seen, without cropping or turning it.",
        )


def _grey(image: Image.Image) -> Image.Image:
    image.load()
    if image.mode.startswith("I"):
        # 16 bits: Pillow's own conversion to 8 clips instead of scaling.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        alpha = image.convert("RGBA").getchannel("A")
        if alpha.getextrema() != (255, 255):
            return alpha
    return image.convert("RGB").convert("L") if image.mode == "P" else image.convert("L")


def _invalid(cause: str, next_step: str | None = None) -> BackdropError:
    return BackdropError(ErrorCode.MASK_INVALID, cause, next_step)
