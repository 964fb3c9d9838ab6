"""The mask of a photo in a running job: the cut-out's, or the one that the user uploaded and inspection checked."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from PIL import Image

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.core import keys
from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.imaging.masks import open_mask

objects = Objects(s3)


def stored_mask(bucket: str, item: Mapping[str, Any]) -> Image.Image:
    """L, 255 = subject, of the photo's shape.

    Raises:
        PhotoRefused: `PHOTO_CHANGED`: an uploaded mask is not the one that was checked.
        BackdropError: `MASK_INVALID` when there is none, `STORAGE_ERROR`.
    """
    data = objects.get(bucket, keys.mask_key(item["Key"]), missing=ErrorCode.MASK_INVALID)
    expected = item.get("MaskSha256")
    if expected and hashlib.sha256(data).hexdigest() != expected:
        raise PhotoRefused(
            ErrorCode.PHOTO_CHANGED,
            f"The mask of {item['ImageName']} is not the file that was checked.",
            "Upload photo and mask again and submit them as a new job.",
        )
    return open_mask(data)
