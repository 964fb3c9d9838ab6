"""Measures of the subject: is it still the photo's, and is it sharp. Numbers, no verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageChops, ImageFilter

from backdrop.core.vocabulary import Box
from backdrop.imaging.quality.frame import SIDE, Frame, Means, differing, pixels_of, share

_FOCUS_SIDE = 1024
"""Pixels, longest side of the picture at which sharpness is judged."""

_LEAST_CONTRAST = 20
"""Levels (of 255) between the darkest and the brightest below which nothing can be said about sharpness."""

_SOME_DETAIL, _SAME_DETAIL = 2.0, 0.6
"""Levels (of 255) of detail worth comparing; difference by detail below which it is the same."""


def differing_subject(frame: Frame, core: Image.Image) -> float | None:
    """Share of the subject's inner pixels that are not the photo's (by more than 2 levels of 255)."""
    return share(differing(frame.photo, frame.result, 2), core) if share(core) > 0 else None


def alteration(frame: Frame, core: Image.Image) -> tuple[float, float] | None:
    """How the subject inside `core` differs from the photo's: in colour, and in structure; None without a subject.

    Colour: levels of 255 by which its colours moved, light counting a quarter as much as hue. Structure: share of
    detail that is not the photo's in the worst places, 0 (same) to more than 1 (unrelated).
    """
    before, after = Means(frame.photo.convert("YCbCr"), core), Means(frame.result.convert("YCbCr"), core)
    moved = total = 0.0
    for cell, size in enumerate(before.weights):
        if size < 0.05:
            continue
        light, blue, red = (x - y for x, y in zip(before.at(cell), after.at(cell), strict=True))
        moved += size * math.sqrt(light * light / 16 + blue * blue + red * red)
        total += size
    return (moved / total, _structure(frame, core)) if total > 0.5 else None


def _structure(frame: Frame, core: Image.Image) -> float:
    """Difference of the details of photo and result, by the detail of the photo, in the worst twentieth of cells."""
    scores = sorted(score for score, _ in _detail_scores(frame, core))
    worst = scores[-max(1, len(scores) // 20) :]
    return sum(worst) / len(worst) if worst else 0.0


def detail_kept(frame: Frame, boxes: Sequence[Box]) -> float | None:
    """Share of the photo's detail inside the boxes (without boxes: anywhere) that the result has too.

    For results without a mask: the old background in the boxes is rightly gone, so this is never near 1; near 0
    the product went with it. None where the photo has no detail.
    """
    region = Image.new("L", frame.photo.size, 0 if boxes else 255)
    for box in boxes:
        region.paste(255, pixels_of(box, region.size))
    scores = [(score, detail) for score, detail in _detail_scores(frame, region) if detail > _SOME_DETAIL]
    total = sum(detail for _, detail in scores)
    return sum(detail for score, detail in scores if score < _SAME_DETAIL) / total if total else None


def _detail_scores(frame: Frame, region: Image.Image) -> list[tuple[float, float]]:
    """Return for each cell that lies well in the region: difference of details by the photo's detail, and that
    detail."""
    fine = [_detail(image.convert("L")) for image in (frame.photo, frame.result)]
    residue = Means(ImageChops.difference(*fine), region)
    detail = Means(ImageChops.difference(fine[0], Image.new("L", region.size, 128)), region)
    scores = []
    for cell, size in enumerate(detail.weights):
        if size > 0.3:
            (difference,), (own,) = residue.at(cell), detail.at(cell)
            scores.append((difference / (own + 2.0), own))
    return scores


def _detail(grey: Image.Image) -> Image.Image:
    """What a slight blur takes away, around 128."""
    return ImageChops.subtract(grey, grey.filter(ImageFilter.BoxBlur(2)), 1, 128)


def window(mask: Image.Image | None, boxes: Sequence[Box], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where to look for sharpness: around the mask, else around the boxes, else everything. Pixels of `size`."""
    if mask is not None:
        found = mask.point([0] * 128 + [255] * 128).getbbox()
        if found is not None:
            across, down = size[0] / mask.width, size[1] / mask.height
            return (int(found[0] * across), int(found[1] * down), int(found[2] * across), int(found[3] * down))
    if boxes:
        corners = [pixels_of(box, size) for box in boxes]
        return (
            min(corner[0] for corner in corners),
            min(corner[1] for corner in corners),
            max(corner[2] for corner in corners),
            max(corner[3] for corner in corners),
        )
    return (0, 0, *size)


def closeup(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The part `box` in grey, as if the whole picture had at most `_FOCUS_SIDE` pixels; never enlarged.

    A model's picture of one megapixel, enlarged to the photo's size, is as sharp as the photo at this scale, and
    should be: every picture of that mode would be flagged otherwise.
    """
    width, height = box[2] - box[0], box[3] - box[1]
    scale = min(1.0, _FOCUS_SIDE / max(image.size), SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # Whole factors first, and the rest in grey: a third of the time of one resize.
    factor = min(int(1 / scale), width, height)
    part = image.reduce(factor, box) if factor > 1 else image.crop(box)
    return part.convert("L").resize(size, Image.Resampling.BOX)


def sharpness(grey: Image.Image) -> float | None:
    """How steep the steepest edges are, whatever their contrast: about 1 when crisp, below 0.3 when blurred.

    The finest detail in relation to coarser detail, each at its 99th percentile; None without any contrast.
    """
    if min(grey.size) < 32:
        return None
    once = grey.filter(ImageFilter.BoxBlur(1))
    fine = _percentile(ImageChops.difference(grey, once), 0.99)
    coarse = _percentile(ImageChops.difference(once, once.filter(ImageFilter.BoxBlur(3))), 0.99)
    # Strong blur leaves nothing at that scale either: then compare with larger scales. Crisp edges have about half
    # as much detail at one scale as at the next, and more than a tenth of all contrast.
    coarsest = _percentile(ImageChops.difference(once, once.filter(ImageFilter.BoxBlur(12))), 0.99)
    contrast = _percentile(once, 0.99) - _percentile(once, 0.01)
    return fine / max(coarse, coarsest / 2, contrast / 10) if contrast > _LEAST_CONTRAST else None


def _percentile(image: Image.Image, portion: float) -> float:
    """Return a percentile of an L image, interpolated inside the level: small values must not jump."""
    histogram = image.histogram()
    wanted, below = portion * sum(histogram), 0
    for level, count in enumerate(histogram):
        if below + count >= wanted and count:
            return level + (wanted - below) / count - 0.5 if level else 0.0
        below += count
    return 0.0
