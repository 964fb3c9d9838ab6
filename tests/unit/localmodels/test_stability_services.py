"""Search-and-replace, search-and-recolor, erase, outpaint, fast upscale: what they refuse and what they do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from localcloud.models.engine import Engine
from tests.unit.localmodels.pictures import blank, disc, encoded, photo, picture_of, side_by_side, text, truth
from tests.unit.localmodels.test_requests import BALL, BALL_PNG, MASK, MASK_PNG, call, image, refusal

REPLACE = "us.stability.stable-image-search-replace-v1:0"
RECOLOR = "us.stability.stable-image-search-recolor-v1:0"
ERASE = "us.stability.stable-image-erase-object-v1:0"
OUTPAINT = "us.stability.stable-outpaint-v1:0"
UPSCALE = "us.stability.stable-fast-upscale-v1:0"
BODIES: dict[str, dict[str, Any]] = {
    REPLACE: {"prompt": "oak table", "image": BALL_PNG, "search_prompt": "background", "seed": 1},
    RECOLOR: {"prompt": "a teal ball", "image": BALL_PNG, "select_prompt": "ball", "seed": 1},
    ERASE: {"image": BALL_PNG, "mask": text(encoded(255 - MASK)), "seed": 1},
    OUTPAINT: {"image": BALL_PNG, "left": 100, "seed": 1},
    UPSCALE: {"image": BALL_PNG},
}
INSIDE = MASK[..., 0] == 0


def body(model: str, **changes: Any) -> dict[str, Any]:
    return {key: value for key, value in {**BODIES[model], **changes}.items() if value is not ...}


def shown(engine: Engine, model: str, **changes: Any) -> np.ndarray[Any, np.dtype[np.int16]]:
    return np.asarray(picture_of(call(engine, model, body(model, **changes))["images"][0]).convert("RGB"), np.int16)


def changed(before: Any, after: Any) -> Any:
    return np.abs(after.astype(np.int16) - before.astype(np.int16)).max(-1)


@pytest.mark.parametrize("model", BODIES)
@pytest.mark.parametrize("format_name", ["png", "jpeg", "webp"])
def test_each_answers_in_the_documented_shape(engine: Engine, model: str, format_name: str) -> None:
    answer = call(engine, model, body(model, output_format=format_name))
    assert answer.keys() == {"seeds", "finish_reasons", "images"}
    assert answer["finish_reasons"] == [None]
    assert len(answer["seeds"]) == len(answer["images"]) == 1
    assert picture_of(answer["images"][0]).format == format_name.upper()


@pytest.mark.parametrize(
    ("model", "changes", "words"),
    [
        (REPLACE, {"prompt": ...}, "required key [prompt]"),
        (REPLACE, {"search_prompt": ...}, "required key [search_prompt]"),
        (REPLACE, {"search_prompt": "x" * 10_001}, "search_prompt: must have 0 to 10000 characters"),
        (REPLACE, {"mask": MASK_PNG}, "extraneous key [mask]"),
        (REPLACE, {"grow_mask": 21}, "grow_mask: must be between 0 and 20"),
        (REPLACE, {"style_preset": "baroque"}, "style_preset: 'baroque'"),
        (REPLACE, {"image": image(63, 100)}, "each side must be at least 64 px"),
        (REPLACE, {"image": image(3073, 3072)}, "at most 9437184 pixels"),
        (REPLACE, {"image": image(64, 161)}, "aspect ratio"),
        (RECOLOR, {"select_prompt": ...}, "required key [select_prompt]"),
        (RECOLOR, {"search_prompt": "ball"}, "extraneous key [search_prompt]"),
        (RECOLOR, {"prompt": ...}, "required key [prompt]"),
        (ERASE, {"prompt": "nothing"}, "extraneous key [prompt]"),
        (ERASE, {"mask": ...}, "mask: required when the image has no alpha channel"),
        (ERASE, {"grow_mask": -1}, "grow_mask: must be between"),
        (OUTPAINT, {"left": ...}, "at least one of left, right, up and down"),
        (OUTPAINT, {"left": 0, "up": 0}, "at least one of left, right, up and down"),
        (OUTPAINT, {"left": 2001}, "left: must be between 0 and 2000"),
        (OUTPAINT, {"down": -1}, "down: must be between 0 and 2000"),
        (OUTPAINT, {"up": 10.5}, "up: must be a whole number"),
        (OUTPAINT, {"creativity": 0.05}, "creativity: must be between 0.1 and 1.0"),
        (OUTPAINT, {"negative_prompt": "people"}, "extraneous key [negative_prompt]"),
        (OUTPAINT, {"mask": MASK_PNG}, "extraneous key [mask]"),
        (UPSCALE, {"prompt": "sharper"}, "extraneous key [prompt]"),
        (UPSCALE, {"image": image(31, 100)}, "each side must be 32 to 1536 px"),
        (UPSCALE, {"image": image(1537, 100)}, "each side must be 32 to 1536 px"),
        (UPSCALE, {"image": image(1025, 1024)}, "must have 1024 to 1048576 pixels, has 1049600"),
        (UPSCALE, {"output_format": "gif"}, "output_format: 'gif'"),
    ],
)
def test_refusals(engine: Engine, model: str, changes: dict[str, Any], words: str) -> None:
    error = refusal(engine, model, body(model, **changes))
    assert error.kind == "ValidationException"
    assert words in error.message


@pytest.mark.parametrize("model", [REPLACE, RECOLOR, OUTPAINT])
def test_filtered_prompts(engine: Engine, model: str) -> None:
    assert call(engine, model, body(model, prompt="gore")) == {"finish_reasons": ["Filter reason: prompt"]}
    refused = call(engine, model, body(model, prompt="filtered-output"))
    assert refused == {"finish_reasons": ["Filter reason: output image"]}


def test_replacing_the_background_keeps_the_subject(engine: Engine) -> None:
    change = changed(BALL, shown(engine, REPLACE, grow_mask=0))
    assert change[180:220, 180:220].max() == 0
    assert change[:60].mean() > 15


def test_replacing_a_named_object_keeps_everything_else(engine: Engine) -> None:
    pixels, mug, bottle = side_by_side("mug_wooden_desk", "wine_bottle_kitchen")
    photo_text = text(encoded(pixels))
    after = shown(engine, REPLACE, image=photo_text, search_prompt="the wine bottle", prompt="crimson", grow_mask=0)
    change = changed(pixels, after)
    assert change[mug].mean() < 1
    assert change[bottle].mean() > 30
    assert change[:60].max() == 0


def test_recolor_changes_the_object_and_keeps_its_shading(engine: Engine) -> None:
    pixels = photo("mug_wooden_desk", 600)
    mug = truth("mug_wooden_desk", pixels)
    after = shown(engine, RECOLOR, image=text(encoded(pixels)), prompt="a teal mug", select_prompt="mug")
    assert after[mug][:, 2].mean() > after[mug][:, 0].mean() + 40
    assert changed(pixels, after)[~mug].mean() < 1.5
    before_light, after_light = pixels[mug].mean(-1), after[mug].mean(-1)
    assert np.corrcoef(before_light, after_light)[0, 1] > 0.9


def test_erase_fills_the_hole_from_around_it(engine: Engine) -> None:
    after = shown(engine, ERASE, grow_mask=10)
    assert changed(BALL, after)[:60].max() == 0
    # The red ball on even grey is gone.
    assert np.abs(after[INSIDE] - 150).max() < 25


def test_erase_takes_the_alpha_for_a_mask(engine: Engine) -> None:
    cut_out = np.dstack([BALL, MASK[..., 0]])
    after = shown(engine, ERASE, image=text(encoded(cut_out)), mask=..., grow_mask=10)
    assert np.abs(after[INSIDE] - 150).max() < 25


def test_erasing_a_product_leaves_its_table(engine: Engine) -> None:
    pixels = photo("mug_wooden_desk", 700)
    mug = truth("mug_wooden_desk", pixels)
    mask = text(encoded(np.dstack([(mug * 255).astype(np.uint8)] * 3)))
    after = shown(engine, ERASE, image=text(encoded(pixels)), mask=mask, grow_mask=12)
    # Brown wood where the white mug was: redder than blue, and no longer bright.
    assert after[mug][:, 0].mean() > after[mug][:, 2].mean() + 30
    assert after[mug].mean() < pixels[mug].mean() - 30


def test_erasing_everything_is_answered(engine: Engine) -> None:
    everything = text(encoded(blank(400, 400, 255)))
    assert shown(engine, ERASE, mask=everything).std() < 10


def test_outpaint_keeps_every_pixel_and_extends_the_background(engine: Engine) -> None:
    pixels = photo("mug_wooden_desk", 700)
    height, width = pixels.shape[:2]
    after = shown(engine, OUTPAINT, image=text(encoded(pixels)), left=150, right=40, up=30, down=0)
    assert after.shape == (height + 30, width + 190, 3)
    assert changed(pixels, after[30:, 150 : 150 + width]).max() == 0
    seam = np.abs(after[30:, 149] - after[30:, 150]).mean()
    assert seam < 8
    # The table goes on: the new part has the colours of the old one's edge, not one flat colour.
    new, old = after[30:, :150].mean((0, 1)), pixels[:, :150].mean((0, 1))
    assert np.abs(new - old).max() < 20
    assert after[30:, :150].mean(-1).std() > 5


def test_outpaint_does_not_mirror_the_subject(engine: Engine) -> None:
    shifted = np.roll(BALL, -80, axis=1)
    after = shown(engine, OUTPAINT, image=text(encoded(shifted)), left=200)
    red = (after[:, :200, 0] - after[:, :200, 1]) > 60
    assert red.mean() < 0.01


def test_creativity_lets_the_prompt_colour_what_is_far(engine: Engine) -> None:
    def far(creativity: float) -> Any:
        after = shown(engine, OUTPAINT, left=0, right=400, prompt="emerald backdrop", creativity=creativity)
        return after[:, -60:].mean((0, 1))

    low, high = far(0.1), far(1.0)
    assert high[1] - high[0] > low[1] - low[0] + 20


def test_fast_upscale_is_four_times_as_large_and_the_same_picture(engine: Engine) -> None:
    after = shown(engine, UPSCALE)
    assert after.shape == (1600, 1600, 3)
    small = np.asarray(Image.fromarray(after.astype(np.uint8)).resize((400, 400), Image.Resampling.BOX))
    assert changed(BALL, small).mean() < 2


def test_fast_upscale_keeps_transparency(engine: Engine) -> None:
    cut_out = text(encoded(np.dstack([BALL, 255 - MASK[..., 0]])))
    large = picture_of(call(engine, UPSCALE, {"image": cut_out})["images"][0])
    assert large.mode == "RGBA"
    assert large.getpixel((800, 800))[3] == 255  # type: ignore[index]
    assert large.getpixel((20, 20))[3] == 0  # type: ignore[index]


def test_an_object_that_no_word_names_is_the_main_subject(engine: Engine) -> None:
    pixels, _ = disc()
    after = shown(engine, RECOLOR, select_prompt="a quux", prompt="emerald")
    assert changed(pixels, after)[INSIDE].mean() > 40
    assert changed(pixels, after)[:40].max() == 0
