"""A mask of a photo's own, stored where the masks lie that cut-outs make."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from backdrop.core import keys
from backdrop.imaging.masks import encode_mask

if TYPE_CHECKING:
    from PIL import Image

    from backdrop.jobs.ports import ObjectStore


def store_mask(objects: ObjectStore, bucket: str, source_key: str, mask: Image.Image, tagging: str = "") -> str:
    """Store a photo's own mask and return its SHA-256 as it is stored.

    Args:
        objects: the bucket's.
        bucket: its name.
        source_key: of the photo.
        mask: L, 255 = subject, of the photo's shape.
        tagging: `key=value`, which the bucket's lifecycle rules go by.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    data = encode_mask(mask)
    objects.put(bucket, keys.mask_key(source_key), data, "image/png", tagging)
    return hashlib.sha256(data).hexdigest()
