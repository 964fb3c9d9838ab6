"""`python -m tests.bench.segmentation`: the built-in cut-out against the samples' true masks. Figures, no verdict.

IoU: of what is above half, over the whole picture. Edge error: mean absolute difference of the alphas in a band of
1 % of the longer side around the true outline. `--variations` repeats it on changed photos: a rule that only fits
one picture fails there. CPU: of all cores together; it says more than the time where others work on the machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from backdrop_cutout.network import Network
from backdrop_cutout.segmentation import CutOut
from localcloud.models.weights import ensure
from tests.bench.processes import memory_mb
from tests.bench.samples import SAMPLES, SMALLEST, all_names

_Array = npt.NDArray[np.uint8]
_Change = Callable[[_Array], _Array]
# Longer side of the photos that are varied: the masks are made at 320 to 1024 px anyway.
_VARIED_SIDE = 1600


def _scaled(picture: _Array, share: float) -> _Array:
    size = (round(picture.shape[1] * share), round(picture.shape[0] * share))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _lit(picture: _Array, factor: float) -> _Array:
    """Colour pictures brighter or darker; masks (H x W) stay."""
    lit = np.clip(picture * np.float32(factor), 0, 255).astype(np.uint8)
    return picture if picture.ndim == 2 else lit


def _cropped(picture: _Array) -> _Array:
    """4 % off each side: no sample's subject is cut."""
    rows, columns = round(picture.shape[0] * 0.04), round(picture.shape[1] * 0.04)
    return picture[rows:-rows, columns:-columns]


VARIATIONS: dict[str, _Change] = {
    "as is": lambda picture: picture,
    "mirrored": lambda picture: np.ascontiguousarray(picture[:, ::-1]),
    "60 %": lambda picture: _scaled(picture, 0.6),
    "darker": lambda picture: _lit(picture, 0.85),
    "brighter": lambda picture: _lit(picture, 1.15),
    "cropped": lambda picture: np.ascontiguousarray(_cropped(picture)),
}


def _sample(name: str) -> tuple[_Array, _Array]:
    with Image.open(SAMPLES / "photos" / f"{name}.jpg") as photo:
        pixels = np.asarray(ImageOps.exif_transpose(photo).convert("RGB"))
    with Image.open(SAMPLES / "alpha" / f"{name}.alpha.png") as alpha:
        return pixels, np.asarray(alpha.convert("L"))


def overlap(found: npt.NDArray[np.float32], true: _Array) -> float:
    """Intersection over union of what is above half."""
    ours, real = found > 0.5, true > 127
    return float((ours & real).sum() / max(1, (ours | real).sum()))


def edge_error(found: npt.NDArray[np.float32], true: _Array) -> float:
    """Mean absolute difference in the band around the true outline."""
    side = 2 * round(max(true.shape) * 0.01) + 1
    kernel = np.ones((side, side), np.uint8)
    band = cv2.dilate(true, kernel) != cv2.erode(true, kernel)
    return float(np.abs(found[band] - true[band] / np.float32(255)).mean())


def _full_size(cut_out: CutOut, names: list[str]) -> None:
    print(f"{'photo':26} {'megapixels':>10} {'IoU':>6} {'edge error':>10} {'ms':>6} {'CPU ms':>7}")
    for name in names:
        pixels, true = _sample(name)
        started, worked = time.perf_counter(), time.process_time()
        found = cut_out.alpha(pixels)
        spent, work = (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000
        size = true.size / 1e6
        quality = f"{overlap(found, true):6.3f} {edge_error(found, true):10.3f}"
        print(f"{name:26} {size:10.1f} {quality} {spent:6.0f} {work:7.0f}", flush=True)
    print(f"largest memory of this process: {memory_mb(os.getpid(), 'VmHWM'):.0f} MB")


def _varied(cut_out: CutOut, names: list[str]) -> None:
    print(f"{'IoU':26} " + " ".join(f"{variation:>9}" for variation in VARIATIONS))
    for name in names:
        pixels, true = _sample(name)
        share = _VARIED_SIDE / max(true.shape)
        pixels, true = _scaled(pixels, share), _scaled(true, share)
        scores = [overlap(cut_out.alpha(change(pixels)), change(true)) for change in VARIATIONS.values()]
        print(f"{name:26} " + " ".join(f"{score:9.3f}" for score in scores), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of the photos at full size, or of their variations."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.segmentation")
    parser.add_argument("--variations", action="store_true", help="the same photos mirrored, resized, relit, cropped")
    parser.add_argument("--smallest", action="store_true", help="both tables of one photo")
    options = parser.parse_args(arguments)
    cut_out = CutOut(Network(ensure().segmentation, 2))
    names = [SMALLEST] if options.smallest else all_names()
    if options.smallest or not options.variations:
        _full_size(cut_out, names)
    if options.smallest or options.variations:
        _varied(cut_out, names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
