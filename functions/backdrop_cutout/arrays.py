"""Names for the arrays that pictures and masks are, and the two operations all parts need."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # H x W x 3 RGB
Alpha = npt.NDArray[np.float32]  # H x W, 0..1
FloatImage = npt.NDArray[np.float32]  # H x W x 3, 0..1


def box_mean(values: npt.NDArray[Any], radius: int) -> FloatImage:
    """Mean over the square of `radius` around each pixel."""
    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)


def shrink(array: npt.NDArray[np.float32], width: int, height: int) -> npt.NDArray[np.float32]:
    """Area-averaged copy of `width` x `height` pixels (linear where it must grow)."""
    smaller = width <= array.shape[1] and height <= array.shape[0]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(array, (width, height), interpolation=method), np.float32)


def stretched(mask: npt.NDArray[np.float32]) -> Alpha:
    """Return `mask` with its least value at 0 and its greatest at 1: a network's answers reach them only nearly."""
    low, high = float(mask.min()), float(mask.max())
    return np.asarray((mask - low) / max(high - low, 1e-6), np.float32)


def bounded_size(pixels: Pixels, longer: int) -> tuple[int, int]:
    """Width and height of `pixels` scaled down to at most `longer` on the longer side."""
    height, width = pixels.shape[:2]
    scale = min(1.0, longer / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))
