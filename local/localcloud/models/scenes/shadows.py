"""Shadows that put a subject on its ground: a thin dark line where it touches, softness around, a cast one."""

from __future__ import annotations

import cv2
import numpy as np

from backdrop_cutout.regions import Box
from localcloud.models.images import Alpha
from localcloud.models.scenes.noise import blurred
from localcloud.models.scenes.prompt import Wish
from localcloud.models.segmentation import parts

# The lowest part of an object, as a share of its height, that may touch the ground: a base seen from above
# is an arc or a slanted edge, not a line.
_BASE = 0.24


def shadow_of(alpha: Alpha, wish: Wish, flat: float) -> Alpha:
    """How much light the subject takes from each pixel, 0..0.9, the size of `alpha`.

    Each separate object throws its own; `flat` (0..1) adds the close shadow of what lies on the ground.
    """
    light = np.ones_like(alpha)
    for box, mask in parts(alpha):
        light *= (1 - _cast(mask, box, wish)) * (1 - _contact(mask, box, flat))
        if flat > 0:
            light *= 1 - flat * _lying(mask, box, wish)
    return np.asarray(np.clip(1 - light, 0, 0.9), np.float32)


def _cast(mask: Alpha, box: Box, wish: Wish) -> Alpha:
    """The silhouette laid down behind the base, away from the light, softer and weaker with distance."""
    height, width = mask.shape
    tall = box.bottom - box.top
    squash = 0.34 if wish.hard_light else 0.24
    lean = -wish.light[0] * 0.36
    matrix = np.array([[1, -lean, lean * box.bottom], [0, squash, box.bottom * (1 - squash)]], np.float32)
    fallen = cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR)
    soft = blurred(fallen, tall * (0.035 if wish.hard_light else 0.07))
    rows = np.arange(height, dtype=np.float32)
    away = np.clip((box.bottom - rows) / max(1.0, squash * tall), 0, 1)[:, None]
    strength = 0.50 if wish.hard_light else 0.34
    return np.asarray(soft * (1 - 0.65 * away) * strength, np.float32)


def _contact(mask: Alpha, box: Box, flat: float) -> Alpha:
    """Darkness along the lower edge of an object, weaker where that edge rises above its lowest point."""
    height = mask.shape[0]
    tall, wide = box.bottom - box.top, box.right - box.left
    start = max(0, round(box.bottom - max(3.0, tall * (_BASE + 0.2 * flat))))
    base = mask[start : box.bottom] > 0.4
    lowest = start + base.shape[0] - 1 - np.argmax(base[::-1], 0)
    thick = max(2, round(tall * 0.018))
    touch = np.zeros_like(mask)
    for column in np.flatnonzero(base.any(0)):
        low = int(lowest[column])
        closeness = (low - start + 1) / (box.bottom - start)
        touch[low : min(height, low + thick), column] = 0.35 + 0.65 * closeness
    core = np.clip(blurred(touch, max(0.8, tall * 0.010)) * 0.75, 0, 0.8)
    halo = np.clip(blurred(touch, max(1.0, wide * 0.045), max(1.0, tall * 0.03)) * 1.3, 0, 0.5)
    return np.asarray(1 - (1 - core) * (1 - halo), np.float32)


def _lying(mask: Alpha, box: Box, wish: Wish) -> Alpha:
    """The close shadow of a flat thing: its outline moved a little away from the light, blurred."""
    height, width = mask.shape
    reach = 0.035 * (box.right - box.left)
    moved = np.array([[1, 0, -wish.light[0] * reach], [0, 1, reach]], np.float32)
    fallen = cv2.warpAffine(mask, moved, (width, height), flags=cv2.INTER_LINEAR)
    near, far = blurred(fallen, reach * 0.35), blurred(fallen, reach * 1.1)
    return np.asarray(0.28 * near + 0.18 * far, np.float32)
