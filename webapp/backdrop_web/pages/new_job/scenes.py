"""The ready-made backgrounds: data in `scenes.toml`, pictures in `webapp/static/scenes`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("scenes.toml")
PICTURES = Path(__file__).parents[3] / "static" / "scenes"

_ID = re.compile(r"[a-z][a-z0-9-]{0,30}")
_FIELDS = {"id", "name", "prompt", "negative"}


class ScenesInvalid(Exception):
    """The data file is not as it must be; the message says where."""


@dataclass(frozen=True)
class Scene:
    """One background to choose: its name for people, and what the model gets."""

    id: str
    name: str
    prompt: str
    negative: str

    @property
    def picture(self) -> Path:
        """The file of its picture."""
        return PICTURES / f"{self.id}.webp"

    @property
    def address(self) -> str:
        """The address of its picture, from any page of the app (Streamlit serves `webapp/static`)."""
        return f"app/static/scenes/{self.id}.webp"


@dataclass(frozen=True)
class Scenes:
    """All of them by id, in the order of the file."""

    all: Mapping[str, Scene]


@cache
def read_scenes() -> Scenes:
    """Return the scenes of the app. Raises `ScenesInvalid`."""
    return parse_scenes(DATA.read_text("utf-8"))


def list_picture_rules() -> str:
    """Return the style sheet that puts each scene's picture on its button. Raises `ScenesInvalid`."""
    return "".join(
        f'.st-key-scene-{scene.id} button {{ background-image: url("{scene.address}"); }}\n'
        for scene in read_scenes().all.values()
    )


def parse_scenes(text: str) -> Scenes:
    """Read a data file. Raises `ScenesInvalid` for broken TOML, a field missing or unknown, or an id used twice."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenesInvalid(f"scenes.toml: {error}") from error
    found: dict[str, Scene] = {}
    for number, entry in enumerate(data.get("scenes", []), 1):
        scene = _parse_scene(number, entry)
        if scene.id in found:
            raise ScenesInvalid(f"scenes.toml: the id {scene.id!r} is there twice.")
        found[scene.id] = scene
    return Scenes(found)


def _parse_scene(number: int, entry: Mapping[str, Any]) -> Scene:
    if set(entry) != _FIELDS or not all(isinstance(value, str) and value.strip() for value in entry.values()):
        raise ScenesInvalid(f"scenes.toml: scene {number} needs {', '.join(sorted(_FIELDS))}, each a text.")
    if not _ID.fullmatch(entry["id"]):
        raise ScenesInvalid(f"scenes.toml: scene {number}: {entry['id']!r} is no id (a-z, 0-9 and hyphens).")
    return Scene(**entry)
