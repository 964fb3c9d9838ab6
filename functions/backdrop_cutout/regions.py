"""Boxes and parts of masks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.arrays import Alpha

# A part cut by the picture's border that is smaller than this share of the largest part is no product.
BYSTANDER = 0.5


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels: left and top included, right and bottom not."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def area(self) -> int:
        return max(0, self.right - self.left) * max(0, self.bottom - self.top)

    def grown(self, share: float, width: int, height: int) -> Box:
        """Return a box larger by `share` of its sides on each side, inside a picture of `width` x `height`."""
        dx = round((self.right - self.left) * share)
        dy = round((self.bottom - self.top) * share)
        return Box(
            max(0, self.left - dx),
            max(0, self.top - dy),
            min(width, self.right + dx),
            min(height, self.bottom + dy),
        )


def bounding_box(alpha: Alpha, threshold: float = 0.5) -> Box | None:
    """The smallest box around what is above `threshold`, or None."""
    inside = alpha > threshold
    rows = np.flatnonzero(inside.any(1))
    columns = np.flatnonzero(inside.any(0))
    if not len(rows):
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def without_bystanders(mask: Alpha) -> Alpha:
    """Return `mask` without smaller separate parts that the picture's border cuts.

    A product is photographed whole: when the largest part is, a cut part of less than half its area only
    happens to stand beside it. Nothing is removed when the largest part is cut itself.
    """
    count, numbers, stats, _ = cv2.connectedComponentsWithStats((mask > 0.3).astype(np.uint8), connectivity=8)
    if count < 3:
        return mask
    # The network fades out over the last pixels.
    rim = np.ones(mask.shape, bool)
    rim[3:-3, 3:-3] = False
    cut = set(np.unique(numbers[rim]).tolist()) - {0}
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    if largest in cut:
        return mask
    most = BYSTANDER * stats[largest, cv2.CC_STAT_AREA]
    return _without(mask, numbers, np.array([part for part in cut if stats[part, cv2.CC_STAT_AREA] < most], np.intp))


def without_specks(mask: Alpha, share: float) -> Alpha:
    """Return `mask` without separate parts that have less than `share` of the largest part's area."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats((mask > 0.3).astype(np.uint8), connectivity=8)
    if count < 3:
        return mask
    areas = stats[1:, cv2.CC_STAT_AREA]
    return _without(mask, numbers, 1 + np.flatnonzero(areas < share * areas.max()))


def _without(mask: Alpha, numbers: npt.NDArray[Any], parts: npt.NDArray[Any]) -> Alpha:
    """Return `mask` without some of the `numbers` of its parts, and without their soft rims, but not other parts'."""
    leaving = np.isin(numbers, parts).astype(np.uint8)
    rims = (cv2.dilate(leaving, np.ones((9, 9), np.uint8)) > 0) & ((numbers == 0) | (leaving > 0))
    return np.where(rims, np.float32(0), mask).astype(np.float32)
