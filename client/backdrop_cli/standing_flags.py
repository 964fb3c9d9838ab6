"""The options of `backdrop replace` and `backdrop export` about how products stand on a backdrop: where, and in what
light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from backdrop.core.backdrops import Placement
from backdrop.core.light import FROM_ABOVE
from backdrop_cli.flag_types import grouped
from backdrop_client.errors import WrongUse

_BACKGROUND = "Background"

_SIDES: Mapping[str, float | None] = {"auto": None, "left": -45.0, "above": FROM_ABOVE, "right": 45.0}

LIGHT = ("light", "shadow_strength", "shadow_softness", "reflection", "rim", "depth_blur", "tone")
"""Names of the options about the light, as Python has them."""

PLACE = ("share", "across", "surface")
"""The same of those about the place."""

_FIELDS = dict(zip(LIGHT, ("direction", "strength", "softness", "reflection", "rim", "blur", "tone"), strict=True))


class _Direction(click.ParamType[str]):
    """The type of --light."""

    name = "auto|left|above|right|DEGREES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value in lower case."""
        text = str(value).strip().lower()
        if text not in _SIDES:
            try:
                float(text)
            except ValueError:
                self.fail(f"{value!r} is neither {', '.join(_SIDES)} nor degrees from -90 (left) to 90.", param, ctx)
        return text


def _share(name: str, more: str) -> Callable[[Any], Any]:
    return grouped(_BACKGROUND, name, type=float, metavar="0..1", help=more)


PLACE_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    _share("--share", "Of the picture's width or height that a product takes up; goes with --stand.  [default: 0.6]"),
    _share(
        "--across",
        "Where a product's middle is, from the left; 0.33 is the left third. Goes with --stand.  [default: 0.5]",
    ),
    _share(
        "--surface", "How far down the backdrop products stand; the backdrop's own line if left out. Goes with --stand."
    ),
)

LIGHT_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    grouped(
        _BACKGROUND,
        "--light",
        type=_Direction(),
        metavar="auto|left|above|right|DEGREES",
        help="Where the light on the backdrop comes from: shadows fall to the other side. auto: guessed from the"
        " backdrop; degrees from -90 (left) to 90.  [default: above; auto with another option about the light]",
    ),
    grouped(
        _BACKGROUND,
        "--shadow-strength",
        type=float,
        metavar="0..1.5",
        help="How dark the shadow is; 0 is none.  [default: 1]",
    ),
    _share("--shadow-softness", "How soft the shadow is.  [default: 0.5]"),
    _share("--reflection", "How clearly a glossy ground shows the product.  [default: 0]"),
    _share("--rim", "How far the product's soft edge takes the backdrop's colours.  [default: 0]"),
    _share("--depth-blur", "How far out of focus the backdrop is away from the product.  [default: 0]"),
    _share("--tone", "How far the product takes the backdrop's light; with --mode default alone.  [default: 0]"),
)


def light_changes(flags: Mapping[str, Any]) -> dict[str, float | None] | None:
    """What is asked of the light, by the fields of `Light`; None: nothing."""
    given = {_FIELDS[name]: flags[name] for name in LIGHT if flags[name] is not None}
    if "direction" in given:
        side = given["direction"]
        given["direction"] = _SIDES[side] if side in _SIDES else float(side)
    return given or None


def placement_of(flags: Mapping[str, Any]) -> Placement | None:
    """Where products shall stand; None: nothing is said of it.

    Raises `WrongUse` for a place without --stand.
    """
    given = {name: flags[name] for name in PLACE if flags[name] is not None}
    if flags["stand"]:
        return Placement(**given)
    for name in given:
        raise WrongUse("OPTIONS_INVALID", f"--{name} is about where products stand.", "Add --stand.")
    return None
