"""Being mailed about one's own jobs: the setting in the sidebar, and what pages may promise."""

from __future__ import annotations

import time
from typing import cast

import streamlit as st

from backdrop.api.schemas.mails import MailSetting
from backdrop.core.names import shown
from backdrop.core.vocabulary import MailState
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import BackdropClientError
from backdrop_web.service.api import User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_text

_KEPT = "backdrop.mail-setting"
_FRESH_SECONDS = 60.0
"""A page that asks every second or two need not ask that as well."""

_ICONS = {
    MailState.OFF: ":material/notifications_off:",
    MailState.ASKED: ":material/mark_email_unread:",
    MailState.ON: ":material/notifications_active:",
    MailState.ALL: ":material/notifications_active:",
}
_TURN_ON = {MailState.OFF: mark_phrase("Turn on"), MailState.ASKED: mark_phrase("Send the link again")}


def show_mail_button(who: User) -> None:
    """Show the button that opens the setting. Auditors and reviewers ask for no jobs."""
    if who.starts_jobs and st.button(translate("E-mails"), icon=":material/mail:", key="mail-setting", width="stretch"):
        # A dialog has its title from the start, and the language only now.
        st.dialog(translate("E-mails about your jobs"))(_show_setting)(who)


def promise_mail(who: User) -> str:
    """Return what a running job's page may say of a mail to whoever looks: a sentence, or nothing."""
    try:
        state = _kept_setting(who).state
    except BackdropClientError:
        return ""
    if state in (MailState.ON, MailState.ALL):
        return translate("An e-mail tells when it is done.")
    if state is MailState.ASKED:
        return translate("For an e-mail when it is done, follow the link in the mail that AWS has sent you.")
    return translate("For an e-mail when it is done, turn that on at E-mails in the sidebar.")


def _show_setting(who: User) -> None:
    with explain_failures():
        setting = _keep(who, who.api.mail())
        words, choice = st.empty(), st.empty()
        change = None
        if setting.state in _TURN_ON:
            if choice.button(translate(_TURN_ON[setting.state]), type="primary", key="mail-on"):
                change = who.api.turn_mail_on
        elif setting.state is MailState.ON and choice.button(translate("Turn off"), key="mail-off"):
            change = who.api.turn_mail_off
        if change is not None:
            setting = _keep(who, change())
            # It offers what is done.
            choice.empty()
        words.info(escape_markdown(shown(translate_text(setting.message))), icon=_ICONS[setting.state])
        st.button(translate("Look again"), icon=":material/refresh:", type="tertiary", key="mail-look")


def _kept_setting(who: User) -> MailSetting:
    kept = cast("tuple[str, float, MailSetting] | None", st.session_state.get(_KEPT))
    if kept is None or kept[0] != who.email or time.monotonic() - kept[1] > _FRESH_SECONDS:
        return _keep(who, who.api.mail())
    return kept[2]


def _keep(who: User, setting: MailSetting) -> MailSetting:
    st.session_state[_KEPT] = (who.email, time.monotonic(), setting)
    return setting
