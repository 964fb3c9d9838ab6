"""All jobs of the user, newest first: searched, filtered, a page at a time."""

from __future__ import annotations

import math
from html import escape
from pathlib import Path

import streamlit as st

from backdrop_client.answers import Job
from backdrop_web.pages.jobs import first_job
from backdrop_web.pages.jobs.job_list import PER_PAGE, JobList, Outcome
from backdrop_web.service.api import User
from backdrop_web.sign_in import session
from backdrop_web.streamlit_shell import elements, routes
from backdrop_web.text.formats import duration, literal, local_time, money, plural, shorten

_LIST = "jobs.list"
_POLL_SECONDS = 5.0
_STYLE = Path(__file__).with_name("page.css")


def render() -> None:
    """The list, or how to make the first job."""
    who = session.user()
    if who is None:
        return
    st.title("Jobs", anchor=False)
    jobs = _known()
    jobs.refresh(who.api)
    if not jobs.jobs:
        first_job.show(who)
        return
    st.html(_STYLE)
    st.text(f"Started by {who.email}")
    words, outcome = _search()
    st.fragment(_list, run_every=_POLL_SECONDS if jobs.running else None)(who, jobs, words, outcome)


def _known() -> JobList:
    if _LIST not in st.session_state:
        st.session_state[_LIST] = JobList()
    known: JobList = st.session_state[_LIST]
    return known


def _search() -> tuple[str, Outcome]:
    text, choice = st.columns([2, 1], vertical_alignment="bottom")
    words = text.text_input(
        "Search", key="jobs.words", placeholder="Words of the description, or a job's id", on_change=_to_first_page
    )
    outcome = choice.selectbox("Outcome", list(Outcome), key="jobs.outcome", on_change=_to_first_page)
    return words or "", Outcome(outcome or Outcome.ANY)


def _to_first_page() -> None:
    st.session_state["jobs.page"] = 0


def _list(who: User, jobs: JobList, words: str, outcome: Outcome) -> None:
    with elements.guarded():
        ran = jobs.running
        if ran:
            jobs.refresh(who.api)
        page = int(st.session_state.get("jobs.page", 0))
        # One more than the page takes tells whether there is a next one.
        found = jobs.find(who.api, words, outcome, (page + 1) * PER_PAGE + 1)
        pages = max(1, math.ceil(len(found) / PER_PAGE))
        page = min(page, pages - 1)
        if not found:
            st.info(
                "No job matches. Try fewer words, or another outcome."
                if jobs.complete
                else "No match among the newer jobs.",
                icon=":material/search_off:",
            )
        for job in found[page * PER_PAGE : (page + 1) * PER_PAGE]:
            _row(job)
        _pager(jobs, page, pages)
        if ran and not jobs.running:
            st.rerun()


def _pager(jobs: JobList, page: int, pages: int) -> None:
    more = not jobs.complete
    if pages < 2 and not more:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="jobs-pager"):
        for words, icon, target, enabled in (
            ("Newer jobs", ":material/chevron_left:", page - 1, page > 0),
            ("Older jobs", ":material/chevron_right:", page + 1, page + 1 < pages or more),
        ):
            st.button(
                words,
                icon=icon,
                disabled=not enabled,
                key=f"jobs-{words}",
                on_click=lambda target=target: st.session_state.update({"jobs.page": target}),
            )


def _row(job: Job) -> None:
    with st.container(border=True, key=f"job-{job.job_id}"):
        pictures, words, action = st.columns([2, 5, 1], vertical_alignment="center")
        with pictures:
            _pictures(job)
        with words:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                elements.status_badge(job.status)
                st.caption(literal(_facts(job)))
            st.markdown(f"**{literal(shorten(job.prompt, 140) or _plain(job))}**")
        with action:
            if st.button("Open", key=f"open-{job.job_id}", width="stretch"):
                routes.go("job", id=job.job_id)


def _pictures(job: Job) -> None:
    """A few small pictures in places of their own, which are there before them."""
    count = len(job.thumbnail_urls)
    kind = "finished image" if job.status.final and job.counts.succeeded else "photo"
    # Told once, not once a picture.
    words = f"{plural(count, kind)} of this job" if count else "No pictures of this job"
    places = [f'<span><img src="{escape(url, quote=True)}" alt="" loading="lazy"></span>' for url in job.thumbnail_urls]
    st.html(
        f'<div class="bd-thumbs" role="img" aria-label="{words}">' + "".join(places or ["<span></span>"]) + "</div>"
    )


def _plain(job: Job) -> str:
    """What stands for the description of a job that paints nothing."""
    background = job.options.background
    named = {"transparent": "Transparent background", "#ffffff": "White background"}
    return named.get(background, f"Plain background {background}")


def _facts(job: Job) -> str:
    counts = job.counts
    parts = [local_time(job.created_at, st.context.timezone), plural(counts.total, "image")]
    if job.status.final:
        if counts.failed:
            parts.append(f"{counts.failed:,} failed")
        if job.cost_usd is not None:
            parts.append(money(job.cost_usd))
    else:
        parts.append(f"{counts.succeeded + counts.failed:,} finished")
        if job.eta_seconds:
            parts.append(f"about {duration(job.eta_seconds)} left")
        if job.estimated_cost_usd is not None:
            parts.append(f"about {money(job.estimated_cost_usd)}")
    return " · ".join(parts)
