"""Adding photos to the job: the uploader, and what it tells this server."""

from __future__ import annotations

import time

import streamlit as st

from backdrop_client.answers import Limits
from backdrop_web.service.api import User
from backdrop_web.sign_in import session
from backdrop_web.streamlit_shell import elements
from backdrop_web.upload import protocol, uploader
from backdrop_web.upload.draft_state import Workspace

_REFRESH_SECONDS = 4.0
"""While photos come in, the rest of the page is drawn anew this often at most."""

_DRAWN = "backdrop.photos-drawn"
_WHOLE = "backdrop.photos-in-a-whole-run"


def take_photos(who: User, draft: Workspace, limits: Limits) -> None:
    """Where files are chosen; what was chosen is sent at once, by the browser.

    Only this part of the page runs again while files are on their way; the whole page follows when photos came in.
    """
    draft.intake.collect(who.api)
    st.session_state[_WHOLE] = True
    _uploader(limits)


@st.fragment
def _uploader(limits: Limits) -> None:
    whole = st.session_state.pop(_WHOLE, False)
    with elements.guarded():
        who, draft = session.user(), session.workspace()
        if who is None:
            return
        intake = draft.intake
        key = f"upload-{intake.key}"
        try:
            said = protocol.read(uploader.message(key))
            if said is not None:
                intake.hear(said, who.api, limits)
            intake.collect(who.api)
        finally:
            if draft.draft_id is not None and st.query_params.get("draft") != draft.draft_id:
                # From now on a reload of the page finds the photos again.
                st.query_params["draft"] = draft.draft_id
        if whole:
            # The rest of the page comes after this. Drawing it all anew would lose a press that this run is to answer.
            st.session_state[_DRAWN] = (_state(draft), time.monotonic())
        stale = _stale(draft)
        if stale and _may_draw(draft):
            st.rerun()
        # The uploader asks again while the page is behind, so that the last photos that came in are shown too.
        more = {"limits": _limits(limits), "stale": stale, "owner": who.email}
        uploader.mount(key, intake.answer().data() | more)


def _state(draft: Workspace) -> tuple[object, ...]:
    """What the rest of the page depends on."""
    intake = draft.intake
    return (intake.key, intake.revision, intake.quiet, intake.waiting, intake.out)


def _stale(draft: Workspace) -> bool:
    """Whether the rest of the page shows other photos than the draft has."""
    drawn, _ = st.session_state.get(_DRAWN, (None, 0.0))
    return bool(drawn != _state(draft))


def _may_draw(draft: Workspace) -> bool:
    """Whether the whole page may be drawn again now: not too often while photos come in."""
    _, moment = st.session_state.get(_DRAWN, (None, 0.0))
    return draft.intake.quiet or time.monotonic() - moment >= _REFRESH_SECONDS


def _limits(limits: Limits) -> dict[str, object]:
    return {"types": limits.content_types, "maxBytes": limits.max_upload_bytes, "maxPhotos": limits.max_photos}
