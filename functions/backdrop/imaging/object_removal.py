"""Takes objects that are not kept out of the image that a model sees, where no mask can tell it about them.

Their boxes are filled with what is around them. That is no retouching: a model that finds the background by itself
then takes the place for background and paints it anew. The photo that the subject is taken from is never touched.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageFilter

from backdrop.core.vocabulary import Box
from backdrop.imaging.masks import alike

_MARGIN = 0.02
"""Ratio of the photo's side by which a box is widened: detectors' boxes are a little tight, and things cast shadows."""

_LARGEST = 0.6
"""Share of the photo above which a box is around the scene, not around a thing in it."""

_RING = 4
"""Pixels of the border whose mean is taken for what is around."""


def wiped(image: Image.Image, removed: Sequence[Box], kept: Sequence[Box]) -> Image.Image:
    """Return `image` (RGB) without what is in the removed boxes; the kept boxes stay as they are.

    A removed box that is also a kept one, that is around a kept one, or that is most of the photo is left alone.
    Boxes are shares of the image.
    """
    out = image
    for box in removed:
        if box[2] * box[3] > _LARGEST or any(alike(box, one) or _is_around(box, one) for one in kept):
            continue
        area = _pixels(box, image.size)
        if area[2] - area[0] < 2 or area[3] - area[1] < 2:
            continue
        if out is image:
            out = image.copy()
        out.paste(_filling(out, area), area[:2])
    if out is not image:
        for box in kept:
            area = _pixels(box, image.size)
            out.paste(image.crop(area), area[:2])
    return out


def _is_around(outer: Box, inner: Box) -> bool:
    width = min(outer[0] + outer[2], inner[0] + inner[2]) - max(outer[0], inner[0])
    height = min(outer[1] + outer[3], inner[1] + inner[3]) - max(outer[1], inner[1])
    return max(0.0, width) * max(0.0, height) > 0.5 * inner[2] * inner[3]


def _pixels(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, width, height = box
    return (
        max(0, round((left - _MARGIN) * size[0])),
        max(0, round((top - _MARGIN) * size[1])),
        min(size[0], round((left + width + _MARGIN) * size[0])),
        min(size[1], round((top + height + _MARGIN) * size[1])),
    )


def _filling(image: Image.Image, area: tuple[int, int, int, int]) -> Image.Image:
    """The colours of the area's border, led across from side to side and from top to bottom, half of each."""
    left, top, right, bottom = area
    width, height = right - left, bottom - top

    def strip(box: tuple[int, int, int, int], size: tuple[int, int]) -> Image.Image | None:
        inside = (max(0, box[0]), max(0, box[1]), min(image.width, box[2]), min(image.height, box[3]))
        if inside[0] >= inside[2] or inside[1] >= inside[3]:
            return None
        return image.resize(size, Image.Resampling.BOX, box=inside)

    across = _led(
        strip((left - _RING, top, left, bottom), (1, height)),
        strip((right, top, right + _RING, bottom), (1, height)),
        0,
    )
    down = _led(
        strip((left, top - _RING, right, top), (width, 1)), strip((left, bottom, right, bottom + _RING), (width, 1)), 1
    )
    parts = [part.resize((width, height), Image.Resampling.BILINEAR) for part in (across, down) if part is not None]
    if not parts:
        return image.crop(area)
    filling = parts[0] if len(parts) == 1 else Image.blend(parts[0], parts[1], 0.5)
    return filling.filter(ImageFilter.BoxBlur(max(1, min(width, height) // 40)))


def _led(first: Image.Image | None, last: Image.Image | None, axis: int) -> Image.Image | None:
    """Return two strips beside (axis 0) or above (axis 1) each other; one of them where the other lies off the
    photo."""
    if first is None or last is None:
        return first or last
    size = (2, first.height) if axis == 0 else (first.width, 2)
    both = Image.new(first.mode, size)
    both.paste(first, (0, 0))
    both.paste(last, (1, 0) if axis == 0 else (0, 1))
    return both
