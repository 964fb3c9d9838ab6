"""One job: live progress, the images as they come, what a person thinks of them, and what can be done about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import cast

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core import clock
from backdrop_client.errors import BackdropClientError
from backdrop_web.pages.job import actions, dialogs, heading, images, seen_by
from backdrop_web.pages.job.image_cache import ImageCache
from backdrop_web.pages.mail_setting import promise_mail
from backdrop_web.service.api import User
from backdrop_web.sign_in import session
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import routes, runs
from backdrop_web.text.errors import is_away
from backdrop_web.text.language import translate

POLL_SECONDS = 2.0
"""A running job is asked for again this often, whatever its size: its images are counted as they end."""
COLLECT_SECONDS = 0.5
"""While images are still collected."""
REFRESH_SECONDS = 480.0
"""A finished job is asked for again before its addresses run out (15 minutes)."""

_REPORT_PATIENCE = timedelta(minutes=1)


def show_page() -> None:
    """Show the page of the job in the address."""
    who = session.get_user()
    if who is None:
        return
    job_id = st.query_params.get("id")
    if not job_id:
        st.title(translate("Job"), anchor=False)
        st.info(translate("Choose a job from the list."), icon=":material/info:")
        if st.button(translate("Show all jobs"), icon=":material/list:"):
            routes.open_page("jobs")
        return
    pace_key = f"pace-{job_id}"
    st.fragment(_show_live, run_every=st.session_state.get(pace_key, POLL_SECONDS))(who, job_id, pace_key)
    dialogs.show_open_dialog(who, job_id, images.get_image_cache(job_id))


def _show_live(who: User, job_id: str, pace_key: str) -> None:
    """Show everything on the page; runs again by itself."""
    with explain_failures():
        job, stale = _fetch_job(who, job_id)
        cache = images.get_image_cache(job_id)
        # A place of its own: what is below stays as it is when this comes and goes, an open image too.
        with st.container():
            if stale:
                st.warning(
                    translate("No connection; trying again. The job goes on meanwhile."), icon=":material/wifi_off:"
                )
        heading.show_heading(job)
        seen_by.show_whose(job)
        state, offered = st.container(key="job-state"), st.container()
        # The images first: what was approved and rejected just now is counted above them.
        images.show_images(who, job, cache, stale=stale)
        with state:
            if job.status.final:
                heading.show_outcome(job, cache)
            else:
                heading.show_progress(job, promise_mail(who) if job.mine and not job.trial and who.starts_jobs else "")
        with offered:
            actions.show_actions(who, job, cache)
        pace = choose_pace(job, cache)
        if not stale and pace != st.session_state.get(pace_key, POLL_SECONDS) and runs.may_run_page():
            # The poll's pace is set where the fragment is made, so the page is made once more.
            st.session_state[pace_key] = pace
            st.rerun()


def choose_pace(job: Job, cache: ImageCache) -> float:
    """Return the seconds until the page asks again."""
    if not cache.is_complete or (job.status.final and cache.is_behind(job)):
        return COLLECT_SECONDS
    if job.status.final and not _report_follows(job) and not cache.tried.are_under_way:
        return REFRESH_SECONDS
    return POLL_SECONDS


def _report_follows(job: Job) -> bool:
    """Whether a report is on its way: that of a job which was cancelled before it ran comes a moment later."""
    at = job.finished_at if job.report_urls is None else None
    return at is not None and datetime.now(UTC) - clock.parse(at) < _REPORT_PATIENCE


def _fetch_job(who: User, job_id: str) -> tuple[Job, bool]:
    """Return the job as it is now, or as it was last seen when the service can't be reached."""
    key = f"job-{job_id}"
    try:
        job = who.api.job(job_id)
    except BackdropClientError as error:
        if key not in st.session_state or not is_away(error):
            raise
        return cast(Job, st.session_state[key]), True
    st.session_state[key] = job
    return job, False
