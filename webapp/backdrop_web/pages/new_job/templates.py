"""Prompts saved under a name, with slots. They lie in this browser: the service has no place for them."""

from __future__ import annotations

import json
from typing import cast

import streamlit as st

from backdrop_web.pages.new_job import form
from backdrop_web.streamlit_shell import browser_store
from backdrop_web.text.formats import literal
from backdrop_web.upload.draft_state import Workspace

Template = dict[str, str]

_HELD, _SAVE = "templates.held", "templates.save"
_MOST, _LONGEST_NAME = 50, 60


def keep_in_browser(user: str) -> None:
    """Read the user's templates once a session, and write them when they changed."""
    held = st.session_state.get(_HELD)

    def arrived(text: str | None) -> None:
        st.session_state[_HELD] = _parse(text)

    browser_store.keep(
        "template-store",
        f"templates:{user}",
        save=cast("str | None", st.session_state.get(_SAVE)),
        arrived=arrived if held is None else None,
    )


def show(draft: Workspace, user: str) -> None:
    """Save the words of this job, use or delete saved ones."""
    keep_in_browser(user)
    held = _held()
    label = f"Saved prompts ({len(held)})" if held else "Save for next time"
    with st.popover(label, icon=":material/bookmark:"):
        _list(draft, held)
        _save(draft, held)


def _list(draft: Workspace, held: list[Template]) -> None:
    for number, template in enumerate(held):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                literal(template["name"]),
                key=f"use-template-{number}",
                on_click=_use,
                args=(draft, template),
                help=literal(template["prompt"]),
                width="stretch",
            )
            st.button(
                ":material/delete:",
                key=f"delete-template-{number}",
                on_click=_put,
                args=([one for one in held if one is not template],),
                help=f"Delete {literal(template['name'])}",
            )


def _save(draft: Workspace, held: list[Template]) -> None:
    prompt = str(form.value(draft, "prompt") or "")
    name_key = form.key(draft, "template-name")
    st.text_input("Save these words as", key=name_key, max_chars=_LONGEST_NAME, placeholder="For example: Autumn mugs")

    def save() -> None:
        name = str(st.session_state.get(name_key) or "").strip()
        words = str(form.value(draft, "prompt") or "")
        if not name or not words.strip():
            st.session_state[form.key(draft, "template-said")] = "Type a name, and a description to save."
            return
        made = {"name": name, "prompt": words, "negative": str(form.value(draft, "negative") or "")}
        _put(([one for one in held if one["name"] != name] + [made])[-_MOST:])
        st.session_state[name_key] = ""
        st.session_state[form.key(draft, "template-said")] = f"Saved as {name}."

    st.button("Save", key=form.key(draft, "template-save"), on_click=save, icon=":material/save:")
    if said := st.session_state.pop(form.key(draft, "template-said"), None):
        st.caption(literal(said))
    if not prompt:
        st.caption("Put words in braces that change from job to job: on a table in {season} light, with {product}.")
    st.caption("Kept in this browser only, for you.")


def _use(draft: Workspace, template: Template) -> None:
    st.session_state[form.key(draft, "prompt")] = template["prompt"]
    st.session_state[form.key(draft, "negative")] = template["negative"]


def _put(held: list[Template]) -> None:
    st.session_state[_HELD] = held
    st.session_state[_SAVE] = json.dumps(held)


def _held() -> list[Template]:
    return cast("list[Template]", st.session_state.get(_HELD) or [])


def _parse(text: str | None) -> list[Template]:
    """What is readable of a stored text."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [
        {name: one[name] for name in ("name", "prompt", "negative")}
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict) and all(isinstance(one.get(name), str) for name in ("name", "prompt", "negative"))
    ]
