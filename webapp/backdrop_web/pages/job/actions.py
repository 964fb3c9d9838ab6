"""What can be done with a whole job: cancel, retry, duplicate, download, read the report."""

from __future__ import annotations

import streamlit as st

from backdrop_client.answers import Job, JobStatus
from backdrop_web.download.collect import Which
from backdrop_web.download.route import PATH
from backdrop_web.download.tickets import TICKETS
from backdrop_web.pages.job import dialogs
from backdrop_web.pages.job.image_cache import Board, Filter
from backdrop_web.service.api import User
from backdrop_web.text.formats import plural


def show(who: User, job: Job, board: Board) -> None:
    """A row of buttons. Dialogs open outside of the part of the page that runs again by itself."""
    with st.container(horizontal=True, vertical_alignment="center", key="job-actions"):
        if not job.status.final:
            _ask("Cancel the job", ":material/cancel:", "cancel", job)
        if job.status.final and job.counts.failed:
            count = job.counts.failed
            cancelled = job.status is JobStatus.CANCELLED
            words = f"Make the {count:,} missing" if cancelled else f"Retry {plural(count, 'failed image')}"
            _ask(words, ":material/refresh:", "retry", job)
        if job.counts.succeeded:
            _download(who, job, board)
        _ask("Duplicate", ":material/content_copy:", "duplicate", job)
        reports = job.report_urls
        if reports and (reports.csv or reports.json_):
            with st.popover("Report", icon=":material/description:"):
                if reports.csv:
                    st.link_button("Report for spreadsheets (CSV)", reports.csv, icon=":material/table:")
                if reports.json_:
                    st.link_button("Full report (JSON)", reports.json_, icon=":material/description:")


def _ask(words: str, icon: str, dialog: dialogs.Name, job: Job) -> None:
    if st.button(words, icon=icon, key=f"ask-{dialog}"):
        dialogs.ask(dialog, job.job_id)


def _download(who: User, job: Job, board: Board) -> None:
    approved = len(board.select(Filter.APPROVED)) if not board.complete else board.counts(job)[Filter.APPROVED]
    with st.popover("Download", icon=":material/download:"):
        if not TICKETS.served:
            st.caption("This server gives out single images only: open one and press Download there.")
            return
        st.link_button(
            f"All {plural(job.counts.succeeded, 'finished image')} (ZIP)",
            _address(who, job, Which.ALL),
            icon=":material/folder_zip:",
        )
        if approved:
            words = f"{plural(approved, 'approved image')} (ZIP)" if board.complete else "Approved images (ZIP)"
            st.link_button(words, _address(who, job, Which.APPROVED), icon=":material/check:")
        else:
            st.caption("Approve images in the review to download those alone.")
        st.caption("One image: open it and press Download there.")


def _address(who: User, job: Job, which: Which) -> str:
    """Relative: the page's own address may have a path in front."""
    key = f"ticket-{job.job_id}-{which}"
    name = f"Backdrop {job.created_at:%Y-%m-%d %H%M}{' approved' if which is Which.APPROVED else ''}.zip"
    secret = TICKETS.issue(who, job.job_id, which, name, st.session_state.get(key))
    st.session_state[key] = secret
    return f"{PATH}/{secret}"
