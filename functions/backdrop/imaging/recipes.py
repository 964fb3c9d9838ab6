"""A backdrop made from colours alone: a gradient, or a wall and a floor in the light of a studio.

The same recipe gives the same bytes on every machine: only whole numbers and the four operations of IEEE arithmetic are
used, noise of Python's own generator, and a JPEG by libjpeg-turbo's slow integer transform, whose answers do not depend
on the processor (https://libjpeg-turbo.org/About/SIMDCoverage).

Eight bits are too few for a smooth gradient, so each pixel gets noise of about a level before it is rounded. The JPEG
is of the highest quality: a lower one takes the noise away, and the bands come back.
"""

from __future__ import annotations

import io
import random
from array import array
from collections.abc import Sequence

from PIL import Image, ImageMath

from backdrop.core.choices import color
from backdrop.core.recipes import Coloured, Gradient

SIDE = 2048
"""Pixels of either side. There is nothing sharp in it: it is scaled to any size without loss."""

_LEVEL = 64
"""Parts of a level of grey that are told apart before the noise is added."""
_ONE = 1 << 12
"""1 in the light's fixed-point numbers."""
_TILE = 256
_NOISE = 1.25
"""Levels: the noise lies between this and its negative, most of it near 0 (the sum of two even ones)."""

_SOFT_LINE = 0.16
"""Of the height: over so much the wall becomes the floor."""
_FALL_OFF = 0.14
"""By so much less light falls on the corners than on the middle of the floor."""


def render(recipe: Coloured, side: int = SIDE) -> Image.Image:
    """Return the backdrop: RGB, square, `side` pixels."""
    tops, shares = _down(recipe, side)
    noise = _noise(side)
    light = None if isinstance(recipe, Gradient) else _light(side, recipe.line)
    bands = []
    for first, last in zip(*tops, strict=True):
        column = [round((first + (last - first) * share) * _LEVEL) for share in shares]
        bands.append(_band(_stretched(column, (1, side), side), light, noise))
    return Image.merge("RGB", bands)


def encode(picture: Image.Image) -> bytes:
    """Return a picture from `render` as a JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=100, subsampling=0)
    return out.getvalue()


def _down(recipe: Coloured, side: int) -> tuple[tuple[Sequence[int], Sequence[int]], list[float]]:
    """The two colours, and how much of the second one there is in each row, from the top."""
    middles = [(row + 0.5) / side for row in range(side)]
    if isinstance(recipe, Gradient):
        return (color(recipe.top), color(recipe.bottom)), middles
    start = recipe.line - _SOFT_LINE / 2
    return (color(recipe.wall), color(recipe.floor)), [_ease((at - start) / _SOFT_LINE) for at in middles]


def _light(side: int, line: float) -> Image.Image:
    """How much light falls on each pixel, `_ONE` at most: a pool of it whose middle lies where products stand."""
    middles = [(place + 0.5) / side for place in range(side)]
    middle = (line + 0.5) / 2
    across = [_ease(1 - abs(at - 0.5) / 0.75) for at in middles]
    down = [_ease(1 - abs(at - middle) / 1.05) for at in middles]
    wide = _stretched([round(_ONE * share) for share in across], (side, 1), side)
    high = _stretched([round(_ONE * share) for share in down], (1, side), side)
    dark, one = round(_FALL_OFF * _ONE), _ONE
    return _worked_out(lambda held: one - dark + (held["wide"] * held["high"] / one) * dark / one, wide=wide, high=high)


def _band(column: Image.Image, light: Image.Image | None, noise: Image.Image) -> Image.Image:
    """One colour of all pixels, L: lit, with noise, rounded."""
    half, level, one = _LEVEL // 2, _LEVEL, _ONE
    if light is not None:
        column = _worked_out(lambda held: held["column"] * held["light"] / one, column=column, light=light)
    # Noise below 0 is no matter: what is divided is moved above it.
    moved = 4
    return _worked_out(
        lambda held: (held["column"] + held["noise"] + half + moved * level) / level - moved, column=column, noise=noise
    ).convert("L")


def _noise(side: int) -> Image.Image:
    """Noise in parts of a level, I, of a square; the same at all times."""
    made = random.Random(20261128).randbytes(2 * _TILE * _TILE)  # noqa: S311 - no secret
    reach = round(_NOISE * _LEVEL)
    values = [((one + other) * reach) // 255 - reach for one, other in zip(made[::2], made[1::2], strict=True)]
    tile = Image.frombytes("I", (_TILE, _TILE), array("i", values).tobytes())
    whole = Image.new("I", (side, side))
    for top in range(0, side, _TILE):
        for left in range(0, side, _TILE):
            whole.paste(tile, (left, top))
    return whole


def _stretched(values: Sequence[int], size: tuple[int, int], side: int) -> Image.Image:
    """A row or a column of whole numbers over a whole square, I."""
    line = Image.frombytes("I", size, array("i", values).tobytes())
    return line.resize((side, side), Image.Resampling.NEAREST)


def _worked_out(formula: object, **images: Image.Image) -> Image.Image:
    found = ImageMath.lambda_eval(formula, **images)  # type: ignore[arg-type]
    assert isinstance(found, Image.Image)
    return found


def _ease(share: float) -> float:
    """Go from 0 to 1 without a corner: https://en.wikipedia.org/wiki/Smoothstep"""
    held = min(1.0, max(0.0, share))
    return held * held * (3 - 2 * held)
