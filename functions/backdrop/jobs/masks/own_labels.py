"""Labels that a person corrected: words added, changed or taken away, boxes drawn or moved, on a photo of a draft.

They stand beside what Rekognition found and count instead of it. Rekognition is not asked again: a label with a box is
located.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import MAX_LABEL_BOXES, MAX_LABEL_CHARACTERS, MAX_LABELS
from backdrop.core.vocabulary import Box, LabelSource
from backdrop.core.words.marks import phrase
from backdrop.jobs import drafts
from backdrop.jobs.masks.mask_upload import find_ready
from backdrop.jobs.model import Facts, Label, PhotoRow
from backdrop.jobs.ports import DraftStore

_BEYOND = 1e-4
"""Share of a side by which sums of rounded numbers may reach over the picture's edge."""

_DIGITS = 5
"""Of a box's shares: a hundredth of a pixel, and as Rekognition's are kept."""


class LabelWish(NamedTuple):
    """A label as a person wants it; `api.schemas.requests.LabelWish` has the words."""

    name: str
    boxes: Sequence[Sequence[float]] = ()


def correct_labels(
    store: DraftStore, user: drafts.User, draft_id: str, photo_id: str, wishes: Sequence[LabelWish] | None
) -> PhotoRow:
    """Have a photo of the user's open draft have these labels, and no others; None: those that were found.

    Returns:
        The photo, with its labels.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `PHOTO_MISSING` (the photo is not inspected, or refused),
            `LABELS_INVALID`, `STORAGE_ERROR`. The labels stay as they were then.
    """
    photo, facts = find_ready(store, user, draft_id, photo_id)
    labels = None if wishes is None else _read_wishes(wishes, photo, facts)
    if not store.save_labels(photo.job_id, photo.image_id, labels):
        # The draft was submitted or the photo removed meanwhile: say what is true now.
        find_ready(store, user, photo.job_id, photo.image_id)
        raise BackdropError(ErrorCode.STORAGE_ERROR, phrase("The labels could not be stored just now."))
    return replace(photo, own_labels=labels)


def list_sources(photo: PhotoRow, labels: Iterable[Label]) -> list[LabelSource]:
    """Return who set each box of some of a photo's labels, in their order; nothing where a person set none of them."""
    found = {box for label in photo.labels for box in label.boxes}
    sources = [
        LabelSource.PERSON if label.by_person and box not in found else LabelSource.REKOGNITION
        for label in labels
        for box in label.boxes
    ]
    return sources if LabelSource.PERSON in sources else []


def _read_wishes(wishes: Sequence[LabelWish], photo: PhotoRow, facts: Facts) -> tuple[Label, ...]:
    boxes = sum(len(wish.boxes) for wish in wishes)
    if len(wishes) > MAX_LABELS or boxes > MAX_LABEL_BOXES:
        raise _invalid(
            phrase(
                "A photo can have {labels} labels with {most} boxes; these are {wishes} with {boxes}.",
                labels=MAX_LABELS,
                most=MAX_LABEL_BOXES,
                wishes=len(wishes),
                boxes=boxes,
            )
        )
    labels = [_read_wish(wish, photo, facts) for wish in wishes]
    seen: set[str] = set()
    for label in labels:
        if label.name.casefold() in seen:
            raise _invalid(
                phrase("The label {name!r} is there twice.", name=label.name)
                if label.name
                else phrase("Two labels have no name.")
            )
        seen.add(label.name.casefold())
    return tuple(labels)


def _read_wish(wish: LabelWish, photo: PhotoRow, facts: Facts) -> Label:
    name = unicodedata.normalize("NFC", " ".join(wish.name.split()))
    given = [tuple(box) for box in wish.boxes]
    for found in photo.labels:
        if found.name == name and list(found.boxes) == given:
            return found
    # The manifest and the workflow's input (docs/contracts.md, Workflow) separate labels by commas.
    if len(name) > MAX_LABEL_CHARACTERS or "," in name or not name.isprintable():
        raise _invalid(
            phrase("The label {name!r} can't be used.", name=name),
            phrase("Name it with up to {most} letters, digits and spaces, without commas.", most=MAX_LABEL_CHARACTERS),
        )
    if not name and not given:
        raise _invalid(phrase("A label has neither a name nor a box."))
    known = {box for label in photo.labels for box in label.boxes}
    boxes = tuple(box if box in known else _read_box(box, name, facts) for box in given)
    return Label(name, 0.0, boxes, by_person=True)


def _read_box(box: Sequence[float], name: str, facts: Facts) -> Box:
    """The box, cut to the picture.

    Raises:
        BackdropError: `LABELS_INVALID`: no four numbers, outside the picture, or less than a pixel.
    """
    called = phrase("A box of {name!r}", name=name) if name else phrase("A box without a name")
    if len(box) != 4 or not all(0 <= edge <= 1 for edge in box):
        raise _invalid(phrase("{called} is no left, top, width and height from 0 to 1.", called=called))
    left, top, width, height = box
    if left + width > 1 + _BEYOND or top + height > 1 + _BEYOND:
        raise _invalid(phrase("{called} reaches out of the photo.", called=called), phrase("Draw it inside the photo."))
    width, height = min(width, 1 - left), min(height, 1 - top)
    if width * facts.width < 1 or height * facts.height < 1:
        raise _invalid(
            phrase("{called} is smaller than a pixel.", called=called), phrase("Draw it around what it names.")
        )
    return (round(left, _DIGITS), round(top, _DIGITS), round(width, _DIGITS), round(height, _DIGITS))


def _invalid(cause: str, next_step: str | None = None) -> BackdropError:
    return BackdropError(ErrorCode.LABELS_INVALID, cause, next_step)
