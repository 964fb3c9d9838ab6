"""How backdrops are described that nobody uploaded."""

from __future__ import annotations

from typing import Any

import pytest

from backdrop.core import options, recipes
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import BackdropError
from backdrop.core.recipes import Floor, Gradient


@pytest.mark.parametrize("recipe", [Gradient("#ffffff", "#dddddd"), Floor("#eeeeee", "#cccccc", 0.65)])
def test_a_recipe_comes_back_as_it_went_also_with_a_job(recipe: recipes.Recipe) -> None:
    assert recipes.from_dict(recipes.to_dict(recipe)) == recipe
    chosen = options.Options(background="backdrop", backdrop=Backdrop(key="a/b.jpg", recipe=recipe))
    assert options.from_dict(options.to_dict(chosen)) == chosen


def test_colours_are_in_lower_case_and_the_line_has_a_default() -> None:
    made = recipes.from_dict({"Kind": "FLOOR", "Wall": "#EEEEEE", "Floor": "#CCCCCC"})
    assert made == Floor("#eeeeee", "#cccccc", 0.7)
    assert recipes.describe(made) == "Wall #eeeeee, floor #cccccc"


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
    ],
)
def test_what_is_wrong_is_named(data: Any, words: str) -> None:
    with pytest.raises(BackdropError, match=words) as caught:
        recipes.from_dict(data)
    assert caught.value.code == "OPTIONS_INVALID"
