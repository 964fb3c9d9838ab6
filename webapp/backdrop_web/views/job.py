"""One job: live progress, then before and after, failures with reasons, downloads."""

from __future__ import annotations

from typing import cast

import streamlit as st

from backdrop_client.answers import Image, ImageStatus, Job
from backdrop_client.errors import ServiceUnreachable
from backdrop_web import routes, session, ui
from backdrop_web.board import PAGE, Board
from backdrop_web.errors import explain_failure
from backdrop_web.formats import duration, literal, local_time, money, plural, shorten, size
from backdrop_web.service import User
from backdrop_web.submission import MODES

POLL_SECONDS = 2.0
REFRESH_SECONDS = 480.0
"""A finished job is asked for again before its addresses run out (15 minutes)."""

_FILTERS: dict[str, ImageStatus | None] = {
    "All": None,
    "Finished": ImageStatus.SUCCEEDED,
    "Failed": ImageStatus.FAILED,
    "Waiting": ImageStatus.QUEUED,
}


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
    final_key = f"final-{job_id}"
    interval = REFRESH_SECONDS if st.session_state.get(final_key) else POLL_SECONDS
    st.fragment(_live, run_every=interval)(who, job_id, final_key)


def _live(who: User, job_id: str, final_key: str) -> None:
    """Everything on the page; runs again by itself."""
    with ui.guarded():
        job, stale = _current(who, job_id)
        if stale:
            st.warning("No connection; trying again. The job goes on meanwhile.", icon=":material/wifi_off:")
        _heading(job)
        _progress(job)
        _outcome(job)
        _images(who, job, stale)
        if job.status.final and not st.session_state.get(final_key):
            # The poll's pace is set where the fragment is made, so the page is made once more.
            st.session_state[final_key] = True
            st.rerun()


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


def _heading(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(f"Job, {local_time(job.created_at, st.context.timezone)}", anchor=False, width="content")
        ui.status_badge(job.status)
    ui.quote(job.prompt)
    facts = [plural(job.counts.total, "photo"), MODES.get(job.mode, (job.mode, ""))[0], job.model_id]
    if job.negative_prompt:
        facts.insert(1, f"avoiding: {shorten(job.negative_prompt, 80)}")
    if job.seed is not None:
        facts.append(f"seed {job.seed}")
    if job.cost_usd is not None:
        facts.append(money(job.cost_usd))
    elif job.estimated_cost_usd is not None:
        facts.append(f"about {money(job.estimated_cost_usd)}")
    st.caption(literal(" · ".join(facts)))


def _progress(job: Job) -> None:
    if job.status.final:
        return
    counts = job.counts
    finished = counts.succeeded + counts.failed
    words = f"{finished:,} of {counts.total:,} finished"
    if counts.failed:
        words += f", {counts.failed:,} failed"
    if job.eta_seconds:
        words += f" · about {duration(job.eta_seconds)} left"
    elif not finished:
        words += " · starting"
    st.progress(finished / counts.total if counts.total else 0.0, text=words)
    st.caption("You can close this page: the job goes on, and an e-mail tells when it is done.")


def _outcome(job: Job) -> None:
    """How it ended, and the report."""
    if not job.status.final:
        return
    counts = job.counts
    if job.error is not None:
        ui.show(explain_failure(job.error))
    elif counts.failed:
        st.warning(
            f"**{counts.failed:,} of {plural(counts.total, 'photo')} failed.** Each says why below.",
            icon=":material/error:",
        )
    else:
        st.success(f"**{plural(counts.total, 'photo')} finished.**", icon=":material/check_circle:")
    with st.container(horizontal=True):
        reports = job.report_urls
        if reports and reports.csv:
            st.link_button("Report for spreadsheets (CSV)", reports.csv, icon=":material/table:")
        if reports and reports.json_:
            st.link_button("Full report (JSON)", reports.json_, icon=":material/description:")
        if st.button("New job", icon=":material/add_photo_alternate:"):
            routes.go("new")


def _images(who: User, job: Job, stale: bool) -> None:
    key = f"filter-{job.job_id}"
    counts = job.counts
    numbers = {"All": counts.total, "Finished": counts.succeeded, "Failed": counts.failed, "Waiting": counts.pending}
    options = [name for name in _FILTERS if numbers[name] or name == "All"]
    if st.session_state.get(key) not in options:
        st.session_state[key] = "All"
    st.header("Photos", anchor=False)
    chosen = st.segmented_control(
        "Show",
        options,
        key=key,
        required=True,
        format_func=lambda name: f"{name} ({numbers[name]:,})",
        label_visibility="collapsed",
    )
    board = _board(job.job_id, _FILTERS[chosen or "All"])
    if not stale:
        board.refresh(who.api, job)
    images = board.images
    if job.status.final:
        images = sorted(images, key=lambda image: image.status is not ImageStatus.FAILED)
    _download_all(images)
    for start in range(0, len(images), 2):
        for column, image in zip(st.columns(2), images[start : start + 2], strict=False):
            with column:
                _card(image, job)
    if board.more and st.button("Show more", icon=":material/expand_more:"):
        board.wanted += PAGE
        st.rerun(scope="fragment")


def _board(job_id: str, status: ImageStatus | None) -> Board:
    key = f"board-{job_id}-{status}"
    if key not in st.session_state:
        st.session_state[key] = Board(job_id, status)
    return cast(Board, st.session_state[key])


def _download_all(images: list[Image]) -> None:
    """Links to everything shown that is finished."""
    done = [image for image in images if image.download_url]
    if len(done) < 2:
        return
    with st.popover(f"Download ({len(done)})", icon=":material/download:"):
        st.caption("Press each to save it.")
        for image in done:
            st.link_button(
                literal(image.download_name or image.name),
                image.download_url or "",
                key=f"get-all-{image.image_id}",
                icon=":material/download:",
                type="tertiary",
            )


def _card(image: Image, job: Job) -> None:
    waiting = image.status is ImageStatus.QUEUED
    # A job that ended as a whole may leave images that nobody worked on.
    missing = "Failed" if image.status is ImageStatus.FAILED else "Not made" if job.status.final else "Working…"
    with st.container(border=True, key=f"image-{image.image_id}"):
        ui.before_and_after(image.name, image.before_url, image.after_url, missing, waiting and not job.status.final)
        ui.name_and_meta(image.name, _facts(image))
        if image.status is ImageStatus.FAILED:
            ui.show(explain_failure(image.error))
        elif image.download_url:
            st.link_button(
                "Download",
                image.download_url,
                key=f"get-{image.image_id}",
                icon=":material/download:",
                help=f"Save {literal(image.download_name or image.name)}",
            )


def _facts(image: Image) -> str:
    facts = []
    if image.width and image.height:
        facts.append(f"{image.width:,} × {image.height:,} px")
    if image.bytes:
        facts.append(size(image.bytes))
    kept = [image.labels_kept] if isinstance(image.labels_kept, str) else image.labels_kept or []
    if names := ", ".join(name for name in kept if name):
        facts.append(f"kept: {names}")
    return " · ".join(facts)
