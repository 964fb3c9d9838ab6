"""Leaves, spindles, spokes: structure finer than the network's 320 px, found by what lies behind it.

What is behind a product is mostly plain or out of focus there. So the background is filled in across the
subject from all around it, and where the subject is finely structured, whatever differs from that filling is
subject and whatever equals it is a gap. Elsewhere the network's mask stays as it is.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.arrays import Alpha, FloatImage, Pixels, bounded_size

# Structure is looked for in a picture of this many pixels on the longer side, where leaves and spindles are
# still a few pixels wide; the lengths below are in its pixels.
STRUCTURE_SIDE = 640
DIFFERENCE_SIDE = 1024
# Contrast (sum of Lab differences) to the near surroundings that counts as detail in focus: noise and cloth
# stay below 4, edges of separate things are above 10.
DETAIL_CONTRAST = 6.0
DETAIL_RADIUS = 2.0
# A region is finely structured when over a third of it, looked at through a window of about three spindles,
# is detail. A single outline has less, and what survives is opened by a disc wider than an outline.
DENSITY_RADIUS = 6.0
DENSITY = 0.35
OPENING = 15
# A region smaller than this share of the subject gains little and can lose more: a lid's rim, a reflection.
# On the sample photos leaves and spindles have 1.5 and 0.54, what is found on a kettle at most 0.07.
LEAST_SHARE = 0.3
MARGIN = 6
# Where more than this share of the surroundings is dense with detail itself (foliage, bricks, a full shelf), nothing
# can be filled in from them. Of the validation pictures that rules are made on (and the samples), those that gain have
# at most 0.07, those that would lose at least 0.23.
BUSY = 0.12
BESIDE = 20
# Lab distance to the filled-in background: below the first it is background (just noticeable differences are
# about 2, the filling is off by some more), above the second it is subject.
SAME, DIFFERENT = 5.0, 11.0
REPEATS = 3

_Mask = npt.NDArray[np.uint8]


def _disc(diameter: int) -> _Mask:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (diameter, diameter)), np.uint8)


def _sized(picture: Pixels, longer: int) -> FloatImage:
    """Lab, with at most `longer` pixels on the longer side."""
    small = cv2.resize(picture, bounded_size(picture, longer), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def filled(picture: FloatImage, known: Alpha) -> FloatImage:
    """Return `picture` (H x W x 3) with what is not `known` (H x W, 0..1) filled in smoothly from all around it.

    Pull-push over halved copies: https://dl.acm.org/doi/10.1145/237170.237200, The Lumigraph.
    """
    levels: list[tuple[FloatImage, Alpha]] = [(np.asarray(picture * known[..., None], np.float32), known)]
    while min(levels[-1][1].shape) > 2:
        values, weights = levels[-1]
        size = ((weights.shape[1] + 1) // 2, (weights.shape[0] + 1) // 2)
        levels.append(
            (
                np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32),
                np.asarray(cv2.resize(weights, size, interpolation=cv2.INTER_AREA), np.float32),
            )
        )
    found = levels[-1][0] / np.maximum(levels[-1][1], 1e-6)[..., None]
    for values, weights in reversed(levels[:-1]):
        coarser = cv2.resize(found, (weights.shape[1], weights.shape[0]), interpolation=cv2.INTER_LINEAR)
        # A quarter of a cell known is enough to speak for it.
        trust = np.clip(weights * 4, 0, 1)[..., None]
        found = coarser * (1 - trust) + trust * values / np.maximum(weights, 1e-6)[..., None]
    return np.asarray(found, np.float32)


def _dense(lab: FloatImage) -> _Mask:
    """Regions dense with detail in focus."""
    contrast = np.abs(lab - cv2.GaussianBlur(lab, (0, 0), DETAIL_RADIUS)).sum(-1)
    density = cv2.GaussianBlur((contrast > DETAIL_CONTRAST).astype(np.float32), (0, 0), DENSITY_RADIUS)
    dense = cv2.morphologyEx((density > DENSITY).astype(np.uint8), cv2.MORPH_OPEN, _disc(OPENING))
    return np.asarray(dense, np.uint8)


def _structured(dense: _Mask, subject: _Mask) -> _Mask:
    """The sizeable ones of the dense regions that touch the subject."""
    _, numbers, stats, _ = cv2.connectedComponentsWithStats(dense, connectivity=8)
    touching = np.unique(numbers[(cv2.dilate(subject, _disc(7)) > 0) & (dense > 0)])
    large = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] > LEAST_SHARE * subject.sum())
    return np.isin(numbers, np.setdiff1d(np.intersect1d(touching, large), [0])).astype(np.uint8)


def _busy(dense: _Mask, subject: _Mask) -> bool:
    """Whether the surroundings, beyond the box around the subject and its leaf tips, are dense with detail."""
    left, top, width, height = cv2.boundingRect(subject)
    surroundings = np.ones(subject.shape, bool)
    surroundings[max(0, top - BESIDE) : top + height + BESIDE, max(0, left - BESIDE) : left + width + BESIDE] = False
    return not surroundings.any() or float(dense[surroundings].mean()) > BUSY


def with_fine_structure(pixels: Pixels, mask: Alpha) -> Alpha | None:
    """Return `mask` (full picture, any size) with gaps cut out and fine parts added, at most DIFFERENCE_SIDE px.

    None where the subject has no region of fine structure, or surroundings as full of detail.
    """
    lab = _sized(pixels, STRUCTURE_SIDE)
    height, width = lab.shape[:2]
    coarse = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    subject = (coarse > 0.5).astype(np.uint8)
    dense = _dense(lab)
    region = _structured(dense, subject)
    if not region.any() or _busy(dense, subject):
        return None
    # Detailed things beside the subject are no background either: their colours would spread into the gaps.
    unknown = cv2.dilate(np.maximum((coarse > 0.1).astype(np.uint8), dense), _disc(2 * MARGIN + 1))
    known = np.asarray(1 - unknown, np.float32)
    around = cv2.dilate(region, _disc(2 * MARGIN + 1))
    background = filled(lab, known)
    for _ in range(REPEATS):
        # Again with the gaps found so far: they are nearer than the surroundings.
        gaps = (np.linalg.norm(lab - background, axis=-1) < SAME) & (around > 0)
        background = filled(lab, np.maximum(known, cv2.erode(gaps.astype(np.uint8), _disc(3)).astype(np.float32)))

    fine = _sized(pixels, DIFFERENCE_SIDE)
    size = (fine.shape[1], fine.shape[0])
    distance = np.linalg.norm(fine - cv2.resize(background, size, interpolation=cv2.INTER_LINEAR), axis=-1)
    by_difference = np.clip((distance - SAME) / (DIFFERENT - SAME), 0, 1)
    share = cv2.GaussianBlur(cv2.resize(around.astype(np.float32), size), (0, 0), 2)
    by_network = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(by_network + share * (by_difference - by_network), np.float32)
