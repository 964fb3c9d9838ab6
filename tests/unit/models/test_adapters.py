"""The contract every adapter keeps, and each family's documented fields (sources: the adapters)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from backdrop.core.errors import BackdropError, ErrorCode, ModelRefused, ResponseInvalid
from backdrop.core.options import Fill, MaskSource, Options, OutputOptions
from backdrop.core.vocabulary import Mode
from backdrop.imaging.framing import Canvas, outpaints
from backdrop.models import catalogue, choices, registry
from backdrop.models.base import ModelAdapter, ModelPass, PassContext, PassInput, PassOutput
from backdrop.models.bodies import open_answer, parse_response
from backdrop.models.plan import plan

INPAINT = "us.stability.stable-image-inpaint-v1:0"
WIDE = OutputOptions(aspect="16:9")
PHOTO = (800, 400)


def plans() -> list[tuple[ModelAdapter, Mode, Options]]:
    """Every plan a job can have."""
    found = []
    for adapter in registry.all_models():
        backgrounds = ["generated", "transparent"] if adapter.settings.generates else ["transparent"]
        for mode in adapter.modes:
            for background in backgrounds:
                for source in MaskSource:
                    for output in (OutputOptions(), WIDE):
                        found.append((adapter, mode, Options(background, source, output=output)))
    return found


PLANS = plans()
PASSES = [(adapter, mode, step) for adapter, mode, options in PLANS for step in plan(adapter, mode, options)]
PASSES = list({(adapter.model_id, mode, step): (adapter, mode, step) for adapter, mode, step in PASSES}.values())
PROMPT = 'on a 19" table {}, 100% "oak"\n\\ naïve 🪵 $.Prompt'


def name(value: object) -> str:
    return str(getattr(value, "model_id", getattr(value, "value", type(value).__name__)))


def context(mode: Mode = Mode.PRECISE, side: int = 800, **changes: Any) -> PassContext:
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
        "removed": ("Spoon",),
        "canvas": Canvas((side, side), (0, side // 4)),
        "source": {"Key": "in/p.jpg", "Sha256": "ab" * 32},
    }
    return PassContext(**{**fields, **changes})


def image_in(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text, validate=True)))


def answer_of(step: ModelPass, size: tuple[int, int]) -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGBA" if step.output is PassOutput.CUT_OUT else "RGB", size, "teal").save(out, "PNG")
    return {"images": [base64.b64encode(out.getvalue()).decode()], "seeds": [7], "finish_reasons": [None]}


@pytest.mark.parametrize(("adapter", "mode", "options"), PLANS, ids=name)
@pytest.mark.parametrize("own_mask", [False, True])
def test_a_plan_has_what_it_needs_in_order(adapter: ModelAdapter, mode: Mode, options: Options, own_mask: bool) -> None:
    passes = plan(adapter, mode, options, photo_size=PHOTO, own_mask=own_mask)
    cut_outs = [step for step in passes if step.output is PassOutput.CUT_OUT]
    assert len(cut_outs) <= 1
    assert cut_outs == list(passes[: len(cut_outs)]), "the mask comes first"
    assert not (own_mask and cut_outs), "a mask that came with the photo is not paid for again"
    if mode is Mode.PRECISE or not options.generates or any(step.needs_mask for step in passes):
        assert cut_outs or own_mask, "without a mask the original pixels can't be put back"
    if options.mask_source is MaskSource.BUILT_IN and cut_outs:
        assert cut_outs[0].built_in
    pictures = [step for step in passes if step.output is PassOutput.PICTURE]
    assert bool(pictures) is options.generates
    for number, step in enumerate(pictures):
        assert (step.input is PassInput.PICTURE) is (number > 0)
    extended = len(pictures) > 1 or any(step.input is PassInput.CANVAS for step in pictures)
    if outpaints(options):
        assert extended


def test_a_photo_that_has_the_aspect_needs_no_extra_call() -> None:
    adapter = registry.get(INPAINT)
    options = Options(output=OutputOptions(aspect="2:1"))
    assert len(plan(adapter, Mode.PRECISE, options, photo_size=PHOTO)) == 2
    assert len(plan(adapter, Mode.PRECISE, options, photo_size=(400, 400))) == 3
    padded = Options(output=OutputOptions(aspect="1:1", fill=Fill.PAD))
    assert len(plan(adapter, Mode.PRECISE, padded, photo_size=PHOTO)) == 2


def test_prices_follow_the_plan() -> None:
    price = catalogue.price_per_photo
    assert price(INPAINT, Mode.PRECISE) == pytest.approx(0.14)
    assert price(INPAINT, Mode.PRECISE, Options(mask_source=MaskSource.BUILT_IN)) == pytest.approx(0.07)
    assert price(INPAINT, Mode.PRECISE, Options(variations=3)) == pytest.approx(0.07 + 3 * 0.07), "one cut-out for all"
    assert price(INPAINT, Mode.PRECISE, Options(output=WIDE)) == pytest.approx(0.20)
    assert price(INPAINT, Mode.PRECISE, Options(background="#ffffff")) == pytest.approx(0.07)
    assert price("backdrop.cut-out", Mode.PRECISE, Options(background="#ffffff")) == 0
    nova = "amazon.nova-canvas-v1:0"
    assert price(nova, Mode.DEFAULT, Options(quality="premium")) == pytest.approx(0.08)


@pytest.mark.parametrize("adapter", registry.all_models(), ids=name)
def test_a_setting_is_taken_or_refused_in_words(adapter: ModelAdapter) -> None:
    settings = adapter.settings
    for options, there in [
        (Options(cfg_scale=5.0), settings.cfg_scale is not None),
        (Options(quality="premium"), "premium" in settings.qualities),
        (Options(style="photographic"), "photographic" in settings.styles),
    ]:
        if there:
            choices.check(adapter, options)
            painting = next(step for step in plan(adapter, Mode.DEFAULT, options) if step.output is PassOutput.PICTURE)
            body = painting.request(context(Mode.DEFAULT, options=options)).body.decode()
            assert any(value in body for value in ('"cfgScale":5.0', '"premium"', '"photographic"'))
        else:
            with pytest.raises(BackdropError) as failure:
                choices.check(adapter, options)
            assert adapter.model_id in failure.value.cause
            assert failure.value.code is ErrorCode.OPTION_NOT_SUPPORTED
    if settings.cfg_scale:
        with pytest.raises(BackdropError):
            choices.check(adapter, Options(cfg_scale=settings.cfg_scale.most + 0.1))


def test_outpaint_asks_for_what_is_missing_and_stays_within_its_limits() -> None:
    step = plan(registry.get(INPAINT), Mode.PRECISE, Options(output=WIDE))[-1]
    request = step.request(context(canvas=Canvas((1000, 700), (100, 200))))
    body = json.loads(request.body)
    assert {side: body[side] for side in ("left", "right", "up", "down")} == {
        "left": 100,
        "right": 100,
        "up": 200,
        "down": 100,
    }
    assert request.answer_size == (1000, 700)
    assert "negative_prompt" not in body
    large = step.request(context(side=2048, canvas=Canvas((4096, 1024), (1024, 0))))
    body = json.loads(large.body)
    sent = image_in(body["image"]).size
    assert large.answer_size == (sent[0] + body["left"] + body["right"], sent[1])
    assert large.answer_size[0] * large.answer_size[1] <= 2048 * 2048 * 1.01
    assert max(body["left"], body["right"]) <= 2000
    assert "up" not in body


@pytest.mark.parametrize(("adapter", "mode", "step"), PASSES, ids=name)
def test_requests_are_json_reproducible_and_described(adapter: ModelAdapter, mode: Mode, step: ModelPass) -> None:
    first, second = step.request(context(mode)), step.request(context(mode))
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
    assert bool(images) is not step.built_in


@pytest.mark.parametrize(("adapter", "mode", "step"), PASSES, ids=name)
def test_the_text_reaches_the_model_verbatim(adapter: ModelAdapter, mode: Mode, step: ModelPass) -> None:
    body = json.loads(step.request(context(mode)).body)
    if step.output is PassOutput.PICTURE:
        assert PROMPT in _strings(body)
        assert ("people, text" in _strings(body)) is ("outpaint" not in step.service_id), "which takes none"
        without = json.loads(step.request(context(mode, negative_prompt="")).body)
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
    free = not adapter.settings.generates
    assert (entry.price_per_image_usd == 0) is free
    assert (entry.requests_per_minute == 0) is free
    assert bool(entry.services) is not free
    for _, mode, step in PASSES:
        assert catalogue.service(step.service_id).usd_per_call >= 0, mode


@pytest.mark.parametrize("longest", [0, 20])
def test_nothing_is_proposed_to_avoid_that_the_model_would_refuse(longest: int) -> None:
    entry = catalogue.entry(INPAINT)
    assert 20 < len(entry.default_negative_prompt) <= entry.negative_prompt_max_length
    assert replace(entry, negative_prompt_max_length=longest).default_negative_prompt == ""


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
    for step in plan(registry.get(INPAINT), Mode.PRECISE, Options(output=WIDE)):
        with pytest.raises(BackdropError) as failure:
            step.read({"finish_reasons": [reason], **images})
        assert failure.value.code is code


def test_stability_inpaint_repaints_white_and_keeps_black() -> None:
    step = plan(registry.get(INPAINT), Mode.PRECISE, Options())[1]
    asked = context()
    body = json.loads(step.request(asked).body)
    assert asked.mask is not None
    assert (np.asarray(image_in(body["mask"])) == 255 - np.asarray(asked.mask)).all()
    assert body["grow_mask"] == 0
    assert body["seed"] == 7
    assert json.loads(step.request(context(Mode.DEFAULT)).body)["grow_mask"] == 5


@pytest.mark.parametrize("model_id", ["amazon.titan-image-generator-v2:0", "amazon.nova-canvas-v1:0"])
def test_outpainting_has_one_mask_pure_black_for_the_subject(model_id: str) -> None:
    step = plan(registry.get(model_id), Mode.PRECISE, Options())[1]
    soft = context()
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
    (step,) = plan(registry.get(model_id), Mode.DEFAULT, Options())
    parameters = json.loads(step.request(context(Mode.DEFAULT)).body)["outPaintingParams"]
    assert parameters["maskPrompt"] == "coffee cup, mug"
    assert "maskImage" not in parameters


def test_search_and_replace_also_looks_for_what_is_not_kept() -> None:
    (step,) = plan(registry.get("us.stability.stable-image-search-replace-v1:0"), Mode.DEFAULT, Options())
    assert json.loads(step.request(context(Mode.DEFAULT)).body)["search_prompt"] == "background, spoon"
    assert json.loads(step.request(context(Mode.DEFAULT, removed=())).body)["search_prompt"] == "background"


def test_titan_v1_takes_its_mask_from_the_built_in_cut_out() -> None:
    first, second = plan(registry.get("amazon.titan-image-generator-v1"), Mode.PRECISE, Options())
    assert first.built_in
    assert "maskImage" in json.loads(second.request(context()).body)["outPaintingParams"]


def test_titan_gets_a_file_within_its_five_megabytes() -> None:
    noise = Image.effect_noise((1408, 1408), 200).convert("RGB")
    step = plan(registry.get("amazon.titan-image-generator-v2:0"), Mode.PRECISE, Options())[0]
    body = json.loads(step.request(context(image=noise)).body)
    assert len(base64.b64decode(body["backgroundRemovalParams"]["image"])) <= 5_000_000


def test_nova_refuses_a_photo_under_its_limit_before_it_is_paid_for() -> None:
    for step in plan(registry.get("amazon.nova-canvas-v1:0"), Mode.PRECISE, Options()):
        with pytest.raises(BackdropError) as failure:
            step.request(context(side=500))
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
