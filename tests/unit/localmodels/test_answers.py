"""What an accepted request is answered with: shapes, sizes, formats, the mask's sense, the seed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from localcloud.models.engine import Engine
from tests.unit.localmodels.pictures import disc, encoded, picture_of, text
from tests.unit.localmodels.test_requests import (
    BALL,
    BALL_PNG,
    INPAINT,
    MASK,
    NOVA,
    REMOVE,
    TITAN_1,
    TITAN_2,
    call,
    inpaint,
    outpaint,
    refusal,
)

INSIDE = MASK[..., 0] == 0


def pixels_of(answer: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.asarray(picture_of(answer["images"][0]).convert("RGB"), np.int16)


def change(answer: dict[str, Any], where: Any) -> float:
    return float(np.abs(pixels_of(answer) - BALL.astype(np.int16))[where].max(-1).mean())


@pytest.mark.parametrize("format_name", ["png", "jpeg", "webp"])
def test_inpaint_answers_in_the_documented_shape(engine: Engine, format_name: str) -> None:
    answer = call(engine, INPAINT, inpaint(output_format=format_name))
    assert answer.keys() == {"seeds", "finish_reasons", "images"}
    assert answer["seeds"] == [1]
    assert answer["finish_reasons"] == [None]
    image = picture_of(answer["images"][0])
    assert image.format == format_name.upper()
    assert image.size == (400, 400)
    assert image.mode == "RGB"


def test_inpaint_keeps_black_and_repaints_white(engine: Engine) -> None:
    answer = call(engine, INPAINT, inpaint(grow_mask=0))
    assert change(answer, INSIDE) == 0
    assert change(answer, ~INSIDE) > 15
    swapped = call(engine, INPAINT, inpaint(grow_mask=0, mask=text(encoded(255 - MASK))))
    assert change(swapped, ~INSIDE) == 0
    assert change(swapped, INSIDE) > 15


def test_a_mask_of_another_size_is_resized(engine: Engine) -> None:
    _, small = disc(100, 100)
    answer = call(engine, INPAINT, inpaint(grow_mask=0, mask=text(encoded(small))))
    assert change(answer, np.s_[180:220, 180:220]) == 0
    assert change(answer, np.s_[0:40, 0:40]) > 15


def test_without_a_mask_transparent_is_repainted(engine: Engine) -> None:
    cut_out = np.dstack([BALL, 255 - MASK[..., 0]])
    answer = call(engine, INPAINT, inpaint(mask=..., image=text(encoded(cut_out)), grow_mask=0))
    assert change(answer, INSIDE) == 0
    assert change(answer, ~INSIDE) > 15


def test_grow_mask_repaints_a_rim_of_the_subject(engine: Engine) -> None:
    answer = call(engine, INPAINT, inpaint(grow_mask=20))
    assert change(answer, np.s_[190:210, 190:210]) == 0
    rim = np.s_[195:205, 90:98]
    assert INSIDE[rim].all()
    assert change(answer, rim) > 15


def test_same_seed_same_picture_other_seed_another(engine: Engine) -> None:
    first, second, other = (
        pixels_of(call(engine, INPAINT, inpaint(prompt="grey studio with soft light", seed=seed))) for seed in (5, 5, 6)
    )
    assert np.abs(first - second).max() <= 2
    assert np.abs(first - other).mean() > 0.5


def test_seed_0_is_random_and_the_answer_tells_which(engine: Engine) -> None:
    answer = call(engine, INPAINT, inpaint(seed=0))
    assert answer["seeds"][0] > 0
    again = call(engine, INPAINT, inpaint(seed=answer["seeds"][0]))
    assert np.abs(pixels_of(answer) - pixels_of(again)).max() <= 2


def test_pure_white_is_pure_white(engine: Engine) -> None:
    shown = pixels_of(call(engine, INPAINT, inpaint(prompt="pure white background", grow_mask=0)))
    assert (shown[~INSIDE] == 255).all()


def test_the_prompt_chooses_the_colours(engine: Engine) -> None:
    green = pixels_of(call(engine, INPAINT, inpaint(prompt="emerald studio backdrop")))[:60].mean((0, 1))
    pink = pixels_of(call(engine, INPAINT, inpaint(prompt="#ff80a0 backdrop")))[:60].mean((0, 1))
    assert green[1] > green[0] + 30
    assert pink[0] > pink[1] + 30


def test_the_subject_throws_a_shadow_unless_unwanted(engine: Engine) -> None:
    def below(negative: str) -> float:
        body = inpaint(prompt="white marble", negative_prompt=negative, grow_mask=0)
        return float(pixels_of(call(engine, INPAINT, body))[314:322, 190:210].mean())

    assert below("") < below("shadows") - 15


def test_remove_background_answers_a_cut_out(engine: Engine) -> None:
    answer = call(engine, REMOVE, {"image": BALL_PNG})
    assert answer.keys() == {"seeds", "finish_reasons", "images"}
    alpha = np.asarray(picture_of(answer["images"][0]))[..., 3] > 127
    assert (alpha & INSIDE).sum() / (alpha | INSIDE).sum() > 0.95
    assert picture_of(call(engine, REMOVE, {"image": BALL_PNG, "output_format": "webp"})["images"][0]).mode == "RGBA"


@pytest.mark.parametrize("model", [TITAN_1, TITAN_2, NOVA])
def test_outpainting_keeps_black_and_repaints_white(engine: Engine, model: str) -> None:
    answer = call(engine, model, outpaint({"outPaintingMode": "PRECISE"}))
    assert answer.keys() == {"images", "error"}
    assert answer["error"] is None
    assert picture_of(answer["images"][0]).format == "PNG"
    assert change(answer, INSIDE) == 0
    assert change(answer, ~INSIDE) > 15


def test_default_mode_blends_the_rim(engine: Engine) -> None:
    answer = call(engine, NOVA, outpaint({"text": "white studio background"}))
    assert 0 < change(answer, INSIDE) < 15


def test_mask_prompt_keeps_the_subject(engine: Engine) -> None:
    body = outpaint({"maskImage": ..., "maskPrompt": "ball", "outPaintingMode": "PRECISE", "returnMask": True})
    answer = call(engine, TITAN_2, body)
    assert change(answer, np.s_[180:220, 180:220]) == 0
    assert change(answer, np.s_[0:40, 0:40]) > 15
    black = np.asarray(picture_of(answer["maskImage"]))[..., 0] == 0
    assert (black & INSIDE).sum() / (black | INSIDE).sum() > 0.95


def test_several_images_differ(engine: Engine) -> None:
    answer = call(engine, TITAN_1, outpaint({"text": "grey studio"}, {"numberOfImages": 2, "seed": 3}))
    first, second = (np.asarray(picture_of(image), np.int16) for image in answer["images"])
    assert np.abs(first - second).mean() > 0.5


@pytest.mark.parametrize("model", [TITAN_2, NOVA])
def test_background_removal(engine: Engine, model: str) -> None:
    body = {"taskType": "BACKGROUND_REMOVAL", "backgroundRemovalParams": {"image": BALL_PNG}}
    image = picture_of(call(engine, model, body)["images"][0])
    assert (image.format, image.mode, image.size) == ("PNG", "RGBA", (400, 400))


def test_filtered_prompts_are_answered_as_each_family_does(engine: Engine) -> None:
    assert call(engine, INPAINT, inpaint(prompt="a nude statue")) == {"finish_reasons": ["Filter reason: prompt"]}
    assert call(engine, INPAINT, inpaint(prompt="filtered-output")) == {
        "finish_reasons": ["Filter reason: output image"]
    }
    titan = call(engine, TITAN_2, outpaint({"text": "gore"}))
    assert titan["images"] == []
    assert "content filters" in titan["error"]
    assert "content filters" in refusal(engine, NOVA, outpaint({"text": "gore"})).message
    assert call(engine, NOVA, outpaint({"text": "filtered-output"}))["error"]
    assert call(engine, INPAINT, inpaint(prompt="gored nudes"))["finish_reasons"] == [None]
