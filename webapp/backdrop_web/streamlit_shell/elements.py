"""Pieces that several pages show. Text from people and the service is always shown as text, never as markup."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from backdrop.core.names import shown, shown_lines
from backdrop.core.vocabulary import JobStatus
from backdrop.core.words.marks import mark_phrase
from backdrop_web.text.errors import Notice, describe_defect
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate

logger = logging.getLogger(__name__)

# Files of our own: Streamlit would fetch a `:material/...:` page icon from the internet.
LOGO = Path(__file__).with_name("logo.svg")
WORDMARK = Path(__file__).with_name("wordmark.svg")

STATUS: dict[JobStatus, tuple[str, str, str]] = {
    JobStatus.SUBMITTED: (mark_phrase("Starting"), ":material/schedule:", "gray"),
    JobStatus.RUNNING: (mark_phrase("Running"), ":material/progress_activity:", "blue"),
    JobStatus.SUCCEEDED: (mark_phrase("Done"), ":material/check_circle:", "green"),
    JobStatus.PARTLY_FAILED: (mark_phrase("Partly failed"), ":material/error:", "orange"),
    JobStatus.FAILED: (mark_phrase("Failed"), ":material/cancel:", "red"),
    JobStatus.CANCELLED: (mark_phrase("Cancelled"), ":material/block:", "gray"),
}
"""Job status -> words (to be translated), icon, colour."""


def show_status(status: JobStatus) -> None:
    """Show a job's status as a badge: words and icon, so that colour says nothing alone."""
    words, icon, colour = STATUS[status]
    st.badge(translate(words), icon=icon, color=colour)  # type: ignore[arg-type]


def show_tags(tags: Sequence[str], words: str) -> None:
    """Show words, if there are any, and a job's tags on one line."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if words:
            st.caption(escape_markdown(words), width="content")
        for tag in tags:
            st.badge(escape_markdown(tag), color="gray")


def show_local_note() -> None:
    """Say plainly what a local cloud's pictures are."""
    with st.container(key="local-note"):
        st.markdown(
            translate(
                "**Local trial.** A simple program on this machine paints the pictures, not the image models on AWS: "
                "backgrounds are plainer. Prices are those of AWS; nothing is charged here."
            )
        )


def show_notice(notice: Notice) -> None:
    """Show a failure: what happened and what to do."""
    lines = [f"**{escape_markdown(notice.what)}**", *(f"- {escape_markdown(detail)}" for detail in notice.details)]
    st.error("\n\n".join([*lines, escape_markdown(notice.next_step)]), icon=":material/error:")


def report_defect(error: Exception) -> bool:
    """Log the trace of a defect of the app and show words with a reference to it.

    Returns True, by which Streamlit knows that it need not show the defect itself.
    """
    reference = secrets.token_hex(4)
    logger.error("a page failed, reference %s", reference, exc_info=error)
    show_notice(describe_defect(reference))
    return True


def show_name_and_meta(name: str, meta: str) -> None:
    """Show a file's name on one line, whole where the pointer rests on it, with a line of facts under it."""
    name = escape(shown(name), quote=True)
    st.html(f'<div class="bd-name" title="{name}">{name}</div><div class="bd-meta">{escape(meta)}</div>')


def show_quote(text: str) -> None:
    """Show what the user wrote, line breaks kept."""
    st.html(f'<div class="bd-quote">{escape(shown_lines(text))}</div>')
