"""How a subject stands in its picture: where its ground is, whether the frame cuts it off, how flat it lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from localcloud.models.images import Alpha, shrink
from localcloud.models.segmentation import parts

_WORKING_SIDE = 512
# The frame cuts a subject off when its last rows hold this share of the subject's width: a few stray pixels
# of a mask at the border do not.
_CUT_SHARE = 0.15


@dataclass(frozen=True)
class Stance:
    """How a subject stands in a picture, as shares of its height and width; `flat` is 0 for what stands up, 1 for what
    lies flat."""

    top: float
    bottom: float
    cut_off: bool
    flat: float


def stance_of(keep: Alpha) -> Stance | None:
    """The stance of what `keep` (0..1) keeps; None when it keeps nothing sizeable."""
    height, width = keep.shape
    scale = min(1.0, _WORKING_SIDE / max(height, width))
    small = shrink(keep, max(1, round(width * scale)), max(1, round(height * scale)))
    found = parts(small)
    if not found:
        return None
    rows = small.shape[0]
    top, bottom = min(box.top for box, _ in found), max(box.bottom for box, _ in found)
    wide = max(box.right for box, _ in found) - min(box.left for box, _ in found)
    last = sum(mask[-2:].max(0) > 0.5 for _, mask in found)
    cut_off = bottom >= rows - 1 and float(np.sum(last)) > _CUT_SHARE * wide
    slenderness = wide / max(1, bottom - top)
    flat = float(np.clip((slenderness - 1.1) / 0.6, 0, 1))
    return Stance(top / rows, bottom / rows, cut_off, flat)
