"""The function CutOut, with the real network and an S3 in memory."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.core.limits import MASK_EDIT_SIDE
from backdrop.core.workflow_state import Stage
from backdrop.handlers import cut_out
from backdrop.imaging.photos import open_photo
from backdrop_cutout import builtin, weights
from localcloud.models.weights import ensure

SAMPLES = Path(__file__).parents[3] / "samples"
SOURCE, RESPONSE = "in/d/mug.jpg", "out/d/mug.jpg.pass-0.json"


class Bucket(dict[str, bytes]):
    """`backdrop.aws.objects.Objects` over a dictionary."""

    def read(self, bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        assert bucket == "b"
        if key not in self:
            raise BackdropError(missing, f"There is no object {key}.")
        return self[key]

    def write(self, bucket: str, key: str, data: bytes, content_type: str, tagging: str = "") -> None:
        assert (bucket, content_type) == ("b", "application/json")
        self[key] = data


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    twin = Bucket({SOURCE: sample("mug_wooden_desk")})
    monkeypatch.setattr(Objects, "get", twin.read)
    monkeypatch.setattr(Objects, "put", twin.write)
    monkeypatch.setenv(weights.VARIABLE, str(ensure().segmentation))
    builtin._loaded.cache_clear()
    yield twin
    builtin._loaded.cache_clear()


def sample(name: str) -> bytes:
    return (SAMPLES / "photos" / f"{name}.jpg").read_bytes()


def event(source: bytes, width: int, height: int) -> dict[str, Any]:
    stage = Stage(
        photo_size=(3000, 2000),
        source_sha256=hashlib.sha256(source).hexdigest(),
        source_bytes=len(source),
        request_key="in/d/mug.jpg.0-0123456789abcdef.json",
        response_key=RESPONSE,
        size=(width, height),
    )
    return {
        "Job": {"S3Bucket": "b"},
        "Item": {"ImageId": "00000001", "Key": SOURCE, "ImageName": "mug.jpg", "Labels": ""},
        "Stage": stage.to_state("b"),
    }


def answered(bucket: Bucket) -> tuple[dict[str, Any], Image.Image]:
    answer = json.loads(bucket[RESPONSE])
    (picture,) = answer["images"]
    return answer, Image.open(io.BytesIO(base64.b64decode(picture)))


def overlap(picture: Image.Image, name: str) -> float:
    true = Image.open(SAMPLES / "alpha" / f"{name}.alpha.png").convert("L").resize(picture.size)
    kept = picture if picture.mode == "L" else picture.getchannel("A")
    ours, real = np.asarray(kept) > 127, np.asarray(true) > 127
    return float((ours & real).sum() / (ours | real).sum())


def test_the_answer_is_the_subject_at_the_staged_size(bucket: Bucket) -> None:
    told = cut_out.handler(event(bucket[SOURCE], 2000, 1500), None)
    answer, picture = answered(bucket)
    assert picture.size == (2000, 1500)
    assert overlap(picture, "mug_wooden_desk") > 0.97
    assert (answer["algorithm"], answer["version"]) == (builtin.ALGORITHM, builtin.VERSION)
    assert (told["Algorithm"], told["Version"]) == (builtin.ALGORITHM, builtin.VERSION)
    assert told["Milliseconds"] > 0
    assert answer["doubt"]["measured"] < 0.08, "a mug on a desk is no riddle"


def test_a_photo_stored_turned_is_cut_out_upright_at_the_size_that_staging_gives_it(bucket: Bucket) -> None:
    bucket[SOURCE] = sample("wine_bottle_kitchen")
    staged = open_photo(bucket[SOURCE], max_side=700).image
    assert staged.height > staged.width
    cut_out.handler(event(bucket[SOURCE], *staged.size), None)
    _, picture = answered(bucket)
    assert picture.size == staged.size
    assert overlap(picture, "wine_bottle_kitchen") > 0.95


def test_a_size_the_decoder_does_not_give_is_made(bucket: Bucket) -> None:
    cut_out.handler(event(bucket[SOURCE], 641, 480), None)
    assert answered(bucket)[1].size == (641, 480)


def test_a_photo_changed_since_staging_is_refused(bucket: Bucket) -> None:
    with pytest.raises(PhotoRefused) as caught:
        cut_out.handler(event(b"another file", 400, 300), None)
    assert caught.value.code is ErrorCode.PHOTO_CHANGED
    assert RESPONSE not in bucket


def test_a_photo_that_is_gone_is_named(bucket: Bucket) -> None:
    told = event(bucket.pop(SOURCE), 400, 300)
    with pytest.raises(BackdropError) as caught:
        cut_out.handler(told, None)
    assert caught.value.code is ErrorCode.PHOTO_MISSING


def test_an_artefact_without_weights_says_so(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(weights.VARIABLE, str(tmp_path / "none.onnx"))
    with pytest.raises(BackdropError, match=r"none\.onnx.*sam build") as caught:
        cut_out.handler(event(bucket[SOURCE], 400, 300), None)
    assert caught.value.code is ErrorCode.INTERNAL


def test_without_a_variable_the_weights_lie_beside_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(weights.VARIABLE, raising=False)
    beside = Path(weights.__file__).with_name(weights.FILE_NAME)
    monkeypatch.setattr(Path, "is_file", lambda path: path == beside)
    assert weights.weights_file() == beside


def look(source: bytes, **wish: Any) -> tuple[dict[str, Any], Image.Image]:
    asked = {"Bucket": "b", "Key": SOURCE, "Name": "mug.jpg", "Sha256": hashlib.sha256(source).hexdigest(), **wish}
    answer = cut_out.handler({"Look": asked}, None)
    return answer, Image.open(io.BytesIO(base64.b64decode(answer["Mask"])))


def test_somebody_sees_the_cut_out_and_nothing_is_written(bucket: Bucket) -> None:
    answer, mask = look(bucket[SOURCE])
    assert (mask.mode, mask.size) == ("L", (answer["Width"], answer["Height"]))
    assert max(mask.size) <= MASK_EDIT_SIDE
    assert overlap(mask, "mug_wooden_desk") > 0.97
    assert set(bucket) == {SOURCE}
    assert 0 <= answer["Doubt"]["measured"] <= 1


def test_strokes_are_worked_on_from_the_mask_that_came(bucket: Bucket) -> None:
    out = io.BytesIO()
    Image.new("L", (400, 300), 0).save(out, "PNG")
    empty = base64.b64encode(out.getvalue()).decode()
    _, kept = look(bucket[SOURCE], Mask=empty, Keep=[{"Points": [[0.5, 0.5], [0.55, 0.5]], "Width": 0.05}])
    assert kept.getpixel((kept.width // 2, kept.height // 2)) == 255
    _, gone = look(bucket[SOURCE], Remove=[{"Points": [[0.4, 0.5], [0.6, 0.5]], "Width": 0.1}])
    assert gone.getpixel((gone.width // 2, gone.height // 2)) == 0


def test_the_product_is_looked_for_in_a_rectangle_and_nothing_is_kept_outside(bucket: Bucket) -> None:
    _, mask = look(bucket[SOURCE], Rectangle=[0.5, 0.0, 0.5, 1.0])
    assert not np.asarray(mask)[:, : mask.width // 2 - 1].any()


def test_a_photo_that_was_replaced_is_not_shown(bucket: Bucket) -> None:
    with pytest.raises(PhotoRefused) as refused:
        look(b"another")
    assert refused.value.code is ErrorCode.PHOTO_CHANGED
