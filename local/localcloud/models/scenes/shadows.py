"""Shadows that put a subject on its ground: a thin dark line where it touches, softness around, a cast one."""

from __future__ import annotations

import cv2
import numpy as np

from localcloud.models.images import Alpha
from localcloud.models.scenes.noise import blurred
from localcloud.models.scenes.prompt import Wish
from localcloud.models.segmentation import Box


def shadow_of(alpha: Alpha, box: Box, wish: Wish) -> Alpha:
    """How much light the subject takes from each pixel, 0..0.9, the size of `alpha`."""
    dark = 1 - (1 - _cast(alpha, box, wish)) * (1 - _contact(alpha, box))
    return np.clip(dark, 0, 0.9).astype(np.float32)


def _cast(alpha: Alpha, box: Box, wish: Wish) -> Alpha:
    """The silhouette laid down behind the base, away from the light, softer and weaker with distance."""
    height, width = alpha.shape
    tall = box.bottom - box.top
    squash = 0.34 if wish.hard_light else 0.24
    lean = -wish.light[0] * 0.85 * 0.42
    matrix = np.array([[1, -lean, lean * box.bottom], [0, squash, box.bottom * (1 - squash)]], np.float32)
    lying = cv2.warpAffine(alpha, matrix, (width, height), flags=cv2.INTER_LINEAR)
    soft = blurred(np.asarray(lying, np.float32), tall * (0.035 if wish.hard_light else 0.07))
    rows = np.arange(height, dtype=np.float32)
    away = np.clip((box.bottom - rows) / max(1.0, squash * tall), 0, 1)[:, None]
    strength = 0.50 if wish.hard_light else 0.34
    return np.asarray(soft * (1 - 0.65 * away) * strength, np.float32)


def _contact(alpha: Alpha, box: Box) -> Alpha:
    """Darkness under the lowest edge of the subject in each column, near its base."""
    height = alpha.shape[0]
    tall, wide = box.bottom - box.top, box.right - box.left
    start = max(0, round(box.bottom - tall * 0.10))
    base = alpha[start : box.bottom] > 0.4
    columns = np.flatnonzero(base.any(0))
    touch = np.zeros_like(alpha)
    lowest = start + base.shape[0] - 1 - np.argmax(base[::-1], 0)
    thick = max(2, round(tall * 0.018))
    for column in columns:
        touch[lowest[column] : min(height, lowest[column] + thick), column] = 1
    core = np.clip(blurred(touch, max(0.8, tall * 0.010)) * 0.75, 0, 0.8)
    halo = np.clip(blurred(touch, max(1.0, wide * 0.045), max(1.0, tall * 0.03)) * 1.3, 0, 0.5)
    return np.asarray(1 - (1 - core) * (1 - halo), np.float32)
