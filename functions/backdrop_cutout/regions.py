"""Boxes around masks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backdrop_cutout.arrays import Alpha


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
