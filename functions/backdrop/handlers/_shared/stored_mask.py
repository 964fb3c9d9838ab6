"""The mask of a photo in a running job: the cut-out's, or the one that the user uploaded and inspection checked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from PIL import Image

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.core import keys
from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.words.marks import phrase
from backdrop.imaging.masks import open_mask

if TYPE_CHECKING:
    from backdrop.core.workflow_state import Item

objects = Objects(s3)


def stored_mask(bucket: str, item: Item) -> Image.Image:
    """Return the mask of a running job's photo: L, 255 = subject, of the photo's shape.

    Raises:
        PhotoRefused: `PHOTO_CHANGED`: an uploaded mask is not the one that was checked.
        BackdropError: `MASK_INVALID` when there is none, `STORAGE_ERROR`.
    """
    data = objects.get(bucket, keys.mask_key(item.key), missing=ErrorCode.MASK_INVALID)
    if item.mask_sha256 and hashlib.sha256(data).hexdigest() != item.mask_sha256:
        raise PhotoRefused(
            ErrorCode.PHOTO_CHANGED,
            phrase("The mask of {name} is not the file that was checked.", name=item.name),
            phrase("Upload photo and mask again and submit them as a new job."),
        )
    return open_mask(data)
