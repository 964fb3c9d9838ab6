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

Arrived = Callable[[str | None], object]


def keep_text(
    key: str,
    slot: str,
    *,
    save: str | None,
    arrived: Arrived | None = None,
    drop: Sequence[str] = (),
    watch: Mapping[str, str] | None = None,
) -> None:
    """Read or write one text of the browser's storage. Shows nothing.

    Args:
        key: of this place on the page.
        slot: name of the text in the storage.
        save: the text to write; None writes nothing.
        arrived: called with the stored text (None: there is none) before a rerun; None reads nothing.
        drop: slots to delete.
        watch: field of a stored snapshot -> CSS class round its text area: what is typed there is stored with every
            key, because Streamlit hears of it only when the field is left.
    """
    component = _component()
    component(
        key=key,
        data={
            "place": key,
            "slot": slot,
            "save": save,
            "ask": _make_question(key, slot) if arrived is not None else None,
            "drop": list(drop),
            "watch": dict(watch or {}),
        },
        on_loaded_change=partial(_take_loaded, key, slot, arrived),
    )


def _make_question(key: str, slot: str) -> str:
    """Return a question of this session and slot: the browser answers each question once."""
    return cast(str, st.session_state.setdefault(f"asked-{key}-{slot}", secrets.token_hex(8)))


def _take_loaded(key: str, slot: str, arrived: Arrived | None) -> None:
    found: Any = st.session_state.get(key, {}).get("loaded")
    if arrived is not None and isinstance(found, dict) and found.get("slot") == slot:
        text = found.get("text")
        arrived(text if isinstance(text, str) else None)


@st.cache_resource(show_spinner=False)
def _component() -> Any:
    # Registered once a server: a second registration of a name would be warned about.
    return st.components.v2.component(_NAME, js=_SCRIPT.read_text("utf-8"))
