"""The per-image steps with an S3 in memory and answers made by the test."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from backdrop.aws.objects import Objects, Stored
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.handlers import decode_result, stage_payload
from backdrop.handlers._shared import moderation_gate

SAMPLES = Path(__file__).parents[4] / "samples"
MODEL = "us.stability.stable-image-inpaint-v1:0"
SOURCE = "in/d/toy-car-abcd1234.jpg"


class Bucket(dict[str, bytes]):
    """`backdrop.aws.objects.Objects` over a dictionary; `kept` are the keys whose tags were taken off."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.kept: list[str] = []
        self.copies: dict[str, str] = {}
        self.asked: list[str] = []
        self.tags: dict[str, str] = {}

    def get_object(self, _bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        self.asked.append(key)
        if key not in self:
            raise BackdropError(missing, f"There is no object {key}.")
        return self[key]

    def put_object(
        self,
        _bucket: str,
        key: str,
        data: bytes,
        _content_type: str,
        tagging: str = "",
        copied_from: str | None = None,
    ) -> None:
        self[key] = data
        if tagging:
            self.tags[key] = tagging
        if copied_from:
            self.copies[key] = copied_from

    def tag(self, _bucket: str, key: str, tagging: str) -> None:
        self.tags[key] = tagging

    def keep(self, _bucket: str, key: str) -> None:
        self.kept.append(key)

    def look_up(self, _bucket: str, key: str) -> Stored | None:
        return Stored(self.copies.get(key)) if key in self else None


@pytest.fixture(autouse=True)
def _no_moderation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_CATEGORIES", "")
    monkeypatch.setenv("MODERATION_MIN_CONFIDENCE", "60")
    moderation_gate._policy.cache_clear()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    twin = Bucket({SOURCE: (SAMPLES / "photos" / "toy_car_rug.jpg").read_bytes()})
    monkeypatch.setattr(Objects, "get", twin.get_object)
    monkeypatch.setattr(Objects, "put", twin.put_object)
    monkeypatch.setattr(Objects, "look_up", twin.look_up)
    monkeypatch.setattr(Objects, "keep", twin.keep)
    monkeypatch.setattr(Objects, "tag", twin.tag)
    return twin


@pytest.fixture(scope="session")
def small_jpeg() -> bytes:
    """The sample at a quarter of its size."""
    out = io.BytesIO()
    Image.open(SAMPLES / "photos" / "toy_car_rug.jpg").convert("RGB").reduce(4).save(out, "JPEG", quality=92)
    return out.getvalue()


@pytest.fixture
def small_photo(bucket: Bucket, small_jpeg: bytes) -> None:
    """The bucket's photo is small: for tests that don't look at pixels, or make many journeys."""
    bucket[SOURCE] = small_jpeg


def child(mode: str = "PRECISE", **item: Any) -> dict[str, Any]:
    return {
        "Job": {
            "Id": "j",
            "S3Bucket": "b",
            "InputS3Prefix": "in/d",
            "OutputS3Prefix": "out/d",
            "StatusS3Prefix": "status/d",
            "Prompt": "on sand",
            "NegativePrompt": "",
            "Mode": mode,
            "ModelId": MODEL,
            "Seed": 5,
            "Generator": "trained-model",
        },
        "Item": {
            "ImageId": "abcd1234",
            "ImageName": "toy car.jpg",
            "Key": SOURCE,
            "Labels": "Car,Toy",
            "Boxes": [],
            **item,
        },
        "Variation": 1,
        "ImageId": "abcd1234",
        "Seed": 5,
        "Pass": 0,
        "Passes": [],
        "StartedAt": "2026-11-21T00:00:00.000Z",
        "Turn": {"Attempt": 1},
    }


def stability(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    answer = {"seeds": [5], "finish_reasons": [None], "images": [base64.b64encode(out.getvalue()).decode()]}
    return json.dumps(answer).encode()


def run_pass(bucket: Bucket, state: dict[str, Any], answer: bytes | None) -> dict[str, Any]:
    stage = stage_payload.handler(state, None)
    if answer is not None:
        bucket[stage["ResponseKey"]] = answer
    return decode_result.handler({**state, "Stage": stage}, None)
