"""What somebody sees who places a product by hand: the product by itself, and what lies behind it, both small.

Nothing is stored and no model is called: the cut-out and the backdrop are those that the image was made with.
"""

from __future__ import annotations

import base64
import io
from typing import NamedTuple

from PIL import Image

from backdrop.core import keys
from backdrop.core.by_hand import ByHand
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import PREVIEW_SIDE
from backdrop.core.options import Options, invalid
from backdrop.core.vocabulary import Box, ImageStatus, MaskOrigin
from backdrop.core.words.marks import phrase
from backdrop.imaging.by_hand import find_way
from backdrop.imaging.compositing.backdrop import cover
from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.finishing import scene_for, subject_box_of
from backdrop.imaging.framing import Rectangle, View, view_for
from backdrop.imaging.masks import open_mask
from backdrop.imaging.photos import open_photo
from backdrop.jobs import queries
from backdrop.jobs.drafts import User
from backdrop.jobs.model import Job, PhotoRow, variation_of
from backdrop.jobs.ports import DraftStore, JobStore, ObjectStore

_SIDE = 1000
"""Pixels of the longer side of what is behind."""

RIM = 0.06
"""Of the product's width and height: so much is seen around its box, on each side, where its edge is soft."""


class SeenPlace(NamedTuple):
    """A finished image in its parts, before anything was moved.

    Attributes:
        size: width and height in pixels of the finished image.
        background: `transparent`, `backdrop` or `#rrggbb`.
        ground: what is behind, of the image's shape: a JPEG as base64; None where there is no picture behind.
        product: by itself: a WebP with alpha as base64, of the box with `RIM` around it.
        box: left, top, width and height of the product where the options put it, as shares of the image.
        by_hand: where it was put by hand; None: it was not.
    """

    size: tuple[int, int]
    background: str
    ground: str | None
    product: str
    box: Box
    by_hand: ByHand | None


def see_place(
    jobs: JobStore, store: DraftStore, objects: ObjectStore, user: User, job_id: str, image_id: str
) -> SeenPlace:
    """Return a finished image of the user's in its parts.

    Raises:
        BackdropError: `NOT_FOUND`, `IMAGE_NOT_FINISHED`; `OPTIONS_INVALID` where its background was painted around its
            product; `PHOTO_MISSING`, `MASK_INVALID` where a file is gone; `STORAGE_ERROR`.
    """
    job = queries.find_job(jobs, user, job_id)
    image = queries.find_image(store, job, image_id)
    if image.status is not ImageStatus.SUCCEEDED:
        raise BackdropError(
            ErrorCode.IMAGE_NOT_FINISHED,
            phrase("There is no finished image to change."),
            phrase("Wait until it is done."),
        )
    options = job.settings.options.of_image(variation_of(image.image_id))
    if options.generates:
        raise invalid(
            phrase("The background of this image was painted around its product."),
            phrase("Export the job on to a backdrop, a colour or nothing, and place its products there."),
        )
    photo = image if image.facts else queries.find_image(store, job, image.image_id.partition("-")[0])
    return _in_parts(objects, job, photo, options)


def _in_parts(objects: ObjectStore, job: Job, photo: PhotoRow, options: Options) -> SeenPlace:
    assert photo.facts is not None
    assert photo.source_key is not None
    data = objects.get(job.bucket, keys.mask_key(photo.source_key), missing=ErrorCode.MASK_INVALID)
    mask, size = open_mask(data), (photo.facts.width, photo.facts.height)
    subject = subject_box_of(mask, size)
    view, covers = scene_for(size, view_for(size, options.output, subject), subject, options)
    left, top, right, bottom = find_way(view, subject, ByHand()).around(subject)
    width, height = view.size
    return SeenPlace(
        size=view.size,
        background=options.background,
        ground=_ground(objects, job, options, view, covers),
        product=_product(objects, job, photo, mask, subject),
        box=(left / width, top / height, (right - left) / width, (bottom - top) / height),
        by_hand=photo.by_hand,
    )


def _ground(objects: ObjectStore, job: Job, options: Options, view: View, covers: Rectangle) -> str | None:
    """What of the backdrop the finished image shows."""
    backdrop = options.backdrop
    if backdrop is None:
        return None
    data = objects.get(job.bucket, backdrop.key, missing=ErrorCode.PHOTO_MISSING)
    picture = open_photo(data, 2 * _SIDE).image
    left, top, right, bottom = view.window
    rate = min(1.0, _SIDE / max(view.size)) * view.size[0] / (right - left)
    whole = round((covers[2] - covers[0]) * rate), round((covers[3] - covers[1]) * rate)
    line = backdrop.placement.line if backdrop.placement else 0.5
    x, y = round((left - covers[0]) * rate), round((top - covers[1]) * rate)
    part = x, y, x + round((right - left) * rate), y + round((bottom - top) * rate)
    return _text(cover(picture, whole, line).crop(part), "JPEG")


def _product(objects: ObjectStore, job: Job, photo: PhotoRow, mask: Image.Image, subject: Rectangle) -> str:
    assert photo.facts is not None
    assert photo.source_key is not None
    key, own = keys.preview_key(photo.source_key), photo.mask_from is MaskOrigin.PHOTO
    small = open_photo(objects.get(job.bucket, key, missing=ErrorCode.PHOTO_MISSING), PREVIEW_SIDE).image
    shape = mask if max(mask.size) <= max(small.size) else mask.resize(small.size, Image.Resampling.BICUBIC)
    across, down = small.width / photo.facts.width, small.height / photo.facts.height
    box = (subject[0] * across, subject[1] * down, subject[2] * across, subject[3] * down)
    alone = composite_precise(small, None, shape, cut_out=own)
    rim = RIM * (box[2] - box[0]), RIM * (box[3] - box[1])
    # A crop beyond the picture is empty there.
    part = alone.crop((round(box[0] - rim[0]), round(box[1] - rim[1]), round(box[2] + rim[0]), round(box[3] + rim[1])))
    part.thumbnail((_SIDE, _SIDE))
    return _text(part, "WEBP")


def _text(picture: Image.Image, format_: str) -> str:
    out = io.BytesIO()
    picture.save(out, format_, quality=85)
    return base64.b64encode(out.getvalue()).decode("ascii")
