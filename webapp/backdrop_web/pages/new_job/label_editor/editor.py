"""The view in which the words and boxes of a photo are corrected, on the page of the new job.

In the browser alone until somebody saves. Its stage, its style and its list of steps are the mask editor's. `*.js` are
joined into one module in the order of `_SCRIPTS`; they share one scope and only the last one exports.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from backdrop.api.schemas.photos import Photo
from backdrop_web.mask_editor import editor
from backdrop_web.pages.new_job.label_editor.correcting import Correcting
from backdrop_web.pages.new_job.label_editor.protocol import parse_message
from backdrop_web.pages.new_job.label_editor.speech import list_words
from backdrop_web.service.api import User
from backdrop_web.streamlit_shell import conversation
from backdrop_web.streamlit_shell.slider import slider
from backdrop_web.text.language import make_speech

_HERE = Path(__file__).parent
_SCRIPTS = ("boxes.js", "main.js")
_STATE = "outbox"
_KEY = "label-editor"
_OPEN = "label-editor.open"


def _read_file(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        "backdrop_label_editor",
        html=_read_file("labels.html"),
        css="\n".join([editor.STYLE, _read_file("labels.css")]),
        js="\n".join([slider.DOM, conversation.SCRIPT, editor.HISTORY, editor.STAGE, *map(_read_file, _SCRIPTS)]),
    )


def open_editor(draft_id: str, photo: Photo) -> None:
    """Open the view, from the next run of its part of the page on."""
    st.session_state[_OPEN] = Correcting(draft_id, photo)


def take_message(who: User) -> Photo | None:
    """Do what the open view's browser says; before what it changes is drawn. Return a photo whose labels were saved."""
    correcting: Correcting | None = st.session_state.get(_OPEN)
    if correcting is None:
        return None
    state = st.session_state.get(_KEY)
    fresh = correcting.receive(parse_message(state.get(_STATE) if isinstance(state, Mapping) else None), who)
    if correcting.closed:
        del st.session_state[_OPEN]
    return fresh


def show_editor() -> None:
    """Draw the view, if it is open."""
    correcting: Correcting | None = st.session_state.get(_OPEN)
    if correcting:
        _component()(
            key=_KEY,
            data=correcting.to_data() | make_speech(list_words()),
            default={_STATE: None},
            on_outbox_change=lambda: None,
        )
