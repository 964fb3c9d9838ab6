"""The uploader: drag in photos or folders; each goes from the browser straight to the storage.

`*.js` are joined in the order of `_SCRIPTS` into one module: Streamlit takes a component's script as
one text unless it is an installed package. The files share one scope; only the last one exports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from backdrop.core import names
from backdrop_web.streamlit_shell.slider import slider
from backdrop_web.text.language import make_speech
from backdrop_web.upload.speech import list_words

_HERE = Path(__file__).parent
_SCRIPTS = (
    "words.js",
    "look.js",
    "files.js",
    "send.js",
    "talk.js",
    "queue.js",
    "queues.js",
    "rows.js",
    "view.js",
    "main.js",
)
_STATE = "outbox"


def join_script() -> str:
    """Return the component's JavaScript: one module."""
    return "\n".join(
        [slider.DOM, _write_name_rule(), *((_HERE / name).read_text(encoding="utf-8") for name in _SCRIPTS)]
    )


def _write_name_rule() -> str:
    """Return `names.shown` as `shownName`: the browser shows names that the server has not seen yet."""
    ranges = "".join(f"\\u{{{first:x}}}-\\u{{{last:x}}}" for first, last in names.HIDDEN)
    return f"""
const HIDDEN = /({names.FLAG})|[{ranges}]/gu;
const BREAKS = {json.dumps(names.BREAKS)};
const shownName = (name) => name.replace(HIDDEN, (found, flag) => flag || (BREAKS.includes(found) ? " " : "\\ufffd"));
"""


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "backdrop_upload",
        html=(_HERE / "upload.html").read_text(encoding="utf-8"),
        css=(_HERE / "upload.css").read_text(encoding="utf-8"),
        js=join_script(),
    )


def read_message(key: str) -> object:
    """Return the last message of the browser to the uploader of that key, unchecked; None before the first."""
    state = st.session_state.get(key)
    return state.get(_STATE) if isinstance(state, Mapping) else None


def show_uploader(key: str, data: Mapping[str, Any]) -> None:
    """Draw the uploader and tell it `data`."""
    _component()(
        key=key, data=dict(data) | make_speech(list_words()), default={_STATE: None}, on_outbox_change=lambda: None
    )
