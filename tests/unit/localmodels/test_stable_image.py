"""Core, Ultra and SD3.5: pictures from text, and from a picture where the model takes one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from localcloud.models.engine import Engine
from tests.unit.localmodels.pictures import encoded, photo, picture_of, text, truth
from tests.unit.localmodels.test_requests import BALL, BALL_PNG, MASK, call, image, refusal

CORE = "stability.stable-image-core-v1:1"
ULTRA = "stability.stable-image-ultra-v1:1"
SD3 = "stability.sd3-5-large-v1:0"
FROM_IMAGE = {"mode": "image-to-image", "image": BALL_PNG, "strength": 0.5}
RATIOS = {"1:1": 1, "16:9": 16 / 9, "21:9": 21 / 9, "2:3": 2 / 3, "4:5": 4 / 5, "9:21": 9 / 21}


def shown(engine: Engine, model: str, **fields: Any) -> np.ndarray[Any, np.dtype[np.int16]]:
    answer = call(engine, model, {"prompt": "oak table in a park", "seed": 4, **fields})
    return np.asarray(picture_of(answer["images"][0]).convert("RGB"), np.int16)


@pytest.mark.parametrize("model", [CORE, ULTRA, SD3])
def test_text_to_image(engine: Engine, model: str) -> None:
    answer = call(engine, model, {"prompt": "oak table in a park", "output_format": "jpeg"})
    assert answer.keys() == {"seeds", "finish_reasons", "images"}
    assert answer["seeds"][0] > 0
    picture = picture_of(answer["images"][0])
    assert (picture.format, picture.size) == ("JPEG", (1024, 1024))


@pytest.mark.parametrize(("name", "ratio"), RATIOS.items())
def test_aspect_ratios_have_about_a_megapixel(engine: Engine, name: str, ratio: float) -> None:
    height, width = shown(engine, CORE, aspect_ratio=name).shape[:2]
    assert width / height == pytest.approx(ratio, rel=0.05)
    assert 900_000 < width * height < 1_100_000
    assert min(width, height) >= 640
    assert max(width, height) <= 1536


def test_prompt_and_seed_decide_the_picture(engine: Engine) -> None:
    first, again = shown(engine, CORE), shown(engine, CORE)
    assert np.abs(first - again).max() <= 2
    assert np.abs(first - shown(engine, CORE, seed=5)).mean() > 1
    assert np.abs(first - shown(engine, CORE, prompt="beach")).mean() > 10
    # A floor to put products on: its lower part is wood, its upper part the park.
    assert first[-100:].mean((0, 1))[0] > first[-100:].mean((0, 1))[2] + 30


@pytest.mark.parametrize("model", [ULTRA, SD3])
def test_image_to_image_keeps_less_the_higher_the_strength(engine: Engine, model: str) -> None:
    pixels = photo("mug_wooden_desk", 500)
    given = {"mode": "image-to-image", "image": text(encoded(pixels)), "prompt": "a beach"}
    outside = ~truth("mug_wooden_desk", pixels)
    changes = [
        float(np.abs(shown(engine, model, **given, strength=strength) - pixels)[outside].mean())
        for strength in (0, 0.3, 1)
    ]
    assert changes[0] == 0
    assert 0 < changes[1] < changes[2]
    assert changes[2] > 25


def test_ultra_takes_an_image_without_mode_and_strength(engine: Engine) -> None:
    assert shown(engine, ULTRA, image=BALL_PNG).shape == BALL.shape
    assert np.abs(shown(engine, ULTRA, image=BALL_PNG) - BALL)[MASK[..., 0] == 0].mean() < 40


@pytest.mark.parametrize(
    ("model", "fields", "words"),
    [
        (CORE, {"prompt": ""}, "prompt: must have 1 to 10000 characters"),
        (CORE, {"prompt": "x" * 10_001}, "prompt: must have"),
        (CORE, {"aspect_ratio": "4:3"}, "aspect_ratio: '4:3'"),
        (CORE, {"image": BALL_PNG}, "extraneous key [image]"),
        (CORE, {"output_format": "webp"}, "output_format: 'webp'"),
        (CORE, {"seed": 4_294_967_296}, "seed: must be between 0 and 4294967295"),
        (CORE, {"cfg_scale": 7}, "extraneous key [cfg_scale]"),
        (ULTRA, {"strength": 0.5}, "strength: not allowed"),
        (ULTRA, {**FROM_IMAGE, "strength": 1.1}, "strength: must be between 0 and 1"),
        (ULTRA, {**FROM_IMAGE, "aspect_ratio": "1:1"}, "aspect_ratio: not allowed"),
        (SD3, {"seed": 4_294_967_295}, "seed: must be between 0 and 4294967294"),
        (SD3, {"mode": "inpaint"}, "mode: 'inpaint'"),
        (SD3, {"image": BALL_PNG}, "image: not allowed with mode text-to-image"),
        (SD3, {"mode": "image-to-image", "strength": 0.5}, "required key [image]"),
        (SD3, {"mode": "image-to-image", "image": BALL_PNG}, "required key [strength]"),
        (SD3, {**FROM_IMAGE, "image": image(63, 300)}, "each side must be at least 64 px"),
    ],
)
def test_refusals(engine: Engine, model: str, fields: dict[str, Any], words: str) -> None:
    error = refusal(engine, model, {"prompt": "oak table", **fields})
    assert error.kind == "ValidationException"
    assert words in error.message


def test_filtered_prompts_and_capitals(engine: Engine) -> None:
    assert call(engine, CORE, {"prompt": "gore"}) == {"finish_reasons": ["Filter reason: prompt"]}
    answer = call(engine, ULTRA, {"prompt": "oak table", "output_format": "JPEG"})
    assert picture_of(answer["images"][0]).format == "JPEG"
