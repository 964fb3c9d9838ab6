"""A new picture close to a given one: its subject stays, its surroundings move towards a scene."""

from __future__ import annotations

import cv2
import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.images import Alpha, Pixels
from localcloud.models.scenes.compose import BAND_ROWS
from localcloud.models.scenes.noise import clouds

# How far colours and light may drift in a picture that keeps nothing of the old surroundings.
_TONE = 0.10


def varied(engine: Engine, pixels: Pixels, text: str, negative: str, seed: int, *, similarity: float) -> Pixels:
    """Return `pixels` varied, in the same size.

    similarity: 1 returns the picture as it is, 0 keeps nothing but the subject. `text` says what the surroundings
    turn into; without one they keep their own average colour.
    """
    if similarity >= 1:
        return pixels.copy()
    keep = engine.segmenter.alpha(pixels)
    wish = text if text.strip() else _own_colour(pixels, keep)
    painted = engine.repaint(pixels, keep, wish, negative, seed, exact=False)
    rng = np.random.Generator(np.random.PCG64(seed & 0xFFFFFFFF))
    change = np.float32(1 - similarity)
    tone = 1 + change * rng.uniform(-_TONE, _TONE, 3).astype(np.float32)
    # What changes first differs from place to place, so that two pictures never lie over each other everywhere.
    height, width = keep.shape
    order = cv2.resize(clouds(rng, 96, 96, 3, 3, 3), (width, height), interpolation=cv2.INTER_LINEAR)
    for top in range(0, height, BAND_ROWS):
        rows = slice(top, top + BAND_ROWS)
        share = np.clip((change * 1.5 - order[rows]) / 0.5, 0, 1)[..., None] if similarity > 0 else np.float32(1)
        band = pixels[rows] + (painted[rows].astype(np.float32) - pixels[rows]) * share
        painted[rows] = np.clip(band * tone + 0.5, 0, 255).astype(np.uint8)
    return painted


def _own_colour(pixels: Pixels, keep: Alpha) -> str:
    """A prompt for a plain backdrop in the average colour of the surroundings."""
    outside = pixels[keep < 0.5]
    red, green, blue = (outside if len(outside) else pixels.reshape(-1, 3)).mean(0).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x} backdrop"


def conditioned(scene: Pixels, condition: Pixels, areas: Alpha | None, strength: float) -> Pixels:
    """Return `scene` with the layout of `condition` (same size), the more the higher `strength` (0..1).

    The scene's colours take the condition's outlines, or where `areas` (its subject, 0..1) is given the light of its
    subject and of what is around it.
    """
    grey = cv2.cvtColor(condition, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255 + 0.1
    if areas is None:
        around = cv2.GaussianBlur(grey, (0, 0), max(2.0, grey.shape[1] * 0.03))
    else:
        inside = float(np.average(grey, weights=areas + 1e-6))
        outside = float(np.average(grey, weights=1 - areas + 1e-6))
        around = np.full_like(grey, (inside + outside) / 2)
        grey = (inside * areas + outside * (1 - areas)).astype(np.float32)
    light = 1 + np.float32(strength) * (grey / around - 1)
    return np.asarray(np.clip(scene.astype(np.float32) * light[..., None] + 0.5, 0, 255), np.uint8)
