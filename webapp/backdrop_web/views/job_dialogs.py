"""Questions before something is done with a job: cancel it, run photos again, copy it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NoReturn, cast

import streamlit as st

from backdrop_client.answers import ImageStatus, Job, JobStatus, Photo
from backdrop_web import routes, session, ui
from backdrop_web.board import Board
from backdrop_web.formats import literal, money, plural
from backdrop_web.service import User
from backdrop_web.views import job_again, job_prefill
from backdrop_web.views.job_records import kept_names, shown_name

Name = Literal["cancel", "retry", "duplicate", "again"]

_OPEN = "job.dialog"


def ask(name: Name, job_id: str, image_id: str = "") -> NoReturn:
    """Open a dialog. It is drawn by a run of the whole page, so that the page's own polling does not close it."""
    st.session_state[_OPEN] = (name, job_id, image_id)
    st.session_state.pop("job.copies", None)
    st.rerun()
    raise AssertionError


def show_open(who: User, job_id: str, board: Board | None) -> None:
    """Draw the dialog that was asked for on this job's page."""
    name, of, image_id = cast("tuple[Name, str, str]", st.session_state.get(_OPEN, ("", "", "")))
    job = cast("Job | None", st.session_state.get(f"job-{job_id}"))
    if of != job_id or job is None:
        return
    dialogs: dict[Name, tuple[str, Callable[[], None]]] = {
        "cancel": ("Cancel this job?", lambda: _cancel(who, job)),
        "retry": ("Make what is missing", lambda: _retry(who, job)),
        "duplicate": ("Duplicate this job", lambda: _duplicate(who, job)),
        "again": ("Run one image again", lambda: _again(who, job, board, image_id)),
    }
    title, content = dialogs[name]

    def drawn() -> None:
        with ui.guarded():
            content()

    st.dialog(title, on_dismiss=_close)(drawn)()


def _close() -> None:
    st.session_state.pop(_OPEN, None)
    st.session_state.pop("job.copies", None)


def _cancel(who: User, job: Job) -> None:
    waiting = job.counts.pending
    st.write(
        f"{plural(waiting, 'image')} not finished yet. Those being made right now finish and are charged; "
        "the others are left out and cost nothing."
    )
    with st.container(horizontal=True):
        stop = st.button("Cancel the job", type="primary", icon=":material/cancel:", key="cancel-yes")
        if st.button("Let it go on", key="cancel-no"):
            _close()
            st.rerun()
    if stop:
        with st.spinner("Cancelling…"):
            st.session_state[f"job-{job.job_id}"] = who.api.cancel_job(job.job_id)
        _close()
        st.rerun()


def _retry(who: User, job: Job) -> None:
    count = job.counts.failed
    missing = plural(count, "image") if job.status is JobStatus.CANCELLED else plural(count, "failed image")
    st.write(
        f"{missing} {'is' if count == 1 else 'are'} made in a new job, with the same settings. This job stays as it is."
    )
    _price(who, job, count)
    if not st.button("Retry now", type="primary", icon=":material/refresh:", key="retry-yes"):
        return
    bar = st.progress(0.0, text="Taking the photos over…")
    images = job_again.all_images(who.api, job.job_id, ImageStatus.FAILED)
    copies = job_again.copy(who.api, job, images, _progress_of(bar))
    fresh = job_again.submit(who.api, copies, job, seed=job.seed, variations=job_again.variations_to_repeat(images))
    _go_to(fresh)


def _duplicate(who: User, job: Job) -> None:
    st.write("The photos and settings open as a new job. Change what you like, then start it. This job stays as it is.")
    if not st.button("Duplicate", type="primary", icon=":material/content_copy:", key="duplicate-yes"):
        return
    bar = st.progress(0.0, text="Taking the photos over…")
    images = job_again.all_images(who.api, job.job_id)
    copies = job_again.copy(who.api, job, images, _progress_of(bar))
    _open_draft(who, job, copies)


def _again(who: User, job: Job, board: Board | None, image_id: str) -> None:
    image = board.images.get(image_id) if board else None
    if image is None:
        st.info("This image is not on the page any more. Close this and try again.", icon=":material/info:")
        return
    st.markdown(f"**{literal(shown_name(image))}** is made again in a new job. This one stays as it is.")
    copies = cast("job_again.Copies | None", st.session_state.get("job.copies"))
    if copies is None:
        with st.spinner("Taking the photo over…"):
            copies = job_again.copy(who.api, job, [image])
        st.session_state["job.copies"] = copies
    photo = copies.photos[0]
    prompt = job.prompt
    seed = None
    if job.options.generates:
        prompt = st.text_area("Describe the new background", job.prompt, key=f"again-prompt-{photo.photo_id}")
        choice = st.radio(
            "Seed",
            ["other", "same"],
            format_func=lambda name: (
                "Another one: a different picture" if name == "other" else f"The same ({image.seed})"
            ),
            key=f"again-seed-{photo.photo_id}",
        )
        seed = image.seed if choice == "same" else None
    kept = _labels(photo, kept_names(image))
    _price(who, job, 1)
    with st.container(horizontal=True):
        start = st.button("Start", type="primary", icon=":material/play_arrow:", key="again-yes")
        if st.button("All settings…", key="again-more", help="Opens the photo as a new job"):
            _open_draft(who, job, copies)
    if not start:
        return
    if photo.labels and not kept:
        st.error("Keep at least one label, or the whole photo would be replaced.", icon=":material/error:")
        return
    if job.options.generates and not prompt.strip():
        st.error("Describe the new background first.", icon=":material/error:")
        return
    labels = {photo.photo_id: kept} if kept else {}
    with st.spinner("Starting…"):
        fresh = job_again.submit(who.api, copies, job, prompt=prompt, seed=seed, kept=labels)
    _go_to(fresh)


def _labels(photo: Photo, before: list[str]) -> list[str]:
    names = list(dict.fromkeys([*(label.name for label in photo.labels), *before]))
    if not names:
        return []
    return st.pills(
        "Keep in the photo",
        names,
        default=before or names,
        selection_mode="multi",
        key=f"again-labels-{photo.photo_id}",
    )


def _price(who: User, job: Job, images: int) -> None:
    model = session.catalogue(who).find(job.model_id)
    if model is None or model.price_per_image_usd is None:
        return
    if not model.usable:
        st.warning(
            f"The model of this job can't be used any more: {literal(model.reason or 'AWS no longer serves it')}. "
            "Duplicate the job and choose another model.",
            icon=":material/warning:",
        )
    price = model.price_per_image_usd * images
    st.caption(f"Price: about {literal(money(price))}" if price else "Free of charge")


def _progress_of(bar: object) -> Callable[[int, int], object]:
    return lambda done, total: bar.progress(  # type: ignore[attr-defined]
        done / total if total else 1.0, text=f"Taking the photos over: {done:,} of {total:,}"
    )


def _go_to(job: Job) -> NoReturn:
    _close()
    routes.go("job", id=job.job_id)


def _open_draft(who: User, job: Job, copies: job_again.Copies) -> NoReturn:
    _close()
    job_prefill.put(who, job, copies)
    routes.go("new", draft=copies.draft_id)
