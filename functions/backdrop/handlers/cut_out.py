"""CutOut: find the subject with our own network and write the answer where a model's would be: no call is paid. Or
show it to somebody before a job is started, and put it right by strokes.

The only handler with numpy, onnxruntime and OpenCV; it has an artefact of its own (functions/Makefile).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.limits import MASK_EDIT_SIDE
from backdrop.core.workflow_state import read_item, read_stage
from backdrop.handlers._shared.observed import observed
from backdrop.imaging.masks import encode_mask, open_mask
from backdrop.imaging.photos import open_photo
from backdrop_cutout.builtin import ALGORITHM, VERSION, cut_out
from backdrop_cutout.segmentation import Found
from backdrop_cutout.strokes import Stroke, with_strokes, within
from backdrop_cutout.weights import WeightsMissing

objects = Objects(s3)


@observed("CutOut")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Cut the subject out: event `{Job, Item, Stage}` of a built-in pass (docs/contracts.md, Workflow), or `{Look}` of
    the mask editor, which nothing is written for (`_look`).

    Writes `{"images": [base64 of a PNG whose alpha is the subject], "doubt": {"measured", "box"}, "algorithm",
    "version"}`, the picture `Stage.Width` x `Stage.Height`, to `Stage.ResponseKey`; answers `{Algorithm, Version,
    Milliseconds}`. `doubt` is of `backdrop_cutout.segmentation.Found`.

    Raises:
        PhotoRefused: `PHOTO_CHANGED` when the photo is not the one that was staged, or what `open_photo` raises.
        BackdropError: `PHOTO_MISSING`, `STORAGE_ERROR`; `INTERNAL` when the artefact lacks the weights.
    """
    if "Look" in event:
        return _look(event["Look"])
    began = time.perf_counter()
    bucket, item, stage = event["Job"]["S3Bucket"], read_item(event["Item"]), read_stage(event)
    source = objects.get(bucket, item.key, missing=ErrorCode.PHOTO_MISSING)
    if hashlib.sha256(source).hexdigest() != stage.source_sha256:
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, f"{item.name} is not the file that was staged.")
    photo = _staged(source, stage.size)
    found = _found(np.asarray(photo))
    alpha = Image.fromarray((found.alpha * 255 + 0.5).astype(np.uint8))
    answer = {
        "images": [base64.b64encode(_png(alpha)).decode("ascii")],
        "doubt": _doubt(found),
        "algorithm": ALGORITHM,
        "version": VERSION,
    }
    objects.put(bucket, stage.response_key, json.dumps(answer).encode(), "application/json")
    return {
        "Algorithm": ALGORITHM,
        "Version": VERSION,
        "Milliseconds": round((time.perf_counter() - began) * 1000),
    }


def _look(wish: dict[str, Any]) -> dict[str, Any]:
    """Return `{Mask, Width, Height, Algorithm, Version, Doubt?}`: a mask as base64 of a grey PNG, 255 = subject, of at
    most `MASK_EDIT_SIDE` pixels a side; how far the cut-out is doubted, where that is what is shown.

    `wish`: `{Bucket, Key, Name, Sha256, Mask?, Keep?, Remove?, Rectangle?}`. `Mask` is what is put right (base64 of a
    PNG of the photo's shape); without it the photo's cut-out. `Keep` and `Remove` are strokes `{Points, Width}`;
    `Rectangle` says where the product is (`jobs.mask_editing`).
    """
    source = objects.get(wish["Bucket"], wish["Key"], missing=ErrorCode.PHOTO_MISSING)
    if hashlib.sha256(source).hexdigest() != wish["Sha256"]:
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, f"{wish['Name']} is not the file that was checked.")
    photo = open_photo(source, max_side=MASK_EDIT_SIDE).image
    pixels = np.asarray(photo)
    rectangle = tuple(wish.get("Rectangle") or ())
    found = None if rectangle or "Mask" in wish else _found(pixels)
    if found:
        mask = found.alpha
    else:
        mask = _read_mask(wish["Mask"], photo.size) if "Mask" in wish else _found_within(pixels, rectangle)
    if rectangle:
        mask = within(mask, cast("tuple[float, float, float, float]", rectangle))
    strokes = ([Stroke(one["Points"], one["Width"]) for one in wish.get(name, ())] for name in ("Keep", "Remove"))
    grey = Image.fromarray((with_strokes(pixels, mask, *strokes) * 255 + 0.5).astype(np.uint8))
    return {
        "Mask": base64.b64encode(encode_mask(grey)).decode("ascii"),
        "Width": grey.width,
        "Height": grey.height,
        "Algorithm": ALGORITHM,
        "Version": VERSION,
        **({"Doubt": _doubt(found)} if found else {}),
    }


def _doubt(found: Found) -> dict[str, Any]:
    return {"measured": round(found.doubt, 4), "box": found.place}


def _found_within(pixels: npt.NDArray[np.uint8], rectangle: tuple[float, ...]) -> npt.NDArray[np.float32]:
    """The cut-out of a part of a picture, where somebody says that the product is; nothing elsewhere."""
    height, width = pixels.shape[:2]
    left, top = int(rectangle[0] * width), int(rectangle[1] * height)
    right, bottom = int((rectangle[0] + rectangle[2]) * width) + 1, int((rectangle[1] + rectangle[3]) * height) + 1
    # With some surroundings: of a product that fills all it sees the network takes the middle for everything.
    across, down = (right - left) // 8, (bottom - top) // 8
    rows, columns = slice(max(0, top - down), bottom + down), slice(max(0, left - across), right + across)
    mask = np.zeros((height, width), np.float32)
    mask[rows, columns] = _found(np.ascontiguousarray(pixels[rows, columns])).alpha
    return mask


def _read_mask(data: str, size: tuple[int, int]) -> npt.NDArray[np.float32]:
    grey = open_mask(base64.b64decode(data))
    mask = grey if grey.size == size else grey.resize(size, Image.Resampling.BILINEAR)
    return np.asarray(mask, np.float32) / np.float32(255)


def _staged(source: bytes, size: tuple[int, int]) -> Image.Image:
    """The photo upright, at exactly the size that StagePayload found for it."""
    image = open_photo(source, max_side=max(size)).image
    return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)


def _found(pixels: npt.NDArray[np.uint8]) -> Found:
    try:
        return cut_out(pixels)
    except WeightsMissing as error:
        raise BackdropError(ErrorCode.INTERNAL, str(error)) from error


def _png(alpha: Image.Image) -> bytes:
    out = io.BytesIO()
    # The colours are the photo's own, which whoever composites has: nothing but the alpha is said here.
    Image.merge("LA", (Image.new("L", alpha.size, 255), alpha)).save(out, "PNG", compress_level=1)
    return out.getvalue()
