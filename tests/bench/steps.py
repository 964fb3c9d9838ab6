"""StagePayload and DecodeResult on one photo of each size, against decoding and encoding it alone, in one run."""

from __future__ import annotations

import base64
import io
import json
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TextIO

from PIL import Image, ImageFilter

from backdrop.aws import objects
from backdrop.handlers import decode_result, stage_payload

_SAMPLE = Path(__file__).parents[2] / "samples"
_NAME = "mug_wooden_desk"
_PHOTO = "in/p.jpg"
_REPEATS = 5


@dataclass(frozen=True)
class Bench:
    """One photo, before its second pass: everything in a dictionary instead of S3."""

    store: dict[str, bytes]
    state: dict[str, Any]
    stage_answer: dict[str, Any]

    def stage(self) -> None:
        """The step as it is."""
        self._install()
        stage_payload.handler(self.state, None)

    def decode(self) -> None:
        """The step as it is."""
        self._install()
        decode_result.handler({**self.state, "Stage": self.stage_answer}, None)

    def stage_floor(self) -> None:
        """Decode the photo to the size of the request; encode it and a mask."""
        image = Image.open(io.BytesIO(self.store[_PHOTO]))
        image.draft("RGB", (self.stage_answer["Width"], self.stage_answer["Height"]))
        image.load()
        _encoded(image, "JPEG", quality=95, subsampling=0)
        mask = Image.open(io.BytesIO(self.store[f"{_PHOTO}.mask.png"]))
        mask.load()
        _encoded(mask, "PNG", compress_level=1)

    def decode_floor(self) -> None:
        """Decode the photo and the model's picture; encode the photo."""
        image = Image.open(io.BytesIO(self.store[_PHOTO]))
        image.load()
        answer = json.loads(self.store[self.stage_answer["ResponseKey"]])
        Image.open(io.BytesIO(base64.b64decode(answer["images"][0]))).load()
        _encoded(image, "JPEG", quality=95, subsampling=0)

    def _install(self) -> None:
        twin: Any = objects
        twin.get = lambda _bucket, key, missing=None: self.store[key]
        twin.put = lambda _bucket, key, data, _type, tagging="": self.store.__setitem__(key, data)
        twin.keep = lambda _bucket, _key: None
        twin.size_of = lambda _bucket, key: len(self.store[key]) if key in self.store else None


def run(out: TextIO) -> None:
    """Write a table: milliseconds and the ratio to the floor."""
    out.write(
        f"steps: milliseconds (median of {_REPEATS}); floor = decode + encode of what the step reads and writes\n"
    )
    out.write(f"{'megapixels':>12} {'stage':>8} {'floor':>8} {'ratio':>6} {'decode':>8} {'floor':>8} {'ratio':>6}\n")
    for megapixels in (1, 4, 12, 48):
        bench = prepare(megapixels)
        stage, stage_floor, decode, decode_floor = (
            _time(step) for step in (bench.stage, bench.stage_floor, bench.decode, bench.decode_floor)
        )
        out.write(
            f"{megapixels:>12} {stage:8.0f} {stage_floor:8.0f} {stage / stage_floor:6.2f}"
            f" {decode:8.0f} {decode_floor:8.0f} {decode / decode_floor:6.2f}\n"
        )


def prepare(megapixels: float) -> Bench:
    """A photo of that size whose first pass is done and whose second is answered."""
    scale = (megapixels / 12) ** 0.5
    photo = Image.open(_SAMPLE / "photos" / f"{_NAME}.jpg").resize((round(4000 * scale), round(3000 * scale)))
    store = {_PHOTO: _encoded(photo, "JPEG", quality=92)}
    job = {
        "S3Bucket": "b",
        "InputS3Prefix": "in",
        "OutputS3Prefix": "out",
        "Prompt": "x",
        "NegativePrompt": "",
        "Mode": "PRECISE",
        "ModelId": "us.stability.stable-image-inpaint-v1:0",
        "Seed": 1,
    }
    state: dict[str, Any] = {
        "Job": job,
        "Item": {"Key": _PHOTO, "ImageName": "p.jpg", "Labels": "", "Boxes": []},
        "Pass": 0,
        "Passes": [],
        "StartedAt": "",
        "Turn": {"Attempt": 1},
    }
    first = Bench(store, state, {})
    first._install()
    stage = stage_payload.handler(state, None)
    size = (stage["Width"], stage["Height"])
    cut_out = photo.convert("RGB").resize(size)
    cut_out.putalpha(Image.open(_SAMPLE / "alpha" / f"{_NAME}.alpha.png").convert("L").resize(size))
    store[stage["ResponseKey"]] = _answer(cut_out)
    state = decode_result.handler({**state, "Stage": stage}, None)
    stage = stage_payload.handler(state, None)
    store[stage["ResponseKey"]] = _answer(cut_out.convert("RGB").filter(ImageFilter.GaussianBlur(30)))
    return Bench(store, state, stage)


def write_files(megapixels: float, folder: str) -> None:
    """Keep a prepared bench for another process (our own file, read back at once)."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    bench = prepare(megapixels)
    (Path(folder) / "bench.pickle").write_bytes(pickle.dumps((bench.store, bench.state, bench.stage_answer)))


def read_files(folder: str) -> Bench:
    """What `write_files` kept."""
    return Bench(*pickle.loads((Path(folder) / "bench.pickle").read_bytes()))


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
