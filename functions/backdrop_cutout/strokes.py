"""Rough strokes on a cut-out become true edges: what a stroke lies on is kept, or goes, as far as it reaches.

A person draws over a lost leg, or over a piece of the shelf that stuck to the product. Which pixels are meant is told
by their colours (those under the stroke against those of the rest), and where they end by the strongest edges around:
GrabCut (https://doi.org/10.1145/1186562.1015720), OpenCV's. What is not connected with the stroke stays as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.arrays import Alpha, Pixels
from backdrop_cutout.matting import refine
from backdrop_cutout.regions import Box, bounding_box

Region = npt.NDArray[np.bool_]  # H x W

WORKING_SIDE = 384
"""Pixels, longest side of the part that is looked at: a second look at more of them says the same and takes longer."""

_AROUND = 0.06
"""Share of the picture's longer side that is looked at around a stroke, besides half of the stroke's own size."""
_SURE = 0.5
"""Share of a stroke's width that surely is what it is drawn for: people draw beyond edges."""
_BINS = 16
"""Of each colour, in which colours are counted."""
_LIKELIER = 1.5
"""A colour is the stroke's when it is so much more likely under it than in the rest."""
_ROUNDS = 2
_EDGE = 3
"""Pixels of the mask on both sides of what changed, in which its edge is drawn anew."""


@dataclass(frozen=True)
class Stroke:
    """A line drawn by hand.

    Attributes:
        points: (x, y) as shares of the picture's width and height, in their order; one is a dot.
        width: share of the picture's longer side.
    """

    points: Sequence[tuple[float, float]]
    width: float

    def drawn(self, size: tuple[int, int], share: float = 1.0) -> Region:
        """The pixels of a picture of `size` (width, height) that a stroke of `share` of its width covers."""
        area = np.zeros((size[1], size[0]), np.uint8)
        thickness = max(1, round(self.width * share * max(size)))
        line = [(round(x * (size[0] - 1)), round(y * (size[1] - 1))) for x, y in self.points]
        for start, end in zip(line, line[1:] or line, strict=False):
            cv2.line(area, start, end, 1, thickness)
        for point in line:
            cv2.circle(area, point, thickness // 2, 1, -1)
        return area > 0


def with_strokes(pixels: Pixels, mask: Alpha, keep: Sequence[Stroke], remove: Sequence[Stroke]) -> Alpha:
    """The mask after the strokes, first those that keep.

    Args:
        pixels: H x W x 3 uint8 RGB.
        mask: H x W, 0..1, 1 = subject.
        keep: what they lie on becomes subject.
        remove: what they lie on becomes background.
    """
    for stroke in keep:
        mask = _changed(pixels, mask, stroke, kept=True)
    for stroke in remove:
        mask = _changed(pixels, mask, stroke, kept=False)
    return mask


def _changed(pixels: Pixels, mask: Alpha, stroke: Stroke, *, kept: bool) -> Alpha:
    height, width = mask.shape
    drawn = stroke.drawn((width, height))
    box = _looked_at(drawn)
    if box is None:
        return mask
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    part, before = pixels[rows, columns], mask[rows, columns]
    # As if the subject's opposite were the subject: to remove is to keep of the background.
    side = before if kept else 1 - before
    sure = stroke.drawn((width, height), _SURE)[rows, columns]
    reached = _reached(part, side > 0.5, drawn[rows, columns], sure)
    after = _with_edge(part, side, reached)
    out = mask.copy()
    out[rows, columns] = after if kept else 1 - after
    return out


def _looked_at(drawn: Region) -> Box | None:
    """The part of the picture around a stroke."""
    box = bounding_box(drawn.astype(np.float32))
    if box is None:
        return None
    height, width = drawn.shape
    around = round(_AROUND * max(width, height) + max(box.right - box.left, box.bottom - box.top) / 2)
    return Box(
        max(0, box.left - around),
        max(0, box.top - around),
        min(width, box.right + around),
        min(height, box.bottom + around),
    )


def _reached(pixels: Pixels, side: Region, drawn: Region, sure: Region) -> Region:
    """What joins `side` by a stroke: found at a smaller size, at the size of `pixels`."""
    height, width = side.shape
    scale = min(1.0, WORKING_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    small_side, small_drawn, small_sure = (_shrunk(one, size) for one in (side, drawn, sure))
    found = _grown(small, small_side, small_drawn, small_sure | _centre(small_sure, small_drawn))
    enlarged = cv2.resize(found.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    return np.asarray((enlarged | sure) & ~side, np.bool_)


def _centre(sure: Region, drawn: Region) -> Region:
    """The stroke itself where its middle is thinner than a pixel."""
    return sure if sure.any() else drawn


def _grown(pixels: Pixels, side: Region, drawn: Region, sure: Region) -> Region:
    """What of the other side belongs to the stroke, connected with it."""
    other = ~side
    alike = _alike(pixels, drawn & other, other & ~drawn)
    labels = np.full(side.shape, cv2.GC_PR_BGD, np.uint8)
    labels[alike | (drawn & other)] = cv2.GC_PR_FGD
    labels[side | sure] = cv2.GC_FGD
    labels[_far(drawn) & other] = cv2.GC_BGD
    if (labels == cv2.GC_FGD).all() or not np.isin(labels, (cv2.GC_BGD, cv2.GC_PR_BGD)).any():
        return drawn & other
    # Its mixtures are begun by chance: the same stroke must give the same mask.
    cv2.setRNGSeed(1)
    background, subject = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(pixels, labels, (0, 0, 1, 1), background, subject, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    joined = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)) & other
    return _touching(joined, sure)


def _alike(pixels: Pixels, stroke: Region, rest: Region) -> Region:
    """Pixels whose colour is more likely under the stroke than in the rest."""
    if not stroke.any() or not rest.any():
        return stroke
    lab = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.int32) // (256 // _BINS)
    cells = np.asarray((lab[..., 0] * _BINS + lab[..., 1]) * _BINS + lab[..., 2], np.int32)
    under, beside = (_likelihood(cells[region]) for region in (stroke, rest))
    return np.asarray((under[cells] > _LIKELIER * beside[cells]) & (stroke | rest), np.bool_)


def _likelihood(cells: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """How likely each colour is, by those of some pixels and their neighbours among the colours."""
    counts = np.bincount(cells, minlength=_BINS**3).astype(np.float32).reshape(_BINS, _BINS, _BINS)
    for axis in range(3):
        before, after = np.roll(counts, 1, axis), np.roll(counts, -1, axis)
        counts = 0.25 * before + 0.5 * counts + 0.25 * after
    return np.asarray(counts.ravel() / max(1, len(cells)) + 1e-6, np.float32)


def _far(drawn: Region) -> Region:
    """What lies further from the stroke than half of its own size reaches, which it can't mean."""
    box = bounding_box(drawn.astype(np.float32))
    if box is None:
        return np.ones_like(drawn)
    reach = max(8.0, 0.5 * max(box.right - box.left, box.bottom - box.top))
    away = cv2.distanceTransform((~drawn).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(away > reach, np.bool_)


def _touching(region: Region, stroke: Region) -> Region:
    """The connected pieces of a region that a stroke touches."""
    _, numbers = cv2.connectedComponents(region.astype(np.uint8), connectivity=8)
    touched = np.unique(numbers[stroke & region])
    return np.asarray(np.isin(numbers, touched[touched > 0]), np.bool_)


def _with_edge(pixels: Pixels, side: Alpha, reached: Region) -> Alpha:
    """The mask with what was reached; its edge follows the picture where something changed, and nowhere else."""
    if not reached.any():
        return side
    hard = np.maximum(side, reached.astype(np.float32))
    soft = refine(pixels, hard, working_side=max(pixels.shape[:2]), radius=_EDGE)
    kernel = np.ones((2 * _EDGE + 1, 2 * _EDGE + 1), np.uint8)
    near = cv2.dilate(reached.astype(np.uint8), kernel) > 0
    return np.asarray(np.where(near, np.maximum(soft, np.where(reached, 0.0, side)), side), np.float32)


def _shrunk(region: Region, size: tuple[int, int]) -> Region:
    return np.asarray(cv2.resize(region.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.3, np.bool_)


def within(mask: Alpha, rectangle: tuple[float, float, float, float]) -> Alpha:
    """The mask without what lies outside of a rectangle (left, top, width, height as shares)."""
    height, width = mask.shape
    left, top = round(rectangle[0] * width), round(rectangle[1] * height)
    right, bottom = round((rectangle[0] + rectangle[2]) * width), round((rectangle[1] + rectangle[3]) * height)
    out = np.zeros_like(mask)
    out[top:bottom, left:right] = mask[top:bottom, left:right]
    return out
