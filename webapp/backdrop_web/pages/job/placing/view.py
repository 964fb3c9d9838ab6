"""The view in which a product is placed by hand, on a page.

In the browser alone until somebody saves: the product is an image that CSS moves, scales and turns. Its style and its
list of steps are the mask editor's. `*.js` are joined into one module in the order of `_SCRIPTS`; they share one scope
and only the last one exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from backdrop_web.mask_editor import editor
from backdrop_web.pages.job.placing.opening import Opening
from backdrop_web.pages.job.placing.protocol import Message, parse_message
from backdrop_web.streamlit_shell import conversation
from backdrop_web.streamlit_shell.slider import slider

_HERE = Path(__file__).parent
_SCRIPTS = ("stand.js", "main.js")
_STATE = "outbox"
_KEY = "placing"


def _read_file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "backdrop_placing",
        html=_read_file("placing.html"),
        css="\n".join([editor.STYLE, _read_file("placing.css")]),
        js="\n".join([slider.DOM, conversation.SCRIPT, editor.HISTORY, *map(_read_file, _SCRIPTS)]),
    )


def show_view(opening: Opening) -> None:
    """Draw the view."""
    _component()(key=_KEY, data=opening.to_data(), default={_STATE: None}, on_outbox_change=lambda: None)


def read_message() -> Message | None:
    """Return the browser's last message; None before the first."""
    state = st.session_state.get(_KEY)
    return parse_message(state.get(_STATE) if isinstance(state, Mapping) else None)
