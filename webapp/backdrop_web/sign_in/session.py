"""Who is signed in in this browser session, and what becomes of the session's state when that changes."""

from __future__ import annotations

import logging
import secrets
from typing import cast

import streamlit as st

from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import BackdropClientError
from backdrop_web.service.api import User
from backdrop_web.sign_in import cookie
from backdrop_web.sign_in.stores import SESSIONS
from backdrop_web.streamlit_shell import widget_state
from backdrop_web.text.language import CHOSEN

logger = logging.getLogger(__name__)

_USER = "backdrop.user"
_NAME = "backdrop.sign_in_name"
_TICKET = "backdrop.ticket"
_CLEAR = "backdrop.clear_cookie"
_EMAIL = "backdrop.last_email"
_NOTICE = "backdrop.notice"

SIGNED_OUT = mark_phrase("You are signed out.")
NOT_ENDED = mark_phrase(
    "You are signed out in this browser. Backdrop could not be reached to end the sign-in on its side: it ends there "
    "by itself within a day."
)
HAS_ENDED = mark_phrase("Your sign-in has ended. Sign in to go on.")
SIGNED_OUT_EVERYWHERE = mark_phrase("You are signed out on all devices.")
NOT_EVERYWHERE = mark_phrase(
    "You are signed out here. Backdrop could not be reached to sign out your other devices: sign in and try again."
)


def get_user() -> User | None:
    """Return who is signed in: here, or in this browser before the page was loaded again."""
    who = cast("User | None", st.session_state.get(_USER))
    if has_ended_elsewhere():
        clear_state()
        st.session_state[_NOTICE] = SIGNED_OUT
        return None
    return who


def has_ended_elsewhere() -> bool:
    """Whether this sign-in was ended in another tab, or on another device."""
    name = cast("str | None", st.session_state.get(_NAME))
    return name is not None and SESSIONS.get(name) is None


def resume_sign_in() -> None:
    """Take up the sign-in that the browser's cookie names, when the page was loaded again. Once a run, first."""
    if _USER in st.session_state or _NOTICE in st.session_state:
        return
    name = cookie.read_cookie()
    if name is None:
        return
    who = SESSIONS.get(name)
    if who is not None:
        _take_over(who, name)
    else:
        st.session_state[_NOTICE] = HAS_ENDED


def begin_session(who: User) -> None:
    """Remember a fresh sign-in. Another person's leftovers go; the same person's draft and words stay."""
    if st.session_state.get(_EMAIL) not in (None, who.email):
        clear_state()
    name = SESSIONS.add(who)
    _take_over(who, name)
    st.session_state[_TICKET] = SESSIONS.issue_ticket(name)
    widget_state.restore_values()


def _take_over(who: User, name: str) -> None:
    st.session_state[_EMAIL] = who.email
    st.session_state[_USER] = who
    st.session_state[_NAME] = name
    st.session_state.pop(_NOTICE, None)
    st.session_state.pop(_CLEAR, None)


def exchange_cookie() -> None:
    """Have the browser fetch or drop its cookie, where that is due. Shows nothing."""
    ticket = cast("str | None", st.session_state.get(_TICKET))
    if ticket is not None and _is_good(ticket):
        cookie.fetch_cookie(ticket)
    elif ticket is not None:
        # Not asked for again in every run.
        del st.session_state[_TICKET]
    elif number := cast("str | None", st.session_state.get(_CLEAR)):
        cookie.clear_cookie(number)


def _is_good(ticket: str) -> bool:
    try:
        return SESSIONS.has_ticket(ticket)
    except BackdropClientError as error:
        # Without the cookie a reload asks to sign in again; nothing else is lost.
        logger.warning("a cookie could not be given out: %s: %s", error.code, error.message)
        return False


def expire_session(notice: str) -> None:
    """Ask to sign in again, because the service no longer takes the tokens; keep the draft and what was typed."""
    widget_state.keep_values()
    _forget(st.session_state.pop(_NAME, None))
    st.session_state.pop(_USER, None)
    st.session_state.pop(_TICKET, None)
    st.session_state[_NOTICE] = notice


def get_last_email() -> str | None:
    """Return who was signed in before the session expired."""
    return cast("str | None", st.session_state.get(_EMAIL))


def sign_out(*, everywhere: bool = False) -> None:
    """End the session here and on the server, or all of the user's sessions, and forget everything."""
    who = cast("User | None", st.session_state.get(_USER))
    name = cast("str | None", st.session_state.get(_NAME))
    clear_state()
    st.session_state[_NOTICE] = SIGNED_OUT_EVERYWHERE if everywhere else SIGNED_OUT
    st.session_state[_CLEAR] = secrets.token_hex(8)
    if not _forget(name):
        st.session_state[_NOTICE] = NOT_ENDED
    if who is None:
        return
    try:
        if everywhere:
            SESSIONS.remove_user(who)
        who.session.sign_out(everywhere=everywhere)
    except BackdropClientError as error:
        # Here the tokens are gone either way; on the server they end by themselves within the hour.
        logger.warning("the session could not be revoked: %s", error.code)
        if everywhere:
            st.session_state[_NOTICE] = NOT_EVERYWHERE


def _forget(name: str | None) -> bool:
    """Forget a sign-in where sign-ins are kept. Return whether it is gone there."""
    try:
        if name is not None:
            SESSIONS.remove(name)
    except BackdropClientError as error:
        logger.warning("a sign-in could not be forgotten: %s: %s", error.code, error.message)
        return False
    return True


def clear_state() -> None:
    """Drop all of this session's state, addresses with ids in them included. The language is the browser's, not one
    person's: it stays."""
    for key in list(st.session_state):
        if key != CHOSEN:
            del st.session_state[key]
    st.query_params.clear()


def get_notice() -> str | None:
    """Return what to say above the sign-in form."""
    return cast("str | None", st.session_state.get(_NOTICE))
