"""The local cloud's mails. On AWS they go to the address that subscribed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from backdrop.core.names import shown_lines
from backdrop_web.pages.mailbox.mails import Mail, read_mailbox
from backdrop_web.text.formats import escape_markdown, format_local_time
from backdrop_web.text.language import translate, translate_count, translate_text


def show_page(folder: Path) -> None:
    """Show the mails, the newest first and open."""
    st.title(translate("Mailbox"), anchor=False)
    st.caption(translate("Mails that Backdrop sends land here as long as it runs on this machine. Nothing leaves it."))
    mails, total = read_mailbox(folder)
    if not mails:
        st.info(translate("No mails yet. One arrives when a job ends, whatever its outcome."), icon=":material/mail:")
        return
    if st.button(translate("Look for new mails"), icon=":material/refresh:"):
        st.rerun()
    for index, mail in enumerate(mails):
        _show_mail(mail, opened=index == 0)
    if total > len(mails):
        st.caption(
            translate_count(
                "The newest {shown:,} of {count:,} mail are shown; the others are in the folder.",
                "The newest {shown:,} of {count:,} mails are shown; the others are in the folder.",
                total,
                shown=len(mails),
            )
        )


def _show_mail(mail: Mail, opened: bool) -> None:
    when = "" if mail.problem else f" · {escape_markdown(format_local_time(mail.sent, st.context.timezone))}"
    subject = mail.subject or translate("(no subject)")
    with st.expander(
        f"**{escape_markdown(subject)}**{when}",
        expanded=opened,
        icon=":material/mail:",
    ):
        if mail.problem:
            st.error(escape_markdown(translate_text(mail.problem)))
            return
        st.text(shown_lines(translate("From: {sender}\nTo: {to}", sender=mail.sender, to=mail.to)))
        st.divider()
        st.text(shown_lines(mail.text or translate("(This mail has no plain text.)")))
        for link in mail.links:
            st.link_button(escape_markdown(link), link, icon=":material/link:", type="tertiary")
