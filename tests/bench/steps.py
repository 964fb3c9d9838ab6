"""StagePayload and DecodeResult on one photo of each size, against decoding and encoding it alone, in one run."""

from __future__ import annotations

import base64
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, TextIO

from PIL import Image, ImageFilter

from backdrop.aws import objects
from backdrop.handlers import decode_result, stage_payload

_SAMPLE = Path(__file__).parents[2] / "samples"
_NAME = "mug_wooden_desk"
_REPEATS = 5


def run(out: TextIO) -> None:
    """Write a table: milliseconds and the ratio to the floor."""
    out.write("steps: milliseconds (median of 5); floor = decode + encode of what the step reads and writes\n")
    out.write(f"{'megapixels':>12} {'stage':>8} {'floor':>8} {'ratio':>6} {'decode':>8} {'floor':>8} {'ratio':>6}\n")
    for megapixels in (1, 4, 12, 48):
        stage, stage_floor, decode, decode_floor = _measure(megapixels)
        out.write(
            f"{megapixels:>12} {stage:8.0f} {stage_floor:8.0f} {stage / stage_floor:6.2f}"
            f" {decode:8.0f} {decode_floor:8.0f} {decode / decode_floor:6.2f}\n"
        )


def _measure(megapixels: float) -> tuple[float, float, float, float]:
    scale = (megapixels / 12) ** 0.5
    photo = Image.open(_SAMPLE / "photos" / f"{_NAME}.jpg").resize((round(4000 * scale), round(3000 * scale)))
    store: dict[str, bytes] = {"in/p.jpg": _encoded(photo, "JPEG", quality=92)}

    # The handlers run as they are, over a dictionary instead of S3: what is measured is their own work.
    twin: Any = objects
    twin.get = lambda _bucket, key, missing=None: store[key]
    twin.put = lambda _bucket, key, data, _type, tagging="": store.__setitem__(key, data)
    twin.size_of = lambda _bucket, key: len(store[key]) if key in store else None
    state: dict[str, Any] = {
        "Job": {
            "S3Bucket": "b",
            "InputS3Prefix": "in",
            "OutputS3Prefix": "out",
            "Prompt": "x",
            "NegativePrompt": "",
            "Mode": "PRECISE",
            "ModelId": "us.stability.stable-image-inpaint-v1:0",
            "Seed": 1,
        },
        "Item": {"Key": "in/p.jpg", "ImageName": "p.jpg", "Labels": "", "Boxes": []},
        "Pass": 0,
        "Passes": [],
        "StartedAt": "",
        "Turn": {"Attempt": 1},
    }
    stage = stage_payload.handler(state, None)
    size = (stage["Width"], stage["Height"])
    alpha = Image.open(_SAMPLE / "alpha" / f"{_NAME}.alpha.png").convert("L").resize(size)
    cut_out = photo.convert("RGB").resize(size)
    cut_out.putalpha(alpha)
    store[stage["ResponseKey"]] = _answer(cut_out)
    state = decode_result.handler({**state, "Stage": stage}, None)
    stage = stage_payload.handler(state, None)
    answer = cut_out.convert("RGB").filter(ImageFilter.GaussianBlur(30))
    store[stage["ResponseKey"]] = _answer(answer)
    stored = store[stage["ResponseKey"]]

    def stage_floor() -> None:
        image = Image.open(io.BytesIO(store["in/p.jpg"]))
        image.draft("RGB", size)
        image.load()
        _encoded(cut_out.convert("RGB"), "JPEG", quality=95, subsampling=0)
        _encoded(alpha, "PNG", compress_level=1)

    def decode_floor() -> None:
        Image.open(io.BytesIO(store["in/p.jpg"])).load()
        Image.open(io.BytesIO(base64.b64decode(json.loads(stored)["images"][0]))).load()
        _encoded(photo, "JPEG", quality=95, subsampling=0)

    return (
        _time(lambda: stage_payload.handler(state, None)),
        _time(stage_floor),
        _time(lambda: decode_result.handler({**state, "Stage": stage}, None)),
        _time(decode_floor),
    )


def _answer(image: Image.Image) -> bytes:
    encoded = base64.b64encode(_encoded(image, "PNG", compress_level=1)).decode()
    return json.dumps({"seeds": [1], "finish_reasons": [None], "images": [encoded]}).encode()


def _encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def _time(step: Callable[[], object]) -> float:
    """Milliseconds, median."""
    times = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        step()
        times.append((time.perf_counter() - started) * 1000)
    return median(times)
