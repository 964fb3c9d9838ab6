"""The local cloud's mails. On AWS they go to the address that subscribed."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from backdrop.core.names import shown_lines
from backdrop_web.pages.mailbox.mails import Mail, read_mailbox
from backdrop_web.text.formats import escape_markdown, format_count, format_local_time


def show_page(folder: Path) -> None:
    """Show the mails, the newest first and open."""
    st.title("Mailbox", anchor=False)
    st.caption("Mails that Backdrop sends land here as long as it runs on this machine. Nothing leaves it.")
    mails, total = read_mailbox(folder)
    if not mails:
        st.info("No mails yet. One arrives when a job ends, whatever its outcome.", icon=":material/mail:")
        return
    if st.button("Look for new mails", icon=":material/refresh:"):
        st.rerun()
    for index, mail in enumerate(mails):
        _show_mail(mail, opened=index == 0)
    if total > len(mails):
        st.caption(f"The newest {len(mails)} of {format_count(total, 'mail')} are shown; the others are in the folder.")


def _show_mail(mail: Mail, opened: bool) -> None:
    when = "" if mail.problem else f" · {format_local_time(mail.sent, st.context.timezone)}"
    with st.expander(
        f"**{escape_markdown(mail.subject)}**{escape_markdown(when)}", expanded=opened, icon=":material/mail:"
    ):
        if mail.problem:
            st.error(escape_markdown(mail.problem))
            return
        st.text(shown_lines(f"From: {mail.sender}\nTo: {mail.to}"))
        st.divider()
        st.text(shown_lines(mail.text))
        for link in mail.links:
            st.link_button(escape_markdown(link), link, icon=":material/link:", type="tertiary")
