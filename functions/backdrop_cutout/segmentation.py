"""Finds the subject of a photo: looks of U2-Net-p, averaged, then edges refined at full size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from backdrop_cutout.arrays import Alpha, Pixels, bounded_size, stretched
from backdrop_cutout.doubt import Place, hesitation, most_doubtful, spread
from backdrop_cutout.fine_structure import DIFFERENCE_SIDE, with_fine_structure
from backdrop_cutout.matting import THIN, refine
from backdrop_cutout.network import Tensor
from backdrop_cutout.regions import bounding_box, without_bystanders, without_specks

NETWORK_SIDE = 320
# Looks are put together at this many pixels a side, where a closer look's detail is not lost.
JOINED_SIDE = 512
# Undecided pixels per pixel of subject, and how far looks differ (`spread`). Bulky products have at most 0.1 and 0.03:
# further looks change nothing there.
CLEAR, ALIKE = 0.1, 0.03
# Undecided pixels per pixel of subject below which one look is enough. On the rules part, single looks that are clearer
# than 0.084 are within 0.003 IoU of all looks together, and none of theirs is doubted: some way below that.
PLAIN = 0.07
# The same for a subject's box: below it the box of one look is within 0.03 of that of all, on every picture.
ROUGHLY = 0.15
# What a closer look counts beside one at the whole photo. At 1, one of the pictures that rules are made on is worse
# than the plain network's by more than 0.02; on average it makes no difference.
CLOSER = 0.75
# A separate part with less than this share of the largest part's area is a leaf of some other plant.
SPECK = 0.02
# Room around the subject's box, as a share of it, in a closer look.
ROOM = 0.12
_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


@dataclass(frozen=True)
class Found:
    """A cut-out and how far it is to be doubted.

    Attributes:
        alpha: full-size, H x W, 0..1.
        doubt: how far the looks at the photo differ: 0, all are alike, or one was so clear that there was no other, to
            1, they have nothing in common.
        place: where they differ most, as shares of the picture's sides (left, top, width, height); None: nowhere.
    """

    alpha: Alpha
    doubt: float
    place: Place | None


class Runs(Protocol):
    """What a `Network` does."""

    def run(self, tensor: Tensor) -> Tensor:
        """Map N x C x H x W to N x 1 x H x W."""
        ...


class CutOut:
    """Subject masks of pictures."""

    def __init__(self, network: Runs) -> None:
        self._network = network

    def alpha(self, pixels: Pixels) -> Alpha:
        """Full-size alpha (H x W) of the subject of `pixels` (H x W x 3 RGB), 0..1."""
        return self.find(pixels).alpha

    def find(self, pixels: Pixels) -> Found:
        """Cut out the subject of `pixels` (H x W x 3 RGB).

        Several looks are averaged: what the network loses in one (a leg, a wire) it finds in another, and what it
        invents in one it does not in others. A first look that is all but decided (`PLAIN`) stays alone.
        """
        first = self.look(pixels)
        mask = stretched(first)
        if hesitation(mask) < PLAIN:
            return Found(refine(pixels, mask), 0.0, None)
        looks = [first, self.look(pixels, mirrored=True)]
        mask = stretched(np.mean(looks, axis=0, dtype=np.float32))
        doubt = spread(looks)
        if hesitation(mask) > CLEAR or doubt > ALIKE:
            looks = [_resized(look, JOINED_SIDE) for look in looks] + self._closer_looks(pixels, mask)
            weighed = np.average(looks, axis=0, weights=(1, 1, *[CLOSER] * (len(looks) - 2)))
            mask = without_specks(without_bystanders(stretched(weighed.astype(np.float32))), SPECK)
            return Found(_finely(pixels, mask), spread(looks), most_doubtful(looks))
        return Found(refine(pixels, mask), doubt, most_doubtful(looks))

    def glance(self, pixels: Pixels) -> Alpha:
        """Full-size alpha (H x W) of the subject of `pixels` (H x W x 3 RGB), to say where things are: from one look
        where that is clear enough (`ROUGHLY`)."""
        mask = stretched(self.look(pixels))
        return refine(pixels, mask) if hesitation(mask) < ROUGHLY else self.alpha(pixels)

    def look(self, pixels: Pixels, *, mirrored: bool = False) -> Alpha:
        """Return the network's answer, 320 x 320; `mirrored`: of the picture flipped from left to right, flipped
        back."""
        small = np.asarray(cv2.resize(pixels, (NETWORK_SIDE, NETWORK_SIDE), interpolation=cv2.INTER_AREA), np.float32)
        if mirrored:
            small = small[:, ::-1]
        tensor = (small / max(float(small.max()), 1e-6) - _MEAN) / _DEVIATION
        found = self._network.run(np.ascontiguousarray(tensor.transpose(2, 0, 1)[None]))[0, 0]
        return np.asarray(found[:, ::-1] if mirrored else found, np.float32)

    def _closer_looks(self, pixels: Pixels, mask: Alpha) -> list[Alpha]:
        """Two looks, one of them in the mirror, at the subject's box alone, which the network sees larger."""
        box = bounding_box(mask, 0.3)
        if box is None:
            return []
        side = mask.shape[0]
        height, width = pixels.shape[:2]
        box = box.grown(ROOM, side, side)
        region = pixels[
            box.top * height // side : -(-box.bottom * height // side),
            box.left * width // side : -(-box.right * width // side),
        ]
        looks = []
        for mirrored in (False, True):
            look = np.zeros((side, side), np.float32)
            size = (box.right - box.left, box.bottom - box.top)
            look[box.top : box.bottom, box.left : box.right] = cv2.resize(
                self.look(region, mirrored=mirrored), size, interpolation=cv2.INTER_AREA
            )
            looks.append(_resized(look, JOINED_SIDE))
        return looks


def _resized(mask: Alpha, side: int) -> Alpha:
    return np.asarray(cv2.resize(mask, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _finely(pixels: Pixels, mask: Alpha) -> Alpha:
    """Full-size alpha of a doubtful mask: fine structure is what makes the network hesitate."""
    size = bounded_size(pixels, DIFFERENCE_SIDE)
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    structured = with_fine_structure(small, refine(small, mask, levels=THIN))
    if structured is None:
        return refine(pixels, mask)
    return refine(pixels, structured, working_side=DIFFERENCE_SIDE, radius=2)
