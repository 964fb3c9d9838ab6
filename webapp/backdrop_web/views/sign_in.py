"""Signing in, and choosing a password at the first sign-in."""

from __future__ import annotations

from typing import cast

import streamlit as st

from backdrop_client.errors import BackdropClientError, NewPasswordRequired
from backdrop_web import session, ui
from backdrop_web.errors import explain
from backdrop_web.settings import WebSettings

_CHALLENGE = "backdrop.challenge"


def render(settings: WebSettings) -> None:
    """The form, in the place of whatever page was asked for."""
    _, middle, _ = st.columns([1, 1.4, 1])
    with middle:
        st.title("Backdrop")
        st.write("Give your product photos a new background, a whole batch at a time.")
        if notice := session.notice():
            st.info(notice, icon=":material/info:")
        if _CHALLENGE in st.session_state:
            _first_password(settings)
        else:
            _form(settings)


def _form(settings: WebSettings) -> None:
    with st.form("sign-in"):
        st.subheader("Sign in", anchor=False)
        email = st.text_input("E-mail address", value=settings.demo_user or "", autocomplete="username")
        password = st.text_input("Password", type="password", autocomplete="current-password")
        pressed = st.form_submit_button("Sign in", type="primary", width="stretch")
    if not pressed:
        return
    if not email.strip() or not password:
        st.error("Fill in your e-mail address and your password.", icon=":material/error:")
        return
    try:
        with st.spinner("Signing in…"):
            who = session.service(settings).sign_in(email.strip(), password)
    except NewPasswordRequired as challenge:
        st.session_state[_CHALLENGE] = (email.strip(), challenge)
        st.rerun()
    except BackdropClientError as error:
        ui.show(explain(error))
    else:
        session.sign_in(who)
        st.rerun()


def _first_password(settings: WebSettings) -> None:
    email, challenge = cast("tuple[str, NewPasswordRequired]", st.session_state[_CHALLENGE])
    with st.form("first-password"):
        st.subheader("Choose a password", anchor=False)
        st.write("You signed in with a temporary password. Choose your own to go on.")
        first = st.text_input("New password", type="password", autocomplete="new-password")
        second = st.text_input("New password again", type="password", autocomplete="new-password")
        pressed = st.form_submit_button("Save and sign in", type="primary", width="stretch")
    if st.button("Back to sign-in", type="tertiary"):
        del st.session_state[_CHALLENGE]
        st.rerun()
    if not pressed:
        return
    if not first or first != second:
        st.error("Type the same new password twice.", icon=":material/error:")
        return
    try:
        who = session.service(settings).choose_password(email, challenge, first)
    except BackdropClientError as error:
        ui.show(explain(error))
    else:
        del st.session_state[_CHALLENGE]
        session.sign_in(who)
        st.rerun()
