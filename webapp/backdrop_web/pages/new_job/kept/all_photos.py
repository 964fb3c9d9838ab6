"""Taking all photos out of the job that is put together: the settings stay, and the photos can be put back."""

from __future__ import annotations

from typing import cast

import streamlit as st

from backdrop_web.pages.new_job import form
from backdrop_web.service.api import User
from backdrop_web.streamlit_shell import routes
from backdrop_web.text.language import translate, translate_count
from backdrop_web.upload.current import start_new_draft
from backdrop_web.upload.upload_session import UploadSession

_REMOVED = "new-job.removed"
"""In the session: id of the draft whose photos were removed, how many they were, and the draft that took its place."""


def show_remove_all(who: User, uploads: UploadSession) -> None:
    """Offer to remove all photos at once, when none is on its way."""
    draft, count = uploads.draft, len(uploads.draft.photos)
    if count < 2 or draft.draft_id is None:
        return
    if not st.button(
        translate("Remove all photos"),
        icon=":material/delete_sweep:",
        type="tertiary",
        key="remove-all",
        disabled=not uploads.is_quiet,
        help=translate("Takes all photos out of this job. The settings stay, and it can be undone."),
    ):
        return
    # Another draft takes the place of this one, which is left as it is: one call, however many photos there are.
    who.api.list_draft(draft.draft_id, listed=False)
    settings, removed = form.take_snapshot(draft), draft.draft_id
    fresh = start_new_draft().draft
    form.put_settings(fresh, settings)
    st.session_state[_REMOVED] = (removed, count, fresh.number)
    routes.open_page("new")


def offer_undo(who: User, uploads: UploadSession) -> None:
    """Offer to put back what was just removed, until there are other photos."""
    removed = cast("tuple[str, int, int] | None", st.session_state.get(_REMOVED))
    if removed is None:
        return
    draft_id, count, number = removed
    if uploads.draft.number != number or uploads.draft.photos:
        del st.session_state[_REMOVED]
        return
    with st.container(horizontal=True, vertical_alignment="center", key="removed-all"):
        told = translate_count("{count:,} photo removed.", "{count:,} photos removed.", count)
        st.caption(f":material/delete_sweep: {told}", width="content")
        if st.button(translate("Undo"), icon=":material/undo:", key="undo-remove-all"):
            who.api.list_draft(draft_id, listed=True)
            settings = form.take_snapshot(uploads.draft)
            fresh = start_new_draft()
            fresh.load_draft(who.api, draft_id)
            form.put_settings(fresh.draft, settings)
            routes.open_page("new", draft=draft_id)
