"""The job that this browser session puts together, and the files on their way to it."""

from __future__ import annotations

from typing import cast

import streamlit as st

from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.upload_session import UploadSession

_UPLOADS = "backdrop.uploads"


def get_uploads() -> UploadSession:
    """Return the session's uploads; their `draft` is the job being put together."""
    if _UPLOADS not in st.session_state:
        st.session_state[_UPLOADS] = UploadSession()
    return cast(UploadSession, st.session_state[_UPLOADS])


def start_new_draft() -> UploadSession:
    """Start over with an empty job, and return its uploads."""
    fresh = UploadSession(DraftState(number=get_uploads().draft.number + 1))
    st.session_state[_UPLOADS] = fresh
    st.query_params.pop("draft", None)
    return fresh
