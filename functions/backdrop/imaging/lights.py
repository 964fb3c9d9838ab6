"""Where the light of a picture comes from: the side that is brighter, behind what stands there and below it alike."""

from __future__ import annotations

from math import log
from statistics import median

from PIL import Image

_ROWS, _COLUMNS = 24, 12
"""The picture is looked at in so many rows of so many cells."""

_BEHIND, _BELOW = slice(2, 11), slice(15, 23)
"""Rows of what is behind products, and of what they stand on."""

_CLEAR_BEHIND, _CLEAR_BELOW = 0.06, 0.012
"""Logarithms of how many times brighter one half is than the other, at least: less is paint, dirt or chance."""

_SIDE = 45.0
"""Degrees: how far to the side the light is can't be told from how much brighter it is there."""

_DARKEST = 8
"""Levels that are added to each: near black, ratios tell nothing."""


def find_light(picture: Image.Image) -> float | None:
    """Return the degrees from which the light of a picture comes, as on a clock: -45 from the left, 45 from the right;
    None: neither can be told. A guess, as `find_surface`: one that is unsure is none (docs/finished-images.md has how
    often it is right).
    """
    small = picture.resize((_COLUMNS, _ROWS), Image.Resampling.BOX).convert("L").tobytes()
    levels = [log(value + _DARKEST) for value in small]
    steps = [_step(levels[row * _COLUMNS : (row + 1) * _COLUMNS]) for row in range(_ROWS)]
    behind, below = median(steps[_BEHIND]), median(steps[_BELOW])
    if behind * below <= 0 or abs(behind) < _CLEAR_BEHIND or abs(below) < _CLEAR_BELOW:
        return None
    return _SIDE if behind > 0 else -_SIDE


def _step(row: list[float]) -> float:
    """Difference by which the right half of a row is brighter than the left one."""
    half = _COLUMNS // 2
    return sum(row[half:]) / half - sum(row[:half]) / half
