"""The backdrop of a running job: the copy that the job took along."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.scenes import MAX_SCENES
from backdrop.core.words.marks import phrase
from backdrop.imaging.photos import open_photo

if TYPE_CHECKING:
    from PIL import Image

    from backdrop.core.backdrops import Backdrop

objects = Objects(s3)


def open_backdrop(bucket: str, backdrop: Backdrop, longest: int) -> Image.Image:
    """Return the picture, RGB; it is everybody's, and not to be changed.

    Args:
        bucket: the job's.
        backdrop: as the job's settings have it.
        longest: pixels of the longer side that are enough.

    Raises:
        PhotoRefused: `PHOTO_CHANGED`: it is not the picture that the job began with.
        BackdropError: `PHOTO_MISSING` when it is gone, `STORAGE_ERROR`.
    """
    # In steps: photos of about one size share what was decoded for the first of them.
    return _opened(bucket, backdrop.key, backdrop.sha256, 1 << (longest - 1).bit_length())


@lru_cache(maxsize=1)
def _opened(bucket: str, key: str, sha256: str, longest: int) -> Image.Image:
    """The decoded picture: all images of a job want the same one. One is kept, of 50 megapixels and 200 MB at most."""
    return open_photo(_read(bucket, key, sha256), max_side=longest).image


@lru_cache(maxsize=MAX_SCENES)
def _read(bucket: str, key: str, sha256: str) -> bytes:
    """The file, for photos of another size as well, and of a job's other scenes."""
    data = objects.get(bucket, key, missing=ErrorCode.PHOTO_MISSING)
    if hashlib.sha256(data).hexdigest() != sha256:
        raise PhotoRefused(
            ErrorCode.PHOTO_CHANGED,
            phrase("The backdrop is not the picture that the job began with."),
            phrase("Run the images again in a new job."),
        )
    return data
