"""What can be done with a whole job: cancel, retry, duplicate, download, read the report."""

from __future__ import annotations

import streamlit as st

from backdrop_client.answers import Job, JobStatus
from backdrop_web.board import Board, Filter
from backdrop_web.components.zip.collect import Which
from backdrop_web.components.zip.tickets import TICKETS
from backdrop_web.formats import plural
from backdrop_web.service import User
from backdrop_web.views import job_dialogs
from backdrop_web.views.job_downloads import zip_address


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


def _ask(words: str, icon: str, dialog: job_dialogs.Name, job: Job) -> None:
    if st.button(words, icon=icon, key=f"ask-{dialog}"):
        job_dialogs.ask(dialog, job.job_id)


def _download(who: User, job: Job, board: Board) -> None:
    approved = len(board.select(Filter.APPROVED)) if not board.complete else board.counts(job)[Filter.APPROVED]
    with st.popover("Download", icon=":material/download:"):
        if not TICKETS.served:
            st.caption("This server gives out single images only: open one and press Download there.")
            return
        st.link_button(
            f"All {plural(job.counts.succeeded, 'finished image')} (ZIP)",
            zip_address(who, job, Which.ALL),
            icon=":material/folder_zip:",
        )
        if approved:
            words = f"{plural(approved, 'approved image')} (ZIP)" if board.complete else "Approved images (ZIP)"
            st.link_button(words, zip_address(who, job, Which.APPROVED), icon=":material/check:")
        else:
            st.caption("Approve images in the review to download those alone.")
        st.caption("In your folders, with a list.csv: which file is which photo, and why one is missing.")
        st.caption("One image: open it and press Download there.")
