"""All jobs of the user, newest first: searched, filtered, a page at a time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from html import escape

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop.core.words.marks import mark_phrase
from backdrop_web.pages.jobs import drafts, first_job
from backdrop_web.pages.jobs.job_list import PER_PAGE, JobList, Outcome, Wanted
from backdrop_web.service.api import User
from backdrop_web.sign_in import session
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements, routes
from backdrop_web.text.formats import (
    choose_date_field,
    escape_markdown,
    find_zone,
    format_local_time,
    format_money,
    format_wait,
    name_seer,
    shorten_text,
)
from backdrop_web.text.language import translate, translate_count

_LIST, _FOUND = "jobs.list", "jobs.found"
_WHOSE = "jobs.whose"
ALL, MINE = "*all", "*mine"
"""Choices of whose jobs are listed, besides the teams: no team has such a name."""
_POLL_SECONDS = 5.0


def show_page() -> None:
    """Show the list, or how to make the first job."""
    who = session.get_user()
    if who is None:
        return
    st.title(translate("Jobs"), anchor=False)
    choice = str(st.session_state.get(_WHOSE) or ALL)
    seen = Wanted(whose="mine" if choice == MINE else None, team=choice if choice not in (ALL, MINE) else None)
    jobs = _get_job_list(_LIST, seen)
    jobs.refresh(who.api)
    if who.starts_jobs:
        drafts.show_drafts(who)
    if not jobs.jobs and choice == ALL:
        if who.starts_jobs:
            first_job.show_first_job(who)
        else:
            nobody = (
                translate("Nobody has made a job yet.")
                if who.sees_all
                else translate("Nobody of your teams has made a job yet.")
            )
            st.info(nobody, icon=":material/info:")
        return
    st.text(_describe_list(who))
    wanted, outcome = _ask_search(who, seen, translate("Name, tag, words, file, background, preset or person"))
    if wanted != seen:
        jobs = _get_job_list(_FOUND, wanted)
        jobs.refresh(who.api)
    st.fragment(_show_list, run_every=_POLL_SECONDS if jobs.is_running else None)(who, jobs, outcome)


def _describe_list(who: User) -> str:
    if who.reads_only:
        return translate("Everybody's jobs. You see all of them, and change nothing.")
    if who.sees_all:
        return translate("Everybody's jobs. You see all of them, and can cancel them.")
    if who.teams:
        names = [shown(team) for team in who.teams]
        return translate_count(
            "Your jobs, and those of your team {names}",
            "Your jobs, and those of your teams {names}",
            len(names),
            names=", ".join(names),
        )
    return translate("Started by {person}", person=who.email)


def _get_job_list(key: str, wanted: Wanted) -> JobList:
    known: JobList | None = st.session_state.get(key)
    if known is None or known.wanted != wanted:
        known = st.session_state[key] = JobList(wanted=wanted)
    return known


def _ask_search(who: User, seen: Wanted, placeholder: str) -> tuple[Wanted, Outcome]:
    if who.teams or (who.sees_all and who.starts_jobs):
        text, whose, days, choice = st.columns([4, 2, 2, 2], vertical_alignment="bottom")
        everything = translate("Everybody's") if who.sees_all else translate("All that you see")
        named = {ALL: everything, MINE: translate("Mine")}
        whose.selectbox(
            translate("Whose jobs"),
            [ALL, MINE, *who.teams],
            format_func=lambda one: named.get(one) or name_seer(one),
            key=_WHOSE,
            on_change=_reset_page,
        )
    else:
        text, days, choice = st.columns([4, 2, 2], vertical_alignment="bottom")
    words = text.text_input(translate("Search"), key="jobs.words", placeholder=placeholder, on_change=_reset_page)
    chosen = days.date_input(
        translate("Started"), [], key="jobs.days", format=choose_date_field(), on_change=_reset_page
    )
    outcome = choice.selectbox(
        translate("Outcome"),
        list(Outcome),
        format_func=lambda one: translate(str(one)),
        key="jobs.outcome",
        on_change=_reset_page,
    )
    since, until = _read_days(chosen)
    return replace(seen, words=words or "", since=since, until=until), Outcome(outcome or Outcome.ANY)


def _read_days(chosen: object) -> tuple[str | None, str | None]:
    """Return the first moment and the last one of the days that were chosen, by the reader's clock; one day alone is
    the first."""
    days = [day for day in (chosen if isinstance(chosen, tuple) else (chosen,)) if isinstance(day, date)]
    zone = find_zone(st.context.timezone)
    first, last = (datetime.combine(day, time(), zone) for day in (days[0], days[-1])) if days else (None, None)
    since = clock.iso(first.astimezone(UTC)) if first else None
    until = clock.iso((last + timedelta(days=1, milliseconds=-1)).astimezone(UTC)) if last and len(days) > 1 else None
    return since, until


def _reset_page() -> None:
    st.session_state["jobs.page"] = 0


def _show_list(who: User, jobs: JobList, outcome: Outcome) -> None:
    with explain_failures():
        ran = jobs.is_running
        if ran:
            jobs.refresh(who.api)
        page = int(st.session_state.get("jobs.page", 0))
        # One more than the page takes tells whether there is a next one.
        found = jobs.find_jobs(who.api, outcome, (page + 1) * PER_PAGE + 1)
        pages = max(1, math.ceil(len(found) / PER_PAGE))
        page = min(page, pages - 1)
        if not found:
            st.info(
                translate("No job matches. Try fewer words, or another outcome.")
                if jobs.is_complete
                else translate("No match among the newer jobs."),
                icon=":material/search_off:",
            )
        for job in found[page * PER_PAGE : (page + 1) * PER_PAGE]:
            _show_row(job, of=None if job.mine else job.requested_by)
        _show_pager(jobs, page, pages)
        if ran and not jobs.is_running:
            st.rerun()


def _show_pager(jobs: JobList, page: int, pages: int) -> None:
    more = not jobs.is_complete
    if pages < 2 and not more:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="jobs-pager"):
        for words, icon, target, enabled in (
            (mark_phrase("Newer jobs"), ":material/chevron_left:", page - 1, page > 0),
            (mark_phrase("Older jobs"), ":material/chevron_right:", page + 1, page + 1 < pages or more),
        ):
            st.button(
                translate(words),
                icon=icon,
                disabled=not enabled,
                key=f"jobs-{words}",
                on_click=lambda target=target: st.session_state.update({"jobs.page": target}),
            )


def _show_row(job: Job, of: str | None) -> None:
    with st.container(border=True, key=f"jobs-row-{job.job_id}"):
        pictures, words, action = st.columns([2, 5, 1], vertical_alignment="center")
        with pictures:
            _show_pictures(job)
        with words:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                elements.show_status(job.status)
                st.caption(escape_markdown(_describe_facts(job, of)))
            asked = shorten_text(job.prompt, 140) or _describe_background(job)
            st.markdown(f"**{escape_markdown(job.name or asked)}**")
            if job.name and not job.name.endswith(asked):
                st.caption(escape_markdown(asked))
            if job.tags:
                elements.show_tags(job.tags, "")
        with action:
            if st.button(translate("Open"), key=f"open-{job.job_id}", width="stretch"):
                routes.open_page("job", id=job.job_id)


def _show_pictures(job: Job) -> None:
    """Show a few small pictures in places of their own, which are there before them."""
    count = len(job.thumbnail_urls)
    # Told once, not once a picture.
    if not count:
        words = translate("No pictures of this job")
    elif job.status.final and job.counts.succeeded:
        words = translate_count("{count:,} finished image of this job", "{count:,} finished images of this job", count)
    else:
        words = translate_count("{count:,} photo of this job", "{count:,} photos of this job", count)
    places = [f'<span><img src="{escape(url, quote=True)}" alt="" loading="lazy"></span>' for url in job.thumbnail_urls]
    st.html(
        f'<div class="bd-thumbs" role="img" aria-label="{escape(words, quote=True)}">'
        + "".join(places or ["<span></span>"])
        + "</div>"
    )


def _describe_background(job: Job) -> str:
    """Return what stands for the description of a job that paints nothing, or for each photo something else."""
    background = job.options.background
    if job.options.generates:
        return translate("Words of each photo's own")
    if job.options.backdrop:
        return translate("Backdrop {name}", name=shown(job.options.backdrop.name))
    if background == "transparent":
        return translate("Transparent background")
    if background == "#ffffff":
        return translate("White background")
    return translate("Plain background {colour}", colour=background)


def _describe_facts(job: Job, of: str | None) -> str:
    counts = job.counts
    parts = [
        format_local_time(clock.parse(job.created_at), st.context.timezone),
        translate_count("{count:,} image", "{count:,} images", counts.total),
    ]
    if of:
        parts.insert(0, translate("by {person}", person=of))
    if job.team:
        parts.append(name_seer(job.team))
    if job.status.final:
        left = counts.cancelled or 0
        if broken := counts.failed - left:
            parts.append(translate_count("{count:,} failed", "{count:,} failed", broken))
        if left:
            parts.append(translate_count("{count:,} not begun", "{count:,} not begun", left))
        if job.cost_usd is not None:
            parts.append(format_money(job.cost_usd))
    else:
        finished = counts.succeeded + counts.failed
        parts.append(translate_count("{count:,} finished", "{count:,} finished", finished))
        if job.eta_seconds:
            parts.append(translate("{time} left", time=format_wait(job.eta_seconds)))
        if job.estimated_cost_usd is not None:
            parts.append(translate("about {price}", price=format_money(job.estimated_cost_usd)))
    return " · ".join(parts)
