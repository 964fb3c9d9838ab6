"""The contract every adapter keeps, and each family's documented fields (aws-reference A1, A3, A4)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from backdrop.domain.errors import BackdropError, ErrorCode, ModelRefused, ResponseInvalid
from backdrop.domain.jobs import Mode
from backdrop.models import catalogue, registry
from backdrop.models.base import ModelAdapter, ModelPass, Staging, Yields, open_answer, parse_response

PLANS = [(adapter, mode) for adapter in registry.all_models() for mode in adapter.modes]
PASSES = [(adapter, mode, step) for adapter, mode in PLANS for step in adapter.plan(mode)]
PROMPT = 'on a 19" table {}, 100% "oak"\n\\ naïve 🪵 $.Prompt'


def name(value: object) -> str:
    return str(getattr(value, "model_id", getattr(value, "value", type(value).__name__)))


def staging(mode: Mode = Mode.PRECISE, side: int = 800, **changes: Any) -> Staging:
    mask = Image.new("L", (side, side // 2), 0)
    ImageDraw.Draw(mask).ellipse((side // 4, 50, side // 2, side // 3), fill=255)
    fields: dict[str, Any] = {
        "image": Image.linear_gradient("L").resize((side, side // 2)).convert("RGB"),
        "mask": mask,
        "prompt": PROMPT,
        "negative_prompt": "people, text",
        "mode": mode,
        "seed": 7,
        "labels": ("Coffee Cup", "Mug"),
    }
    return Staging(**{**fields, **changes})


def image_in(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text, validate=True)))


def answer_of(step: ModelPass, size: tuple[int, int]) -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGBA" if step.yields is Yields.CUT_OUT else "RGB", size, "teal").save(out, "PNG")
    return {"images": [base64.b64encode(out.getvalue()).decode()], "seeds": [7], "finish_reasons": [None]}


@pytest.mark.parametrize(("adapter", "mode"), PLANS, ids=name)
def test_a_plan_ends_with_a_picture_and_has_masks_before_they_are_needed(adapter: ModelAdapter, mode: Mode) -> None:
    plan = adapter.plan(mode)
    assert plan[-1].yields is Yields.PICTURE
    for number, step in enumerate(plan):
        if step.needs_mask:
            assert any(earlier.yields is Yields.CUT_OUT for earlier in plan[:number])
    if mode is Mode.PRECISE:
        assert plan[0].yields is Yields.CUT_OUT, "without a mask the original pixels can't be put back"


@pytest.mark.parametrize(("adapter", "mode", "step"), PASSES, ids=name)
def test_requests_are_json_reproducible_and_described(adapter: ModelAdapter, mode: Mode, step: ModelPass) -> None:
    first, second = step.request(staging(mode)), step.request(staging(mode))
    assert first == second, "the same photo and settings make the same bytes, so that the hash proves the request"
    body = json.loads(first.body)
    assert len(first.body) < 25_000_000
    described = json.dumps(first.parameters)
    assert len(described) < 2_000
    assert PROMPT not in described, "texts stand once in the job"
    for text in (PROMPT, "people, text"):
        if text in _strings(body):
            assert hashlib.sha256(text.encode()).hexdigest() in described
    images = [text for text in _strings(body) if len(text) > 200]
    for encoded in images:
        assert hashlib.sha256(base64.b64decode(encoded)).hexdigest() in described
        assert image_in(encoded).size == (800, 400)


@pytest.mark.parametrize(("adapter", "mode", "step"), PASSES, ids=name)
def test_the_text_reaches_the_model_verbatim(adapter: ModelAdapter, mode: Mode, step: ModelPass) -> None:
    body = json.loads(step.request(staging(mode)).body)
    if step.yields is Yields.PICTURE:
        assert PROMPT in _strings(body)
        assert "people, text" in _strings(body)
        without = json.loads(step.request(staging(mode, negative_prompt="")).body)
        assert "" not in _strings(without), "an empty negative text is left out: Nova refuses an empty string"


@pytest.mark.parametrize(("adapter", "mode", "step"), PASSES, ids=name)
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"images": None, "error": "All generated images were blocked."}, None),
        ({"images": []}, ErrorCode.RESPONSE_INVALID),
        ({}, ErrorCode.RESPONSE_INVALID),
        ({"images": ["!!!"]}, ErrorCode.RESPONSE_INVALID),
        ({"images": [None]}, ErrorCode.RESPONSE_INVALID),
    ],
)
def test_an_answer_without_a_picture_is_never_a_success(
    adapter: ModelAdapter, mode: Mode, step: ModelPass, answer: dict[str, Any], code: ErrorCode | None
) -> None:
    with pytest.raises((ModelRefused, ResponseInvalid)) as failure:
        step.read(answer)
    if code:
        assert failure.value.code is code


@pytest.mark.parametrize(("adapter", "mode", "step"), PASSES, ids=name)
def test_a_good_answer_is_read(adapter: ModelAdapter, mode: Mode, step: ModelPass) -> None:
    answer = step.read(answer_of(step, (600, 300)))
    assert open_answer(answer.image, (600, 300)).size == (600, 300)


@pytest.mark.parametrize("adapter", registry.all_models(), ids=name)
def test_every_service_is_in_the_catalogue(adapter: ModelAdapter) -> None:
    entry = catalogue.entry(adapter.model_id)
    assert entry.price_per_image_usd > 0
    assert entry.requests_per_minute > 0
    assert entry.passes == len(adapter.plan(adapter.modes[0]))


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("Filter reason: prompt", ErrorCode.MODEL_REFUSED_PROMPT),
        ("Filter reason: input image", ErrorCode.MODEL_REFUSED_INPUT_IMAGE),
        ("Filter reason: output image", ErrorCode.MODEL_REFUSED_OUTPUT_IMAGE),
        ("Inference error", ErrorCode.MODEL_FAILED),
        ("something new", ErrorCode.MODEL_FAILED),
    ],
)
@pytest.mark.parametrize("images", [{}, {"images": ["iVBORw0KGgo="], "seeds": [1]}])
def test_stability_finish_reasons(reason: str, code: ErrorCode, images: dict[str, Any]) -> None:
    for step in registry.get("us.stability.stable-image-inpaint-v1:0").plan(Mode.PRECISE):
        with pytest.raises(BackdropError) as failure:
            step.read({"finish_reasons": [reason], **images})
        assert failure.value.code is code


def test_stability_inpaint_repaints_white_and_keeps_black() -> None:
    step = registry.get("us.stability.stable-image-inpaint-v1:0").plan(Mode.PRECISE)[1]
    asked = staging()
    body = json.loads(step.request(asked).body)
    assert asked.mask is not None
    assert (np.asarray(image_in(body["mask"])) == 255 - np.asarray(asked.mask)).all()
    assert body["grow_mask"] == 0
    assert body["seed"] == 7
    assert json.loads(step.request(staging(Mode.DEFAULT)).body)["grow_mask"] == 5


@pytest.mark.parametrize("model_id", ["amazon.titan-image-generator-v2:0", "amazon.nova-canvas-v1:0"])
def test_outpainting_has_one_mask_pure_black_for_the_subject(model_id: str) -> None:
    step = registry.get(model_id).plan(Mode.PRECISE)[1]
    soft = staging()
    assert soft.mask is not None
    soft.mask.putpixel((0, 0), 127)
    parameters = json.loads(step.request(soft).body)["outPaintingParams"]
    assert "maskPrompt" not in parameters
    mask = image_in(parameters["maskImage"])
    assert mask.mode == "RGB"
    assert {colour for _, colour in mask.getcolors() or []} == {(0, 0, 0), (255, 255, 255)}
    assert mask.getpixel((300, 150)) == (0, 0, 0)
    assert parameters["outPaintingMode"] == "PRECISE"


@pytest.mark.parametrize("model_id", ["amazon.titan-image-generator-v1", "amazon.nova-canvas-v1:0"])
def test_outpainting_by_labels(model_id: str) -> None:
    (step,) = registry.get(model_id).plan(Mode.DEFAULT)
    parameters = json.loads(step.request(staging(Mode.DEFAULT)).body)["outPaintingParams"]
    assert parameters["maskPrompt"] == "coffee cup, mug"
    assert "maskImage" not in parameters


def test_nova_refuses_a_photo_under_its_limit_before_it_is_paid_for() -> None:
    for step in registry.get("amazon.nova-canvas-v1:0").plan(Mode.PRECISE):
        with pytest.raises(BackdropError) as failure:
            step.request(staging(side=500))
        assert failure.value.code is ErrorCode.PHOTO_TOO_SMALL


def test_retired_and_unknown_models_name_the_alternatives() -> None:
    default = "us.stability.stable-image-inpaint-v1:0"
    assert catalogue.check_usable(default, allow_retired=False).state == "ACTIVE"
    assert catalogue.check_usable("amazon.nova-canvas-v1:0", allow_retired=True).state == "RETIRED"
    for model_id, code in (("amazon.nova-canvas-v1:0", "MODEL_RETIRED"), ("stability.sdxl", "MODEL_UNKNOWN")):
        with pytest.raises(BackdropError) as failure:
            catalogue.check_usable(model_id, allow_retired=False)
        assert failure.value.code == code
        assert default in failure.value.cause


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'"x"', b"\xff\xfe"])
def test_an_answer_that_is_no_json_object(body: bytes) -> None:
    with pytest.raises(ResponseInvalid):
        parse_response(body)


@pytest.mark.parametrize("data", [b"<html>", b"", Image.new("RGB", (300, 300)).tobytes()[:100]])
def test_a_picture_that_is_no_image(data: bytes) -> None:
    with pytest.raises(ResponseInvalid):
        open_answer(data, (10, 10))


def test_a_cut_or_misshapen_picture_is_invalid() -> None:
    out = io.BytesIO()
    Image.effect_noise((600, 300), 60).convert("RGB").save(out, "PNG")
    with pytest.raises(ResponseInvalid, match="cut"):
        open_answer(out.getvalue()[:-5000], (600, 300))
    with pytest.raises(ResponseInvalid, match="600 x 300"):
        open_answer(out.getvalue(), (300, 300))


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _strings(item)]
    return [value] if isinstance(value, str) else []
