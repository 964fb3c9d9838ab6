"""Signing in, choosing a password at the first sign-in, and choosing a new one when it was forgotten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import cast

import streamlit as st
from babel import lists

from backdrop.core.words.languages import ENGLISH
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import (
    BackdropClientError,
    NewPasswordRequired,
    PasswordResetRequired,
    SessionExpired,
    SignInCodeRequired,
    SignInCodeSetup,
)
from backdrop_web.service.api import User
from backdrop_web.service.connection import connect
from backdrop_web.service.settings import WebSettings
from backdrop_web.sign_in import password_rules, second_step, session
from backdrop_web.sign_in.second_step import AppSetup, AskForAppCode
from backdrop_web.streamlit_shell import elements, language_choice
from backdrop_web.text import language
from backdrop_web.text.errors import Notice, explain
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_text

_STEP = "backdrop.sign_in_step"
_ASIDE = "backdrop.sign_in_aside"


@dataclass(frozen=True)
class _FirstPassword:
    """The step after a temporary password was right: the user chooses a password of their own."""

    email: str
    challenge: NewPasswordRequired


@dataclass(frozen=True)
class _AskForCode:
    """The step of a forgotten password: the e-mail address is asked for."""

    email: str


@dataclass(frozen=True)
class _NewPassword:
    """The step after a code was mailed: the user types it and chooses a password."""

    email: str


def show_form(settings: WebSettings) -> None:
    """Show the form, in the place of whatever page was asked for."""
    with st.container(horizontal_alignment="center"), st.container(key="bd-sign-in", width=440):
        st.title("Backdrop", anchor=False)
        st.write(translate("Give your product photos a new background, a whole batch at a time."))
        if notice := session.get_notice():
            st.info(translate_text(notice), icon=":material/info:")
        if aside := cast("str | None", st.session_state.pop(_ASIDE, None)):
            st.info(translate(aside), icon=":material/info:")
        match st.session_state.get(_STEP):
            case _FirstPassword() as step:
                _show_first_password(settings, step)
            case _AskForCode() as step:
                _show_ask_for_code(settings, step)
            case _NewPassword() as step:
                _show_new_password(settings, step)
            case AskForAppCode() as step:
                _show_app_code(settings, step)
            case AppSetup() as step:
                _show_app_setup(settings, step)
            case _:
                _show_sign_in(settings)
        with st.container(key="bd-sign-in-language", width=220):
            language_choice.show_language_choice()


def _show_sign_in(settings: WebSettings) -> None:
    known = session.get_last_email() or settings.demo_user or ""
    with st.form("sign-in"):
        st.header(translate("Sign in"), anchor=False)
        email = _ask_email(known, "sign-in")
        password = st.text_input(
            translate("Password"), type="password", autocomplete="current-password", key="sign-in-password"
        )
        pressed = st.form_submit_button(translate("Sign in"), type="primary", width="stretch")
    if st.button(translate("Forgot your password?"), type="tertiary", key="forgot"):
        _go_to_step(_AskForCode(email or known))
    if not pressed:
        return
    if not email or not password:
        _show_error(translate("Fill in your e-mail address and your password."))
        return
    service = connect(settings)
    _try_sign_in(settings, email, translate("Signing in…"), lambda: service.sign_in(email, password))


def _ask_email(known: str, form: str) -> str:
    """Ask for the address. Fields have keys: without, another language makes them other fields, and empty ones."""
    label = translate("E-mail address")
    return st.text_input(label, value=known, autocomplete="username", key=f"{form}-email").strip()


def _show_first_password(settings: WebSettings, step: _FirstPassword) -> None:
    with st.form("first-password"):
        st.header(translate("Choose a password"), anchor=False)
        st.write(translate("You signed in with a temporary password. Choose your own to go on."))
        first, second = _ask_two_passwords()
        pressed = st.form_submit_button(translate("Save and sign in"), type="primary", width="stretch")
    _show_way_back()
    if pressed and _check_passwords(first, second):
        service = connect(settings)
        _try_sign_in(
            settings,
            step.email,
            translate("Saving…"),
            lambda: service.choose_password(step.email, step.challenge, first),
        )


def _show_ask_for_code(settings: WebSettings, step: _AskForCode) -> None:
    with st.form("forgot-password"):
        st.header(translate("Forgot your password?"), anchor=False)
        st.write(translate("We send a code to your e-mail address. With it you choose a new password."))
        email = _ask_email(step.email, "forgotten")
        pressed = st.form_submit_button(translate("Send the code"), type="primary", width="stretch")
    _show_way_back()
    if not pressed:
        return
    if not email:
        _show_error(translate("Fill in your e-mail address."))
    elif _send_code(settings, email):
        _go_to_step(_NewPassword(email))


def _show_new_password(settings: WebSettings, step: _NewPassword) -> None:
    with st.form("new-password"):
        st.header(translate("Choose a new password"), anchor=False)
        # The same for every address: nobody learns here who has an account.
        address = f"<strong>{escape(step.email)}</strong>"
        told = translate("If {email} has an account, a code of six digits is on its way.", email=address)
        st.html(f"<p>{told}</p>")
        if settings.mailbox is not None:
            folder = escape_markdown(str(settings.mailbox))
            st.caption(translate("Local trial: the e-mail is a file in {folder}", folder=folder))
        code = st.text_input(
            translate("Code from the e-mail"), autocomplete="one-time-code", max_chars=20, key="mailed-code"
        )
        first, second = _ask_two_passwords()
        pressed = st.form_submit_button(translate("Save and sign in"), type="primary", width="stretch")
    with st.container(horizontal=True):
        again = st.button(translate("Send a new code"), type="tertiary", key="send-again")
        _show_way_back()
    st.caption(
        translate(
            "No e-mail after a few minutes? Look into the spam folder. If you never changed your temporary password, "
            "ask the people who run Backdrop for a new one."
        )
    )
    if again and _send_code(settings, step.email):
        st.session_state[_ASIDE] = mark_phrase("A new code is on its way. Older codes no longer work.")
        st.rerun()
    digits = "".join(code.split())
    if not pressed:
        return
    if not digits:
        _show_error(translate("Fill in the code from the e-mail."))
    elif _check_passwords(first, second):
        service = connect(settings)
        _try_sign_in(
            settings, step.email, translate("Saving…"), lambda: service.reset_password(step.email, digits, first)
        )


def _show_app_code(settings: WebSettings, step: AskForAppCode) -> None:
    code = second_step.ask_code(step)
    _show_way_back()
    if code:
        answer = connect(settings).answer_code
        _try_sign_in(settings, step.email, translate("Signing in…"), lambda: answer(step.email, step.challenge, code))


def _show_app_setup(settings: WebSettings, step: AppSetup) -> None:
    code = second_step.ask_first_code(step)
    _show_way_back()
    if code:
        finish = connect(settings).finish_code_setup
        _try_sign_in(
            settings, step.email, translate("Saving…"), lambda: finish(step.email, step.challenge, step.setup, code)
        )


def _try_sign_in(settings: WebSettings, email: str, doing: str, call: Callable[[], User]) -> None:
    """Sign in by `call`, or say why not, or go on with the step that Cognito asks for."""
    try:
        with st.spinner(doing):
            who = call()
    except NewPasswordRequired as challenge:
        _go_to_step(_FirstPassword(email, challenge))
    except PasswordResetRequired:
        st.session_state[_ASIDE] = mark_phrase(
            "Your password must be changed before you go on. You got a code for it by e-mail."
        )
        _go_to_step(_NewPassword(email))
    except SignInCodeRequired as challenge:
        _go_to_step(AskForAppCode(email, challenge))
    except SignInCodeSetup as challenge:
        _begin_app_setup(settings, email, challenge)
    except SessionExpired:
        first = isinstance(st.session_state.get(_STEP), _FirstPassword)
        st.session_state[_ASIDE] = (
            mark_phrase("That took too long. Sign in with your temporary password once more.")
            if first
            else mark_phrase("That took too long. Sign in once more.")
        )
        _go_to_step(None)
    except BackdropClientError as error:
        elements.show_notice(explain(error))
    else:
        st.session_state.pop(_STEP, None)
        session.begin_session(who)
        st.rerun()


def _begin_app_setup(settings: WebSettings, email: str, challenge: SignInCodeSetup) -> None:
    """Go on with the authenticator app that everybody needs, or say why there is no key for it."""
    try:
        setup = connect(settings).begin_code_setup(challenge)
    except BackdropClientError as error:
        elements.show_notice(explain(error))
    else:
        _go_to_step(AppSetup(email, challenge, setup))


def _send_code(settings: WebSettings, email: str) -> bool:
    try:
        with st.spinner(translate("Sending…")):
            connect(settings).send_code(email)
    except BackdropClientError as error:
        elements.show_notice(explain(error))
        return False
    return True


def _ask_two_passwords() -> tuple[str, str]:
    st.caption(translate_text(password_rules.RULES))
    first, second = (
        st.text_input(label, type="password", autocomplete="new-password", key=key)
        for label, key in (
            (translate("New password"), "new-password"),
            (translate("New password again"), "new-password-again"),
        )
    )
    return first, second


def _check_passwords(first: str, second: str) -> bool:
    """Whether both are the same and follow the rules; says what is wrong."""
    if not first or first != second:
        _show_error(translate("Type the same new password twice."))
        return False
    if lacks := password_rules.list_missing(first):
        still = translate("It still needs {things}.", things=_join_words(lacks))
        elements.show_notice(Notice(translate("This password is too easy to guess."), still))
        return False
    return True


def _join_words(things: list[str]) -> str:
    spoken = language.find_language()
    if spoken == ENGLISH:
        return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"
    return lists.format_list(things, locale=spoken)


def _show_error(words: str) -> None:
    st.error(words, icon=":material/error:")


def _show_way_back() -> None:
    if st.button(translate("Back to sign-in"), type="tertiary", key="back"):
        _go_to_step(None)


def _go_to_step(step: _FirstPassword | _AskForCode | _NewPassword | AskForAppCode | AppSetup | None) -> None:
    if step is None:
        st.session_state.pop(_STEP, None)
    else:
        st.session_state[_STEP] = step
    st.rerun()
