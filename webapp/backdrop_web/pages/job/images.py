"""The images of a job: filter, pages, the grid with its review."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor

import streamlit as st

from backdrop_client.answers import Image, Job
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.job import dialogs
from backdrop_web.pages.job.image_cache import Board, Filter
from backdrop_web.pages.job.review import grid
from backdrop_web.pages.job.review.protocol import Decision, Inbox
from backdrop_web.pages.job.review.records import record
from backdrop_web.service.api import User
from backdrop_web.sign_in import session
from backdrop_web.text.errors import explain, is_away
from backdrop_web.text.formats import literal

PER_PAGE = 48
"""Images on a page of the grid, a few less where a photo's variations would lie on two pages."""

_AT_ONCE = 8
"""Decisions on their way to the service: who is quick decides five a second, and one may take as long."""

_WORDS = {
    Filter.ALL: "All",
    Filter.TO_REVIEW: "To review",
    Filter.FLAGGED: "Look at first",
    Filter.APPROVED: "Approved",
    Filter.REJECTED: "Rejected",
    Filter.FAILED: "Failed",
    Filter.WAITING: "Waiting",
}


def show(who: User, job: Job, board: Board, *, stale: bool) -> None:
    """The grid. `stale`: the service can't be reached, so what is known is shown."""
    inbox = _inbox(job)
    # Decisions first: what the browser knows already must not come back as it was.
    _take_decisions(who, job, board, inbox)
    fresh = not stale and not board.images
    if fresh:
        board.refresh(who.api, job)
    with st.container(horizontal=True, vertical_alignment="bottom", key="job-filter"):
        wanted = _choose(job, board)
        st.text_input(
            "Find by file name",
            key=_words_key(job),
            placeholder="Find by file name",
            label_visibility="collapsed",
            icon=":material/search:",
            width=260,
            on_change=_filter_changed,
            args=(job.job_id, board),
        )
    if not board.complete and board.images:
        st.caption(
            f"Counting: {len(board.images):,} of {job.counts.total:,} images are here. "
            "The numbers missing above come with the last one."
        )
    if not stale and not fresh:
        board.refresh(who.api, job, [image.image_id for image in _shown(job, board, wanted)[0]])
    images, page, pages, total = _shown(job, board, wanted)
    message = inbox.read(grid.message(_review_key(job)))
    if message and inbox.first_time("turn", message.turn) and message.turn and message.turn.page < pages:
        st.session_state[_page_key(job)] = message.turn.page
        images, page, pages, total = _shown(job, board, wanted)
    if message and inbox.first_time("again", message.again) and message.again:
        dialogs.ask("again", job.job_id, message.again.id)
    if not images:
        _nothing(wanted, board, _words(job))
    zone = st.context.timezone
    presets = _preset_names(who)
    grid.mount(
        _review_key(job),
        {
            "job": job.job_id,
            "page": page,
            "pages": pages,
            "first": page * _per_page(job),
            "total": total,
            "records": [record(image, job, zone, presets) for image in images],
            "run": inbox.run,
            "applied": inbox.applied,
            "refusal": inbox.refusal,
        },
        lambda: None,
    )
    _pager(job, page, pages)


def board_of(job_id: str) -> Board:
    """The session's board of this job."""
    key = f"board-{job_id}"
    if key not in st.session_state:
        st.session_state[key] = Board(job_id)
    board: Board = st.session_state[key]
    return board


def _preset_names(who: User) -> dict[str, str]:
    try:
        return {preset.id: preset.name for preset in session.catalogue(who).presets}
    except BackdropClientError as error:
        if not is_away(error):
            raise
        # Names alone are no reason to show nothing.
        return {}


def _take_decisions(who: User, job: Job, board: Board, inbox: Inbox) -> None:
    message = inbox.read(grid.message(_review_key(job)))
    if message is None:
        return
    fresh = inbox.fresh(message)
    if not fresh:
        return

    def save(decision: Decision) -> BackdropClientError | None:
        try:
            who.api.set_verdict(job.job_id, decision.id, decision.verdict)
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
            board.judge(decision.id, decision.verdict)
        else:
            known = board.images.get(decision.id)
            inbox.refusal = f"{known.name if known else 'An image'}: not saved. {explain(failure).sentence}"
    inbox.handled(message)


def _choose(job: Job, board: Board) -> Filter:
    counts = board.counts(job)
    key = f"filter-{job.job_id}"

    def words(wanted: Filter) -> str:
        count = counts[wanted]
        return _WORDS[wanted] if count is None else f"{_WORDS[wanted]} ({count:,})"

    chosen = st.segmented_control(
        "Show",
        list(Filter),
        default=Filter.ALL,
        key=key,
        required=True,
        format_func=words,
        label_visibility="collapsed",
        on_change=_filter_changed,
        args=(job.job_id, board),
    )
    return Filter(chosen or Filter.ALL)


def _filter_changed(job_id: str, board: Board) -> None:
    board.judged.clear()
    st.session_state[f"page-{job_id}"] = 0


def _shown(job: Job, board: Board, wanted: Filter) -> tuple[list[Image], int, int, int]:
    """The images of the page that is shown, its number, how many pages, how many images there are."""
    images = board.select(wanted, _words(job))
    size = _per_page(job)
    pages = max(1, math.ceil(len(images) / size))
    page = min(st.session_state.get(_page_key(job), 0), pages - 1)
    return images[page * size : (page + 1) * size], page, pages, len(images)


def _per_page(job: Job) -> int:
    return PER_PAGE - PER_PAGE % max(1, job.options.variations)


def _words(job: Job) -> str:
    return str(st.session_state.get(_words_key(job)) or "")


def _nothing(wanted: Filter, board: Board, part: str) -> None:
    words = {
        Filter.ALL: "The first images show up here in a moment.",
        Filter.TO_REVIEW: "Nothing to review: every finished image is approved or rejected.",
        Filter.FLAGGED: "Nothing doubtful is left to look at.",
        Filter.APPROVED: "Nothing approved yet. Open an image and press A.",
        Filter.REJECTED: "Nothing rejected. Open an image and press R.",
        Filter.FAILED: "Nothing failed.",
        Filter.WAITING: "Nothing is waiting.",
    }
    told = words[wanted]
    if part.strip():
        told = f"No image here has “{literal(part)}” in its name. Try a shorter part of it, or another filter."
    st.info(told if board.complete or (wanted is Filter.ALL and not part) else "Still looking…", icon=":material/info:")


def _pager(job: Job, page: int, pages: int) -> None:
    if pages < 2:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="pager"):
        _turn("Previous page", ":material/chevron_left:", job, page - 1, enabled=page > 0)
        st.markdown(f"Page **{page + 1}** of {pages}", width="content")
        _turn("Next page", ":material/chevron_right:", job, page + 1, enabled=page + 1 < pages)


def _turn(words: str, icon: str, job: Job, page: int, *, enabled: bool) -> None:
    st.button(
        words,
        icon=icon,
        disabled=not enabled,
        key=f"turn-{words}",
        on_click=lambda: st.session_state.update({_page_key(job): page}),
    )


def _inbox(job: Job) -> Inbox:
    key = f"inbox-{job.job_id}"
    if key not in st.session_state:
        st.session_state[key] = Inbox()
    inbox: Inbox = st.session_state[key]
    return inbox


def _page_key(job: Job) -> str:
    return f"page-{job.job_id}"


def _words_key(job: Job) -> str:
    return f"find-{job.job_id}"


def _review_key(job: Job) -> str:
    return f"review-{job.job_id}"
