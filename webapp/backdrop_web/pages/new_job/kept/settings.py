"""Saved settings on the pages: a job is begun with them, and its settings are saved for the next (jobs/saved)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import streamlit as st

from backdrop.api.schemas.saved import SavedSettings
from backdrop.core.names import shown
from backdrop.core.naming import MAX_JOB_NAME, saved_form
from backdrop.core.request import JobRequest, SavedChoice
from backdrop_web.pages.new_job import form, prefill
from backdrop_web.service.api import User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.text.formats import ONLY_ME, escape_markdown, name_seer
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

CHOSEN, VERSION = "settings", "settings-version"
"""Fields of the form: id of the saved settings that the job is begun with, and their version as it was taken over."""

_FOUND, _PENDING, _REMOVED = "settings.found", "settings.pending", "settings.removed"
_FRESH_SECONDS = 60
_KEPT = ("names", "trial", "who-sees", "job-name")
"""Fields of the form that saved settings say nothing of."""


def choose_saved(who: User, draft: DraftState) -> None:
    """Let the job be begun with saved settings. Call inside the row that `show_saving` goes on with."""
    found = {one.settings_id: one for one in find_saved(who)}
    if pending := cast("tuple[str, int] | None", st.session_state.pop(_PENDING, None)):
        for name, value in zip((CHOSEN, VERSION), pending, strict=True):
            st.session_state[form.make_key(draft, name)] = value
    if not found:
        return
    key = form.set_default(draft, CHOSEN, "", ("", *found))

    def take() -> None:
        chosen = found.get(str(st.session_state[key]))
        if chosen is not None:
            _take(draft, chosen)

    st.selectbox(
        translate("Saved settings"),
        ("", *found),
        format_func=lambda id_: _name(found[id_]) if id_ else translate("None: as below"),
        key=key,
        on_change=take,
        width=420,
        help=translate(
            "Sets everything below: background, what is avoided, mode, model, sizes and files, tags. You can still "
            "change it for this job. (A marketplace's preset is one of these settings: its rules for pictures.)"
        ),
    )
    chosen = get_chosen(who, draft)
    if chosen is not None and chosen.version != form.read_value(draft, VERSION):
        changed = (
            translate("These settings were changed by {name} since you chose them.", name=shown(chosen.changed_by))
            if chosen.changed_by
            else translate("These settings were changed since you chose them.")
        )
        if st.button(
            translate("Take version {version:,}", version=chosen.version),
            icon=":material/update:",
            key="settings-newer",
            help=escape_markdown(changed),
        ):
            _take(draft, chosen)
            st.rerun()


def begin(who: User, draft: DraftState, request: JobRequest) -> JobRequest:
    """Return the request that says which saved settings it was begun with, and has of them what no field asks for."""
    chosen = get_chosen(who, draft)
    version = form.read_value(draft, VERSION)
    if chosen is None or not isinstance(version, int):
        return request
    options = replace(request.options, unlocated_labels=chosen.settings.options.unlocated_labels)
    return replace(request, options=options, settings=SavedChoice(chosen.settings_id, version))


def show_saving(who: User, draft: DraftState, request: JobRequest) -> None:
    """Offer to save the settings of the job that is put together, and to delete saved ones. Inside the row of
    `choose_saved`."""
    chosen = get_chosen(who, draft)
    with st.popover(translate("Save these settings…"), icon=":material/bookmark_add:", key="save-settings"):
        made = ask_saving(who, request, chosen)
        if made is not None:
            _choose(made)
            st.rerun()
        if chosen is not None and st.button(
            escape_markdown(translate("Delete {name}", name=_name(chosen))),
            icon=":material/delete:",
            key="settings-delete",
            type="tertiary",
        ):
            with explain_failures():
                who.api.delete_settings(chosen.settings_id)
                _forget_found()
                st.session_state[_REMOVED] = chosen
                st.rerun()


def offer_undo(who: User) -> None:
    """Offer to save again what was just deleted."""
    removed = cast("SavedSettings | None", st.session_state.get(_REMOVED))
    if removed is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="settings-deleted"):
        told = translate("{name} deleted. Jobs that were begun with it stay.", name=escape_markdown(_name(removed)))
        st.caption(f":material/delete: {told}", width="content")
        if st.button(translate("Undo"), icon=":material/undo:", key="settings-undo"):
            with explain_failures():
                _choose(who.api.save_settings(removed.name, removed.team, removed.settings.request()))
                st.rerun()


def ask_saving(who: User, request: JobRequest, chosen: SavedSettings | None = None) -> SavedSettings | None:
    """Ask for the name under which settings are saved, and whose they shall be. Return them once they are saved.

    Args:
        who: saves them.
        request: what they ask for.
        chosen: saved ones that they were begun with, and may be saved over.
    """
    st.write(translate("Everything but the photos, what is kept in each, and who sees the job."))
    whose = ONLY_ME
    if who.teams:
        whose = st.radio(
            translate("For whom"),
            (ONLY_ME, *who.teams),
            index=(ONLY_ME, *who.teams).index(chosen.team) if chosen and chosen.team in who.teams else 0,
            format_func=name_seer,
            key=f"settings-whose-{_id_of(chosen)}",
            help=translate("A team's members all use, change and delete them."),
        )
    typed = st.text_input(
        translate("Name"),
        chosen.name if chosen else "",
        max_chars=MAX_JOB_NAME,
        placeholder=translate("Such as: Mugs for the shop"),
        key=f"settings-name-{_id_of(chosen)}",
    )
    team, name = whose or None, " ".join((typed or "").split())
    before = _find_named(find_saved(who), name, team)
    words = translate("Save over {name}", name=_name_version(before)) if before else translate("Save")
    if not st.button(
        escape_markdown(words), icon=":material/save:", key="settings-save", type="primary", disabled=not name
    ):
        return None
    with explain_failures():
        try:
            if before is None:
                return _saved(who.api.save_settings(name, team, request))
            return _saved(who.api.change_settings(before, before.name, team, request))
        finally:
            # Whatever came of it: somebody else may have been quicker.
            _forget_found()
    return None


def find_saved(who: User) -> list[SavedSettings]:
    """Return the user's saved settings and their teams', asked for again every minute."""
    kept = cast("tuple[float, list[SavedSettings]] | None", st.session_state.get(_FOUND))
    if kept is not None and time.monotonic() - kept[0] < _FRESH_SECONDS:
        return kept[1]
    found = who.api.saved_settings()
    st.session_state[_FOUND] = (time.monotonic(), found)
    return found


def get_chosen(who: User, draft: DraftState) -> SavedSettings | None:
    """Return the saved settings that the job is begun with; None: with none."""
    chosen = form.read_value(draft, CHOSEN)
    return next((one for one in find_saved(who) if one.settings_id == chosen), None)


def _take(draft: DraftState, chosen: SavedSettings) -> None:
    fields: Mapping[str, object] = prefill.make_fields(chosen.settings)
    form.replace_fields(draft, {**fields, CHOSEN: chosen.settings_id, VERSION: chosen.version}, keep=_KEPT)


def _choose(made: SavedSettings) -> None:
    """Have settings that are as the form is chosen by the next run: widgets of this one are drawn already."""
    st.session_state[_PENDING] = (made.settings_id, made.version)
    st.session_state.pop(_REMOVED, None)
    _forget_found()


def _saved(made: SavedSettings) -> SavedSettings:
    st.toast(escape_markdown(translate("Saved: {name}.", name=_name_version(made))), icon=":material/save:")
    return made


def _forget_found() -> None:
    st.session_state.pop(_FOUND, None)


def _find_named(found: Sequence[SavedSettings], name: str, team: str | None) -> SavedSettings | None:
    return next((one for one in found if one.team == team and saved_form(one.name) == saved_form(name)), None)


def _name(one: SavedSettings) -> str:
    if not one.team:
        return shown(one.name)
    return translate("{name} (team {team})", name=shown(one.name), team=shown(one.team))


def _name_version(one: SavedSettings) -> str:
    return translate("{name}, version {version:,}", name=shown(one.name), version=one.version)


def _id_of(chosen: SavedSettings | None) -> str:
    return f"{chosen.settings_id}-{chosen.version}" if chosen else "new"
