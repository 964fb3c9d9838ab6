"""The cut-out with its own network, loaded once: `cut_out` is all that callers need."""

from __future__ import annotations

import functools
import os

from backdrop_cutout.arrays import Pixels
from backdrop_cutout.network import Network
from backdrop_cutout.segmentation import CutOut, Found
from backdrop_cutout.weights import weights_file

ALGORITHM = "backdrop-cutout (U2-Net-p, several looks, guided filter, fine structure)"
# Raised whenever the same photo may get another mask: reports name it.
VERSION = "4"


def cut_out(pixels: Pixels) -> Found:
    """Find the subject of `pixels` (H x W x 3 uint8 RGB). docs/segmentation.md has figures.

    The first call loads the network (about 0.1 s).

    Raises:
        WeightsMissing: the weights are not where they should be.
    """
    return _loaded().find(pixels)


@functools.cache
def _loaded() -> CutOut:
    return CutOut(Network(weights_file(), max(1, min(4, os.cpu_count() or 1))))
