"""Finds the subject of a photo: U2-Net-p, then edges refined at full size."""

from __future__ import annotations

from typing import Protocol

import cv2
import numpy as np

from backdrop_cutout.arrays import Alpha, Pixels, bounded_size
from backdrop_cutout.fine_structure import DIFFERENCE_SIDE, with_fine_structure
from backdrop_cutout.matting import THIN, refine
from backdrop_cutout.network import Tensor
from backdrop_cutout.regions import bounding_box, without_bystanders, without_specks

NETWORK_SIDE = 320
# Undecided pixels per pixel of subject. On the sample photos the masks of bulky products have 0.04 to 0.08, those of
# thin but clear ones 0.13 and 0.16, doubtful ones 0.23 to 0.55 (their variations included). Each further look takes
# as long as the first, so that only those that gain by it get one.
CLEAR, HESITANT = 0.1, 0.2
# Of the closer looks at a doubtful subject; the rest is the first look's, which saw the surroundings.
CLOSER_SHARE = 0.8
# A part of a doubtful mask with less than this share of the largest part's area is a leaf of some other plant.
SPECK = 0.02
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def _hesitation(mask: Alpha) -> float:
    """Pixels that are neither subject nor background, per pixel of subject."""
    return float(((mask > 0.1) & (mask < 0.9)).sum()) / max(1.0, float((mask > 0.5).sum()))


class Runs(Protocol):
    """What a `Network` does."""

    def run(self, tensor: Tensor) -> Tensor:
        """Map N x C x H x W to N x 1 x H x W."""
        ...


class CutOut:
    """Subject masks of pictures."""

    def __init__(self, network: Runs) -> None:
        self._network = network

    def saliency(self, pixels: Pixels, *, mirrored: bool = False) -> Alpha:
        """Return a coarse subject mask, 320 x 320, 0..1; `mirrored`: of the picture flipped from left to right, flipped
        back."""
        small = np.asarray(cv2.resize(pixels, (NETWORK_SIDE, NETWORK_SIDE), interpolation=cv2.INTER_AREA), np.float32)
        if mirrored:
            small = small[:, ::-1]
        tensor = (small / max(float(small.max()), 1e-6) - _MEAN) / _DEVIATION
        found = self._network.run(np.ascontiguousarray(tensor.transpose(2, 0, 1)[None]))[0, 0]
        if mirrored:
            found = found[:, ::-1]
        low, high = float(found.min()), float(found.max())
        return np.asarray((found - low) / max(high - low, 1e-6), np.float32)

    def alpha(self, pixels: Pixels) -> Alpha:
        """Full-size alpha (H x W) of the subject of `pixels` (H x W x 3 RGB), 0..1."""
        first = self.saliency(pixels)
        hesitation = _hesitation(first)
        if hesitation <= CLEAR:
            return refine(pixels, first)
        if hesitation <= HESITANT:
            return refine(pixels, self._both_ways(pixels, first), levels=THIN)
        second = self._second_look(pixels, without_bystanders(first))
        return _finely(pixels, without_specks(without_bystanders(second), SPECK))

    def _both_ways(self, pixels: Pixels, seen: Alpha) -> Alpha:
        """Return the greater of `seen`, the mask of `pixels`, and the mask of `pixels` flipped from left to right.

        The network loses thin parts (a leg, a wire) here and there, and others when flipped, but rarely invents any.
        """
        return np.maximum(seen, self.saliency(pixels, mirrored=True))

    def _second_look(self, pixels: Pixels, first: Alpha) -> Alpha:
        """The mask after two looks at the region of the subject alone, which the network sees larger."""
        box = bounding_box(first, 0.3)
        if box is None:
            return first
        side = first.shape[0]
        box = box.grown(0.12, side, side)
        height, width = pixels.shape[:2]
        rows = slice(box.top * height // side, -(-box.bottom * height // side))
        columns = slice(box.left * width // side, -(-box.right * width // side))
        region = pixels[rows, columns]
        size = (box.right - box.left, box.bottom - box.top)
        seen = self._both_ways(region, self.saliency(region))
        closer = cv2.resize(seen, size, interpolation=cv2.INTER_AREA)
        both = first * np.float32(1 - CLOSER_SHARE)
        both[box.top : box.bottom, box.left : box.right] += closer * np.float32(CLOSER_SHARE)
        return np.asarray(both, np.float32)


def _finely(pixels: Pixels, mask: Alpha) -> Alpha:
    """Full-size alpha of a doubtful mask: fine structure is what makes the network hesitate."""
    size = bounded_size(pixels, DIFFERENCE_SIDE)
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    structured = with_fine_structure(small, refine(small, mask, levels=THIN))
    if structured is None:
        return refine(pixels, mask)
    return refine(pixels, structured, working_side=DIFFERENCE_SIDE, radius=2)
