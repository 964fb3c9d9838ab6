"""A backdrop made from colours: chosen with the colour picker, seen at once, made when it is wanted."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from backdrop.api.schemas.backdrops import Backdrop, show_recipe
from backdrop.core import recipes
from backdrop.core.recipes import Floor, Gradient
from backdrop.core.words.marks import mark_phrase
from backdrop_web.service.api import User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.text.language import translate

_NAMES = {recipes.FLOOR: mark_phrase("Wall and floor"), recipes.GRADIENT: mark_phrase("Gradient")}
_SOFT = 8
"""Per cent of the height on either side of the line, over which the wall becomes the floor."""


def offer_colours(who: User, take: Callable[[Backdrop], None]) -> None:
    """Ask for colours, show what they look like, and make a backdrop of them.

    Args:
        who: whose it will be.
        take: told of the backdrop that was made.
    """
    with st.expander(translate("Make one from colours"), icon=":material/palette:"):
        kind = st.segmented_control(
            translate("What it looks like"),
            list(_NAMES),
            default=recipes.FLOOR,
            key="colours-kind",
            format_func=lambda name: translate(_NAMES[name]),
            required=True,
        )
        recipe = _ask_floor() if kind == recipes.FLOOR else _ask_gradient()
        st.html(f'<div class="bd-colours" style="background: {_style(recipe)}"></div>')
        if st.button(translate("Use it"), key="colours-make", type="primary"):
            with explain_failures():
                take(who.api.make_backdrop(show_recipe(recipe)))


def _ask_gradient() -> Gradient:
    with st.container(horizontal=True):
        top = st.color_picker(translate("Top"), "#ffffff", key="colours-top")
        bottom = st.color_picker(translate("Bottom"), "#d9d9d9", key="colours-bottom")
    return Gradient(top.lower(), bottom.lower())


def _ask_floor() -> Floor:
    with st.container(horizontal=True):
        wall = st.color_picker(translate("Wall"), "#eeeeee", key="colours-wall")
        floor = st.color_picker(translate("Floor"), "#d5d2cc", key="colours-floor")
    line = st.slider(
        translate("Where the floor begins, in per cent of the height from the top"),
        round(100 * recipes.LINE_LEAST),
        round(100 * recipes.LINE_MOST),
        round(100 * recipes.DEFAULT_LINE),
        key="colours-line",
    )
    return Floor(wall.lower(), floor.lower(), line / 100)


def _style(recipe: recipes.Coloured) -> str:
    """The recipe as a style sheet paints it: near enough to choose by."""
    if isinstance(recipe, Gradient):
        return f"linear-gradient({recipe.top}, {recipe.bottom})"
    line = 100 * recipe.line
    sweep = f"linear-gradient({recipe.wall} {line - _SOFT:g}%, {recipe.floor} {line + _SOFT:g}%)"
    return f"radial-gradient(circle at 50% {line + 10:g}%, transparent 20%, rgb(0 0 0 / 12%) 100%), {sweep}"
