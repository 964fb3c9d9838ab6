"""Prompts saved under a name, with slots. They lie in this browser: the service has no place for them."""

from __future__ import annotations

import json
from typing import cast

import streamlit as st

from backdrop_web.pages.new_job import form
from backdrop_web.streamlit_shell import browser_store
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

Template = dict[str, str]

_HELD, _SAVE = "templates.held", "templates.save"
_MOST, _LONGEST_NAME = 50, 60


def name_slot(user: str) -> str:
    """Return the name of the text that a browser keeps of the user's templates."""
    return f"templates:{user}"


def restore(text: str | None) -> None:
    """Put what the browser kept into this session, the first time."""
    st.session_state.setdefault(_HELD, _parse_templates(text))


def show_templates(draft: DraftState, user: str) -> None:
    """Show how to save the words of this job, and to use or delete saved ones."""
    browser_store.keep_text("template-store", name_slot(user), cast("str | None", st.session_state.get(_SAVE)))
    held = _get_templates()
    label = translate("Saved prompts ({count:,})", count=len(held)) if held else translate("Save for next time")
    with st.popover(label, icon=":material/bookmark:"):
        _show_list(draft, held)
        _show_save(draft, held)


def _show_list(draft: DraftState, held: list[Template]) -> None:
    for number, template in enumerate(held):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                escape_markdown(template["name"]),
                key=f"use-template-{number}",
                on_click=_use_template,
                args=(draft, template),
                help=escape_markdown(template["prompt"]),
                width="stretch",
            )
            st.button(
                ":material/delete:",
                key=f"delete-template-{number}",
                on_click=_store_templates,
                args=([one for one in held if one is not template],),
                help=translate("Delete {name}", name=escape_markdown(template["name"])),
            )


def _show_save(draft: DraftState, held: list[Template]) -> None:
    prompt = str(form.read_value(draft, "prompt") or "")
    name_key = form.make_key(draft, "template-name")
    st.text_input(
        translate("Save these words as"),
        key=name_key,
        max_chars=_LONGEST_NAME,
        placeholder=translate("For example: Autumn mugs"),
    )

    def save() -> None:
        name = str(st.session_state.get(name_key) or "").strip()
        words = str(form.read_value(draft, "prompt") or "")
        if not name or not words.strip():
            st.session_state[form.make_key(draft, "template-said")] = translate(
                "Type a name, and a description to save."
            )
            return
        made = {"name": name, "prompt": words, "negative": str(form.read_value(draft, "negative") or "")}
        _store_templates(([one for one in held if one["name"] != name] + [made])[-_MOST:])
        st.session_state[name_key] = ""
        st.session_state[form.make_key(draft, "template-said")] = translate("Saved as {name}.", name=name)

    st.button(translate("Save"), key=form.make_key(draft, "template-save"), on_click=save, icon=":material/save:")
    if said := st.session_state.pop(form.make_key(draft, "template-said"), None):
        st.caption(escape_markdown(said))
    if not prompt:
        st.caption(
            translate(
                "Put words in braces that change from job to job: {example}",
                example=translate(
                    "on a table in {season} light, with {product}.", season="{season}", product="{product}"
                ),
            )
        )
    st.caption(translate("Kept in this browser only, for you."))


def _use_template(draft: DraftState, template: Template) -> None:
    st.session_state[form.make_key(draft, "prompt")] = template["prompt"]
    st.session_state[form.make_key(draft, "negative")] = template["negative"]


def _store_templates(held: list[Template]) -> None:
    st.session_state[_HELD] = held
    st.session_state[_SAVE] = json.dumps(held)


def _get_templates() -> list[Template]:
    return cast("list[Template]", st.session_state.get(_HELD) or [])


def _parse_templates(text: str | None) -> list[Template]:
    """Return what is readable of a stored text."""
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [
        {name: one[name] for name in ("name", "prompt", "negative")}
        for one in (found if isinstance(found, list) else [])
        if isinstance(one, dict) and all(isinstance(one.get(name), str) for name in ("name", "prompt", "negative"))
    ]
