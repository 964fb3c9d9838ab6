"""A picture of one's own behind every product: chosen among those that were brought before, or brought now."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import streamlit as st

from backdrop.api.schemas.backdrops import Backdrop
from backdrop.api.schemas.models import Painter
from backdrop.api.schemas.photos import PhotoStatus
from backdrop.core import backdrops
from backdrop.core.backdrops import Shadow
from backdrop.core.limits import TYPE_OF_ENDING
from backdrop.core.names import shown
from backdrop.core.words.marks import mark_phrase
from backdrop_client.backdrops import bring_backdrop
from backdrop_client.upload import PhotoSource
from backdrop_web.pages.new_job import form
from backdrop_web.pages.new_job.colours import offer_colours
from backdrop_web.pages.new_job.light import choose_light, read_light
from backdrop_web.pages.new_job.painting import offer_painting
from backdrop_web.pages.new_job.placement import choose_placement, read_placement
from backdrop_web.service.api import FRESH_SECONDS, User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.text.formats import escape_markdown, format_number, shorten_text
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

MISSING = mark_phrase("Choose a picture to stand behind the products, or add one.")

_HELD, _NAMED, _ROUND = "backdrops.held", "backdrops.named", "backdrops.round"
_NAMED_SECONDS = 60.0
_ICONS = {True: ":material/group:", False: ":material/lock:"}
_LONGEST_NAME = 24

SHADOWS = {
    Shadow.SOFT.value: mark_phrase("Soft shadow"),
    Shadow.CONTACT.value: mark_phrase("Only where it stands"),
    Shadow.NONE.value: mark_phrase("No shadow"),
}


class _Held(NamedTuple):
    """What the user has, and when that was asked."""

    at: float
    found: list[Backdrop]


def choose_backdrop(who: User, draft: DraftState, painters: Sequence[Painter]) -> None:
    """Ask which picture it is, and what the products cast on it. `painters`: models that paint one from words."""
    found = find_all(who)
    st.caption(translate("Every product is cut out and set on the same picture. No model is paid for its background."))
    if found:
        chosen = form.read_value(draft, "backdrop")
        with st.container(key="backdrops"):
            for one in found:
                _show_card(who, draft, one, chosen=one.backdrop_id == chosen)
    else:
        st.markdown(
            translate("You have no pictures here yet. Add one: a table, a wall, a sweep; or have one made or painted.")
        )
    _ask_file(who, draft)
    offer_colours(who, partial(_take_new, draft))
    if painters:
        offer_painting(who, painters, partial(_take_new, draft))
    for number, one in enumerate(found):
        if one.backdrop_id == form.read_value(draft, "backdrop"):
            found[number] = choose_placement(who, draft, one)
    st.segmented_control(
        translate("Shadow of the product"),
        list(SHADOWS),
        key=form.set_default(draft, "shadow", Shadow.SOFT.value, list(SHADOWS)),
        format_func=lambda name: translate(SHADOWS[name]),
        required=True,
        persist_state="session",
    )
    chosen = form.read_value(draft, "backdrop")
    choose_light(draft, next((one for one in found if one.backdrop_id == chosen), None))


def read_backdrop(draft: DraftState) -> backdrops.Backdrop | None:
    """Return what was chosen; None: nothing yet."""
    chosen = form.read_value(draft, "backdrop")
    if not chosen:
        return None
    shadow = Shadow(form.read_value(draft, "shadow", Shadow.SOFT.value))
    placement, light = read_placement(draft), read_light(draft)
    return backdrops.Backdrop(id=str(chosen), shadow=shadow, placement=placement, light=light)


def _show_card(who: User, draft: DraftState, one: Backdrop, *, chosen: bool) -> None:
    name = escape_markdown(shown(one.name))
    words = f"{name}, {format_number(one.width or 0)} × {format_number(one.height or 0)} px"

    def take() -> None:
        st.session_state[form.make_key(draft, "backdrop")] = one.backdrop_id

    with st.container(key=f"backdrop-{one.backdrop_id}"):
        if one.thumbnail_url:
            st.image(one.thumbnail_url)
        st.button(
            escape_markdown(shorten_text(shown(one.name), _LONGEST_NAME)),
            key=f"take-backdrop-{one.backdrop_id}",
            on_click=take,
            type="primary" if chosen else "secondary",
            help=translate("Chosen. {words}", words=words) if chosen else words,
            width="stretch",
        )
        if not one.mine:
            by = one.shared_by
            st.caption(
                translate("Shared by {name}", name=escape_markdown(by)) if by else translate("Shared by somebody")
            )
            return
        with st.popover(translate("More"), icon=_ICONS[one.shared], width="stretch"):
            st.markdown(
                translate("**Shared**: everybody who may sign in sees it and may use it.")
                if one.shared
                else translate("**Private**: only you see it.")
            )
            change = translate("Keep it to myself") if one.shared else translate("Share it")
            if st.button(change, key=f"share-backdrop-{one.backdrop_id}"):
                who.api.change_backdrop(one.backdrop_id, shared=not one.shared)
                _forget_found()
                st.rerun()
            st.divider()
            st.markdown(
                translate("Delete **{name}** for good? Finished pictures, and jobs that run, keep it.", name=name)
            )
            if st.button(translate("Yes, delete it"), key=f"delete-backdrop-{one.backdrop_id}", type="primary"):
                who.api.delete_backdrop(one.backdrop_id)
                if chosen:
                    st.session_state[form.make_key(draft, "backdrop")] = None
                _forget_found()
                st.rerun()


def _ask_file(who: User, draft: DraftState) -> None:
    number = st.session_state.get(_ROUND, 0)
    file = st.file_uploader(translate("Add a picture"), type=sorted(TYPE_OF_ENDING), key=f"backdrop-file-{number}")
    if file is None:
        return
    with explain_failures():
        with st.spinner(translate("Uploading and checking…")):
            made = bring_backdrop(who.api, who.uploader, PhotoSource.from_bytes(file.name, file.getvalue()))
        st.session_state[_ROUND] = number + 1
        _take_new(draft, made)


def _take_new(draft: DraftState, made: Backdrop) -> None:
    """Choose a backdrop that is new among the user's."""
    st.session_state[form.make_key(draft, "backdrop")] = made.backdrop_id
    _forget_found()
    st.rerun()


def _forget_found() -> None:
    for place in (_HELD, _NAMED):
        st.session_state.pop(place, None)


def find_names(who: User) -> dict[str, str]:
    """The id of each good backdrop that the user may use, and what it is called; asked again once a minute."""
    held: _Held | None = st.session_state.get(_NAMED)
    if held is None or time.monotonic() - held.at > _NAMED_SECONDS:
        found = [one for one in who.api.backdrops() if one.status is PhotoStatus.READY]
        held = st.session_state[_NAMED] = _Held(time.monotonic(), found)
    return {one.backdrop_id: _describe(one) for one in held.found}


def _describe(one: Backdrop) -> str:
    name = shorten_text(shown(one.name), 60)
    return translate("Your picture: {name}", name=name) if one.mine else translate("Shared picture: {name}", name=name)


def forget_names() -> None:
    """Have the names asked for again: there is a new picture."""
    st.session_state.pop(_NAMED, None)


def find_all(who: User) -> list[Backdrop]:
    """The good backdrops that the user may use, their own first; asked again before their addresses run out."""
    held: _Held | None = st.session_state.get(_HELD)
    if held is None or time.monotonic() - held.at > FRESH_SECONDS:
        found = [one for one in who.api.backdrops() if one.status is PhotoStatus.READY]
        held = st.session_state[_HELD] = _Held(time.monotonic(), found)
    return held.found
