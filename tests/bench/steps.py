"""StagePayload and DecodeResult on one photo of each size: CPU time, beside a stated floor and the naive way.

Three ways of the same step, in turns in one process: the step as it is; its floor (what no way can do without); and
the naive way, as a straightforward implementation has it. Each reads and writes the same objects, held in memory.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import pickle
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TextIO

from PIL import Image, ImageChops, ImageFilter, ImageOps

from backdrop.aws.objects import Objects, Stored
from backdrop.core.limits import THUMBNAIL_SIDE
from backdrop.handlers import decode_result, stage_payload

SIZES, SMALLEST_SIZES = (1.0, 4.0, 12.0, 50.0), (0.25,)
"""Megapixels."""

_SAMPLE = Path(__file__).parents[2] / "samples"
_NAME, _SCENE = "mug_wooden_desk", "book_stack_carpet"
_PHOTO, _BACKDROP, _FITTED = "in/p.jpg", "in/backdrop.jpg", "fitted"
_BACKDROP_PIXELS = (5000, 3333)
"""Of a camera of 16 megapixels; another shape than the photo's."""
_REPEATS = 5
_NAIVE_SIDE = 2048

_NOTES = """\
Photo: the mug, JPEG; the model's picture: the mug before a carpet, PNG of at most 2048 px a side as a service sends it.
floor, stage: decode the photo at the size of the request (JPEG scales by halves for nothing) and the mask; copy the
  photo once; encode both. Decode: parse the answer; decode photo, picture and mask; copy the photo once; encode.
scaling: the floor and what no way can do without where sizes differ: the photo to the request's size, the model's
  picture to the photo's, with Pillow's bilinear resize, the cheapest that is not pixelated.
naive, stage: full decode, exif_transpose, RGB, LANCZOS thumbnail, PNG at its default level, json.dumps with base64.
  Decode: full decodes, LANCZOS to the photo's size, Image.composite with the mask enlarged likewise, JPEG encoder at
  quality 95 (with its default colour subsampling). It leaves halos and tells nothing of the picture's quality.
backdrop: the built-in cut-out's answer, and a JPEG of 16 megapixels behind the product with its shadow; warm, as for
  all images of a job but each function's first. Floor: parse the answer; decode photo, cut-out and backdrop; backdrop
  to the photo's frame, alpha to the photo's size, by Pillow's bilinear; one composite; encode it and a thumbnail.
  Scaling: the same with the backdrop read and made to fit before. Naive: full decodes, ImageOps.fit by LANCZOS, the
  mask enlarged likewise, moved and blurred for a shadow, composite, JPEG at quality 95.
"""


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
        """See the notes."""
        photo = Image.open(io.BytesIO(self.store[_PHOTO]))
        photo.draft("RGB", (self.stage_answer["Width"], self.stage_answer["Height"]))
        encoded(photo.copy(), "JPEG", quality=95, subsampling=0)
        encoded(self._mask(), "PNG", compress_level=1)

    def stage_scaling(self) -> None:
        """See the notes."""
        size = (self.stage_answer["Width"], self.stage_answer["Height"])
        photo = Image.open(io.BytesIO(self.store[_PHOTO]))
        photo.draft("RGB", size)
        encoded(photo.resize(size, Image.Resampling.BILINEAR), "JPEG", quality=95, subsampling=0)
        encoded(self._mask(), "PNG", compress_level=1)

    def decode_floor(self) -> None:
        """See the notes."""
        self._answered().load()
        self._mask().load()
        photo = Image.open(io.BytesIO(self.store[_PHOTO]))
        encoded(photo.copy(), "JPEG", quality=95, subsampling=0)

    def decode_scaling(self) -> None:
        """See the notes."""
        picture = self._answered()
        self._mask().load()
        photo = Image.open(io.BytesIO(self.store[_PHOTO]))
        photo.load()
        out = picture.convert("RGB").resize(photo.size, Image.Resampling.BILINEAR)
        out.paste(photo)
        encoded(out, "JPEG", quality=95, subsampling=0)

    def stage_naive(self) -> None:
        """See the notes."""
        photo = ImageOps.exif_transpose(Image.open(io.BytesIO(self.store[_PHOTO]))).convert("RGB")
        photo.thumbnail((_NAIVE_SIDE, _NAIVE_SIDE), Image.Resampling.LANCZOS, reducing_gap=None)
        mask = self._mask().resize(photo.size, Image.Resampling.LANCZOS)
        body = {
            "image": base64.b64encode(encoded(photo, "PNG")).decode(),
            "mask": base64.b64encode(encoded(mask, "PNG")).decode(),
            "prompt": "x",
        }
        self.store["naive.json"] = json.dumps(body).encode()

    def decode_naive(self) -> None:
        """See the notes."""
        photo = ImageOps.exif_transpose(Image.open(io.BytesIO(self.store[_PHOTO]))).convert("RGB")
        picture = self._answered().convert("RGB").resize(photo.size, Image.Resampling.LANCZOS)
        mask = self._mask().resize(photo.size, Image.Resampling.LANCZOS)
        self.store["naive.jpg"] = encoded(Image.composite(photo, picture, mask), "JPEG", quality=95)

    def backdrop(self) -> None:
        """The last step of a job with a backdrop, as it is."""
        self.decode()

    def backdrop_floor(self) -> None:
        """See the notes."""
        self._put_over(self.covered(Image.open(io.BytesIO(self.store[_PHOTO])).size))

    def backdrop_scaling(self) -> None:
        """See the notes."""
        size = Image.open(io.BytesIO(self.store[_PHOTO])).size
        self._put_over(Image.frombytes("RGB", size, self.store[_FITTED]))

    def backdrop_naive(self) -> None:
        """See the notes."""
        photo = ImageOps.exif_transpose(Image.open(io.BytesIO(self.store[_PHOTO]))).convert("RGB")
        backdrop = ImageOps.exif_transpose(Image.open(io.BytesIO(self.store[_BACKDROP]))).convert("RGB")
        ground = ImageOps.fit(backdrop, photo.size, Image.Resampling.LANCZOS)
        mask = self._answered().getchannel("A").resize(photo.size, Image.Resampling.LANCZOS)
        reach = max(photo.size) // 100
        shadow = ImageChops.offset(mask, 0, reach).filter(ImageFilter.GaussianBlur(reach))
        ground.paste((0, 0, 0), mask=shadow.point([value // 2 for value in range(256)]))
        made = Image.composite(photo, ground, mask)
        self.store["naive.jpg"] = encoded(made, "JPEG", quality=95)
        made.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        encoded(made, "JPEG", quality=80)

    def covered(self, size: tuple[int, int]) -> Image.Image:
        """The backdrop in the photo's frame, the cheapest way."""
        backdrop = Image.open(io.BytesIO(self.store[_BACKDROP]))
        scale = max(size[0] / backdrop.width, size[1] / backdrop.height)
        across, down = size[0] / scale, size[1] / scale
        left, top = (backdrop.width - across) / 2, (backdrop.height - down) / 2
        drafted = backdrop.draft("RGB", (int(size[0] * backdrop.width / across), int(size[1] * backdrop.height / down)))
        shrunk = backdrop.width / _BACKDROP_PIXELS[0] if drafted else 1.0
        box = (left * shrunk, top * shrunk, (left + across) * shrunk, (top + down) * shrunk)
        return backdrop.resize(size, Image.Resampling.BILINEAR, box, reducing_gap=1.0)

    def _put_over(self, ground: Image.Image) -> None:
        photo = Image.open(io.BytesIO(self.store[_PHOTO]))
        mask = self._answered().getchannel("A").resize(photo.size, Image.Resampling.BILINEAR)
        ground.paste(photo, mask=mask)
        encoded(ground, "JPEG", quality=95, subsampling=0)
        ground.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BILINEAR, reducing_gap=1.0)
        encoded(ground, "JPEG", quality=80)

    def _answered(self) -> Image.Image:
        answer = json.loads(self.store[self.stage_answer["ResponseKey"]])
        return Image.open(io.BytesIO(base64.b64decode(answer["images"][0])))

    def _mask(self) -> Image.Image:
        return Image.open(io.BytesIO(self.store[f"{_PHOTO}.mask.png"]))

    def _install(self) -> None:
        # Moderation is a call to another service: it is off, as in the template's default.
        os.environ |= {"MODERATION_CATEGORIES": "", "MODERATION_MIN_CONFIDENCE": "60"}
        twin: Any = Objects
        twin.get = lambda _self, _bucket, key, missing=None: self.store[key]
        twin.put = lambda _self, _bucket, key, data, _type, tagging="": self.store.__setitem__(key, data)
        twin.keep = lambda _self, _bucket, _key: None
        twin.look_up = lambda _self, _bucket, key: Stored() if key in self.store else None


WAYS = ("", "_floor", "_scaling", "_naive")
"""What a step's name ends in: the step as it is, and its peers."""


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write a table: CPU milliseconds, and the step's ratio to each peer."""
    repeats = 1 if smallest else _REPEATS
    out.write(f"steps: CPU milliseconds of one call (median of {repeats}); target: at most 1.30 x floor\n")
    peers = " ".join(f"{peer:>8} {'x':>5}" for peer in ("floor", "scaling", "naive"))
    out.write(f"{'megapixels':>10} {'step':>8} {'ours':>6} {peers}\n")
    for megapixels in SMALLEST_SIZES if smallest else SIZES:
        bench = prepare(megapixels)
        for step, own in (("stage", bench), ("decode", bench), ("backdrop", prepare_backdrop(megapixels))):
            if step == "backdrop":
                own.backdrop()  # Warm.
            ours, *others = _times(own, [step + way for way in WAYS], repeats)
            ratios = " ".join(f"{other:8.0f} {ours / other:5.2f}" for other in others)
            out.write(f"{megapixels:>10g} {step:>8} {ours:6.0f} {ratios}\n")
            out.flush()
    out.write(_NOTES)


def prepare(megapixels: float) -> Bench:
    """A photo of that size whose first pass is done and whose second is answered."""
    scale = (megapixels / 12) ** 0.5
    photo = Image.open(_SAMPLE / "photos" / f"{_NAME}.jpg").resize((int(4000 * scale), int(3000 * scale)))
    store = {_PHOTO: encoded(photo, "JPEG", quality=92)}
    state = _child()
    first = Bench(store, state, {})
    first._install()
    stage = stage_payload.handler(state, None)
    size = (stage["Width"], stage["Height"])
    cut_out = photo.convert("RGB").resize(size)
    cut_out.putalpha(Image.open(_SAMPLE / "alpha" / f"{_NAME}.alpha.png").convert("L").resize(size))
    store[stage["ResponseKey"]] = _answer(cut_out)
    state = decode_result.handler({**state, "Stage": stage}, None)
    stage = stage_payload.handler(state, None)
    picture = Image.open(_SAMPLE / "photos" / f"{_SCENE}.jpg").convert("RGB").resize(size)
    picture.paste(cut_out, mask=cut_out)
    store[stage["ResponseKey"]] = _answer(picture)
    return Bench(store, state, stage)


def prepare_backdrop(megapixels: float) -> Bench:
    """A photo of that size whose cut-out is answered, in a job with a backdrop."""
    scale = (megapixels / 12) ** 0.5
    photo = Image.open(_SAMPLE / "photos" / f"{_NAME}.jpg").resize((int(4000 * scale), int(3000 * scale)))
    backdrop = Image.open(_SAMPLE / "photos" / f"{_SCENE}.jpg").convert("RGB").resize(_BACKDROP_PIXELS)
    store = {_PHOTO: encoded(photo, "JPEG", quality=92), _BACKDROP: encoded(backdrop, "JPEG", quality=92)}
    state = _child()
    state["Job"]["ModelId"] = "backdrop.cut-out"
    sha256 = hashlib.sha256(store[_BACKDROP]).hexdigest()
    state["Job"]["Options"] = {"Background": "backdrop", "Backdrop": {"Key": _BACKDROP, "Sha256": sha256}}
    Bench(store, state, {})._install()
    stage = stage_payload.handler(state, None)
    alpha = Image.open(_SAMPLE / "alpha" / f"{_NAME}.alpha.png").convert("L").resize((stage["Width"], stage["Height"]))
    store[stage["ResponseKey"]] = _answer(Image.merge("LA", (alpha, alpha)))
    bench = Bench(store, state, stage)
    store[_FITTED] = bench.covered(photo.size).tobytes()
    return bench


def _child() -> dict[str, Any]:
    """A child execution's state at its first pass (docs/contracts.md, Workflow)."""
    return {
        "Job": {
            "Id": "j",
            "S3Bucket": "b",
            "InputS3Prefix": "in",
            "OutputS3Prefix": "out",
            "Prompt": "x",
            "NegativePrompt": "",
            "Mode": "PRECISE",
            "ModelId": "us.stability.stable-image-inpaint-v1:0",
            "Seed": 1,
            "Generator": "trained-model",
        },
        "Item": {"ImageId": "00000001", "Key": _PHOTO, "ImageName": "p.jpg", "Labels": "", "Boxes": []},
        "ImageId": "00000001",
        "Variation": 1,
        "Seed": 1,
        "Pass": 0,
        "Passes": [],
        "StartedAt": "",
        "Turn": {"Attempt": 1},
    }


def write_files(megapixels: float, folder: str) -> None:
    """Keep a prepared bench for another process (our own file, read back at once)."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    bench = prepare(megapixels)
    (Path(folder) / "bench.pickle").write_bytes(pickle.dumps((bench.store, bench.state, bench.stage_answer)))


def read_files(folder: str) -> Bench:
    """What `write_files` kept."""
    return Bench(*pickle.loads((Path(folder) / "bench.pickle").read_bytes()))


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    """The image as a file."""
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def _answer(image: Image.Image) -> bytes:
    text = base64.b64encode(encoded(image, "PNG")).decode()
    return json.dumps({"seeds": [1], "finish_reasons": [None], "images": [text]}).encode()


def _times(bench: Bench, ways: list[str], repeats: int) -> list[float]:
    """CPU milliseconds of each way, median; in turns, so that a busy moment of the machine meets all of them."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(repeats):
        for way in ways:
            started = time.process_time()
            getattr(bench, way)()
            times[way].append((time.process_time() - started) * 1000)
    return [median(times[way]) for way in ways]
