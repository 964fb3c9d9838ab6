"""The second step of signing in: a code of an authenticator app, and setting the app up, at sign-in or later."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import cast

import streamlit as st

from backdrop.core.words.marks import mark_phrase
from backdrop_client.cognito.codes import CodeSetup, only_digits
from backdrop_client.errors import (
    BackdropClientError,
    SignInCodeRequired,
    SignInCodeSetup,
    SignInCodeUsed,
    SignInCodeWrong,
)
from backdrop_web.service.api import User
from backdrop_web.service.settings import WebSettings
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements
from backdrop_web.text.errors import explain
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate

_SETUP = "backdrop.app_setup"
_SAID = "backdrop.app_said"
_OPEN = "backdrop.app_open"
_FAILED = "backdrop.app_failed"
_TYPED = "backdrop.app_code"


@dataclass(frozen=True)
class AskForAppCode:
    """The step after the password of somebody who has an authenticator app."""

    email: str
    challenge: SignInCodeRequired


@dataclass(frozen=True)
class AppSetup:
    """The step after the password of somebody who needs an authenticator app and has none."""

    email: str
    challenge: SignInCodeSetup
    setup: CodeSetup


def ask_code(step: AskForAppCode) -> str:
    """Ask for the code that the app shows; return it once the form is sent, else nothing."""
    with st.form("app-code"):
        st.header(translate("Your code"), anchor=False)
        st.write(translate("Open your authenticator app and type the six digits that it shows for Backdrop."))
        st.caption(
            translate(
                "You sign in as {email}. Is the telephone lost? The people who run Backdrop can take the app off.",
                email=escape_markdown(step.email),
            )
        )
        typed = _code_field("app-code-at-sign-in")
        pressed = st.form_submit_button(translate("Sign in"), type="primary", width="stretch")
    return _sent(typed, pressed=pressed)


def ask_first_code(step: AppSetup) -> str:
    """Show the key for a new app; return the code that it shows once the form is sent, else nothing."""
    with st.form("app-setup"):
        st.header(translate("Set up an authenticator app"), anchor=False)
        st.write(translate("Everybody signs in here with a password and a code that an app on your telephone shows."))
        _show_key(step.setup, step.email)
        typed = _code_field("app-code-first")
        pressed = st.form_submit_button(translate("Save and sign in"), type="primary", width="stretch")
    return _sent(typed, pressed=pressed)


def show_app_button(who: User, settings: WebSettings) -> None:
    """Show the button that opens the setting, where people may choose or change their app."""
    if not settings.sign_in_codes:
        return
    if st.button(translate("Authenticator app"), icon=":material/phonelink_lock:", key="app-setting", width="stretch"):
        st.session_state.pop(_SETUP, None)
        st.session_state[_OPEN] = True
    # Until it is closed: a run of the whole page would close it otherwise.
    if _OPEN in st.session_state:
        st.dialog(translate("Authenticator app"), on_dismiss=_close_setting)(_show_setting)(who, settings)


def _close_setting() -> None:
    st.session_state.pop(_OPEN, None)
    st.session_state.pop(_SETUP, None)


def _show_setting(who: User, settings: WebSettings) -> None:
    with explain_failures():
        show_setting(who, required=settings.sign_in_codes_required)


def show_setting(who: User, *, required: bool) -> None:
    """Show whether a code is asked for at sign-in, and what can be changed about it.

    Presses are done before the setting is drawn again (`_do`). Raises what a press failed with.
    """
    if failure := cast("BackdropClientError | None", st.session_state.pop(_FAILED, None)):
        if not isinstance(failure, (SignInCodeWrong, SignInCodeUsed)):
            raise failure
        elements.show_notice(explain(failure))
    if said := cast("str | None", st.session_state.pop(_SAID, None)):
        st.success(translate(said), icon=":material/check:")
    setup = cast("CodeSetup | None", st.session_state.get(_SETUP))
    if setup is not None:
        _show_setup(who, setup)
    elif who.session.has_codes():
        _show_on(who, required=required)
    else:
        st.write(
            translate(
                "You sign in with a password alone. With an app, a password that somebody else knows is not enough."
            )
        )
        st.button(translate("Set up an app"), type="primary", key="app-on", on_click=_do, args=(_begin, who))


def _show_on(who: User, *, required: bool) -> None:
    st.info(translate("You sign in with a password and the code of an app."), icon=":material/phonelink_lock:")
    st.button(translate("Use another app or telephone"), key="app-other", on_click=_do, args=(_begin, who))
    if required:
        st.caption(translate("Everybody signs in with a code here."))
    else:
        words = translate("Sign in with the password alone again")
        st.button(words, type="tertiary", key="app-off", on_click=_do, args=(_turn_off, who))


def _show_setup(who: User, setup: CodeSetup) -> None:
    with st.form("app-later"):
        _show_key(setup, who.email)
        _code_field(_TYPED)
        st.form_submit_button(
            translate("Turn on"), type="primary", key="app-turn-on", on_click=_do, args=(_turn_on, who)
        )
    st.button(translate("Cancel"), type="tertiary", key="app-cancel", on_click=_do, args=(_cancel, who))


def _do(press: Callable[[User], None], who: User) -> None:
    """Do what a button is for; keep what it failed with for the setting, which is drawn next."""
    try:
        press(who)
    except BackdropClientError as error:
        st.session_state[_FAILED] = error


def _begin(who: User) -> None:
    st.session_state[_SETUP] = who.session.begin_code_setup()


def _cancel(_who: User) -> None:
    st.session_state.pop(_SETUP, None)


def _turn_on(who: User) -> None:
    code = only_digits(st.session_state[_TYPED])
    if not _is_code(code):
        raise SignInCodeWrong
    who.session.turn_codes_on(code)
    st.session_state.pop(_SETUP, None)
    st.session_state[_SAID] = mark_phrase("From the next sign-in on a code of this app is asked for.")


def _turn_off(who: User) -> None:
    who.session.turn_codes_off()
    st.session_state[_SAID] = mark_phrase("From now on the password alone is asked for.")


def _show_key(setup: CodeSetup, email: str) -> None:
    st.write(translate("1. Scan this picture with an authenticator app, or type the key into it."))
    # Not `st.image`, whose picture has no words for people who can't see it.
    picture = b64encode(setup.picture(email).encode("utf-8")).decode("ascii")
    alt = escape(translate("QR code of the key below"))
    st.html(f'<img width="200" alt="{alt}" src="data:image/svg+xml;base64,{picture}">')
    st.code(setup.spaced_key(), language=None, wrap_lines=True)
    st.write(translate("2. Type the six digits that the app shows now."))


def _code_field(key: str) -> str:
    return only_digits(
        st.text_input(translate("Code from the app"), autocomplete="one-time-code", max_chars=20, key=key)
    )


def _sent(code: str, *, pressed: bool) -> str:
    """Return the code of a form that was sent; what is no code is said at once and not sent on."""
    if not pressed:
        return ""
    if not _is_code(code):
        st.error(translate("Type the six digits that the app shows."), icon=":material/error:")
        return ""
    return code


def _is_code(code: str) -> bool:
    return len(code) == 6 and code.isascii() and code.isdigit()
