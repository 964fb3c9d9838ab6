"""Where a picture's product surely is, and surely is not, by its mask or its true alpha."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def surely_inside(mask: Image.Image, margin: int) -> NDArray[np.bool_]:
    """Whether all pixels of `mask` (8-bit grey) up to `margin` around are 255: H x W."""
    inside: NDArray[np.bool_] = _spread(cv2.erode, mask, margin) == 255
    return inside


def surely_outside(mask: Image.Image, margin: int) -> NDArray[np.bool_]:
    """Whether all pixels of `mask` (8-bit grey) up to `margin` around are 0: H x W."""
    outside: NDArray[np.bool_] = _spread(cv2.dilate, mask, margin) == 0
    return outside


def _spread(filter_: Any, mask: Image.Image, margin: int) -> NDArray[np.uint8]:
    # Pillow's rank filters take a second for each megapixel.
    spread: NDArray[np.uint8] = filter_(np.asarray(mask), np.ones((2 * margin + 1, 2 * margin + 1), np.uint8))
    return spread
