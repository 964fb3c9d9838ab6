"""A picture of one's own as a backdrop: uploaded once, found again by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol

from backdrop.api.schemas.backdrops import Backdrop, RegisteredBackdrop
from backdrop.api.schemas.photos import PhotoStatus, Upload
from backdrop_client.api import NewPhoto
from backdrop_client.errors import ApiError, UploadExpired
from backdrop_client.upload import PhotoSource


class BackdropLibrary(Protocol):
    """The part of `BackdropApi` that is needed here."""

    def backdrops(self) -> list[Backdrop]: ...

    def add_backdrop(self, picture: NewPhoto) -> RegisteredBackdrop: ...

    def inspect_backdrop(self, backdrop_id: str) -> Backdrop: ...

    def delete_backdrop(self, backdrop_id: str) -> None: ...


class PictureUploader(Protocol):
    """The part of `Uploader` that is needed here."""

    def upload(self, target: Upload, source: PhotoSource) -> None: ...


def bring_backdrop(
    api: BackdropLibrary, uploader: PictureUploader, source: PhotoSource, on_upload: Callable[[], object] | None = None
) -> Backdrop:
    """Return the user's backdrop with the content of `source`; upload it when there is none.

    Args:
        api: of the user.
        uploader: for the storage.
        source: the picture.
        on_upload: told just before it is uploaded.

    Raises:
        ApiError: the service does not take the picture; what `BackdropApi` and `Uploader` raise.
    """
    with source.open() as file:
        sha256 = hashlib.sha256(file.read()).hexdigest()
    for known in api.backdrops():
        if known.mine and known.upload_sha256 == sha256 and known.status is PhotoStatus.READY:
            return known
    if on_upload:
        on_upload()
    file_ = NewPhoto(source.name, source.size, source.content_type)
    registered = api.add_backdrop(file_)
    try:
        uploader.upload(registered.upload, source)
    except UploadExpired:
        api.delete_backdrop(registered.backdrop_id)
        registered = api.add_backdrop(file_)
        uploader.upload(registered.upload, source)
    found = api.inspect_backdrop(registered.backdrop_id)
    if found.status is not PhotoStatus.READY:
        # What is refused is of no use in the list.
        api.delete_backdrop(found.backdrop_id)
        error = found.error
        assert error is not None
        raise ApiError(error.code, f"The backdrop {source.name}: {error.message}", error.next_step, 400)
    return found
