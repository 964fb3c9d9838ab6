"""A user's backdrops, as the REST API answers them. No pydantic: their inspection uses these."""

from __future__ import annotations

from typing import Literal

from backdrop.api.schemas.photos import Error, PhotoStatus, Upload
from backdrop.api.schemas.wire import answer


@answer
class Backdrop:
    """A picture of your own to stand behind products: as it is kept, upright and in sRGB. `uploadSha256`: of the file
    that was uploaded; `surface`: share of its height, from the top, at which products stand on it: guessed, until you
    set it."""

    backdrop_id: str
    name: str
    status: Literal[PhotoStatus.UPLOADING, PhotoStatus.READY, PhotoStatus.REFUSED]
    created_at: str
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    upload_sha256: str | None = None
    picture_url: str | None = None
    thumbnail_url: str | None = None
    surface: float | None = None
    error: Error | None = None


@answer
class Backdrops:
    """All of your backdrops, newest first."""

    backdrops: list[Backdrop]


@answer
class RegisteredBackdrop:
    """Where the picture may be uploaded now."""

    backdrop_id: str
    upload: Upload
