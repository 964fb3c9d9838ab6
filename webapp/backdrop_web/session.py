"""What one browser session remembers, behind typed functions: who is signed in, and the job being put together."""

from __future__ import annotations

import logging
import time
from typing import cast

import streamlit as st

from backdrop_client.answers import Catalogue
from backdrop_client.errors import BackdropClientError
from backdrop_web.service import Service, User
from backdrop_web.settings import WebSettings
from backdrop_web.workspace import Workspace

logger = logging.getLogger(__name__)

_USER = "backdrop.user"
_NOTICE = "backdrop.notice"
_WORKSPACE = "backdrop.workspace"
_CATALOGUE = "backdrop.catalogue"
_CATALOGUE_SECONDS = 300


@st.cache_resource(show_spinner=False)
def service(settings: WebSettings) -> Service:
    """The app's one way to the service, shared by all sessions."""
    return Service(settings)


def user() -> User | None:
    """Who is signed in."""
    return cast("User | None", st.session_state.get(_USER))


def sign_in(who: User) -> None:
    """Remember a fresh sign-in. Another person's leftovers go; the same person's draft stays."""
    if st.session_state.get("backdrop.last_email") not in (None, who.email):
        forget()
    st.session_state["backdrop.last_email"] = who.email
    st.session_state[_USER] = who
    st.session_state.pop(_NOTICE, None)


def expire(notice: str) -> None:
    """The service no longer takes the user's tokens: ask to sign in again, keep the draft."""
    st.session_state.pop(_USER, None)
    st.session_state[_NOTICE] = notice


def sign_out() -> None:
    """End the session here and on the server, and forget everything."""
    who = user()
    forget()
    st.session_state[_NOTICE] = "You are signed out."
    if who is None:
        return
    try:
        who.session.sign_out()
    except BackdropClientError as error:
        # Here the tokens are gone either way; on the server they end by themselves within the hour.
        logger.warning("the session could not be revoked: %s", error.code)


def forget() -> None:
    """Drop all of this session's state, addresses with ids in them included."""
    for key in list(st.session_state):
        del st.session_state[key]
    st.query_params.clear()


def notice() -> str | None:
    """What to say above the sign-in form."""
    return cast("str | None", st.session_state.get(_NOTICE))


def workspace() -> Workspace:
    """The job being put together."""
    if _WORKSPACE not in st.session_state:
        st.session_state[_WORKSPACE] = Workspace()
    return cast(Workspace, st.session_state[_WORKSPACE])


def new_workspace() -> Workspace:
    """Start over with an empty job."""
    fresh = Workspace(number=workspace().number + 1)
    st.session_state[_WORKSPACE] = fresh
    st.query_params.pop("draft", None)
    return fresh


def catalogue(who: User) -> Catalogue:
    """The models and limits, asked for again every few minutes."""
    kept = cast("tuple[float, Catalogue] | None", st.session_state.get(_CATALOGUE))
    if kept is not None and time.monotonic() - kept[0] < _CATALOGUE_SECONDS:
        return kept[1]
    fresh = who.api.models()
    st.session_state[_CATALOGUE] = (time.monotonic(), fresh)
    return fresh
