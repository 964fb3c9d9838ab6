"""A product toned to the light of its backdrop: a little of its colour, and a little of its brightness."""

from __future__ import annotations

from PIL import Image

_COLOUR, _BRIGHTNESS = 0.35, 0.2
"""Powers: a backdrop that is twice as red as it is bright makes the product so much redder, and so on."""

_MIDDLE = 140.0
"""Levels of a backdrop that is neither bright nor dark."""

_COLOURS, _BRIGHTNESSES = (0.9, 1.1), (0.85, 1.06)
"""The least and the most by which a channel is multiplied, for each of both."""

_LEAST = 8.0
"""Levels that are added: what is nearly black has no colour."""


def tone(photo: Image.Image, backdrop: Image.Image, strength: float) -> Image.Image:
    """Return a photo (RGB), each channel multiplied by what the backdrop (RGB) has of it; `strength` from 0 to 1."""
    pixel = backdrop.convert("RGB").resize((1, 1), Image.Resampling.BOX, reducing_gap=1.0).tobytes()
    means = [value + _LEAST for value in pixel]
    bright = 0.299 * means[0] + 0.587 * means[1] + 0.114 * means[2]
    common = _within((bright / _MIDDLE) ** (_BRIGHTNESS * strength), _BRIGHTNESSES)
    levels = []
    for mean in means:
        factor = common * _within((mean / bright) ** (_COLOUR * strength), _COLOURS)
        levels += [min(255, round(value * factor)) for value in range(256)]
    return photo.point(levels)


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(bounds[1], max(bounds[0], value))
