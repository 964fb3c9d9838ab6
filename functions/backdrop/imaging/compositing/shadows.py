"""What a product casts on its ground: a thin dark line where it stands, a soft shadow around that, and one to the side.

The shadow is guessed from the mask alone. Where the product stands is the lower side of the mask's convex hull: the
ground between two feet lies on the line from one to the other. What ends far above the lowest point hangs over the
ground, like a handle or a leaf, and casts little. Where the light comes from a side, the product's silhouette is laid
down behind it on the other, softer and fainter the higher what casts it is. Only Pillow is used, as in `precise.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from math import exp, radians, sin

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from backdrop.core.backdrops import Shadow
from backdrop.core.light import Light
from backdrop.imaging.compositing.standing import Standing, upright

# Shares of the longer side of the subject's box; the strengths are of black.
_CONTACT_DEPTH, _CONTACT_BLUR, _CONTACT_STRENGTH = 0.010, 0.008, 0.6
_SOFT_ABOVE, _SOFT_BELOW, _SOFT_BLUR, _SOFT_STRENGTH = 0.09, 0.06, 0.04, 0.62
_TOUCHING = 0.02
"""Of the same: what ends so far above the ground still touches it."""
_HANGING = 0.35
"""Of the subject's height: over so much the shadow of what hangs above the ground fades to a third."""

# Of the shadow to the side. What is so many pixels above the ground casts so many to the side, when the light comes
# from there alone, and so many up in the picture, which is back on the ground.
_LEAN, _BACK = 0.85, 0.2
_CAST_NEAR, _CAST_FAR, _CAST_STRENGTH, _CAST_FADES = 0.012, 0.03, 0.5, 1.7
_POOL_BESIDE = 0.7
"""How dark the soft shadow around the product is beside one to the side, of what it is alone."""
_BANDS = 8
"""The subject's height is laid down in so many pieces, each fainter than the one below it."""

_SOFTER = 4.0
"""How many times as soft the softest shadow is as the hardest."""


def cast(each: Sequence[Standing], shadow: Shadow, light: Light) -> Image.Image | None:
    """Return how dark the shadows of subjects are that stand so: L of the frame's shape, 255 = black; None: there is
    none."""
    if shadow is Shadow.NONE or not light.strength or not each:
        return None
    return reduce(ImageChops.screen, [_cast(one, shadow, light) for one in each])


def _cast(standing: Standing, shadow: Shadow, light: Light) -> Image.Image:
    side, height, subject = standing.side, standing.height, standing.subject
    lean, softer = sin(radians(light.angle)), _SOFTER ** (light.softness - 0.5)
    contact, soft = Image.new("L", subject.size), Image.new("L", subject.size)
    draw_contact, draw_soft = ImageDraw.Draw(contact), ImageDraw.Draw(soft)
    for x, foot, ground, near in standing.near():
        gap = ground - foot
        if gap <= side * _TOUCHING:
            _draw(draw_contact, x, foot, (side * _CONTACT_DEPTH, side * _CONTACT_DEPTH), near)
        _draw(draw_soft, x, ground, (side * _SOFT_ABOVE, side * _SOFT_BELOW), near * exp(-gap / (height * _HANGING)))
    line = _blurred(contact, side * _CONTACT_BLUR * softer, _CONTACT_STRENGTH * light.strength)
    if shadow is Shadow.CONTACT:
        return line
    pool = (_POOL_BESIDE if lean else 1.0) * _SOFT_STRENGTH * light.strength
    around = ImageChops.screen(line, _blurred(soft, side * _SOFT_BLUR * softer, pool))
    if not lean:
        return around
    return ImageChops.screen(
        around, _lay_down(standing, lean, softer, _CAST_STRENGTH * abs(lean) ** 0.5 * light.strength)
    )


def _lay_down(standing: Standing, lean: float, softer: float, strength: float) -> Image.Image:
    """The silhouette on the ground, away from a light that comes from a side (`lean`: -1 left, 1 right)."""
    side, height, size = standing.side, standing.height, standing.subject.size
    runs = list(_runs(standing))
    shape = Image.new("L", size)
    for band in reversed(range(_BANDS)):
        draw = ImageDraw.Draw(shape)
        low, high = height * band / _BANDS, height * (band + 1) / _BANDS
        fades = exp(-_CAST_FADES * (band + 0.5) / _BANDS)
        for x, ground, near, least, most in runs:
            first, last = max(low, least), min(high, most)
            if first < last:
                ends = [(x - lean * _LEAN * up, ground - _BACK * up) for up in (first, last)]
                draw.line(ends, fill=round(255 * near * fades), width=2)
        if band == _BANDS // 2:
            shape = shape.filter(ImageFilter.GaussianBlur(max(0.5, side * _CAST_FAR * softer)))
    return _blurred(shape, side * _CAST_NEAR * softer, strength)


def _runs(standing: Standing) -> Iterator[tuple[int, float, float, float, float]]:
    """Column, ground, nearness, and from which to which height above the ground there is subject without a gap."""
    data = upright(standing)
    left, top, _, bottom = standing.box
    rows = bottom - top
    for x, _, ground, near in standing.near():
        column = data[(x - left) * rows : (x - left + 1) * rows]
        begin = column.find(255)
        while begin >= 0:
            end = column.find(0, begin)
            end = rows if end < 0 else end
            yield x, ground, near, max(0.0, ground - (top + end - 1)), ground - (top + begin) + 1
            begin = column.find(255, end)


def _draw(draw: ImageDraw.ImageDraw, x: int, row: float, reach: tuple[float, float], strength: float) -> None:
    draw.line((x, row - reach[0], x, row + max(1.0, reach[1])), fill=round(255 * strength))


def _blurred(shape: Image.Image, radius: float, strength: float) -> Image.Image:
    soft = shape.filter(ImageFilter.GaussianBlur(max(0.5, radius)))
    return soft.point([min(255, round(value * strength)) for value in range(256)])
