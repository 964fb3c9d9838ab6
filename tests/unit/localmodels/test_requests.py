"""Each family refuses what AWS documents as invalid, and says which field."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from localcloud.models.engine import Engine
from localcloud.models.errors import ModelError
from localcloud.models.families.base import BODY_BYTES
from localcloud.models.registry import invoke, served_ids
from tests.unit.localmodels.pictures import blank, disc, encoded, text

REMOVE = "us.stability.stable-image-remove-background-v1:0"
INPAINT = "us.stability.stable-image-inpaint-v1:0"
TITAN_1 = "amazon.titan-image-generator-v1"
TITAN_2 = "amazon.titan-image-generator-v2:0"
NOVA = "amazon.nova-canvas-v1:0"

BALL, MASK = disc()
BALL_PNG, MASK_PNG = text(encoded(BALL)), text(encoded(MASK))


def call(engine: Engine, model: str, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(invoke(model, json.dumps(body).encode(), engine))
    return answer


def refusal(engine: Engine, model: str, body: dict[str, Any]) -> ModelError:
    with pytest.raises(ModelError) as caught:
        call(engine, model, body)
    return caught.value


def inpaint(**changes: Any) -> dict[str, Any]:
    body = {"prompt": "oak table", "image": BALL_PNG, "mask": MASK_PNG, "seed": 1, **changes}
    return {key: value for key, value in body.items() if value is not ...}


def outpaint(parameters: dict[str, Any] | None = None, config: dict[str, Any] | None = None) -> dict[str, Any]:
    fields = {"image": BALL_PNG, "maskImage": MASK_PNG, "text": "oak table", **(parameters or {})}
    return {
        "taskType": "OUTPAINTING",
        "outPaintingParams": {key: value for key, value in fields.items() if value is not ...},
        "imageGenerationConfig": config or {},
    }


def image(width: int, height: int) -> str:
    return text(encoded(blank(width, height)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"prompt": ...}, "required key [prompt]"),
        ({"prompt": 3}, "prompt: expected a string"),
        ({"prompt": "x" * 10_001}, "prompt: must have 0 to 10000 characters, has 10001"),
        ({"negative_prompt": "x" * 10_001}, "negative_prompt: must have"),
        ({"image": ...}, "required key [image]"),
        ({"image": "not base64!"}, "image: not valid base64"),
        ({"image": "data:image/png;base64," + BALL_PNG}, "image: expected bare base64"),
        ({"image": text(b"plain text")}, "image: the image is not a JPEG/PNG/WEBP file"),
        ({"image": text(encoded(BALL, "GIF"))}, "image: the image is not a JPEG/PNG/WEBP file"),
        ({"image": text(encoded(BALL)[:-600])}, "image: the image is damaged or cut short"),
        ({"image": image(63, 100)}, "image: each side must be at least 64 px"),
        ({"image": image(3073, 3072)}, "image: must have at most 9437184 pixels, has 9440256"),
        ({"image": image(64, 161)}, "image: aspect ratio"),
        ({"mask": ...}, "mask: required when the image has no alpha channel"),
        ({"mask": text(b"plain text")}, "mask: the image is not"),
        ({"seed": -1}, "seed: must be between 0 and 4294967294"),
        ({"seed": 4_294_967_295}, "seed: must be between 0 and 4294967294"),
        ({"seed": 1.5}, "seed: must be a whole number"),
        ({"seed": True}, "seed: expected a number"),
        ({"grow_mask": 21}, "grow_mask: must be between 0 and 20"),
        ({"output_format": "gif"}, "output_format: 'gif' is not a valid enum value"),
        ({"style_preset": "baroque"}, "style_preset: 'baroque'"),
        ({"strength": 1}, "extraneous key [strength]"),
    ],
)
def test_inpaint_refuses(engine: Engine, changes: dict[str, Any], words: str) -> None:
    error = refusal(engine, INPAINT, inpaint(**changes))
    assert error.kind == "ValidationException"
    assert error.status == 400
    assert words in error.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "required key [image]"),
        ({"image": BALL_PNG, "seed": 1}, "extraneous key [seed]"),
        ({"image": BALL_PNG, "output_format": "tiff"}, "output_format"),
    ],
)
def test_remove_background_refuses(engine: Engine, body: dict[str, Any], words: str) -> None:
    assert words in refusal(engine, REMOVE, body).message


@pytest.mark.parametrize(
    ("model", "body", "words"),
    [
        (TITAN_1, {"taskType": "PAINT"}, "taskType: 'PAINT' is not a valid enum value"),
        (TITAN_1, {"taskType": "BACKGROUND_REMOVAL"}, "taskType: 'BACKGROUND_REMOVAL' is not a valid"),
        (NOVA, {"taskType": "VIRTUAL_TRY_ON"}, "does not have"),
        (TITAN_1, outpaint({"text": "x" * 513}), "outPaintingParams.text: must have 1 to 512 characters"),
        (TITAN_1, outpaint({"negativeText": "x" * 513}), "outPaintingParams.negativeText"),
        (TITAN_1, outpaint({"text": ...}), "required key [outPaintingParams.text]"),
        (TITAN_1, outpaint({"maskPrompt": "ball"}), "exactly one of maskPrompt and maskImage"),
        (TITAN_1, outpaint({"maskImage": ...}), "exactly one of maskPrompt and maskImage"),
        (TITAN_1, outpaint({"image": image(1409, 1000)}), "the longer side must be at most 1408 px"),
        (TITAN_1, outpaint({"outPaintingMode": "precise"}), "outPaintingParams.outPaintingMode"),
        (TITAN_1, outpaint(config={"numberOfImages": 6}), "imageGenerationConfig.numberOfImages"),
        (TITAN_1, outpaint(config={"cfgScale": 1.0}), "imageGenerationConfig.cfgScale"),
        (TITAN_1, outpaint(config={"seed": 2_147_483_647}), "imageGenerationConfig.seed"),
        (TITAN_1, outpaint(config={"quality": "best"}), "imageGenerationConfig.quality"),
        (TITAN_1, outpaint(config={"width": 1000, "height": 1000}), "1000 x 1000 is not a supported"),
        (TITAN_2, outpaint({"maskImage": text(encoded(MASK[:-1]))}), "must have the image's size 400 x 400"),
        (TITAN_2, outpaint({"maskImage": text(encoded(MASK[..., 0]))}), "must be RGB"),
        (TITAN_2, outpaint({"maskImage": text(encoded(MASK // 2))}), "only hold pure black"),
        (TITAN_2, outpaint({"mask": "x"}), "extraneous key [mask]"),
        (NOVA, outpaint({"text": "x" * 1025}), "outPaintingParams.text: must have 1 to 1024"),
        (NOVA, outpaint({"negativeText": ""}), "outPaintingParams.negativeText: must have 1 to 1024"),
        (NOVA, outpaint(config={"width": 1024}), "imageGenerationConfig.width: not allowed"),
        (NOVA, outpaint({"image": image(319, 400)}), "each side must be 320 to 4096 px"),
        (NOVA, outpaint({"image": image(2048, 2048)}), "must have fewer than 4194304 pixels"),
        (NOVA, outpaint({"image": image(2000, 490)}), "aspect ratio must be between 1:4 and 4:1"),
        (NOVA, outpaint({"returnMask": True}), "extraneous key [returnMask]"),
        (
            NOVA,
            {
                "taskType": "BACKGROUND_REMOVAL",
                "backgroundRemovalParams": {"image": BALL_PNG},
                "imageGenerationConfig": {"seed": 1},
            },
            "imageGenerationConfig: not allowed",
        ),
    ],
)
def test_titan_and_nova_refuse(engine: Engine, model: str, body: dict[str, Any], words: str) -> None:
    error = refusal(engine, model, body)
    assert error.kind == "ValidationException"
    assert words in error.message


def test_transparent_input_is_refused_by_nova_but_opaque_alpha_is_not(engine: Engine) -> None:
    alpha = np.full((400, 400, 1), 255, np.uint8)
    call(engine, NOVA, outpaint({"image": text(encoded(np.dstack([BALL, alpha])))}))
    alpha[0, 0] = 254
    error = refusal(engine, NOVA, outpaint({"image": text(encoded(np.dstack([BALL, alpha])))}))
    assert "transparent pixels" in error.message


@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        ("stability.stable-image-inpaint-v1:0", "ValidationException", "inference profile"),
        ("us.amazon.nova-canvas-v1:0", "ResourceNotFoundException", "Could not resolve"),
        ("us.stability.sd3-5-large-v1:0", "ResourceNotFoundException", "Could not resolve"),
        ("stability.stable-outpaint-v1:0", "ValidationException", "inference profile"),
        ("stability.stable-image-core-v1:0", "ResourceNotFoundException", "Could not resolve"),
        ("Not A Model", "ValidationException", "model identifier is invalid"),
    ],
)
def test_other_model_ids(engine: Engine, model: str, kind: str, words: str) -> None:
    error = refusal(engine, model, inpaint())
    assert error.kind == kind
    assert words in error.message


def test_profile_arn_is_the_profile(engine: Engine) -> None:
    arn = f"arn:aws:bedrock:us-east-1:000000000000:inference-profile/{INPAINT}"
    assert call(engine, arn, inpaint())["finish_reasons"] == [None]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"\xff", b"[" * 100_000])
def test_body_that_is_no_json_object(engine: Engine, body: bytes) -> None:
    with pytest.raises(ModelError, match="Malformed input request"):
        invoke(INPAINT, body, engine)


def test_body_over_the_limit(engine: Engine) -> None:
    with pytest.raises(ModelError, match="at most 25000000 bytes"):
        invoke(INPAINT, b" " * (BODY_BYTES + 1), engine)


def test_answer_over_the_limit(engine: Engine) -> None:
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (3000, 3000, 3), dtype=np.uint8)
    keep_all = text(encoded(np.zeros((64, 64), np.uint8)))
    body = inpaint(image=text(encoded(noise, "JPEG", quality=80)), mask=keep_all, grow_mask=0)
    error = refusal(engine, INPAINT, body)
    assert error.kind == "ModelErrorException"
    assert "limited to 25000000" in error.message


def test_pixel_bomb_is_refused_by_its_header(engine: Engine) -> None:
    bomb = encoded(np.zeros((30_000, 4_000), np.uint8), compress_level=9)
    assert len(bomb) < 200_000
    error = refusal(engine, INPAINT, inpaint(image=text(bomb)))
    assert "too many pixels" in error.message


def test_served_ids_are_the_ones_that_answer(engine: Engine) -> None:
    ids = served_ids()
    assert {REMOVE, INPAINT, TITAN_1, TITAN_2, NOVA} < set(ids)
    assert len(set(ids)) == 13
    for model in ids:
        error = refusal(engine, model, {})
        assert error.kind == "ValidationException"
        assert "required key" in error.message or "greater than 0" in error.message
