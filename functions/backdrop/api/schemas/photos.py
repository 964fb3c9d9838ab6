"""Drafts and their photos, as the REST API answers them, and errors. No pydantic: photo inspection uses these."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from backdrop.api.schemas.wire import answer


class PhotoStatus(StrEnum):
    """Where a photo of a draft is."""

    UPLOADING = "UPLOADING"
    READY = "READY"
    REFUSED = "REFUSED"


@answer
class ErrorDetail:
    """A field of the request and what is wrong with it."""

    field: str
    message: str


@answer
class Error:
    """What happened, and what you can do."""

    code: str
    message: str
    next_step: str
    details: list[ErrorDetail] | None = None


@answer
class ErrorAnswer:
    """The body of every answer of 400 and above."""

    error: Error


@answer
class DraftCreated:
    """A new draft."""

    draft_id: str
    created_at: str


@answer
class Label:
    """Something seen in a photo; boxes are [left, top, width, height] as shares of the upright photo. `by`: its
    name or its boxes are a person's, not Rekognition's; only such a label may have an empty name: its boxes are kept
    whatever is chosen."""

    name: str
    confidence: float
    boxes: list[tuple[float, float, float, float]]
    by: Literal["PERSON"] | None = None


@answer
class Photo:
    """A photo of a draft; width and height are the upright photo's pixels. `hasMask`: it has a mask of its own, that no
    cut-out is made for. `maskFrom`: it came as a file beside the photo, somebody put it right by hand, or the photo is
    a cut-out already, and it is the photo's own transparency. `maskSha256`: of that mask as it is stored.
    `labelsCorrected`: the labels are what a person made of those that were found.
    """

    photo_id: str
    name: str
    status: Literal[PhotoStatus.UPLOADING, PhotoStatus.READY, PhotoStatus.REFUSED]
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    labels: list[Label]
    labels_corrected: bool = False
    labels_error: Error | None = None
    has_mask: bool
    mask_from: Literal["PHOTO", "UPLOAD", "EDITED"] | None = None
    mask_sha256: str | None = None
    preview_url: str | None = None
    thumbnail_url: str | None = None
    error: Error | None = None


@answer
class Draft:
    """A draft and a page of its photos."""

    draft_id: str
    created_at: str
    submitted: bool
    photos: list[Photo]
    cursor: str | None = None


@answer
class ListedDraft:
    """A draft that was not submitted: how many photos it has, when they last changed, what the first is called, small
    pictures of the first few. `keptUntil`: when it goes by itself."""

    draft_id: str
    created_at: str
    changed_at: str
    kept_until: str
    photos: int
    first_photo: str
    thumbnail_urls: list[str]


@answer
class Drafts:
    """The drafts of a user, newest first."""

    drafts: list[ListedDraft]


@answer
class Upload:
    """A presigned POST: multipart form with `fields` first and the file, as `file`, last."""

    url: str
    fields: dict[str, str]


@answer
class RegisteredMask:
    """Where the mask may be uploaded now."""

    upload: Upload


@answer
class SeenMask:
    """A mask to look at: base64 of a grey PNG of at most 1,280 pixels a side, 255 = kept. `source`: `STORED` is the
    photo's own, or of the job that it was copied from; `BUILT_IN` the built-in cut-out; `EDITED` what came with the
    request, put right. `doubt`: how far a built-in cut-out is doubted, 0 to 1; `doubtful` when its result would be
    flagged for that, and `place` where to look: [left, top, width, height] as shares.
    """

    mask: str
    width: int
    height: int
    source: Literal["STORED", "BUILT_IN", "EDITED"]
    doubt: float | None = None
    doubtful: bool = False
    place: tuple[float, float, float, float] | None = None


@answer
class RegisteredPhoto:
    """A file that may be uploaded now, or why it may not."""

    photo_id: str | None = None
    name: str
    status: Literal[PhotoStatus.UPLOADING, PhotoStatus.REFUSED]
    upload: Upload | None = None
    error: Error | None = None


@answer
class RegisteredPhotos:
    """One answer per file, in the order sent."""

    photos: list[RegisteredPhoto]


@answer
class CopiedPhotos:
    """The copies, one per photo, in the order of the ids."""

    photos: list[Photo]
