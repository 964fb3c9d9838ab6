"""What a finished image's own file says of where it is from: its hash, and the marks that Backdrop leaves in it.

Both marks lie in the file as they were written, whatever its format: the XMP packet as text, and in the content
credentials (C2PA) the photo's hash as text in CBOR (https://www.rfc-editor.org/rfc/rfc8949). That they are read here
does not mean that the credentials' signature was checked.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from backdrop_client.errors import WrongUse

_MOST_BYTES = 200_000_000
"""Far more than a finished image has."""

_JOB = re.compile(rb"<backdrop:JobId>([0-9A-Za-z_-]{1,80})</backdrop:JobId>")
_IMAGE = re.compile(rb"<backdrop:ImageId>([0-9A-Za-z_-]{1,80})</backdrop:ImageId>")
_PHOTO = re.compile(rb"photoSha256x@([0-9a-f]{64})")
"""`x@`: a CBOR text of 64 characters follows."""


@dataclass(frozen=True)
class Origin:
    """What a file says. `job_id` and `image_id`: of its XMP packet; `photo_sha256`: of its content credentials; None
    where it says nothing."""

    sha256: str
    job_id: str | None
    image_id: str | None
    photo_sha256: str | None


def read_origin(file: Path) -> Origin:
    """Return what a file says.

    Raises:
        WrongUse: it can't be read, or is no image by its size.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise WrongUse("FILE_TOO_LARGE", f"{file.name} is too large for an image.", "Name an image's file.")
        data = file.read_bytes()
    except OSError as error:
        raise WrongUse("FILE_UNREADABLE", f"{file} can't be read: {error.strerror}.", "Check the file.") from error
    return Origin(hashlib.sha256(data).hexdigest(), _found(_JOB, data), _found(_IMAGE, data), _found(_PHOTO, data))


def _found(pattern: re.Pattern[bytes], data: bytes) -> str | None:
    found = pattern.search(data)
    return found[1].decode() if found else None
