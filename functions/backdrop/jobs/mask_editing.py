"""The mask editor's half of the service: show what is kept of a photo, and put it right by strokes.

Nothing is stored and no model is paid: what somebody is content with is uploaded as a mask of the photo's own
(`mask_upload`).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import MASK_EDIT_SIDE
from backdrop.core.vocabulary import Doubt
from backdrop.core.words.marks import phrase
from backdrop.imaging.masks import encode_mask, open_mask
from backdrop.imaging.uploaded_masks import read_mask
from backdrop.jobs.drafts import User
from backdrop.jobs.masks.mask_upload import find_ready
from backdrop.jobs.model import Facts, PhotoRow
from backdrop.jobs.submission import Service

if TYPE_CHECKING:
    from PIL import Image


class Stroke(NamedTuple):
    """A line drawn by hand: (x, y) as shares of the photo's width and height; its width as a share of the longer
    side."""

    points: Sequence[Sequence[float]]
    width: float


@dataclass(frozen=True)
class MaskEdit:
    """How a mask is put right: `api.schemas.requests.MaskEdit` has the words."""

    mask: str | None = None
    keep: Sequence[Stroke] = ()
    remove: Sequence[Stroke] = ()
    rectangle: Sequence[float] | None = None
    anew: bool = False

    @property
    def shows_only(self) -> bool:
        """Whether nothing is to be put right."""
        return not (self.mask or self.keep or self.remove or self.rectangle or self.anew)


@dataclass(frozen=True)
class SeenMask:
    """A mask to look at.

    Attributes:
        data: a grey PNG of at most `MASK_EDIT_SIDE` pixels a side, 255 = kept, as base64.
        width: pixels.
        height: pixels.
        source: "STORED", "BUILT_IN" or "EDITED".
        doubt: how far a built-in cut-out is doubted; None: nobody asked for one.
    """

    data: str
    width: int
    height: int
    source: Literal["STORED", "BUILT_IN", "EDITED"]
    doubt: Doubt | None = None


def see_mask(service: Service, user: User, draft_id: str, photo_id: str, edit: MaskEdit) -> SeenMask:
    """What is kept of a photo of the user's open draft, after it was put right.

    Without anything to put right: the mask that the photo has, be it its own or that of the job that it was copied
    from; else the built-in cut-out.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING`, `PHOTO_CHANGED`, `MASK_INVALID`,
            `INVALID_REQUEST` (a rectangle of no size), `STORAGE_ERROR`, `INTERNAL` (the function did not answer).
    """
    photo, facts = find_ready(service.store, user, draft_id, photo_id)
    assert photo.source_key is not None
    if edit.rectangle and min(edit.rectangle[2:]) <= 0:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            phrase("The rectangle has no size."),
            phrase("Draw it around the product and send it again."),
        )
    if edit.shows_only and (stored := _stored(service, photo)):
        return stored
    answer = service.cut_outs.look(_wish(service.bucket, photo, facts, edit))
    told = answer.get("Doubt")
    doubt = Doubt(told["measured"], tuple(told["box"]) if told["box"] else None) if told else None
    return SeenMask(answer["Mask"], answer["Width"], answer["Height"], "EDITED" if edit.mask else "BUILT_IN", doubt)


def _wish(bucket: str, photo: PhotoRow, facts: Facts, edit: MaskEdit) -> Mapping[str, Any]:
    """What the function is asked (`handlers/cut_out.py`)."""
    wish: dict[str, Any] = {"Bucket": bucket, "Key": photo.source_key, "Name": photo.name, "Sha256": facts.sha256}
    if edit.mask is not None:
        wish["Mask"] = _text(read_mask(_bytes(edit.mask), facts.width, facts.height))
    for name, strokes in (("Keep", edit.keep), ("Remove", edit.remove)):
        if strokes:
            wish[name] = [{"Points": one.points, "Width": one.width} for one in strokes]
    return wish | ({"Rectangle": edit.rectangle} if edit.rectangle else {})


def _stored(service: Service, photo: PhotoRow) -> SeenMask | None:
    """The mask that lies with the photo, if one does."""
    assert photo.source_key is not None
    try:
        data = service.objects.get(service.bucket, keys.mask_key(photo.source_key), missing=ErrorCode.NOT_FOUND)
    except BackdropError as error:
        if error.code is not ErrorCode.NOT_FOUND:
            raise
        return None
    mask = open_mask(data)
    mask.thumbnail((MASK_EDIT_SIDE, MASK_EDIT_SIDE))
    return SeenMask(_text(mask), mask.width, mask.height, "STORED")


def _text(mask: Image.Image) -> str:
    return base64.b64encode(encode_mask(mask)).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise BackdropError(
            ErrorCode.MASK_INVALID, phrase("The mask is not base64: {error}.", error=error), phrase("Send a PNG so.")
        ) from error
