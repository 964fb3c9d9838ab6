"""All jobs of the user, newest first."""

from __future__ import annotations

import streamlit as st

from backdrop_client.answers import Job
from backdrop_web import routes, session, ui
from backdrop_web.formats import literal, local_time, money, plural, shorten

_PAGE = 20


def render() -> None:
    """The list, or how to make the first job."""
    who = session.user()
    if who is None:
        return
    st.title("Jobs", anchor=False)
    jobs, cursor = _load()
    if not jobs:
        _empty()
        return
    for job in jobs:
        _row(job)
    if cursor and st.button("Show older jobs", icon=":material/expand_more:"):
        st.session_state["jobs.pages"] = st.session_state.get("jobs.pages", 1) + 1
        st.rerun()


def _load() -> tuple[list[Job], str | None]:
    who = session.user()
    assert who is not None
    jobs: list[Job] = []
    cursor: str | None = None
    for _ in range(st.session_state.get("jobs.pages", 1)):
        page = who.api.jobs_page(limit=_PAGE, cursor=cursor)
        jobs += page.jobs
        cursor = page.cursor
        if cursor is None:
            break
    return jobs, cursor


def _row(job: Job) -> None:
    with st.container(border=True, key=f"job-{job.job_id}"):
        words, action = st.columns([5, 1], vertical_alignment="center")
        with words:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                ui.status_badge(job.status)
                st.caption(_facts(job))
            st.markdown(f"**{literal(shorten(job.prompt, 140))}**")
        with action:
            if st.button("Open", key=f"open-{job.job_id}", width="stretch", help="Show progress and results"):
                routes.go("job", id=job.job_id)


def _facts(job: Job) -> str:
    counts = job.counts
    parts = [local_time(job.created_at, st.context.timezone), plural(counts.total, "photo")]
    if job.status.final:
        if counts.failed:
            parts.append(f"{counts.failed:,} failed")
        if job.cost_usd is not None:
            parts.append(literal(money(job.cost_usd)))
    else:
        parts.append(f"{counts.succeeded + counts.failed:,} finished")
    return " · ".join(parts)


def _empty() -> None:
    with st.container(border=True):
        st.subheader("No jobs yet", anchor=False)
        st.markdown(
            "A job takes your photos and gives them all the same new background:\n\n"
            "1. **Add photos** of products, as many as you like.\n"
            "2. **Keep or remove** what was found in each of them.\n"
            "3. **Describe** the new background and start. You get an e-mail when it is done."
        )
        if st.button("Make the first job", type="primary", icon=":material/add_photo_alternate:"):
            routes.go("new")
