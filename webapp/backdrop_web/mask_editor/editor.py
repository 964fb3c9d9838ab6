"""The mask editor on a page: the browser draws and paints, Python asks the service what strokes reach.

Brush, undo and zoom are canvas, pointer events and a list of masks: what browsers have. The libraries for canvases that
were looked at (Fabric.js, Konva) keep vector objects, 100 to 300 KB for what is one bitmap here.
`*.js` are joined into one module in the order of `_SCRIPTS`; they share one scope and only the last one exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from backdrop.api.schemas.photos import Photo
from backdrop_web.mask_editor.editing import Editing, open_editing
from backdrop_web.mask_editor.protocol import parse_message
from backdrop_web.mask_editor.speech import list_words
from backdrop_web.service.api import User
from backdrop_web.streamlit_shell import conversation
from backdrop_web.streamlit_shell.slider import slider
from backdrop_web.text.language import make_speech, translate

_HERE = Path(__file__).parent
_SCRIPTS = ("history.js", "mask.js", "stage.js", "main.js")
_STATE = "outbox"
_OPEN = "mask-editor.open"


def _read_file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


STYLE = _read_file("editor.css")
HISTORY = _read_file("history.js")
STAGE = _read_file("stage.js")
"""For views that are built as this one is."""


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "backdrop_mask_editor",
        html=_read_file("editor.html"),
        css=STYLE,
        js="\n".join([slider.DOM, conversation.SCRIPT, *map(_read_file, _SCRIPTS)]),
    )


def open_editor(who: User, place: str, draft_id: str, photo: Photo) -> None:
    """Open the editor at a place of the app, from the next run of its part of the page on.

    Raises:
        BackdropClientError: there is no mask to be had.
    """
    with st.spinner(translate("Looking for the product…")):
        st.session_state[f"{_OPEN}.{place}"] = open_editing(who, draft_id, photo)


def take_message(who: User, place: str) -> Photo | None:
    """Do what the open editor's browser says; before what it changes is drawn. Return a photo whose mask was saved."""
    editing = _find_open(place)
    if editing is None:
        return None
    state = st.session_state.get(_make_key(place))
    fresh = editing.receive(parse_message(state.get(_STATE) if isinstance(state, Mapping) else None), who)
    if editing.closed:
        del st.session_state[f"{_OPEN}.{place}"]
    return fresh


def show_editor(place: str) -> None:
    """Draw the editor, if it is open at this place."""
    if editing := _find_open(place):
        _component()(
            key=_make_key(place),
            data=editing.to_data() | make_speech(list_words()),
            default={_STATE: None},
            on_outbox_change=lambda: None,
        )


def _find_open(place: str) -> Editing | None:
    editing: Editing | None = st.session_state.get(f"{_OPEN}.{place}")
    return editing


def _make_key(place: str) -> str:
    return f"mask-editor-{place}"
