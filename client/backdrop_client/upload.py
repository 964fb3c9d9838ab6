"""Sending a photo straight to S3 by presigned POST, streamed, retried.

Works from paths and bytes alike, so the command and the web app share it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import httpx

from backdrop.api.schemas.photos import Upload
from backdrop.core.limits import TYPE_OF_ENDING
from backdrop.core.signatures import HEAD_BYTES, RAW_ENDINGS, kind_of
from backdrop.core.words.marks import phrase
from backdrop_client.errors import ServiceUnreachable, UploadError, UploadExpired
from backdrop_client.retry import (
    DEFAULT_POLICY,
    TRANSIENT_STATUS,
    RetryPolicy,
    TryAgain,
    reason_of,
    retry_after,
    retrying,
)

CONTENT_TYPES = {f".{ending}": type_ for ending, type_ in TYPE_OF_ENDING.items()}
"""MIME type by file extension (lower case), for the formats Backdrop takes."""

# Writing is bounded per chunk, not per file, so a slow line is no error.
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)

Progress = Callable[[int], object]
"""Called with the number of bytes sent since the last call; negative when a try failed and starts over.
Runs in the thread that uploads."""


@dataclass(frozen=True)
class PhotoSource:
    """A photo to upload.

    Args:
        name: as the user knows it; stored and reported verbatim.
        size: bytes.
        content_type: MIME type, or None to let the service look.
        open: gives a fresh binary stream from the start, closed after use; called once per try.
    """

    name: str
    size: int
    content_type: str | None
    open: Callable[[], AbstractContextManager[BinaryIO]]

    @classmethod
    def from_path(cls, path: Path, name: str | None = None) -> PhotoSource:
        """A file on disk, streamed from there. Raises `OSError` when it can't be looked at."""
        return cls(name or path.name, path.stat().st_size, content_type_of_file(path), lambda: path.open("rb"))

    @classmethod
    def from_bytes(cls, name: str, data: bytes, content_type: str | None = None) -> PhotoSource:
        """A photo in memory."""
        return cls(name, len(data), content_type or content_type_of(name), lambda: io.BytesIO(data))


def content_type_of(name: str) -> str | None:
    """Return the MIME type by extension, or None for one Backdrop does not take."""
    return CONTENT_TYPES.get(Path(name).suffix.lower())


def content_type_of_file(path: Path) -> str | None:
    """Return the MIME type by extension, or by the first bytes where the extension is no photo's; else None.

    Cameras' raw files begin as a TIFF does: they are told by their extension.
    Raises `OSError` when the file can't be read. A pipe or a device is never opened: reading it may never end.
    """
    by_name = content_type_of(path.name)
    if by_name or not path.is_file():
        return by_name
    with path.open("rb") as file:
        kind = kind_of(file.read(HEAD_BYTES))
    is_raw = path.suffix.lower().removeprefix(".") in RAW_ENDINGS
    return None if kind is None or (is_raw and kind.type == "image/tiff") else kind.type


class Uploader:
    """Uploads to presigned POST targets; may be shared by threads."""

    def __init__(self, http: httpx.Client | None = None, policy: RetryPolicy = DEFAULT_POLICY) -> None:
        self._http = http or httpx.Client(timeout=_TIMEOUT)
        self._policy = policy

    def upload(self, target: Upload, source: PhotoSource, on_progress: Progress | None = None) -> None:
        """Send one photo.

        Raises `UploadExpired` (register it anew), `UploadError` (S3 refused it, or the file can't be read) or
        `ServiceUnreachable`.
        """
        retrying(lambda: self._attempt(target, source, on_progress), self._policy)

    def _attempt(self, target: Upload, source: PhotoSource, on_progress: Progress | None) -> None:
        sent = 0

        def count(number: int) -> None:
            nonlocal sent
            sent += number
            if on_progress:
                on_progress(number)

        try:
            self._post(target, source, count)
        except TryAgain:
            count(-sent)
            raise

    def _post(self, target: Upload, source: PhotoSource, count: Progress) -> None:
        try:
            with source.open() as stream:
                response = self._http.post(
                    target.url,
                    data=target.fields,
                    # The key is bound by the policy; a name here would only leak and need quoting.
                    files={"file": ("photo", cast("BinaryIO", _Counted(stream, count)), "application/octet-stream")},
                    timeout=_TIMEOUT,
                )
        except OSError as error:
            raise UploadError(
                "PHOTO_UNREADABLE",
                phrase("The file can't be read: {strerror}", strerror=error.strerror or error),
                phrase("Check the file and its rights."),
            ) from error
        except httpx.LocalProtocolError as error:
            raise UploadError(
                "PHOTO_CHANGED",
                phrase("The file changed while it was being uploaded."),
                phrase("Wait until it is complete, then try again."),
            ) from error
        except httpx.HTTPError as error:
            raise TryAgain(ServiceUnreachable(phrase("The upload storage"), reason_of(error))) from error
        if response.is_success:
            return
        failure = _refusal(response)
        if response.status_code in TRANSIENT_STATUS:
            raise TryAgain(failure, retry_after(response))
        raise failure


class _Counted:
    """A binary stream that tells how much was read; httpx needs `read`, `seek` and `tell` to send it whole."""

    def __init__(self, stream: BinaryIO, count: Progress) -> None:
        self._stream = stream
        self._count = count

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._count(len(chunk))
        return chunk

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def _refusal(response: httpx.Response) -> UploadError:
    """Return S3's XML error as one of ours. Only its code is used: its message may quote the policy."""
    found = re.search(r"<Code>(\w{1,64})</Code>", response.text[:4000])
    code = found.group(1) if found else f"HTTP_{response.status_code}"
    if code == "EntityTooLarge":
        return UploadError(
            "PHOTO_TOO_LARGE",
            phrase("The photo is larger than the service takes."),
            phrase("Save it with fewer pixels or more compression."),
        )
    if code in {"AccessDenied", "ExpiredToken"} and "expired" in response.text[:4000].lower():
        return UploadExpired()
    return UploadError(
        "UPLOAD_REFUSED",
        phrase("The storage refused the photo ({status_code} {code}).", status_code=response.status_code, code=code),
        phrase("Try again; if it happens twice, tell the people who run Backdrop."),
    )
