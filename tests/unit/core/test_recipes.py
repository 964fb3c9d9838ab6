"""How backdrops are described that nobody uploaded."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from backdrop.core import options, options_json, recipes
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError
from backdrop.core.recipes import Floor, Gradient, Painted

PAINTED = Painted(
    model_id="stability.stable-image-core-v1:1",
    region="us-west-2",
    prompt="an oak table",
    negative_prompt="",
    seed=7,
    aspect="3:2",
    generator="trained-model",
    request_sha256="0" * 64,
    answer_sha256="1" * 64,
    usd=0.04,
    painted_at="2026-11-28T01:00:00Z",
)


@pytest.mark.parametrize("recipe", [Gradient("#ffffff", "#dddddd"), Floor("#eeeeee", "#cccccc", 0.65), PAINTED])
def test_a_recipe_comes_back_as_it_went_also_with_a_job(recipe: recipes.Recipe) -> None:
    assert recipes.from_dict(recipes.to_dict(recipe)) == recipe
    chosen = options.Options(background="backdrop", backdrop=Backdrop(key="a/b.jpg", recipe=recipe))
    assert options_json.from_dict(options_json.to_dict(chosen)) == chosen


def test_colours_are_in_lower_case_and_the_line_has_a_default() -> None:
    made = recipes.from_dict({"Kind": "FLOOR", "Wall": "#EEEEEE", "Floor": "#CCCCCC"})
    assert made == Floor("#eeeeee", "#cccccc", 0.7)
    assert recipes.describe(made) == "Wall #eeeeee, floor #cccccc"


def test_a_long_prompt_makes_a_short_name_and_the_states_own_json_is_read() -> None:
    long = dataclasses.replace(PAINTED, prompt="a very long oak table " * 10)
    assert len(recipes.describe(long)) <= 80
    assert recipes.from_dict({**recipes.to_dict(PAINTED), "Seed": 7.0}) == PAINTED


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("gradient", "no JSON object"),
        ({"Kind": "SPIRAL"}, "'SPIRAL'"),
        ({"Kind": "GRADIENT", "Top": "#ffffff"}, "Bottom is None"),
        ({"Kind": "GRADIENT", "Top": "white", "Bottom": "#dddddd"}, "'white' is no colour"),
        ({"Kind": "GRADIENT", "Top": "#ffffff", "Bottom": "#dddddd", "Line": 0.5}, "no 'Line'"),
        ({"Kind": "FLOOR", "Wall": "#ffffff", "Floor": "#dddddd", "Line": "low"}, "no number"),
        ({"Kind": "FLOOR", "Wall": "#ffffff", "Floor": "#dddddd", "Line": 1.2}, "begins at 1.2"),
        ({"Kind": "FLOOR", "Wall": "#ffffff", "Floor": "#dddddd", "Line": float("nan")}, "begins at nan"),
        ({**recipes.to_dict(PAINTED), "Seed": "7"}, "Seed is '7'"),
        ({**recipes.to_dict(PAINTED), "Generator": "magic"}, "Generator is 'magic'"),
        ({"Kind": "PAINTED"}, "ModelId is None"),
    ],
)
def test_what_is_wrong_is_named(data: Any, words: str) -> None:
    with pytest.raises(BackdropError, match=words) as caught:
        recipes.from_dict(data)
    assert caught.value.code == "OPTIONS_INVALID"
