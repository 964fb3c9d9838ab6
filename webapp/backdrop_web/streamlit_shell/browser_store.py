"""A small text in the browser's own storage, so that it outlives a page reload. Nothing of it goes anywhere else."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import streamlit as st

_NAME = "backdrop_browser_store"
_SCRIPT = Path(__file__).with_name("browser_store.js")

Texts = Mapping[str, str | None]


def read_texts(key: str, slots: Sequence[str], arrived: Callable[[Texts], object]) -> None:
    """Ask the browser for texts of its storage. Shows nothing.

    The answer makes a run of the whole page. That run drops whatever another one, just begun, was to do: ask before
    there is anything to press.

    Args:
        key: of this place on the page.
        slots: names of the texts.
        arrived: called with slot -> text (None: there is none) before a run.
    """
    _component()(
        key=key,
        data={"place": key, "ask": _make_question(key, slots), "slots": list(slots)},
        on_loaded_change=partial(_take_loaded, key, arrived),
    )


def keep_text(
    key: str, slot: str, text: str | None, *, drop: Sequence[str] = (), watch: Mapping[str, str] | None = None
) -> None:
    """Write one text to the browser's storage. Shows nothing, and is never answered.

    Args:
        key: of this place on the page.
        slot: name of the text in the storage.
        text: what is written; None writes nothing.
        drop: slots to delete.
        watch: field of a stored snapshot -> CSS class round its text area: what is typed there is stored with every
            key, because Streamlit hears of it only when the field is left.
    """
    data = {"place": key, "slot": slot, "save": text, "drop": list(drop), "watch": dict(watch or {})}
    _component()(key=key, data=data)


def _make_question(key: str, slots: Sequence[str]) -> str:
    """Return a question of this session and these slots: the browser answers each question once."""
    return cast(str, st.session_state.setdefault(f"asked-{key}-{' '.join(slots)}", secrets.token_hex(8)))


def _take_loaded(key: str, arrived: Callable[[Texts], object]) -> None:
    found: Any = st.session_state.get(key, {}).get("loaded")
    if isinstance(found, dict):
        arrived({str(slot): text if isinstance(text, str) else None for slot, text in found.items()})


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    # Registered once a server: a second registration of a name would be warned about.
    return st.components.v2.component(_NAME, js=_SCRIPT.read_text("utf-8"))
