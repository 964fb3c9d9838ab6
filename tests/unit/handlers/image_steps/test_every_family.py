"""Every family, mode, mask source, background and aspect, from the photo to the finished image.

The model is played by the test: it answers each request with a picture of the documented kind and size.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.options_json import from_dict
from backdrop.core.vocabulary import Mode
from backdrop.handlers import decode_result, stage_payload
from backdrop.models import registry
from backdrop.models.plan import plan
from tests.truth import surely_inside
from tests.unit.handlers.image_steps.conftest import SAMPLES, SOURCE, Bucket, child

PAINTED = (10, 200, 90)
TRUTH = SAMPLES / "alpha" / "toy_car_rug.alpha.png"
PHOTO = Image.open(SAMPLES / "photos" / "toy_car_rug.jpg").convert("RGB").reduce(4)
SUBJECT = Image.open(TRUTH).convert("L").resize(PHOTO.size)
WIDE: dict[str, Any] = {"Output": {"Aspect": "2:1", "Format": "PNG"}}
OPTIONS: list[dict[str, Any]] = [
    {},
    {"Output": {"Format": "PNG"}},
    WIDE,
    {"MaskSource": "BUILT_IN", **WIDE},
    {"Output": {"Aspect": "2:1", "Fill": "PAD", "Format": "PNG"}},
    {"Background": "#336699", "Output": {"Format": "PNG"}},
    {"Background": "transparent"},
    {"Output": {"Preset": "shop-square"}},
]
JOBS = [
    (adapter.model_id, mode.value, options)
    for adapter in registry.all_models()
    for mode in adapter.modes
    for options in OPTIONS
    if adapter.settings.generates or "Background" in options
]


pytestmark = pytest.mark.usefixtures("small_photo")


def encoded(image: Image.Image) -> str:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return base64.b64encode(out.getvalue()).decode()


def answer(body: dict[str, Any], stage: dict[str, Any]) -> bytes:
    """What the model says: the true cut-out, or a plain picture of the size asked for."""
    size = (stage["Width"], stage["Height"])
    cut_out = "CUT_OUT" in str(body) or "BACKGROUND_REMOVAL" in str(body) or "remove-background" in stage["ModelId"]
    return _answer(size, id(SUBJECT) if cut_out else None)


@functools.cache
def _answer(size: tuple[int, int], subject: int | None) -> bytes:
    if subject is not None:
        picture = Image.new("RGB", size, "gray")
        picture.putalpha(SUBJECT.resize(size))
    else:
        picture = Image.new("RGB", size, PAINTED)
    return json.dumps({"images": [encoded(picture)], "seeds": [5], "finish_reasons": [None]}).encode()


def run(bucket: Bucket, state: dict[str, Any]) -> dict[str, Any]:
    """All passes; answers the last state."""
    while not state.get("Done"):
        stage = stage_payload.handler(state, None)
        if "RequestKey" in stage:
            bucket[stage["ResponseKey"]] = answer(json.loads(bucket[stage["RequestKey"]]), stage)
        state = decode_result.handler({**state, "Stage": stage}, None)
    return state


def job(model_id: str, mode: str, options: dict[str, Any], **item: Any) -> dict[str, Any]:
    state = child(mode, **item)
    state["Job"] |= {"ModelId": model_id, "Options": options}
    return state


def finished(bucket: Bucket, state: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(bucket[state["Result"]["OutputKey"]]))


@pytest.mark.parametrize(("model_id", "mode", "options"), JOBS, ids=str)
def test_from_photo_to_finished_image(bucket: Bucket, model_id: str, mode: str, options: dict[str, Any]) -> None:
    state = run(bucket, job(model_id, mode, options))
    image = finished(bucket, state)
    photo = Image.open(io.BytesIO(bucket[SOURCE]))
    chosen = from_dict(options)
    expected = plan(registry.get(model_id), Mode(mode), chosen, photo_size=photo.size)
    assert [one["ModelId"] for one in state["Passes"]] == [step.service_id for step in expected]
    assert (image.width, image.height) == (int(state["Record"]["OutputWidth"]), int(state["Record"]["OutputHeight"]))

    wide = "Aspect" in chosen_output(options)
    if "Preset" in chosen_output(options):
        # A square of the preset's size, painted to its corners.
        assert image.width == image.height
        assert np.asarray(image.convert("RGB"))[5, 5].tolist() == pytest.approx(PAINTED, abs=3)
        return
    assert image.size == ((photo.height * 2, photo.height) if wide else photo.size)
    left = (image.width - photo.width) // 2
    inside = surely_inside(SUBJECT, 4)
    shown = np.asarray(image.convert("RGB"), np.int16)[:, left : left + photo.width]
    difference = np.abs(shown - np.asarray(photo.convert("RGB"), np.int16))[inside]
    if mode == "PRECISE" or not chosen.generates:
        lossless = image.format == "PNG"
        assert difference.max() <= (0 if lossless else 12), "the subject's pixels are the photographer's own"
    corner = np.asarray(image.convert("RGBA"))[5, 5].tolist()
    if chosen.background == "transparent":
        assert image.format == "PNG"
        assert corner[3] == 0
    elif not chosen.generates:
        assert corner == [0x33, 0x66, 0x99, 255]
    elif wide and chosen_output(options).get("Fill") == "PAD":
        assert corner == [255, 255, 255, 255]
    else:
        assert corner[:3] == pytest.approx(PAINTED, abs=3)


def chosen_output(options: dict[str, Any]) -> dict[str, Any]:
    output: dict[str, Any] = options.get("Output", {})
    return output


def test_variations_share_the_cut_out_and_have_files_of_their_own(bucket: Bucket) -> None:
    first = run(bucket, job("us.stability.stable-image-inpaint-v1:0", "PRECISE", {"Variations": 2}))
    second = {**child(), "Variation": 2, "ImageId": "abcd1234-2", "Seed": 6}
    second["Job"] |= {"Options": {"Variations": 2}}
    stage = stage_payload.handler(second, None)
    assert stage["Answered"] is True, "the cut-out's request is the same: it is not paid for again"
    second = run(bucket, second)
    assert first["Result"]["OutputKey"] != second["Result"]["OutputKey"]
    assert second["Passes"][1]["Parameters"]["seed"] == 6


def own_mask() -> bytes:
    mask = Image.new("L", (1000, 800), 0)
    ImageDraw.Draw(mask).ellipse((300, 200, 700, 600), fill=255)
    out = io.BytesIO()
    mask.save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("model_id", [adapter.model_id for adapter in registry.all_models()])
def test_an_uploaded_mask_is_used_as_it_is_and_no_cut_out_is_made(bucket: Bucket, model_id: str) -> None:
    mask = own_mask()
    bucket[f"{SOURCE}.mask.png"] = mask
    sha256 = hashlib.sha256(mask).hexdigest()
    # With a plain background no model is asked at all.
    background = {} if registry.get(model_id).settings.generates else {"Background": "#0ac85a"}
    state = run(bucket, job(model_id, "PRECISE", {**background, "Output": {"Format": "PNG"}}, MaskSha256=sha256))
    assert "CUT_OUT" not in json.dumps(state["Passes"])
    assert state["Done"]
    assert bucket[f"{SOURCE}.mask.png"] == mask
    assert f"{SOURCE}.mask.png" in bucket.kept, "it must not expire with the drafts"
    photo = np.asarray(Image.open(io.BytesIO(bucket[SOURCE])).convert("RGB"))
    image = np.asarray(finished(bucket, state))
    height, width = photo.shape[:2]
    assert (image[height // 2, width // 2] == photo[height // 2, width // 2]).all()
    assert image[5, 5].tolist() == pytest.approx(PAINTED, abs=1)


@pytest.mark.parametrize("options", [{}, {"Background": "transparent"}])
def test_a_mask_that_is_not_the_one_that_was_checked_is_refused_before_anything_is_paid(
    bucket: Bucket, options: dict[str, Any]
) -> None:
    bucket[f"{SOURCE}.mask.png"] = b"another"
    state = job("us.stability.stable-image-inpaint-v1:0", "PRECISE", options, MaskSha256="ab" * 32)
    with pytest.raises(PhotoRefused, match=r"mask of toy car\.jpg") as refused:
        stage_payload.handler(state, None)
    assert refused.value.code is ErrorCode.PHOTO_CHANGED
    assert not [key for key in bucket if key.endswith(".json")], "no request was written"


def test_a_mask_that_is_replaced_while_the_job_runs_is_refused(bucket: Bucket) -> None:
    bucket[f"{SOURCE}.mask.png"] = own_mask()
    sha256 = hashlib.sha256(own_mask()).hexdigest()
    state = job("backdrop.cut-out", "PRECISE", {"Background": "transparent"}, MaskSha256=sha256)
    stage = stage_payload.handler(state, None)
    bucket[f"{SOURCE}.mask.png"] = b"another"
    with pytest.raises(PhotoRefused, match=r"mask of toy car\.jpg"):
        decode_result.handler({**state, "Stage": stage}, None)


@functools.cache
def two_objects() -> tuple[Image.Image, Image.Image]:
    photo = Image.new("RGB", (800, 400), (230, 225, 220))
    alpha = Image.new("L", photo.size, 0)
    for left, colour in ((100, "firebrick"), (500, "steelblue")):
        ImageDraw.Draw(photo).ellipse((left, 100, left + 200, 300), fill=colour)
        ImageDraw.Draw(alpha).ellipse((left, 100, left + 200, 300), fill=255)
    return photo, alpha


LEFT, RIGHT = [0.125, 0.25, 0.25, 0.5], [0.625, 0.25, 0.25, 0.5]


@pytest.mark.parametrize(
    "boxes",
    [
        {"Boxes": [LEFT], "RemovedBoxes": [RIGHT], "Removed": "Bowl"},
        {"Boxes": [LEFT]},
        {"Boxes": [], "RemovedBoxes": [RIGHT], "Removed": "Bowl"},
        # The removed table's box is around both; the bowl's own box fits the bowl alone.
        {"Boxes": [], "RemovedBoxes": [[0, 0, 1, 1], RIGHT], "Removed": "Table,Bowl"},
    ],
)
@pytest.mark.parametrize("model_id", [one.model_id for one in registry.all_models() if one.settings.generates])
def test_an_object_whose_label_is_removed_is_gone(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, model_id: str, boxes: dict[str, Any]
) -> None:
    photo, alpha = two_objects()
    out = io.BytesIO()
    photo.save(out, "PNG")
    bucket[SOURCE] = out.getvalue()
    monkeypatch.setattr(f"{__name__}.SUBJECT", alpha)
    state = run(bucket, job(model_id, "PRECISE", {}, **boxes))
    image = np.asarray(finished(bucket, state).convert("RGB"))
    assert image[200, 200].tolist() == list(photo.getpixel((200, 200)))  # type: ignore[arg-type]
    assert image[200, 600].tolist() == pytest.approx(PAINTED, abs=1)
