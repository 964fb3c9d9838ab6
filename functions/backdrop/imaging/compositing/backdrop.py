"""A backdrop behind a product: cut to the frame, never stretched, with what the product does to it.

The shadow that it casts is in `shadows.py`, its reflection in `reflections.py`. Only Pillow is used, as in
`precise.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image, ImageFilter

from backdrop.core.backdrops import Shadow
from backdrop.core.light import Light
from backdrop.core.limits import MAX_PIXELS
from backdrop.imaging.compositing.reflections import reflect
from backdrop.imaging.compositing.shadows import cast
from backdrop.imaging.compositing.standing import Standing, find_standing
from backdrop.imaging.framing import Canvas, Size

_MOST_KEPT = MAX_PIXELS
"""Pixels of a covering that is kept for the next photo (200 MB): as many as a photo has at most."""

# Depth: shares of the frame's longer side, and of its height.
_BLUR_SIDE, _FAR_BLUR, _MID_BLUR = 1024, 0.014, 0.3
_SHARP, _FARTHEST, _BEFORE = 0.02, 0.4, 0.5
"""So far from the line all is sharp; so far above it is out of focus as far as it gets; below it, half as much."""
_STRIP = 256
"""Rows that are put out of focus at once."""


def lay(
    picture: Image.Image,
    frame: Canvas,
    mask: Image.Image,
    photo: Image.Image,
    shadow: Shadow,
    surface: float | None = None,
    light: Light | None = None,
) -> Image.Image:
    """Return the backdrop as it lies behind the photo's subject.

    Args:
        picture: RGB of any size and shape.
        frame: what is to be covered, in the photo's pixels; the photo may lie partly beyond it.
        mask: L of any size and of the photo's shape, 255 = subject.
        photo: RGB; the ground may reflect it.
        shadow: what the subject casts.
        surface: share of the picture's height that is at the same share of the frame's, and on which the subject
            stands; None: the picture's middle, and wherever it stands.
        light: None is the default one; with one, products that stand apart are told from each other.

    Returns:
        RGB of the frame's size: the middle of the picture, scaled alike in both directions until it covers the frame.
    """
    apart, light = light is not None, light or Light()
    casts = shadow is not Shadow.NONE and light.strength > 0
    each: list[Standing] = []
    if casts or light.reflection or (light.blur and surface is None):
        each = find_standing(mask, photo.size, frame, apart=apart)
    line = surface
    if line is None and each:
        line = round(max(one.box[3] for one in each) / each[0].subject.height, 2)
    away = _Away(light.blur, line) if light.blur and line is not None else None
    ground = _covered(picture, frame.size, 0.5 if surface is None else surface, away)
    if light.reflection:
        for one in each:
            reflect(ground, one, photo, frame, light.reflection)
    shade = cast(each, shadow, light)
    if shade is not None:
        _darken(ground, shade)
    return ground


def _darken(ground: Image.Image, cast: Image.Image) -> None:
    """Lay the shadow over the ground, which it has the shape of: where there is any, which is a small part mostly."""
    dark = cast.getbbox()
    if dark is None:
        return
    across, down = cast.width / ground.width, cast.height / ground.height
    # Bilinear looks one pixel further.
    left, top = max(0, int((dark[0] - 1) / across)), max(0, int((dark[1] - 1) / down))
    right = min(ground.width, int((dark[2] + 1) / across) + 1)
    bottom = min(ground.height, int((dark[3] + 1) / down) + 1)
    source = (left * across, top * down, right * across, bottom * down)
    mask = cast.resize((right - left, bottom - top), Image.Resampling.BILINEAR, source)
    ground.paste((0, 0, 0), (left, top, right, bottom), mask)


class _Away(NamedTuple):
    """How far out of focus a covering is away from the row at the share `line` of its height."""

    blur: float
    line: float


class _Covering(NamedTuple):
    """What was made to cover a frame, of what, and how."""

    picture: Image.Image
    surface: float
    away: _Away | None
    covered: Image.Image


_last: list[_Covering] = []
"""The last one."""


def _covered(picture: Image.Image, size: Size, surface: float, away: _Away | None) -> Image.Image:
    """Return the same as `cover`, out of focus, as a copy of the last one where all is the same: most photos of a job
    are of one size, and have one backdrop."""
    kept = size[0] * size[1] <= _MOST_KEPT
    for one in _last if kept else ():
        if one.picture is picture and one.covered.size == size and (one.surface, one.away) == (surface, away):
            return one.covered.copy()
    made = cover(picture, size, surface)
    if away is not None:
        defocus(made, away.line, away.blur)
    if not kept:
        return made
    _last[:] = [_Covering(picture, surface, away, made)]
    return made.copy()


def defocus(ground: Image.Image, line: float, blur: float) -> None:
    """Put a ground (RGB) out of focus away from the row at the share `line` of its height: `blur` from 0 to 1."""
    width, height = ground.size
    scale = min(1.0, _BLUR_SIDE / max(ground.size))
    small = ground.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.BOX)
    radius = max(small.size) * _FAR_BLUR * blur
    layers = [small.filter(ImageFilter.GaussianBlur(one)) for one in (radius * _MID_BLUR, radius)]
    far = [_distance(row / height, line) for row in range(height)]
    weights = [[min(1.0, 4 * one) for one in far], [max(0.0, (one - 0.15) / 0.85) for one in far]]
    for top in range(0, height, _STRIP):
        bottom = min(height, top + _STRIP)
        strip = ground.crop((0, top, width, bottom))
        for layer, weight in zip(layers, weights, strict=True):
            source = (0, top * layer.height / height, layer.width, bottom * layer.height / height)
            soft = layer.resize(strip.size, Image.Resampling.BILINEAR, source)
            column = Image.frombytes("L", (1, bottom - top), bytes(round(255 * one) for one in weight[top:bottom]))
            strip = Image.composite(soft, strip, column.resize(strip.size, Image.Resampling.NEAREST))
        ground.paste(strip, (0, top))


def _distance(row: float, line: float) -> float:
    """How far out of focus a row is, 0 to 1."""
    away = (line - row) if row < line else (row - line) * _BEFORE
    return min(1.0, max(0.0, (away - _SHARP) / (_FARTHEST - _SHARP)))


def cover(picture: Image.Image, size: Size, surface: float = 0.5) -> Image.Image:
    """Return the largest part of a picture that has the size's shape, in that size (RGB): its middle across, and down
    what keeps the row at the share `surface` at that share."""
    scale = max(size[0] / picture.width, size[1] / picture.height)
    across, down = min(picture.width, size[0] / scale), min(picture.height, size[1] / scale)
    left, top = (picture.width - across) / 2, (picture.height - down) * surface
    part = (left, top, left + across, top + down)
    rgb = picture if picture.mode == "RGB" else picture.convert("RGB")
    return rgb.resize(size, Image.Resampling.LANCZOS, part, reducing_gap=3.0)
