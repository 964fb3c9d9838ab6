"""What one browser session remembers, behind typed functions: who is signed in, and the job being put together."""

from __future__ import annotations

import logging
import secrets
import time
from typing import cast

import streamlit as st

from backdrop_client.answers import Catalogue
from backdrop_client.errors import BackdropClientError
from backdrop_web.service.api import Service, User
from backdrop_web.service.settings import WebSettings
from backdrop_web.sign_in import cookie
from backdrop_web.sign_in.session_store import SIGN_INS
from backdrop_web.streamlit_shell import widget_state
from backdrop_web.upload.draft_state import Workspace

logger = logging.getLogger(__name__)

_USER = "backdrop.user"
_NAME = "backdrop.sign_in_name"
_TICKET = "backdrop.ticket"
_CLEAR = "backdrop.clear_cookie"
_EMAIL = "backdrop.last_email"
_NOTICE = "backdrop.notice"
_WORKSPACE = "backdrop.workspace"
_CATALOGUE = "backdrop.catalogue"
_CATALOGUE_SECONDS = 300

SIGNED_OUT = "You are signed out."
SIGNED_OUT_EVERYWHERE = "You are signed out on all devices."
NOT_EVERYWHERE = (
    "You are signed out here. Backdrop could not be reached to sign out your other devices: sign in and try again."
)


@st.cache_resource(show_spinner=False)
def service(settings: WebSettings) -> Service:
    """The app's one way to the service, shared by all sessions."""
    return Service(settings)


def user() -> User | None:
    """Who is signed in: here, or in this browser before the page was loaded again."""
    who = cast("User | None", st.session_state.get(_USER))
    if ended_elsewhere():
        forget()
        st.session_state[_NOTICE] = SIGNED_OUT
        return None
    return who


def ended_elsewhere() -> bool:
    """Whether this sign-in was ended in another tab, or on another device."""
    name = cast("str | None", st.session_state.get(_NAME))
    return name is not None and SIGN_INS.get(name) is None


def resume() -> None:
    """Take up the sign-in that the browser's cookie names, when the page was loaded again. Once a run, first."""
    if _USER in st.session_state or _NOTICE in st.session_state:
        return
    name = cookie.read()
    who = SIGN_INS.get(name) if name else None
    if who is not None:
        _take(who, cast(str, name))


def sign_in(who: User) -> None:
    """Remember a fresh sign-in. Another person's leftovers go; the same person's draft and words stay."""
    if st.session_state.get(_EMAIL) not in (None, who.email):
        forget()
    name = SIGN_INS.add(who)
    _take(who, name)
    st.session_state[_TICKET] = SIGN_INS.ticket(name)
    widget_state.bring_back()


def _take(who: User, name: str) -> None:
    st.session_state[_EMAIL] = who.email
    st.session_state[_USER] = who
    st.session_state[_NAME] = name
    st.session_state.pop(_NOTICE, None)
    st.session_state.pop(_CLEAR, None)


def exchange_cookie() -> None:
    """Have the browser fetch or drop its cookie, where that is due. Shows nothing."""
    ticket = cast("str | None", st.session_state.get(_TICKET))
    if ticket is not None and SIGN_INS.waiting(ticket):
        cookie.fetch(ticket)
    elif number := cast("str | None", st.session_state.get(_CLEAR)):
        cookie.clear(number)


def expire(notice: str) -> None:
    """The service no longer takes the user's tokens: ask to sign in again, keep the draft and what was typed."""
    widget_state.keep()
    SIGN_INS.remove(st.session_state.pop(_NAME, ""))
    st.session_state.pop(_USER, None)
    st.session_state.pop(_TICKET, None)
    st.session_state[_NOTICE] = notice


def last_email() -> str | None:
    """Who was signed in before the session expired."""
    return cast("str | None", st.session_state.get(_EMAIL))


def sign_out(*, everywhere: bool = False) -> None:
    """End the session here and on the server, or all of the user's sessions, and forget everything."""
    who = user()
    name = cast("str | None", st.session_state.get(_NAME))
    forget()
    st.session_state[_NOTICE] = SIGNED_OUT_EVERYWHERE if everywhere else SIGNED_OUT
    st.session_state[_CLEAR] = secrets.token_hex(8)
    if name is not None:
        SIGN_INS.remove(name)
    if who is None:
        return
    if everywhere:
        SIGN_INS.remove_user(who.email)
    try:
        who.session.sign_out(everywhere=everywhere)
    except BackdropClientError as error:
        # Here the tokens are gone either way; on the server they end by themselves within the hour.
        logger.warning("the session could not be revoked: %s", error.code)
        if everywhere:
            st.session_state[_NOTICE] = NOT_EVERYWHERE


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
