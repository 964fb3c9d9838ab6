"""The light on a backdrop: the side that it comes from, and what it does to the ground, the edges and the product."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from backdrop.api.schemas.backdrops import Backdrop
from backdrop.core.light import BOUNDS, FROM_ABOVE, Light
from backdrop_web.pages.new_job import form
from backdrop_web.upload.draft_state import DraftState

AUTO = "auto"
SIDES = {AUTO: "As in the picture", "left": "From the left", "above": "From above", "right": "From the right"}
DIRECTIONS: Mapping[str, float | None] = {AUTO: None, "left": -45.0, "above": FROM_ABOVE, "right": 45.0}
_OWN = "own"

_DEFAULT = Light()
_SLIDERS = {
    "strength": ("How dark the shadow is", "0 % is no shadow."),
    "softness": ("How soft the shadow is", "Near a window light is hard, on a cloudy day it is soft."),
    "reflection": ("Reflection on the ground", "For glossy ground, such as polished stone or glass."),
    "blur": ("Picture out of focus", "Away from where the product stands."),
    "rim": ("Soft edges take the picture's colours", "Only where a pixel is part product and part background."),
    "tone": (
        "Tone the product to the picture",
        "Changes the product's own colours a little. At 0 % they stay exactly as they are.",
    ),
}


def choose_light(draft: DraftState, backdrop: Backdrop | None) -> None:
    """Ask for the light. `backdrop`: the chosen one, whose own light is told."""
    own = form.read_value(draft, "light-angle")
    sides = SIDES if own is None else SIDES | {_OWN: f"{own:g} degrees"}
    st.segmented_control(
        "Light",
        list(sides),
        key=form.set_default(draft, "light", AUTO, list(sides)),
        format_func=lambda name: sides[name],
        required=True,
        persist_state="session",
        help="The shadow falls to the other side.",
    )
    if backdrop is not None and form.read_value(draft, "light") == AUTO:
        st.caption(_describe(backdrop.light))
    with st.expander("More about light and shadow", icon=":material/light_mode:"):
        for name, (label, more) in _SLIDERS.items():
            least, most = (round(100 * one) for one in BOUNDS[name])
            usual = round(100 * getattr(_DEFAULT, name))
            key = form.set_default(draft, f"light-{name}", usual, range(least, most + 1))
            st.slider(label, least, most, key=key, format="%d %%", help=more)


def read_light(draft: DraftState) -> Light | None:
    """Return what was chosen; None: from above, and all else as it is without."""
    side = form.read_value(draft, "light", AUTO)
    held = {name: form.read_value(draft, f"light-{name}") for name in _SLIDERS}
    numbers = {name: value / 100 for name, value in held.items() if value is not None}
    direction = form.read_value(draft, "light-angle") if side == _OWN else DIRECTIONS[side]
    light = Light(direction=direction, **numbers)
    return None if light == Light(direction=FROM_ABOVE) else light


def make_fields(light: Light | None) -> dict[str, object]:
    """Return a job's light as fields of the page."""
    light = light or Light(direction=FROM_ABOVE)
    side = next((name for name, direction in DIRECTIONS.items() if direction == light.direction), _OWN)
    numbers = {f"light-{name}": round(100 * getattr(light, name)) for name in _SLIDERS}
    return {"light": side, **numbers, **({"light-angle": light.direction} if side == _OWN else {})}


def _describe(direction: float | None) -> str:
    if direction is None:
        return "Where it comes from can't be told in this picture: shadows fall as from above."
    return f"In this picture it seems to come from the {'left' if direction < 0 else 'right'}."
