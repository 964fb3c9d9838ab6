"""Backdrops made from colours, by the API."""

from __future__ import annotations

import hashlib

import pytest

from backdrop.core.recipes import Floor
from tests.unit.api.conftest import Api

FLOOR = {"kind": "FLOOR", "wall": "#EEEEEE", "floor": "#cccccc", "line": 0.65}


def test_a_backdrop_is_made_once_of_a_recipe_and_jobs_tell_it(api: Api) -> None:
    made = api.call("POST", "/backdrops/recipes", {"recipe": FLOOR})
    assert (made.status, made.body["status"], made.body["name"]) == (
        201,
        "READY",
        "Wall #eeeeee, floor #cccccc from 0.65",
    )
    assert made.body["recipe"] == {"kind": "FLOOR", "wall": "#eeeeee", "floor": "#cccccc", "line": 0.65}
    (key,) = [key for key in api.objects.data if key.endswith(f"{made.body['backdropId']}.jpg")]
    assert hashlib.sha256(api.objects.data[key]).hexdigest() == made.body["sha256"]
    assert api.call("POST", "/backdrops/recipes", {"recipe": FLOOR}).body["backdropId"] == made.body["backdropId"]
    assert [one["recipe"] for one in api.call("GET", "/backdrops").body["backdrops"]] == [made.body["recipe"]]
    others = api.call("POST", "/backdrops/recipes", {"recipe": FLOOR}, user="eve")
    assert others.body["backdropId"] != made.body["backdropId"]
    assert others.body["sha256"] == made.body["sha256"]

    draft = api.draft()
    api.ready(draft, "mug.jpg")
    wish = {"background": "backdrop", "backdrop": {"id": made.body["backdropId"]}, "maskSource": "BUILT_IN"}
    answer = api.submit(draft, prompt="", options=wish)
    assert answer.status == 202, answer
    assert answer.body["options"]["backdrop"]["recipe"] == made.body["recipe"]
    chosen = api.jobs.rows[draft].settings.options.backdrop
    assert chosen is not None
    assert chosen.recipe == Floor("#eeeeee", "#cccccc", 0.65)


@pytest.mark.parametrize(
    ("recipe", "words"),
    [
        ({"kind": "GRADIENT", "top": "#ffffff"}, "Bottom is None"),
        ({"kind": "GRADIENT", "top": "#ffffff", "bottom": "grey"}, "'grey' is no colour"),
        ({**FLOOR, "line": 0.1}, "begins at 0.1"),
        ({**FLOOR, "top": "#ffffff"}, "no 'Top'"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_told_and_nothing_is_kept(
    api: Api, recipe: dict[str, object], words: str
) -> None:
    answer = api.call("POST", "/backdrops/recipes", {"recipe": recipe})
    assert (answer.status, answer.code, words in answer.message) == (400, "OPTIONS_INVALID", True), answer
    assert api.backdrops.rows == {}


def test_there_is_an_end_to_how_many_are_made(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backdrop.jobs.backdrops.MAX_BACKDROPS", 1)
    api.backdrop()
    assert "Delete one" in api.call("POST", "/backdrops/recipes", {"recipe": FLOOR}).body["error"]["nextStep"]
