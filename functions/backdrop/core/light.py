"""The light in which a product stands on a backdrop: where it comes from, and what it does to ground and edges.

Plain dataclasses without pydantic, as in `core/options.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from backdrop.core.choices import invalid
from backdrop.core.vocabulary import Mode
from backdrop.core.words.marks import mark_phrase, phrase

DIRECTIONS = (-90.0, 90.0)
"""The least and the most of a light's `direction`."""

STRENGTHS = (0.0, 1.5)
"""The least and the most of a shadow's `strength`."""

SHARES = (0.0, 1.0)
"""The least and the most of all else."""

FROM_ABOVE = 0.0
"""Degrees: the light of a picture in which none can be told."""


@dataclass(frozen=True)
class Light:
    """The light on a backdrop. As it is made by default, it is the light of a backdrop without any: from above, with a
    shadow as dark and as soft as ever, and nothing else.

    Attributes:
        direction: degrees from which it comes, as on a clock: 0 from above, -90 from the left, 90 from the right; None
            until it is settled: the backdrop's own, guessed from its picture.
        guessed: the direction is the backdrop's own; 0 where none could be told.
        strength: of the shadow; 0 is none, 1 as ever.
        softness: of the shadow; 0.5 as ever.
        reflection: how clearly the ground shows the product upside down; 0 is not at all.
        rim: how far partly covered pixels of the product's edge take the colour of the backdrop beside them.
        blur: how far out of focus the backdrop is away from where the product stands.
        tone: how far the product takes the backdrop's colour and brightness; only in DEFAULT mode.
    """

    direction: float | None = None
    guessed: bool = False
    strength: float = 1.0
    softness: float = 0.5
    reflection: float = 0.0
    rim: float = 0.0
    blur: float = 0.0
    tone: float = 0.0

    @property
    def angle(self) -> float:
        """The direction, or what it is in a picture in which none can be told."""
        return FROM_ABOVE if self.direction is None else self.direction


BOUNDS: Mapping[str, tuple[float, float]] = {
    "direction": DIRECTIONS,
    "strength": STRENGTHS,
    "softness": SHARES,
    "reflection": SHARES,
    "rim": SHARES,
    "blur": SHARES,
    "tone": SHARES,
}
"""The least and the most of each number of a light."""

_NAMES = {
    "direction": mark_phrase("The direction of the light is {value:g}."),
    "strength": mark_phrase("The strength of the shadow is {value:g}."),
    "softness": mark_phrase("The softness of the shadow is {value:g}."),
    "reflection": mark_phrase("The reflection is {value:g}."),
    "rim": mark_phrase("The backdrop's light on the edges is {value:g}."),
    "blur": mark_phrase("The blur of the backdrop is {value:g}."),
    "tone": mark_phrase("The toning of the product is {value:g}."),
}

FIELDS = tuple(one.name.capitalize() for one in fields(Light))
"""Of a light as JSON."""


def change_light(light: Light | None, changes: Mapping[str, float | None]) -> Light:
    """Return a light, the default one for None, with other numbers; those of `BOUNDS`, by their names."""
    changed: dict[str, Any] = dict(changes)
    return replace(light or Light(), **changed)


def check_light(light: Light) -> None:
    """Refuse a light that there can't be.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    for name, (least, most) in BOUNDS.items():
        value = getattr(light, name)
        if value is not None and not least <= value <= most:
            raise invalid(
                _NAMES[name].format(value=value), phrase("Choose {least:g} to {most:g}.", least=least, most=most)
            )


def check_tone(light: Light | None, mode: Mode) -> None:
    """Refuse to tone a product whose pixels are to stay as they are.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    if light is not None and light.tone and mode is Mode.PRECISE:
        raise invalid(
            phrase("PRECISE keeps the product's own pixels, and the product was to be toned to the backdrop's light."),
            phrase("Choose the mode DEFAULT, or tone 0."),
        )


def to_dict(light: Light) -> dict[str, Any]:
    """Return as PascalCase JSON what differs from the defaults."""
    return {
        one.name.capitalize(): getattr(light, one.name)
        for one in fields(Light)
        if getattr(light, one.name) != one.default
    }
