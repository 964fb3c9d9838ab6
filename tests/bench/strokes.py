"""`python -m tests.bench strokes`: a stroke in the mask editor on photos of 12 megapixels. Target: answered in 1.5 s.

The true mask loses its lower eighth; one stroke over it is worked on by the function as the editor asks it: the photo
is read from S3 (here: from memory), the mask comes and goes as PNG. The floor is what no way can do without: to decode
the photo at the size of the answer.
"""

from __future__ import annotations

import base64
import hashlib
import io
import time
from statistics import median
from typing import Any, TextIO

import numpy as np
from PIL import Image

from backdrop.aws.objects import Objects
from backdrop.core.limits import MASK_EDIT_SIDE
from backdrop.handlers import cut_out
from backdrop.imaging.photos import open_photo
from tests.bench.samples import SAMPLES

_LARGE = ("mug_wooden_desk", "wine_bottle_kitchen", "headphones_plywood", "wooden_chair_room", "potted_plant_window")
_REPEATS = 3
_TARGET_SECONDS = 1.5


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write for each photo the overlap with the true mask before and after, the time, and its ratio to the floor."""
    out.write(f"strokes: one on a photo of 12 megapixels, mask of {MASK_EDIT_SIDE} px; target {_TARGET_SECONDS} s\n")
    for name in _LARGE[:1] if smallest else _LARGE:
        source = (SAMPLES / "photos" / f"{name}.jpg").read_bytes()
        twin: Any = Objects
        twin.get = lambda _self, _bucket, _key, missing=None, source=source: source
        truth = _truth(name, open_photo(source, max_side=MASK_EDIT_SIDE).image.size)
        spoiled, points = _spoil(truth)
        wish: dict[str, Any] = {"Bucket": "b", "Key": "k", "Name": name, "Sha256": hashlib.sha256(source).hexdigest()}
        wish |= {"Mask": _text(spoiled), "Keep": [{"Points": points, "Width": 0.03}]}
        times, floors = [], []
        for _ in range(1 if smallest else _REPEATS):
            began = time.perf_counter()
            answer = cut_out.handler({"Look": wish}, None)
            times.append(time.perf_counter() - began)
            began = time.perf_counter()
            open_photo(source, max_side=MASK_EDIT_SIDE)
            floors.append(time.perf_counter() - began)
        after = np.asarray(Image.open(io.BytesIO(base64.b64decode(answer["Mask"]))))
        ratio = median(times) / median(floors)
        told = f"{_iou(spoiled, truth):.3f} -> {_iou(after, truth):.3f}, {median(times):.2f} s, {ratio:.1f} x floor"
        out.write(f"  {name:>22}: IoU {told}\n")
        out.flush()


def _truth(name: str, size: tuple[int, int]) -> np.ndarray[Any, Any]:
    with Image.open(SAMPLES / "alpha" / f"{name}.alpha.png") as alpha:
        return np.asarray(alpha.convert("L").resize(size))


def _spoil(truth: np.ndarray[Any, Any]) -> tuple[np.ndarray[Any, Any], list[tuple[float, float]]]:
    """The mask without its lower eighth, and a line through what is gone, in shares."""
    height, width = truth.shape
    rows, columns = np.nonzero(truth > 127)
    edge = int(np.quantile(rows, 7 / 8))
    spoiled = truth.copy()
    spoiled[edge:] = 0
    inside = columns[rows > edge]
    row = int(np.median(rows[rows > edge]))
    line = [int(np.quantile(inside, share)) for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    return spoiled, [(column / width, row / height) for column in line]


def _iou(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    return float(((one > 127) & (other > 127)).sum() / ((one > 127) | (other > 127)).sum())


def _text(mask: np.ndarray[Any, Any]) -> str:
    out = io.BytesIO()
    Image.fromarray(mask).save(out, "PNG", compress_level=1)
    return base64.b64encode(out.getvalue()).decode("ascii")
