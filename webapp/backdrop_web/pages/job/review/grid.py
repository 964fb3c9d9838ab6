"""The grid of a job's images and the view of one of them, where people approve or reject.

In the browser alone: a press of a key shows at once, and Python hears of it afterwards (`protocol.py`).
`*.js` are joined into one module in the order of `_SCRIPTS`; they share one scope and only the last one exports.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from backdrop_web.streamlit_shell.slider import slider

_HERE = Path(__file__).parent
_SCRIPTS = ("words.js", "judgements.js", "tiles.js", "panel.js", "zoom.js", "view.js", "main.js")
_STATE = "outbox"


def _read_file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "backdrop_review",
        html=_read_file("review.html"),
        css="\n".join([slider.STYLE, _read_file("review.css")]),
        js="\n".join([slider.SCRIPT, *map(_read_file, _SCRIPTS)]),
    )


def show_grid(key: str, data: Mapping[str, Any], on_message: Callable[[], None]) -> None:
    """Draw the grid. `on_message` runs before the page when the browser said something; read it with `read_message`."""
    _component()(key=key, data=dict(data), default={_STATE: None}, on_outbox_change=on_message)


def read_message(key: str) -> object:
    """Return the browser's last message, unchecked; None before the first."""
    state = st.session_state.get(key)
    return state.get(_STATE) if isinstance(state, Mapping) else None
