"""Cut-outs as the local models need them: kept by content, and taken apart into objects."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.arrays import Alpha, Pixels
from backdrop_cutout.regions import Box, bounding_box
from backdrop_cutout.segmentation import CutOut, Runs

# Cut-outs are one byte a pixel: at most about 130 MB, whatever the pictures' size.
CACHE_BYTES = 96_000_000
# A part of a mask is an object of its own when it has this share of the largest part's area.
SIZEABLE = 0.12
MOST_PARTS = 6


def parts(alpha: Alpha) -> list[tuple[Box, Alpha]]:
    """The separate sizeable parts of a mask, the largest first, each with its box and own mask."""
    count, numbers, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.5).astype(np.uint8), connectivity=8)
    areas = [(int(stats[i, cv2.CC_STAT_AREA]), i) for i in range(1, count)]
    areas.sort(reverse=True)
    found: list[tuple[Box, Alpha]] = []
    for area, index in areas[:MOST_PARTS]:
        if area < SIZEABLE * areas[0][0] or area < 0.0008 * alpha.size:
            break
        mask = np.where(numbers == index, alpha, 0).astype(np.float32)
        box = bounding_box(mask)
        if box is not None:
            found.append((box, mask))
    return found


def _unpacked(stored: npt.NDArray[np.uint8]) -> Alpha:
    return np.asarray(stored / np.float32(255), np.float32)


class Segmenter:
    """Subject masks of pictures, kept by content so that no picture is segmented twice in a row."""

    def __init__(self, network: Runs, cache_bytes: int = CACHE_BYTES) -> None:
        self._cut_out = CutOut(network)
        self._cache: OrderedDict[bytes, npt.NDArray[np.uint8]] = OrderedDict()
        self._cache_bytes = cache_bytes
        self._lock = threading.Lock()

    def glance(self, pixels: Pixels) -> Alpha:
        """Full-size alpha of the subject, 0..1, from one look where that is enough to say where things are."""
        return self._cut_out.glance(pixels)

    def alpha(self, pixels: Pixels) -> Alpha:
        """Full-size alpha of the subject, 0..1, from the cache where this very picture was seen lately."""
        key = hashlib.blake2b(pixels.tobytes(), digest_size=16).digest() + bytes(str(pixels.shape), "ascii")
        with self._lock:
            known = self._cache.get(key)
            if known is not None:
                self._cache.move_to_end(key)
        if known is not None:
            return _unpacked(known)
        stored = np.clip(self._cut_out.alpha(pixels) * 255 + 0.5, 0, 255).astype(np.uint8)
        with self._lock:
            self._cache[key] = stored
            while len(self._cache) > 1 and sum(a.nbytes for a in self._cache.values()) > self._cache_bytes:
                self._cache.popitem(last=False)
        return _unpacked(stored)
