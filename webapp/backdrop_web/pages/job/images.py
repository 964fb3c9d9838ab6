"""The images of a job: filter, pages, the grid with its review."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import streamlit as st

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.names import shown
from backdrop.core.people import Action
from backdrop.core.words.languages import ENGLISH
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.job import dialogs
from backdrop_web.pages.job.downloads import make_images_address
from backdrop_web.pages.job.image_cache import Filter, ImageCache
from backdrop_web.pages.job.review import grid, speech
from backdrop_web.pages.job.review.protocol import Decision, Inbox
from backdrop_web.pages.job.review.records import make_record
from backdrop_web.pages.job.review.tries import make_set_record
from backdrop_web.pages.job.tried import find_job_and_image
from backdrop_web.service.api import User
from backdrop_web.service.catalogue import read_catalogue
from backdrop_web.text.errors import explain, is_away
from backdrop_web.text.formats import escape_markdown, format_number
from backdrop_web.text.language import find_language, make_speech, translate

PER_PAGE = 48
"""Images on a page of the grid, a few less where a photo's variations would lie on two pages."""

_AT_ONCE = 8
"""Decisions on their way to the service: who is quick decides five a second, and one may take as long."""

_WORDS = {
    Filter.ALL: mark_phrase("All"),
    Filter.TO_REVIEW: mark_phrase("To review"),
    Filter.FLAGGED: mark_phrase("Look at first"),
    Filter.APPROVED: mark_phrase("Approved"),
    Filter.REJECTED: mark_phrase("Rejected"),
    Filter.FAILED: mark_phrase("Failed"),
    Filter.WAITING: mark_phrase("Waiting"),
}


def show_images(who: User, job: Job, cache: ImageCache, *, stale: bool) -> None:
    """Show the grid. `stale`: the service can't be reached, so what is known is shown."""
    inbox = _get_inbox(job)
    # Decisions first: what the browser knows already must not come back as it was.
    _take_decisions(who, job, cache, inbox)
    fresh = not stale and not cache.glances
    if fresh:
        cache.refresh(who.api, job)
    with st.container(horizontal=True, vertical_alignment="bottom", key="job-filter"):
        wanted = _choose_filter(job, cache)
        st.text_input(
            translate("Find by file name or SKU"),
            key=_make_words_key(job),
            placeholder=translate("Find by file name or SKU"),
            label_visibility="collapsed",
            icon=":material/search:",
            width=260,
            on_change=_reset_page,
            args=(job.job_id, cache),
        )
    if not stale and _read_words(job):
        cache.learn_skus(who.api)
    # What comes and goes has a place of its own: were the grid to move up by one, it would be drawn from scratch, and
    # an image that is open in it would close.
    with st.container():
        if not cache.is_complete and cache.glances:
            st.caption(
                translate(
                    "Counting: {here:,} of {total:,} images are here. The numbers missing above come with the last"
                    " one.",
                    here=len(cache.glances),
                    total=job.counts.total,
                )
            )
    if not stale and not fresh:
        cache.refresh(who.api, job, _select_page(job, cache, wanted)[0])
    ids, page, pages, total = _select_page(job, cache, wanted)
    message = inbox.parse_message(grid.read_message(_make_review_key(job)))
    if message and inbox.take_wish("turn", message.turn) and message.turn and message.turn.page < pages:
        st.session_state[_make_page_key(job)] = message.turn.page
        ids, page, pages, total = _select_page(job, cache, wanted)
    images = cache.get_known(ids) if stale else cache.load(who.api, ids)
    if message and inbox.take_wish("again", message.again) and message.again:
        dialogs.open_dialog("again", job.job_id, message.again.id)
    if message and inbox.take_wish("fix", message.fix) and message.fix:
        dialogs.open_dialog("fix", job.job_id, message.fix.id)
    if message and inbox.take_wish("place", message.place) and message.place:
        dialogs.open_dialog("place", job.job_id, message.place.id)
    if message and inbox.take_wish("story", message.story) and message.story:
        dialogs.open_dialog("story", job.job_id, message.story.id)
    with st.container():
        if not images:
            _show_nothing(wanted, cache, _read_words(job))
    zone = st.context.timezone
    presets = _read_preset_names(who)
    downloads = make_images_address(who, job)

    def make(image: Image, of: Job) -> dict[str, Any]:
        return make_record(image, of, zone, presets, downloads if of is job else None)

    grid.show_grid(
        _make_review_key(job),
        {
            "job": job.job_id,
            "page": page,
            "pages": pages,
            "first": page * _count_per_page(job),
            "total": total,
            "records": [make_set_record(image, job, cache, make) for image in images],
            "readOnly": Action.JUDGE not in job.allowed,
            "run": inbox.run,
            "applied": inbox.applied,
            "refusal": inbox.refusal,
            **make_speech(speech.list_words()),
        },
        lambda: None,
    )
    _show_pager(job, page, pages)


def get_image_cache(job_id: str) -> ImageCache:
    """Return what the session knows of this job's images."""
    key = f"images-{job_id}"
    if key not in st.session_state:
        st.session_state[key] = ImageCache(job_id)
    cache: ImageCache = st.session_state[key]
    return cache


def _read_preset_names(who: User) -> dict[str, str]:
    try:
        return {preset.id: preset.name for preset in read_catalogue(who).presets}
    except BackdropClientError as error:
        if not is_away(error):
            raise
        # Names alone are no reason to show nothing.
        return {}


def _take_decisions(who: User, job: Job, cache: ImageCache, inbox: Inbox) -> None:
    message = inbox.parse_message(grid.read_message(_make_review_key(job)))
    if message is None:
        return
    fresh = inbox.list_fresh(message)
    if not fresh:
        return

    def save(decision: Decision) -> BackdropClientError | None:
        try:
            who.api.set_verdict(*find_job_and_image(decision.id, job.job_id), decision.verdict, decision.why)
        except BackdropClientError as error:
            return error
        return None

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        failures = list(pool.map(save, fresh))
    for failure in failures:
        if isinstance(failure, SessionExpired):
            # The browser keeps what is not handled, and tells it again.
            raise failure
    inbox.refusal = ""
    for decision, failure in zip(fresh, failures, strict=True):
        if failure is None:
            cache.set_verdict(decision.id, decision.verdict, decision.why)
        else:
            known = cache.glances.get(cache.tried.find_first(decision.id))
            inbox.refusal = translate(
                "{name}: not saved. {reason}",
                name=shown(known.name) if known else translate("An image"),
                reason=explain(failure).sentence,
            )
    inbox.mark_handled(message)


def _choose_filter(job: Job, cache: ImageCache) -> Filter:
    counts = cache.count_images(job)
    key = f"filter-{job.job_id}"

    def words(wanted: Filter) -> str:
        left = wanted is Filter.FAILED and job.counts.cancelled
        count, name = counts[wanted], translate("Not finished") if left else translate(_WORDS[wanted])
        return name if count is None else f"{name} ({format_number(count)})"

    chosen = st.segmented_control(
        translate("Show"),
        list(Filter),
        default=Filter.ALL,
        key=key,
        required=True,
        format_func=words,
        label_visibility="collapsed",
        on_change=_reset_page,
        args=(job.job_id, cache),
    )
    return Filter(chosen or Filter.ALL)


def _reset_page(job_id: str, cache: ImageCache) -> None:
    cache.judged.clear()
    st.session_state[f"page-{job_id}"] = 0


def _select_page(job: Job, cache: ImageCache, wanted: Filter) -> tuple[list[str], int, int, int]:
    """Return the ids of the images on the page that is shown, its number, how many pages, how many images there are."""
    cache.shown = (wanted, _read_words(job))
    images = cache.select(*cache.shown)
    size = _count_per_page(job)
    pages = max(1, math.ceil(len(images) / size))
    page = min(st.session_state.get(_make_page_key(job), 0), pages - 1)
    shown_here = images[page * size : (page + 1) * size]
    return [image.image_id for image in shown_here], page, pages, len(images)


def _count_per_page(job: Job) -> int:
    return PER_PAGE - PER_PAGE % max(1, job.options.images)


def _read_words(job: Job) -> str:
    return str(st.session_state.get(_make_words_key(job)) or "")


def _show_nothing(wanted: Filter, cache: ImageCache, part: str) -> None:
    words = {
        Filter.ALL: mark_phrase("The first images show up here in a moment."),
        Filter.TO_REVIEW: mark_phrase("Nothing to review: every finished image is approved or rejected."),
        Filter.FLAGGED: mark_phrase("Nothing doubtful is left to look at."),
        Filter.APPROVED: mark_phrase("Nothing approved yet. Open an image and press A."),
        Filter.REJECTED: mark_phrase("Nothing rejected. Open an image and press R."),
        Filter.FAILED: mark_phrase("Nothing failed."),
        Filter.WAITING: mark_phrase("Nothing is waiting."),
    }
    told = translate(words[wanted])
    if part.strip():
        told = translate(
            "No image here has “{part}” in its name or SKU. Try a shorter part, or another filter.",
            part=escape_markdown(part),
        )
    known = cache.is_complete or (wanted is Filter.ALL and not part)
    st.info(told if known else translate("Still looking…"), icon=":material/info:")


def _show_pager(job: Job, page: int, pages: int) -> None:
    if pages < 2:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="pager"):
        _show_turn_button(mark_phrase("Previous page"), ":material/chevron_left:", job, page - 1, enabled=page > 0)
        st.markdown(translate("Page **{page:,}** of {pages:,}", page=page + 1, pages=pages), width="content")
        _show_turn_button(mark_phrase("Next page"), ":material/chevron_right:", job, page + 1, enabled=page + 1 < pages)


def _show_turn_button(words: str, icon: str, job: Job, page: int, *, enabled: bool) -> None:
    st.button(
        translate(words),
        icon=icon,
        disabled=not enabled,
        key=f"turn-{words}",
        on_click=lambda: st.session_state.update({_make_page_key(job): page}),
    )


def _get_inbox(job: Job) -> Inbox:
    key = f"inbox-{job.job_id}"
    if key not in st.session_state:
        st.session_state[key] = Inbox()
    inbox: Inbox = st.session_state[key]
    return inbox


def _make_page_key(job: Job) -> str:
    return f"page-{job.job_id}"


def _make_words_key(job: Job) -> str:
    return f"find-{job.job_id}"


def _make_review_key(job: Job) -> str:
    # Another language is another component: its buttons are made once.
    language = find_language()
    return f"review-{job.job_id}" if language == ENGLISH else f"review-{job.job_id}-{language}"
