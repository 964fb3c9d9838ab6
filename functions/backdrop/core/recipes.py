"""How a backdrop that nobody uploaded was made: from colours, or painted by a model from words.

Plain dataclasses without pydantic, as in `core/options.py`. `to_dict` and `from_dict` are the form in which recipes
travel: in the tables, in the workflow's state and in the report.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from backdrop.core.choices import color, invalid
from backdrop.core.vocabulary import Generator

Colours = Literal["GRADIENT", "FLOOR"]
Kind = Colours | Literal["PAINTED"]

GRADIENT: Colours = "GRADIENT"
FLOOR: Colours = "FLOOR"
PAINTED: Literal["PAINTED"] = "PAINTED"
KINDS = (GRADIENT, FLOOR, PAINTED)

Aspect = Literal["1:1", "4:5", "5:4", "2:3", "3:2", "16:9", "9:16", "21:9", "9:21"]
ASPECTS: tuple[str, ...] = get_args(Aspect)
"""Shapes that backdrops are painted in, about a megapixel each (the pages at `models/painters/stable_image.py`)."""

DEFAULT_LINE = 0.7
LINE_LEAST, LINE_MOST = 0.3, 0.95
"""Shares of the height. Above and below these there is no floor, or no wall, that would be seen as one."""


_NAME_LENGTH = 80
"""Characters of a backdrop's name that is made from what was asked for."""


@dataclass(frozen=True)
class Gradient:
    """One colour that becomes another from the top to the bottom; both `#rrggbb`."""

    top: str
    bottom: str


@dataclass(frozen=True)
class Floor:
    """A wall and a floor that are one sweep, as of paper in a studio.

    Attributes:
        wall, floor: `#rrggbb`.
        line: where one becomes the other, as a share of the height from the top.
    """

    wall: str
    floor: str
    line: float = DEFAULT_LINE


@dataclass(frozen=True)
class Painted:
    """A picture that a model painted from words.

    Attributes:
        model_id: as Bedrock calls it; `region`: where it was called.
        prompt, negative_prompt: as they were sent.
        aspect: one of `ASPECTS`.
        generator: what really painted, a `vocabulary.Generator`: the local cloud has a renderer in the model's place.
        request_sha256, answer_sha256: of the bodies of the call.
        usd: its list price in US dollars.
        painted_at: ISO 8601, UTC.
    """

    model_id: str
    region: str
    prompt: str
    negative_prompt: str
    seed: int
    aspect: str
    generator: Generator
    request_sha256: str
    answer_sha256: str
    usd: float
    painted_at: str


Coloured = Gradient | Floor
Recipe = Coloured | Painted


def kind_of(recipe: Recipe) -> Kind:
    """Return which of `KINDS` it is."""
    if isinstance(recipe, Painted):
        return PAINTED
    return GRADIENT if isinstance(recipe, Gradient) else FLOOR


def describe(recipe: Recipe) -> str:
    """Return a recipe in a few words: what a backdrop is called that nobody named."""
    if isinstance(recipe, Gradient):
        return f"Gradient {recipe.top} to {recipe.bottom}"
    if isinstance(recipe, Painted):
        return recipe.prompt if len(recipe.prompt) <= _NAME_LENGTH else f"{recipe.prompt[: _NAME_LENGTH - 1].rstrip()}…"
    at = f" from {recipe.line:g}" if recipe.line != DEFAULT_LINE else ""
    return f"Wall {recipe.wall}, floor {recipe.floor}{at}"


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as PascalCase JSON."""
    return {"Kind": kind_of(recipe), **{pascal(name): value for name, value in vars(recipe).items()}}


def from_dict(data: object) -> Recipe:
    """Return the recipe of a `to_dict`; colours in lower case.

    Raises:
        BackdropError: `OPTIONS_INVALID`, naming what is wrong.
    """
    if not isinstance(data, Mapping):
        raise invalid("The recipe of a backdrop is no JSON object.")
    kind, fields = data.get("Kind"), {name: value for name, value in data.items() if name != "Kind"}
    if kind not in KINDS:
        raise invalid(f"There is no recipe of the kind {kind!r}.", f"Choose {' or '.join(KINDS)}.")
    known = _FIELDS[kind]
    if unknown := sorted(set(fields) - set(known)):
        raise invalid(f"A recipe {kind} has no {unknown[0]!r}; there are {', '.join(known)}.")
    if kind == GRADIENT:
        return Gradient(_colour(fields, "Top"), _colour(fields, "Bottom"))
    if kind == PAINTED:
        return _painted(fields)
    return Floor(_colour(fields, "Wall"), _colour(fields, "Floor"), _line(fields.get("Line", DEFAULT_LINE)))


def pascal(name: str) -> str:
    """Return `model_id` as `ModelId`: a field of a recipe, as its JSON has it."""
    return "".join(part.capitalize() for part in name.split("_"))


_FIELDS: Mapping[str, tuple[str, ...]] = {
    kind: tuple(pascal(field.name) for field in dataclasses.fields(recipe))
    for kind, recipe in ((GRADIENT, Gradient), (FLOOR, Floor), (PAINTED, Painted))
}


def _painted(fields: Mapping[str, Any]) -> Painted:
    found: dict[str, Any] = {}
    for one in dataclasses.fields(Painted):
        name = pascal(one.name)
        wanted = {"seed": int, "usd": int | float}.get(one.name, str)
        value = fields.get(name)
        # The state machine's own JSON writes whole numbers with a fraction at times.
        if wanted is int and isinstance(value, float) and value.is_integer():
            value = int(value)
        if not isinstance(value, wanted) or isinstance(value, bool):
            raise invalid(f"The recipe's {name} is {value!r}.")
        found[one.name] = value
    if found["generator"] not in get_args(Generator):
        raise invalid(f"The recipe's Generator is {found['generator']!r}.")
    return Painted(**{**found, "usd": float(found["usd"])})


def _colour(fields: Mapping[str, Any], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str):
        raise invalid(f"The recipe's {name} is {text!r}, no colour.", "Write a colour as #rrggbb.")
    color(text)
    return text.lower()


def _line(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"The recipe's Line is {value!r}, no number.")
    if not LINE_LEAST <= value <= LINE_MOST:
        raise invalid(
            f"The floor begins at {value:g} of the height.", f"Choose {LINE_LEAST:g} to {LINE_MOST:g}, from the top."
        )
    return round(float(value), 3)
