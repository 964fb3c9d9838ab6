"""A new picture close to a given one: its subject stays, its surroundings move towards a scene."""

from __future__ import annotations

import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.images import Pixels
from localcloud.models.scenes.noise import clouds

# How far colours and light may drift in a picture that keeps nothing of the old surroundings.
_TONE = 0.10


def varied(engine: Engine, pixels: Pixels, text: str, negative: str, seed: int, *, similarity: float) -> Pixels:
    """`pixels` varied, in the same size.

    similarity: 1 returns the picture as it is, 0 keeps nothing but the subject. `text` says what the surroundings
    turn into; without one they keep their own average colour.
    """
    if similarity >= 1:
        return pixels.copy()
    keep = engine.segmenter.alpha(pixels)
    wish = text if text.strip() else _own_colour(pixels, keep)
    painted = engine.repaint(pixels, keep, wish, negative, seed, exact=False)
    change = np.float32(1 - similarity)
    # What changes first differs from place to place, so that two pictures never lie over each other everywhere.
    height, width = keep.shape
    rng = np.random.Generator(np.random.PCG64(seed & 0xFFFFFFFF))
    order = clouds(rng, height, width, 3, 3, 3)
    share = np.clip((change * 1.5 - order) / 0.5, 0, 1)[..., None] if similarity > 0 else np.float32(1)
    tone = 1 + change * rng.uniform(-_TONE, _TONE, 3).astype(np.float32)
    mixed = pixels.astype(np.float32) * (1 - share) + painted.astype(np.float32) * share
    return np.asarray(np.clip(mixed * tone + 0.5, 0, 255), np.uint8)


def _own_colour(pixels: Pixels, keep: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> str:
    """A prompt for a plain backdrop in the average colour of the surroundings."""
    outside = pixels[keep < 0.5]
    red, green, blue = (outside if len(outside) else pixels.reshape(-1, 3)).mean(0).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x} backdrop"
