"""Jobs that were put together and not started: gone on with, or taken off the list."""

from __future__ import annotations

import time
from html import escape
from typing import cast

import streamlit as st

from backdrop.api.schemas.photos import ListedDraft
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop_web.service.api import User
from backdrop_web.streamlit_shell import routes
from backdrop_web.text.formats import escape_markdown, format_local_time, shorten_text
from backdrop_web.text.language import translate, translate_count
from backdrop_web.upload.current import get_uploads, start_new_draft

_TAKEN_OFF = "jobs.draft-taken-off"
_FEW = 3
"""Drafts that are shown at once; more are a press away."""

_UNDO_SECONDS = 120.0


def show_drafts(who: User) -> None:
    """Show the user's drafts, newest first; nothing where there are none. One that was just taken off can be put
    back."""
    found = who.api.open_drafts()
    gone = _read_taken_off()
    if not found and not gone:
        return
    with st.container(key="drafts"):
        st.header(translate("Not started yet"), anchor=False)
        if gone:
            _offer_undo(who, gone)
        for draft in found[:_FEW]:
            _show_draft(who, draft)
        if len(found) > _FEW:
            with st.expander(
                translate_count("{count:,} more not started", "{count:,} more not started", len(found) - _FEW)
            ):
                for draft in found[_FEW:]:
                    _show_draft(who, draft)


def _read_taken_off() -> str | None:
    """Return the draft that was taken off a moment ago; what is long ago is not offered to be undone."""
    said = cast("tuple[str, float] | None", st.session_state.get(_TAKEN_OFF))
    return said[0] if said and time.monotonic() - said[1] < _UNDO_SECONDS else None


def _show_draft(who: User, draft: ListedDraft) -> None:
    with st.container(border=True, key=f"draft-row-{draft.draft_id}"):
        pictures, words, actions = st.columns([2, 5, 2], vertical_alignment="center")
        places = [
            f'<span><img src="{escape(url, quote=True)}" alt="" loading="lazy"></span>' for url in draft.thumbnail_urls
        ]
        pictures.html(f'<div class="bd-thumbs" aria-hidden="true">{"".join(places) or "<span></span>"}</div>')
        name = escape_markdown(shorten_text(shown(draft.first_photo), 80))
        if draft.photos > 1:
            name = translate_count(
                "{name} and {count:,} more", "{name} and {count:,} more", draft.photos - 1, name=name
            )
        words.markdown(f"**{name}**")
        words.caption(
            translate_count(
                "{count:,} photo · last change {changed} · kept until {until}",
                "{count:,} photos · last change {changed} · kept until {until}",
                draft.photos,
                changed=_format_moment(draft.changed_at),
                until=_format_moment(draft.kept_until),
            )
        )
        with actions.container(horizontal=True, horizontal_alignment="right"):
            if st.button(translate("Go on"), key=f"resume-{draft.draft_id}", icon=":material/edit:"):
                _resume(draft.draft_id)
            if st.button(
                translate("Delete"),
                key=f"discard-{draft.draft_id}",
                icon=":material/delete:",
                type="tertiary",
                help=translate("Delete it"),
            ):
                _take_off(who, draft.draft_id)


def _resume(draft_id: str) -> None:
    if get_uploads().draft.draft_id != draft_id:
        start_new_draft()
    routes.open_page("new", draft=draft_id)


def _take_off(who: User, draft_id: str) -> None:
    who.api.list_draft(draft_id, listed=False)
    if get_uploads().draft.draft_id == draft_id:
        # The new-job page must not go on with what was deleted.
        start_new_draft()
    st.session_state[_TAKEN_OFF] = (draft_id, time.monotonic())
    st.rerun()


def _offer_undo(who: User, draft_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key="draft-undo"):
        told = translate("Deleted. Its photos go for good within 60 days.")
        st.caption(f":material/delete: {told}", width="content")
        if st.button(translate("Undo"), key="undo-discard", icon=":material/undo:"):
            who.api.list_draft(draft_id, listed=True)
            st.session_state.pop(_TAKEN_OFF)
            st.rerun()


def _format_moment(moment: str) -> str:
    return format_local_time(clock.parse(moment), st.context.timezone)
