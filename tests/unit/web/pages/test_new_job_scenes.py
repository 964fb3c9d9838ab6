"""The ready-made backgrounds: the data file, its pictures, and what is refused in it."""

from __future__ import annotations

import pytest
from PIL import Image

from backdrop_web.pages.new_job.scenes import PICTURES, Scene, ScenesInvalid, parse_scenes, read_scenes

_LEAST_PROMPT_LIMIT, _MOST_BYTES = 512, 400_000
"""Characters of the strictest model family (Titan: 512); bytes of all pictures together."""

_ENTRY = '[[scenes]]\nid = "a"\nname = "A"\nprompt = "P"\nnegative = "N"\n'


@pytest.mark.parametrize("scene", read_scenes().all.values(), ids=lambda scene: str(scene.id))
def test_every_scene_has_words_that_every_model_takes_and_a_picture(scene: Scene) -> None:
    assert 0 < len(scene.prompt) <= _LEAST_PROMPT_LIMIT
    assert 0 < len(scene.negative) <= _LEAST_PROMPT_LIMIT
    assert len(scene.name) <= 20, "longer names do not fit under a picture"
    with Image.open(scene.picture) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("WEBP", (320, 320))


def test_pictures_are_small_and_none_is_left_over() -> None:
    files = list(PICTURES.iterdir())
    assert {file.name for file in files} == {scene.picture.name for scene in read_scenes().all.values()}
    assert sum(file.stat().st_size for file in files) < _MOST_BYTES


def test_names_are_told_apart() -> None:
    names = [scene.name.lower() for scene in read_scenes().all.values()]
    assert len(set(names)) == len(names) >= 10


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[scenes", "scenes.toml"),
        (_ENTRY + _ENTRY, "twice"),
        (_ENTRY.replace('name = "A"\n', ""), "scene 1 needs"),
        (_ENTRY.replace('"P"', '" "'), "scene 1 needs"),
        (_ENTRY + 'extra = "?"\n', "scene 1 needs"),
        (_ENTRY.replace('"a"', '"../a"'), "is no id"),
    ],
)
def test_a_broken_data_file_is_refused_saying_where(text: str, reason: str) -> None:
    with pytest.raises(ScenesInvalid, match=reason):
        parse_scenes(text)
