"""One job: live progress, the images as they come, what a person thinks of them, and what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import streamlit as st

from backdrop_client.answers import Job
from backdrop_client.errors import ServiceUnreachable
from backdrop_web import routes, session, ui
from backdrop_web.service import User
from backdrop_web.views import job_actions, job_dialogs, job_head, job_images

_STYLE = Path(__file__).with_name("job.css")

POLL_SECONDS = 2.0
REFRESH_SECONDS = 480.0
"""A finished job is asked for again before its addresses run out (15 minutes)."""

_REPORT_PATIENCE = timedelta(minutes=1)


def render() -> None:
    """The page of the job in the address."""
    who = session.user()
    if who is None:
        return
    job_id = st.query_params.get("id")
    if not job_id:
        st.title("Job", anchor=False)
        st.info("Choose a job from the list.", icon=":material/info:")
        if st.button("Show all jobs", icon=":material/list:"):
            routes.go("jobs")
        return
    st.html(_STYLE)
    settled_key = f"settled-{job_id}"
    interval = REFRESH_SECONDS if st.session_state.get(settled_key) else POLL_SECONDS
    st.fragment(_live, run_every=interval)(who, job_id, settled_key)
    job_dialogs.show_open(who, job_id, job_images.board_of(job_id))


def _live(who: User, job_id: str, settled_key: str) -> None:
    """Everything on the page; runs again by itself."""
    with ui.guarded():
        job, stale = _current(who, job_id)
        board = job_images.board_of(job_id)
        if stale:
            st.warning("No connection; trying again. The job goes on meanwhile.", icon=":material/wifi_off:")
        job_head.heading(job)
        with st.container(key="job-state"):
            if job.status.final:
                job_head.outcome(job)
            else:
                job_head.progress(job)
        job_actions.show(who, job, board)
        job_images.show(who, job, board, stale=stale)
        settled = job.status.final and board.complete and not _report_follows(job)
        if settled != bool(st.session_state.get(settled_key)):
            # The poll's pace is set where the fragment is made, so the page is made once more.
            st.session_state[settled_key] = settled
            st.rerun()


def _report_follows(job: Job) -> bool:
    """Whether a report is on its way: that of a job which was cancelled before it ran comes a moment later."""
    at = job.finished_at if job.report_urls is None else None
    return at is not None and datetime.now(UTC) - at < _REPORT_PATIENCE


def _current(who: User, job_id: str) -> tuple[Job, bool]:
    """The job as it is now, or as it was last seen when the service can't be reached."""
    key = f"job-{job_id}"
    try:
        job = who.api.job(job_id)
    except ServiceUnreachable:
        if key not in st.session_state:
            raise
        return cast(Job, st.session_state[key]), True
    st.session_state[key] = job
    return job, False
