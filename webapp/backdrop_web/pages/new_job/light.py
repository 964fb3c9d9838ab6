"""The light on a backdrop: the side that it comes from, and what it does to the ground, the edges and the product."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from backdrop.api.schemas.backdrops import Backdrop
from backdrop.core.light import BOUNDS, FROM_ABOVE, Light
from backdrop.core.words.marks import mark_phrase
from backdrop_web.pages.new_job import form
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

AUTO = "auto"
SIDES = {
    AUTO: mark_phrase("As in the picture"),
    "left": mark_phrase("From the left"),
    "above": mark_phrase("From above"),
    "right": mark_phrase("From the right"),
}
DIRECTIONS: Mapping[str, float | None] = {AUTO: None, "left": -45.0, "above": FROM_ABOVE, "right": 45.0}
_OWN = "own"

_DEFAULT = Light()
_SLIDERS = {
    "strength": (mark_phrase("How dark the shadow is"), mark_phrase("0 % is no shadow.")),
    "softness": (
        mark_phrase("How soft the shadow is"),
        mark_phrase("Near a window light is hard, on a cloudy day it is soft."),
    ),
    "reflection": (
        mark_phrase("Reflection on the ground"),
        mark_phrase("For glossy ground, such as polished stone or glass."),
    ),
    "blur": (mark_phrase("Picture out of focus"), mark_phrase("Away from where the product stands.")),
    "rim": (
        mark_phrase("Soft edges take the picture's colours"),
        mark_phrase("Only where a pixel is part product and part background."),
    ),
    "tone": (
        mark_phrase("Tone the product to the picture"),
        mark_phrase("Changes the product's own colours a little. At 0 % they stay exactly as they are."),
    ),
}


def choose_light(draft: DraftState, backdrop: Backdrop | None) -> None:
    """Ask for the light. `backdrop`: the chosen one, whose own light is told."""
    own = form.read_value(draft, "light-angle")
    sides = {side: translate(words) for side, words in SIDES.items()}
    if own is not None:
        sides[_OWN] = translate("{angle:g} degrees", angle=own)
    st.segmented_control(
        translate("Light"),
        list(sides),
        key=form.set_default(draft, "light", AUTO, list(sides)),
        format_func=lambda name: sides[name],
        required=True,
        persist_state="session",
        help=translate("The shadow falls to the other side."),
    )
    if backdrop is not None and form.read_value(draft, "light") == AUTO:
        st.caption(_describe(backdrop.light))
    with st.expander(translate("More about light and shadow"), icon=":material/light_mode:"):
        for name, (label, more) in _SLIDERS.items():
            least, most = (round(100 * one) for one in BOUNDS[name])
            usual = round(100 * getattr(_DEFAULT, name))
            key = form.set_default(draft, f"light-{name}", usual, range(least, most + 1))
            st.slider(translate(label), least, most, key=key, format="%d %%", help=translate(more))


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
        return translate("Where it comes from can't be told in this picture: shadows fall as from above.")
    if direction < 0:
        return translate("In this picture it seems to come from the left.")
    return translate("In this picture it seems to come from the right.")
