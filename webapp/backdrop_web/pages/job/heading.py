"""The top of a job's page: what it is, how far it is, how it ended."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from backdrop.api.schemas.jobs import Job, UsedSettings
from backdrop.core import clock
from backdrop.core.names import shown
from backdrop.core.vocabulary import JobStatus
from backdrop_web.pages.job.image_cache import Filter, ImageCache
from backdrop_web.service.submission import MODES
from backdrop_web.streamlit_shell import elements, routes
from backdrop_web.text.errors import explain_failure
from backdrop_web.text.formats import (
    escape_markdown,
    format_duration,
    format_local_time,
    format_model_name,
    format_money,
    format_wait,
    shorten_text,
)
from backdrop_web.text.language import translate, translate_count
from backdrop_web.text.scene_words import name_scene

_LINKED_REDOS = 5
"""Redos that are led to: the newest ones."""


def show_heading(job: Job) -> None:
    """Show when the job was made, its status, what was asked for."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        started = format_local_time(clock.parse(job.created_at), st.context.timezone)
        kind = translate("Trial, {time}", time=started) if job.trial else translate("Job, {time}", time=started)
        st.title(kind if job.trial or not job.name else escape_markdown(job.name), anchor=False, width="content")
        elements.show_status(job.status)
    if job.name and not job.trial:
        elements.show_tags(job.tags, started)
    if job.prompt and (job.trial or job.prompt != job.name):
        elements.show_quote(job.prompt)
    elif not job.prompt and job.options.generates:
        st.markdown(translate("Each photo has words of its own for its background: they stand with its picture."))
    st.caption(escape_markdown(" · ".join(_list_facts(job))), help=escape_markdown(_describe_model(job)))


def show_progress(job: Job, mail: str) -> None:
    """Show the bar of a job under way. Its place is kept afterwards by `show_outcome`. `mail`: what may be said of a
    mail; trials have none."""
    counts = job.counts
    finished = counts.succeeded + counts.failed
    if counts.failed:
        words = translate(
            "{finished:,} of {total:,} finished, {failed:,} failed",
            finished=finished,
            total=counts.total,
            failed=counts.failed,
        )
    else:
        words = translate("{finished:,} of {total:,} finished", finished=finished, total=counts.total)
    if job.eta_seconds:
        words += " · " + translate("{time} left", time=format_wait(job.eta_seconds))
    elif not finished:
        words += " · " + translate("starting")
    st.progress(finished / counts.total if counts.total else 0.0, text=words)
    told = translate("It is not among your jobs, so keep its address.") if job.trial else mail
    st.caption(" ".join(filter(None, (translate("You can close this page: the job goes on."), told))))


def show_outcome(job: Job, cache: ImageCache) -> None:
    """Show how the job ended, and what of its set is rejected or made anew."""
    if job.redo_of:
        st.info(
            translate("These are new tries of another job's images: they stand in its set."),
            icon=":material/restart_alt:",
        )
        if st.button(translate("Open that job"), icon=":material/arrow_forward:"):
            routes.open_page("job", id=job.redo_of)
    counts = job.counts
    if job.status is JobStatus.CANCELLED:
        st.info(
            translate_count(
                "**The job was cancelled. {finished:,} of {count:,} image were finished**, {left:,} were not. You can"
                " have the rest made in a new job.",
                "**The job was cancelled. {finished:,} of {count:,} images were finished**, {left:,} were not. You can"
                " have the rest made in a new job.",
                counts.total,
                finished=counts.succeeded,
                left=counts.failed + counts.pending,
            ),
            icon=":material/cancel:",
        )
    elif job.error is not None:
        elements.show_notice(explain_failure(job.error))
    elif counts.failed:
        st.warning(
            translate_count(
                "**{failed:,} of {count:,} image failed.** Each says why: choose **Failed** below. Your photos are"
                " kept: retry one, or all that failed.",
                "**{failed:,} of {count:,} images failed.** Each says why: choose **Failed** below. Your photos are"
                " kept: retry one, or all that failed.",
                counts.total,
                failed=counts.failed,
            ),
            icon=":material/error:",
        )
    else:
        done = translate_count("**{count:,} image finished.**", "**{count:,} images finished.**", counts.total)
        st.success(f"{done} {_tell_rejected(job, cache)}".rstrip(), icon=":material/check_circle:")
    _tell_redos(cache)
    if number := cache.tried.count_under_way():
        st.info(
            translate_count(
                "{count:,} image is being made anew. What was there before stays behind it.",
                "{count:,} images are being made anew. What was there before stays behind it.",
                number,
            ),
            icon=":material/hourglass_top:",
        )


def link_redos(redos: Iterable[Job]) -> str:
    """Return links to the pages of redos, each named by when it was begun. Markdown."""
    zone = st.context.timezone
    return " · ".join(f"[{format_local_time(clock.parse(one.created_at), zone)}](job?id={one.job_id})" for one in redos)


def _tell_redos(cache: ImageCache) -> None:
    """Say what the redos cost: jobs of their own, whose price is not in this one's."""
    redos = list(cache.tried.jobs.values())
    if not redos:
        return
    st.caption(
        translate_count(
            "And {price} for {count:,} redo, a job of its own: {links}",
            "And {price} for {count:,} redos, jobs of their own: {links}",
            len(redos),
            price=escape_markdown(format_money(cache.tried.cost_usd)),
            links=link_redos(redos[-_LINKED_REDOS:]),
        )
    )


def _tell_rejected(job: Job, cache: ImageCache) -> str:
    rejected = cache.count_images(job)[Filter.REJECTED]
    if not rejected:
        return ""
    return translate_count(
        "{count:,} of them is rejected: choose **Rejected** below, or redo them.",
        "{count:,} of them are rejected: choose **Rejected** below, or redo them.",
        rejected,
    )


def _describe_model(job: Job) -> str:
    """Return what is needed to make the same pictures again."""
    model = format_model_name(job.model_id)
    parts = [translate("Image model: {model} ({model_id}).", model=model, model_id=job.model_id)]
    if job.seed is not None:
        told = translate("Seed: {seed}. The same seed and words give the same background again.", seed=str(job.seed))
        parts.append(told)
    return " ".join(parts)


def _list_facts(job: Job) -> list[str]:
    facts = [translate_count("{count:,} image", "{count:,} images", job.counts.total)]
    options = job.options
    if not options.generates:
        facts.append(
            translate("backdrop {name}", name=shorten_text(shown(options.backdrop.name), 80)) if options.backdrop
            else translate("transparent") if options.background == "transparent"
            else translate("colour {colour}", colour=options.background)
        )  # fmt: skip
    facts += [translate("also: {scene}", scene=shorten_text(name_scene(one.named()), 80)) for one in options.scenes]
    if used := job.settings:
        facts.append(_name_settings(used))
    if options.export_of:
        facts.append(translate("exported again from the job {job_id}", job_id=options.export_of))
    if job.negative_prompt:
        facts.append(translate("avoiding: {words}", words=shorten_text(job.negative_prompt, 80)))
    if options.generates:
        facts.append(translate(MODES.get(job.mode, (job.mode, ""))[0]))
    if job.cost_usd is not None:
        facts.append(format_money(job.cost_usd))
    else:
        facts.append(translate("about {price}", price=format_money(job.estimated_cost_usd)))
    if job.started_at and job.finished_at:
        took = clock.parse(job.finished_at) - clock.parse(job.started_at)
        facts.append(translate("took {time}", time=format_duration(took.total_seconds())))
    return facts


def _name_settings(used: UsedSettings) -> str:
    return (
        translate("saved settings {name}, version {version:,}, changed", name=shown(used.name), version=used.version)
        if used.changed
        else translate("saved settings {name}, version {version:,}", name=shown(used.name), version=used.version)
    )
