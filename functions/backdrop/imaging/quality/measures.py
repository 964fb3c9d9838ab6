"""Measures of the mask, of the background and of the outline between them: numbers, no verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image

from backdrop.core.vocabulary import Box
from backdrop.imaging.quality.frame import Frame, Means, Regions, differing, eroded, pixels_of, share

_CHANGED = 10
"""Levels (of 255) by which a background pixel must differ to count as changed: more than an encoder's error."""

_LEAST_BACKGROUND = 0.01
"""Share of the picture below which there is no background to speak of."""

_CONTRAST = 30
"""Distance in RGB (levels of 255) below which subject and background are too alike to tell them apart."""

_ALIKE = 0.25
"""Of that distance: nearer to the background's colour than this is the background's colour."""

_RING_LEVELS = 12
"""Levels (of 255) by which a ring must be brighter or darker than what it lies between."""

_ENOUGH_CELLS = 4
"""Fewer say nothing about an outline."""

_WIDE = 2
"""Pixels: half-decided places of more than twice this width are no rim any more."""


def coverage(mask: Image.Image) -> float:
    """Share of the picture that is subject."""
    return share(mask)


def undecided(mask: Image.Image) -> float:
    """Area of wide half-decided places in relation to the subject's: a clean cut-out is undecided on its rim only."""
    soft = mask.point([255 if 26 <= value <= 229 else 0 for value in range(256)])
    return share(eroded(soft, _WIDE)) / max(1e-6, share(mask))


def border_contact(mask: Image.Image) -> float:
    """Share of the frame's border where the subject is."""
    width, height = mask.size
    strips = ((0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height))
    touching = sum(sum(mask.crop(strip).histogram()[128:]) for strip in strips)
    return touching / (2 * (width + height))


def least_box_filled(mask: Image.Image, boxes: Sequence[Box]) -> float | None:
    """Return which share of a kept box's width and height the mask spans, for the box that it fills least.

    Spans, not areas: a chair's mask covers a fifth of its box and is right.
    """
    set_ = mask.point([0] * 128 + [255] * 128)
    spans = []
    for box in boxes:
        pixels = pixels_of(box, mask.size)
        found = set_.crop(pixels).getbbox()
        if found is None:
            spans.append(0.0)
            continue
        area = (pixels[2] - pixels[0]) * (pixels[3] - pixels[1])
        spans.append((found[2] - found[0]) * (found[3] - found[1]) / area)
    return min(spans, default=None)


def outside_boxes(mask: Image.Image, boxes: Sequence[Box], margin: float) -> float | None:
    """Share of the mask that lies outside all kept boxes, each widened by `margin` (share of the picture's side)."""
    if not boxes:
        return None
    rest = mask.point([0] * 128 + [255] * 128)
    before = share(rest)
    for left, top, width, height in boxes:
        wider = (left - margin, top - margin, width + 2 * margin, height + 2 * margin)
        rest.paste(0, pixels_of(wider, mask.size))
    return share(rest) / before if before else None


def unchanged_background(frame: Frame, outside: Image.Image, background: str) -> float | None:
    """Share of the background that still is the photo's, or is not the colour or the transparency asked for.

    outside: where no subject is. background: "generated", "transparent", "backdrop" or "#rrggbb". None: there is no
    background.
    """
    if share(outside) < _LEAST_BACKGROUND:
        return None
    if background == "transparent":
        if frame.alpha is None:
            return 1.0
        return share(frame.alpha.point([0 if value <= _CHANGED else 255 for value in range(256)]), outside)
    if background.startswith("#"):
        wanted = Image.new("RGB", frame.photo.size, background)
        return share(differing(frame.result, wanted, _CHANGED), outside)
    return 1 - share(differing(frame.photo, frame.result, _CHANGED), outside)


def unchanged_picture(frame: Frame) -> float:
    """Share of the whole picture that still is the photo's: for results without a mask."""
    return 1 - share(differing(frame.photo, frame.result, _CHANGED))


def old_rim(frame: Frame, places: Regions) -> float | None:
    """Share of the outline along which the outermost subject pixels have the old background's colour.

    That is what a mask looks like that is too wide. None where the subject has no inside, or nowhere another colour
    than the background.
    """
    front, old, edge = (Means(frame.photo, place) for place in (places.deep, places.near, places.edge))
    alike, weights = [], []
    for cell in edge.shared_with(front, old):
        background = old.at(cell)
        contrast = math.dist(front.at(cell), background)
        if contrast > _CONTRAST:
            weights.append(edge.weights[cell])
            alike.append(math.dist(edge.at(cell), background) < _ALIKE * contrast)
    if len(weights) < _ENOUGH_CELLS:
        return None
    return sum(weight for weight, same in zip(weights, alike, strict=True) if same) / sum(weights)


def rings(frame: Frame, places: Regions) -> tuple[float, float] | None:
    """Shares of the outline with a ring around it that is brighter, and darker, than both subject and background.

    None when there is too little outline.
    """
    front, back, ring = (Means(frame.result, place) for place in (places.edge, places.near, places.ring))
    bright = dark = total = 0.0
    cells = ring.shared_with(front, back)
    for cell in cells:
        levels = [_light(means.at(cell)) for means in (front, back)]
        light, weight = _light(ring.at(cell)), ring.weights[cell]
        bright += weight * (light > max(levels) + _RING_LEVELS)
        dark += weight * (light < min(levels) - _RING_LEVELS)
        total += weight
    return (bright / total, dark / total) if len(cells) >= _ENOUGH_CELLS else None


def _light(colour: tuple[float, ...]) -> float:
    """Luma of RGB (ITU-R BT.601)."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]
