"""The place that somebody gave a product by hand: moved, scaled and turned from where the job's rule puts it.

Plain dataclasses without pydantic, as in `core/options.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

from backdrop.core.choices import invalid, read_fields
from backdrop.core.words.marks import mark_phrase, phrase

if TYPE_CHECKING:
    from backdrop.core.options import Options

MOVES, SCALES, TURNS = (-1.0, 1.0), (0.1, 5.0), (-180.0, 180.0)
"""The least and the most of a place's `across` and `down`, `scale` and `turn`."""

_FIELDS = ("Across", "Down", "Scale", "Turn")


@dataclass(frozen=True)
class ByHand:
    """A product's own place, from the one that the job's rule gives it.

    The product's middle always stays in the picture: what would move it out is moved less.

    Attributes:
        across: shares of the finished picture's width, to the right.
        down: shares of its height, downwards.
        scale: factor of the size that the rule gives.
        turn: degrees clockwise, about the middle of the product.
    """

    across: float = 0.0
    down: float = 0.0
    scale: float = 1.0
    turn: float = 0.0

    @property
    def moves_only(self) -> bool:
        """Whether the product keeps its size and stands as it did."""
        return self.scale == 1 and self.turn == 0


def to_dict(place: ByHand) -> dict[str, float]:
    """Return the place as PascalCase JSON."""
    return {"Across": place.across, "Down": place.down, "Scale": place.scale, "Turn": place.turn}


def from_dict(data: object) -> ByHand:
    """Return the place of a `to_dict`, or of what another system wrote; what is left out is as the rule has it.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    fields = read_fields("ByHand", data, _FIELDS)
    given = {name.lower(): _number(name, value) for name, value in fields.items() if value is not None}
    return checked(ByHand(**given))


def checked(place: ByHand) -> ByHand:
    """Return the place, when a product can have it.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    told: tuple[tuple[str, float, tuple[float, float], str], ...] = (
        (
            phrase("A product is moved across by {value:g}.", value=place.across),
            place.across,
            MOVES,
            mark_phrase("Choose {least:g} to {most:g} shares of the picture's width."),
        ),
        (
            phrase("A product is moved down by {value:g}.", value=place.down),
            place.down,
            MOVES,
            mark_phrase("Choose {least:g} to {most:g} shares of the picture's height."),
        ),
        (
            phrase("A product is scaled by {value:g}.", value=place.scale),
            place.scale,
            SCALES,
            mark_phrase("Choose {least:g} to {most:g} times its size."),
        ),
        (
            phrase("A product is turned by {value:g}.", value=place.turn),
            place.turn,
            TURNS,
            mark_phrase("Choose {least:g} to {most:g} degrees."),
        ),
    )
    for cause, value, (least, most), advice in told:
        if not isfinite(value) or not least <= value <= most:
            raise invalid(cause, advice.format(least=least, most=most))
    return place


def check_background(options: Options, places: Mapping[str, Any]) -> None:
    """Refuse places by hand where a model paints around the product: it would have to paint anew.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    if places and options.generates:
        raise invalid(
            phrase("A product is placed by hand, and its background is painted around it."),
            phrase("Place products by hand on a backdrop, a colour or nothing."),
        )


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(phrase("ByHand: {name} is {value!r}, no number.", name=name, value=value))
    return float(value)
