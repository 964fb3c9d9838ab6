"""How far a cut-out is to be doubted: several looks at one photo that find different things cannot all be right."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from backdrop_cutout.arrays import Alpha, stretched

# Where one look says so much more than another, they differ.
_HIGH = 0.4
# Share of the side: doubtful parts nearer than this to each other are one place.
_NEAR = 0.03

Place = tuple[float, float, float, float]


def hesitation(mask: Alpha) -> float:
    """Pixels that are neither subject nor background, per pixel of subject."""
    return float(((mask > 0.1) & (mask < 0.9)).sum()) / max(1.0, float((mask > 0.5).sum()))


def spread(looks: Sequence[Alpha]) -> float:
    """How far looks (each H x W, 0..1) differ: 1 less what all saw as a share of what any saw."""
    seen = np.stack([stretched(look) for look in looks])
    return 1 - float(seen.min(0).sum()) / max(1e-6, float(seen.max(0).sum()))


def most_doubtful(looks: Sequence[Alpha]) -> Place | None:
    """Where looks differ most: the box around the largest such part, as shares of the sides; None: nowhere."""
    seen = np.stack([stretched(look) for look in looks])
    unlike = ((seen.max(0) - seen.min(0)) > _HIGH).astype(np.uint8)
    height, width = unlike.shape
    reach = 2 * round(_NEAR * width / 2) + 1
    joined = cv2.morphologyEx(unlike, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    count, numbers, _, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    if count < 2:
        return None
    sizes = np.bincount(numbers.ravel(), weights=unlike.ravel(), minlength=count)
    sizes[0] = 0
    left, top, across, down = cv2.boundingRect((numbers == int(sizes.argmax())).astype(np.uint8))
    return left / width, top / height, across / width, down / height
