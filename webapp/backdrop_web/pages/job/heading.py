"""The top of a job's page: what it is, how far it is, how it ended."""

from __future__ import annotations

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop.core.naming import describe_saved
from backdrop.core.scenes import describe_scene
from backdrop.core.vocabulary import JobStatus
from backdrop_web.pages.job.image_cache import Filter, ImageCache
from backdrop_web.service.submission import MODES
from backdrop_web.streamlit_shell import elements, routes
from backdrop_web.text.errors import explain_failure
from backdrop_web.text.formats import (
    escape_markdown,
    format_count,
    format_duration,
    format_local_time,
    format_model_name,
    format_money,
    shorten_text,
)


def show_heading(job: Job) -> None:
    """Show when the job was made, its status, what was asked for."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        started = format_local_time(clock.parse(job.created_at), st.context.timezone)
        kind = f"{'Trial' if job.trial else 'Job'}, {started}"
        st.title(kind if job.trial or not job.name else escape_markdown(job.name), anchor=False, width="content")
        elements.show_status(job.status)
    if job.name and not job.trial:
        elements.show_tags(job.tags, started)
    if job.prompt and (job.trial or job.prompt != job.name):
        elements.show_quote(job.prompt)
    elif not job.prompt and job.options.generates:
        st.markdown("Each photo has words of its own for its background: they stand with its picture.")
    st.caption(escape_markdown(" · ".join(_list_facts(job))), help=escape_markdown(_describe_model(job)))


def show_progress(job: Job, mail: str) -> None:
    """Show the bar of a job under way. Its place is kept afterwards by `show_outcome`. `mail`: what may be said of a
    mail; trials have none."""
    counts = job.counts
    finished = counts.succeeded + counts.failed
    words = f"{finished:,} of {counts.total:,} finished"
    if counts.failed:
        words += f", {counts.failed:,} failed"
    if job.eta_seconds:
        words += f" · {clock.about(job.eta_seconds)} left"
    elif not finished:
        words += " · starting"
    st.progress(finished / counts.total if counts.total else 0.0, text=words)
    told = "It is not among your jobs, so keep its address." if job.trial else mail
    st.caption(f"You can close this page: the job goes on. {told}".rstrip())


def show_outcome(job: Job, cache: ImageCache) -> None:
    """Show how the job ended, and what of its set is rejected or made anew."""
    if job.redo_of:
        st.info("These are new tries of another job's images: they stand in its set.", icon=":material/restart_alt:")
        if st.button("Open that job", icon=":material/arrow_forward:"):
            routes.open_page("job", id=job.redo_of)
    counts = job.counts
    images = format_count(counts.total, "image")
    if job.status is JobStatus.CANCELLED:
        left = counts.failed + counts.pending
        st.info(
            f"**The job was cancelled. {counts.succeeded:,} of {images} were finished**, {left:,} were not. "
            "You can have the rest made in a new job.",
            icon=":material/cancel:",
        )
    elif job.error is not None:
        elements.show_notice(explain_failure(job.error))
    elif counts.failed:
        st.warning(
            f"**{counts.failed:,} of {images} failed.** Each says why: choose **Failed** below. "
            "Your photos are kept: retry one, or all that failed.",
            icon=":material/error:",
        )
    else:
        st.success(f"**{images} finished.** {_tell_rejected(job, cache)}".rstrip(), icon=":material/check_circle:")
    if number := cache.tried.count_under_way():
        told = format_count(number, "image")
        st.info(
            f"{told} {'is' if number == 1 else 'are'} being made anew. What was there before stays behind it.",
            icon=":material/hourglass_top:",
        )


def _tell_rejected(job: Job, cache: ImageCache) -> str:
    rejected = cache.count_images(job)[Filter.REJECTED]
    if not rejected:
        return ""
    return f"{rejected:,} of them {'is' if rejected == 1 else 'are'} rejected: choose **Rejected** below, or redo them."


def _describe_model(job: Job) -> str:
    """Return what is needed to make the same pictures again."""
    parts = [f"Image model: {format_model_name(job.model_id)} ({job.model_id})."]
    if job.seed is not None:
        parts.append(f"Seed: {job.seed}. The same seed and words give the same background again.")
    return " ".join(parts)


def _list_facts(job: Job) -> list[str]:
    facts = [format_count(job.counts.total, "image")]
    options = job.options
    if not options.generates:
        facts.append(
            f"backdrop {shorten_text(shown(options.backdrop.name), 80)}" if options.backdrop
            else "transparent" if options.background == "transparent"
            else f"colour {options.background}"
        )  # fmt: skip
    facts += [f"also: {shorten_text(shown(describe_scene(one.named())), 80)}" for one in options.scenes]
    if used := job.settings:
        facts.append(f"saved settings {describe_saved(used.name, used.version, changed=used.changed)}")
    if options.export_of:
        facts.append(f"exported again from the job {options.export_of}")
    if job.negative_prompt:
        facts.append(f"avoiding: {shorten_text(job.negative_prompt, 80)}")
    if options.generates:
        facts.append(MODES.get(job.mode, (job.mode, ""))[0])
    if job.cost_usd is not None:
        facts.append(format_money(job.cost_usd))
    else:
        facts.append(f"about {format_money(job.estimated_cost_usd)}")
    if job.started_at and job.finished_at:
        took = clock.parse(job.finished_at) - clock.parse(job.started_at)
        facts.append(f"took {format_duration(took.total_seconds())}")
    return facts
