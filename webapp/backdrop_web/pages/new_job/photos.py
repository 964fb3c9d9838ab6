"""Adding photos to the job: the uploader, and what it tells this server."""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from backdrop.api.schemas.models import Limits
from backdrop.core.clutter import CLUTTER
from backdrop.core.signatures import HEAD_BYTES, KINDS, RAW_ENDINGS
from backdrop_web.service.api import User
from backdrop_web.sign_in import session
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import runs
from backdrop_web.text.language import translate_text
from backdrop_web.upload import protocol, uploader
from backdrop_web.upload.current import get_uploads
from backdrop_web.upload.upload_session import UploadSession

_REFRESH_SECONDS = 4.0
"""While photos come in, the rest of the page is drawn anew this often at most."""

_DRAWN = "backdrop.photos-drawn"
_WHOLE = "backdrop.photos-in-a-whole-run"


def take_photos(who: User, uploads: UploadSession, limits: Limits) -> None:
    """Show where files are chosen; what was chosen is sent at once, by the browser.

    Only this part of the page runs again while files are on their way; the whole page follows when photos came in.
    """
    uploads.collect_results(who.api)
    st.session_state[_WHOLE] = True
    _show_uploader(limits)


@st.fragment
def _show_uploader(limits: Limits) -> None:
    whole = st.session_state.pop(_WHOLE, False)
    with explain_failures():
        who, uploads = session.get_user(), get_uploads()
        if who is None:
            return
        key = f"upload-{uploads.key}"
        try:
            message = protocol.parse_message(uploader.read_message(key))
            if message is not None:
                uploads.receive_message(message, who.api, limits)
            uploads.collect_results(who.api)
        finally:
            draft_id = uploads.draft.draft_id
            if draft_id is not None and st.query_params.get("draft") != draft_id:
                # From now on a reload of the page finds the photos again.
                st.query_params["draft"] = draft_id
        if whole:
            # The rest of the page comes after this. Drawing it all anew would lose a press that this run is to answer.
            st.session_state[_DRAWN] = (_read_state(uploads), time.monotonic())
        stale = _is_stale(uploads)
        if stale and _may_draw(uploads) and runs.may_run_page():
            st.rerun()
        # The uploader asks again while the page is behind, so that the last photos that came in are shown too.
        more = {"limits": _describe_limits(limits), "stale": stale, "owner": who.email}
        uploader.show_uploader(key, _say_reasons(uploads.build_answer().to_json()) | more)


def _say_reasons(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer to the browser with what it says to people in the reader's language."""
    for one in (*answer["updates"], *answer["leftOut"]):
        if "reason" in one:
            one["reason"] = translate_text(one["reason"])
    return answer | {"trouble": translate_text(answer["trouble"] or "") or None}


def _read_state(uploads: UploadSession) -> tuple[object, ...]:
    """Return what the rest of the page depends on."""
    return (uploads.key, uploads.draft.revision, uploads.is_quiet, uploads.waiting, uploads.out)


def _is_stale(uploads: UploadSession) -> bool:
    """Whether the rest of the page shows other photos than the draft has."""
    drawn, _ = st.session_state.get(_DRAWN, (None, 0.0))
    return bool(drawn != _read_state(uploads))


def _may_draw(uploads: UploadSession) -> bool:
    """Whether the whole page may be drawn again now: not too often while photos come in."""
    _, moment = st.session_state.get(_DRAWN, (None, 0.0))
    return uploads.is_quiet or time.monotonic() - moment >= _REFRESH_SECONDS


def _describe_limits(limits: Limits) -> dict[str, object]:
    return {
        "types": limits.content_types,
        "maxBytes": limits.max_upload_bytes,
        "maxPhotos": limits.max_photos,
        "clutter": CLUTTER,
        "headBytes": HEAD_BYTES,
        "rawEndings": sorted(RAW_ENDINGS),
        "kinds": [(kind.pattern, translate_text(kind.name), kind.type) for kind in KINDS],
    }
