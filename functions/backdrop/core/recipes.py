"""How a backdrop that nobody uploaded was made: what it is made from, and what tells later how it came to be.

Plain dataclasses without pydantic, as in `core/options.py`. `to_dict` and `from_dict` are the form in which recipes
travel: in the tables, in the workflow's state and in the report.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from backdrop.core.choices import color, invalid

Kind = Literal["GRADIENT", "FLOOR"]

GRADIENT: Kind = "GRADIENT"
FLOOR: Kind = "FLOOR"
KINDS = (GRADIENT, FLOOR)

DEFAULT_LINE = 0.7
LINE_LEAST, LINE_MOST = 0.3, 0.95
"""Shares of the height. Above and below these there is no floor, or no wall, that would be seen as one."""


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


Recipe = Gradient | Floor


def kind_of(recipe: Recipe) -> Kind:
    """Return which of `KINDS` it is."""
    return GRADIENT if isinstance(recipe, Gradient) else FLOOR


def describe(recipe: Recipe) -> str:
    """Return a recipe in a few words: what a backdrop is called that nobody named."""
    if isinstance(recipe, Gradient):
        return f"Gradient {recipe.top} to {recipe.bottom}"
    at = f" from {recipe.line:g}" if recipe.line != DEFAULT_LINE else ""
    return f"Wall {recipe.wall}, floor {recipe.floor}{at}"


def to_dict(recipe: Recipe) -> dict[str, Any]:
    """Return a recipe as PascalCase JSON."""
    if isinstance(recipe, Gradient):
        return {"Kind": GRADIENT, "Top": recipe.top, "Bottom": recipe.bottom}
    return {"Kind": FLOOR, "Wall": recipe.wall, "Floor": recipe.floor, "Line": recipe.line}


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
    known = ("Top", "Bottom") if kind == GRADIENT else ("Wall", "Floor", "Line")
    if unknown := sorted(set(fields) - set(known)):
        raise invalid(f"A recipe {kind} has no {unknown[0]!r}; there are {', '.join(known)}.")
    if kind == GRADIENT:
        return Gradient(_colour(fields, "Top"), _colour(fields, "Bottom"))
    return Floor(_colour(fields, "Wall"), _colour(fields, "Floor"), _line(fields.get("Line", DEFAULT_LINE)))


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
