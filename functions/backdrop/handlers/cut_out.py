"""CutOut: find the subject with our own network and write the answer where a model's would be: no call is paid.

The only handler with numpy, onnxruntime and OpenCV; it has an artefact of its own (functions/Makefile).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import time
from typing import Any

import numpy as np
from PIL import Image

from backdrop.aws.clients import s3
from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.workflow_state import read_item, read_stage
from backdrop.imaging.photos import open_photo
from backdrop_cutout.builtin import ALGORITHM, VERSION, cut_out
from backdrop_cutout.segmentation import Found
from backdrop_cutout.weights import WeightsMissing

objects = Objects(s3)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Cut the subject out: event `{Job, Item, Stage}` of a built-in pass (docs/contracts.md, Workflow).

    Writes `{"images": [base64 of a PNG whose alpha is the subject], "doubt": {"measured", "box"}, "algorithm",
    "version"}`, the picture `Stage.Width` x `Stage.Height`, to `Stage.ResponseKey`; answers `{Algorithm, Version,
    Milliseconds}`. `doubt` is of `backdrop_cutout.segmentation.Found`.

    Raises:
        PhotoRefused: `PHOTO_CHANGED` when the photo is not the one that was staged, or what `open_photo` raises.
        BackdropError: `PHOTO_MISSING`, `STORAGE_ERROR`; `INTERNAL` when the artefact lacks the weights.
    """
    began = time.perf_counter()
    bucket, item, stage = event["Job"]["S3Bucket"], read_item(event["Item"]), read_stage(event)
    source = objects.get(bucket, item.key, missing=ErrorCode.PHOTO_MISSING)
    if hashlib.sha256(source).hexdigest() != stage.source_sha256:
        raise PhotoRefused(ErrorCode.PHOTO_CHANGED, f"{item.name} is not the file that was staged.")
    photo = _staged(source, stage.size)
    found = _found(photo)
    alpha = Image.fromarray((found.alpha * 255 + 0.5).astype(np.uint8))
    answer = {
        "images": [base64.b64encode(_png(alpha)).decode("ascii")],
        "doubt": {"measured": round(found.doubt, 4), "box": found.place},
        "algorithm": ALGORITHM,
        "version": VERSION,
    }
    objects.put(bucket, stage.response_key, json.dumps(answer).encode(), "application/json")
    return {
        "Algorithm": ALGORITHM,
        "Version": VERSION,
        "Milliseconds": round((time.perf_counter() - began) * 1000),
    }


def _staged(source: bytes, size: tuple[int, int]) -> Image.Image:
    """The photo upright, at exactly the size that StagePayload found for it."""
    image = open_photo(source, max_side=max(size)).image
    return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)


def _found(photo: Image.Image) -> Found:
    try:
        return cut_out(np.asarray(photo))
    except WeightsMissing as error:
        raise BackdropError(ErrorCode.INTERNAL, str(error)) from error


def _png(alpha: Image.Image) -> bytes:
    out = io.BytesIO()
    # The colours are the photo's own, which whoever composites has: nothing but the alpha is said here.
    Image.merge("LA", (Image.new("L", alpha.size, 255), alpha)).save(out, "PNG", compress_level=1)
    return out.getvalue()
