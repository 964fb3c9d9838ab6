"""Titan's and Nova's tasks besides outpainting: what they refuse and what they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from localcloud.models.engine import Engine
from localcloud.models.scenes.colours import hexadecimal
from tests.unit.localmodels.pictures import encoded, photo, picture_of, side_by_side, text, truth
from tests.unit.localmodels.test_requests import (
    BALL,
    BALL_PNG,
    MASK,
    MASK_PNG,
    NOVA,
    TITAN_1,
    TITAN_2,
    call,
    image,
    refusal,
)

PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "TEXT_IMAGE": ("textToImageParams", {"text": "oak table in a park"}),
    "IMAGE_VARIATION": ("imageVariationParams", {"images": [BALL_PNG]}),
    "COLOR_GUIDED_GENERATION": ("colorGuidedGenerationParams", {"text": "marble", "colors": ["#102040", "#ffe0c0"]}),
    "INPAINTING": ("inPaintingParams", {"image": BALL_PNG, "maskImage": MASK_PNG}),
}
SMALL = {"width": 512, "height": 512}
INSIDE = MASK[..., 0] == 0


def body(task: str, config: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    name, fields = PARAMETERS[task]
    given = {key: value for key, value in {**fields, **changes}.items() if value is not ...}
    if config is None:
        config = {} if task == "INPAINTING" else SMALL
    return {"taskType": task, name: given, "imageGenerationConfig": config}


def shown(engine: Engine, model: str, request: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.int16]]:
    answer = call(engine, model, request)
    assert answer["error"] is None
    return np.asarray(picture_of(answer["images"][0]).convert("RGB"), np.int16)


@pytest.mark.parametrize("model", [TITAN_1, TITAN_2, NOVA])
@pytest.mark.parametrize("task", ["TEXT_IMAGE", "IMAGE_VARIATION", "INPAINTING"])
def test_each_answers_in_the_documented_shape(engine: Engine, model: str, task: str) -> None:
    size = {} if task == "INPAINTING" else SMALL
    answer = call(engine, model, body(task, {**size, "numberOfImages": 2, "quality": "premium", "cfgScale": 9.5}))
    assert answer.keys() == {"images", "error"}
    assert answer["error"] is None
    assert len(answer["images"]) == 2
    picture = picture_of(answer["images"][1])
    assert (picture.format, picture.mode) == ("PNG", "RGB")
    assert picture.size == ((400, 400) if task == "INPAINTING" else (512, 512))


@pytest.mark.parametrize(
    ("model", "request_body", "words"),
    [
        (TITAN_1, body("COLOR_GUIDED_GENERATION"), "taskType: 'COLOR_GUIDED_GENERATION' is not a valid enum value"),
        (TITAN_1, body("TEXT_IMAGE", text=...), "required key [textToImageParams.text]"),
        (TITAN_1, body("TEXT_IMAGE", text="x" * 513), "textToImageParams.text: must have 1 to 512"),
        (TITAN_1, body("TEXT_IMAGE", conditionImage=BALL_PNG), "extraneous key [conditionImage]"),
        (TITAN_1, body("TEXT_IMAGE", style="PHOTOREALISM"), "extraneous key [style]"),
        (TITAN_1, body("TEXT_IMAGE", {"width": 1000, "height": 1000}), "1000 x 1000 is not a supported"),
        (TITAN_1, body("TEXT_IMAGE", {"width": 1536}), "imageGenerationConfig.width: must be between"),
        (TITAN_1, body("TEXT_IMAGE", {**SMALL, "numberOfImages": 0}), "numberOfImages: must be between 1 and 5"),
        (TITAN_2, body("TEXT_IMAGE", {**SMALL, "cfgScale": 10.1}), "cfgScale: must be between 1.1 and 10.0"),
        (TITAN_2, body("TEXT_IMAGE", {**SMALL, "steps": 30}), "extraneous key [steps]"),
        (TITAN_2, body("TEXT_IMAGE", controlStrength=0.5), "controlStrength: only allowed with a conditionImage"),
        (TITAN_2, body("TEXT_IMAGE", conditionImage=BALL_PNG, controlMode="DEPTH"), "controlMode: 'DEPTH'"),
        (TITAN_2, body("TEXT_IMAGE", conditionImage=BALL_PNG, controlStrength=1.1), "controlStrength: must be"),
        (TITAN_2, body("TEXT_IMAGE", conditionImage=image(1409, 900)), "longer side must be at most 1408"),
        (TITAN_2, body("IMAGE_VARIATION", images=[]), "imageVariationParams.images: must have 1 to 5 entries, has 0"),
        (TITAN_2, body("IMAGE_VARIATION", images=[BALL_PNG] * 6), "must have 1 to 5 entries, has 6"),
        (TITAN_2, body("IMAGE_VARIATION", images=BALL_PNG), "images: expected a list"),
        (TITAN_2, body("IMAGE_VARIATION", images=[BALL_PNG, 7]), "images[1]: expected a base64 string"),
        (TITAN_2, body("IMAGE_VARIATION", similarityStrength=0.1), "similarityStrength: must be between 0.2 and 1.0"),
        (TITAN_2, body("COLOR_GUIDED_GENERATION", colors=["red"]), "'red' is no colour of the form #RRGGBB"),
        (TITAN_2, body("COLOR_GUIDED_GENERATION", colors=["#fff"]), "'#fff' is no colour"),
        (TITAN_2, body("COLOR_GUIDED_GENERATION", colors=["#ffffff"] * 11), "must have 1 to 10 entries"),
        (TITAN_2, body("COLOR_GUIDED_GENERATION", text=...), "required key [colorGuidedGenerationParams.text]"),
        (TITAN_2, body("INPAINTING", maskPrompt="ball"), "inPaintingParams: exactly one of maskPrompt and maskImage"),
        (TITAN_2, body("INPAINTING", maskImage=...), "inPaintingParams: exactly one of"),
        (TITAN_2, body("INPAINTING", outPaintingMode="PRECISE"), "extraneous key [outPaintingMode]"),
        (NOVA, body("INPAINTING", returnMask=True), "extraneous key [returnMask]"),
        (NOVA, body("INPAINTING", {"width": 512}), "width: not allowed with taskType INPAINTING"),
        (NOVA, body("INPAINTING", maskImage=text(encoded(MASK // 2))), "only hold pure black"),
        (NOVA, body("TEXT_IMAGE", negativeText=""), "negativeText: must have 1 to 1024"),
        (NOVA, body("TEXT_IMAGE", text="x" * 1025), "text: must have 1 to 1024"),
        (NOVA, body("TEXT_IMAGE", style="BAROQUE"), "style: 'BAROQUE'"),
        (NOVA, body("TEXT_IMAGE", {"width": 1000, "height": 1024}), "width: must be a multiple of 16, is 1000"),
        (NOVA, body("TEXT_IMAGE", {"width": 304}), "width: must be between 320 and 4096"),
        (NOVA, body("TEXT_IMAGE", {"width": 2048, "height": 2048}), "must be less than 4194304"),
        (NOVA, body("TEXT_IMAGE", {"width": 2048, "height": 480}), "aspect ratio must be between 1:4 and 4:1"),
        (NOVA, {"taskType": "TEXT_IMAGE"}, "required key [textToImageParams]"),
        (NOVA, {**body("TEXT_IMAGE"), "inPaintingParams": {}}, "inPaintingParams: not allowed"),
    ],
)
def test_refusals(engine: Engine, model: str, request_body: dict[str, Any], words: str) -> None:
    error = refusal(engine, model, request_body)
    assert error.kind == "ValidationException"
    assert words in error.message


@pytest.mark.parametrize(("model", "side"), [(TITAN_2, 1408), (NOVA, 1024)])
def test_the_documented_size_when_none_is_given(engine: Engine, model: str, side: int) -> None:
    assert shown(engine, model, body("TEXT_IMAGE", {})).shape == (side, side, 3)


@pytest.mark.parametrize("size", [(768, 1152), (1173, 640), (320, 704)])
def test_titan_has_the_sizes_of_its_table(engine: Engine, size: tuple[int, int]) -> None:
    after = shown(engine, TITAN_1, body("TEXT_IMAGE", {"width": size[0], "height": size[1]}))
    assert after.shape == (size[1], size[0], 3)


@pytest.mark.parametrize("model", [TITAN_1, TITAN_2, NOVA])
def test_inpainting_changes_black_and_keeps_white(engine: Engine, model: str) -> None:
    change = np.abs(shown(engine, model, body("INPAINTING", text="oak wood")) - BALL).max(-1)
    assert change[~INSIDE].max() == 0
    assert change[INSIDE].mean() > 15


def test_inpainting_without_a_text_removes_the_object(engine: Engine) -> None:
    after = shown(engine, NOVA, body("INPAINTING", maskImage=..., maskPrompt="ball"))
    assert np.abs(after - 150).max() < 25


def test_inpainting_by_prompt_removes_the_named_one_of_two(engine: Engine) -> None:
    pixels, mug, bottle = side_by_side("mug_wooden_desk", "wine_bottle_kitchen")
    request = body("INPAINTING", image=text(encoded(pixels)), maskImage=..., maskPrompt="the mug", returnMask=True)
    answer = call(engine, TITAN_2, request)
    after = np.asarray(picture_of(answer["images"][0]), np.int16)
    assert np.abs(after[mug] - 205).max() < 40
    assert np.abs(after - pixels).max(-1)[bottle].mean() < 1
    black = np.asarray(picture_of(answer["maskImage"]))[..., 0] == 0
    assert (black & mug).sum() / (black | mug).sum() > 0.97


@pytest.mark.parametrize("model", [TITAN_1, NOVA])
def test_a_variation_is_the_closer_the_more_similar(engine: Engine, model: str) -> None:
    pixels = photo("mug_wooden_desk", 512)[:384, :512]
    config = {"width": 384, "height": 640} if model == TITAN_1 else {"width": 512, "height": 384}
    changes = []
    for strength in (1.0, 0.7, 0.2):
        request = body("IMAGE_VARIATION", config, images=[text(encoded(pixels))], similarityStrength=strength)
        after = shown(engine, model, request)
        assert after.shape[:2] == (config["height"], config["width"])
        if model == NOVA:
            changes.append(float(np.abs(after - pixels).mean()))
    if model == NOVA:
        assert changes[0] == 0 < changes[1] < changes[2]


def test_a_variation_keeps_the_subject_and_follows_the_text(engine: Engine) -> None:
    pixels = photo("mug_wooden_desk", 512)[:384]
    request = body(
        "IMAGE_VARIATION",
        {"width": 512, "height": 384},
        images=[text(encoded(pixels))],
        text="emerald studio backdrop",
        similarityStrength=0.2,
    )
    after = shown(engine, NOVA, request)
    mug = truth("mug_wooden_desk", photo("mug_wooden_desk", 512))[:384]
    assert after[:40].mean((0, 1))[1] > after[:40].mean((0, 1))[0] + 15
    inner = np.abs(after - pixels).max(-1)[mug]
    assert inner.mean() < 25


def test_several_images_vary_in_turn(engine: Engine) -> None:
    red, blue = BALL_PNG, text(encoded(np.ascontiguousarray(BALL[..., ::-1])))
    request = body("IMAGE_VARIATION", {**SMALL, "numberOfImages": 3}, images=[red, blue], similarityStrength=0.9)
    pictures = [np.asarray(picture_of(data), np.int16)[256, 256] for data in call(engine, NOVA, request)["images"]]
    assert [bool(pixel[0] > pixel[2]) for pixel in pictures] == [True, False, True]


@pytest.mark.parametrize("model", [TITAN_2, NOVA])
def test_colour_guided_pictures_have_the_palette(engine: Engine, model: str) -> None:
    palette = ["#102040", "#ff8800", "#ffe0c0"]
    after = shown(engine, model, body("COLOR_GUIDED_GENERATION", colors=palette)) / 255
    plain = shown(engine, model, body("TEXT_IMAGE", text="marble")) / 255
    stops = np.stack([hexadecimal(code) for code in palette])

    def distance(picture: Any) -> float:
        ramp = np.concatenate([np.linspace(stops[i], stops[i + 1], 32) for i in range(2)])
        sample = picture[::16, ::16].reshape(-1, 1, 3)
        return float(np.linalg.norm(sample - ramp[None], axis=-1).min(1).mean())

    assert distance(after) < 0.12
    assert distance(after) < 0.5 * distance(plain)


def test_a_reference_image_is_in_the_picture(engine: Engine) -> None:
    request = body("COLOR_GUIDED_GENERATION", referenceImage=BALL_PNG, colors=["#000000", "#ffffff"])
    without = body("COLOR_GUIDED_GENERATION", colors=["#000000", "#ffffff"])
    ball = np.s_[230:280, 230:280]
    assert shown(engine, NOVA, request)[ball].mean() < shown(engine, NOVA, without)[ball].mean() - 30


@pytest.mark.parametrize("mode", ["CANNY_EDGE", "SEGMENTATION"])
def test_a_condition_image_gives_the_layout(engine: Engine, mode: str) -> None:
    def edge(strength: float) -> float:
        request = body(
            "TEXT_IMAGE", text="plain grey studio", conditionImage=BALL_PNG, controlMode=mode, controlStrength=strength
        )
        light = shown(engine, TITAN_2, request).mean(-1)
        # The disc's left outline in the 512 px picture: 112 px from the left.
        return float(abs(light[240:270, 120:130].mean() - light[240:270, 95:105].mean()))

    assert edge(1.0) > edge(0.0) + 10


def test_filtered_texts(engine: Engine) -> None:
    titan = call(engine, TITAN_2, body("TEXT_IMAGE", text="gore"))
    assert titan["images"] == []
    assert "content filters" in titan["error"]
    assert "content filters" in refusal(engine, NOVA, body("COLOR_GUIDED_GENERATION", text="gore")).message
    assert call(engine, NOVA, body("TEXT_IMAGE", text="filtered-output"))["images"] == []
