"""Questions before something is done with a job: cancel it, run photos again, copy it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, NoReturn, cast

import streamlit as st

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.photos import Photo
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop_client.export import changed_options, choose_images, group_of
from backdrop_client.rerun import Group
from backdrop_client.saved import settings_of_job
from backdrop_client.tries.redo import find_words, of_one_picture
from backdrop_web.mask_editor import editor
from backdrop_web.pages.job import export_form, place_dialog, redo_dialog, rename, rerun_price, story
from backdrop_web.pages.job.image_cache import ImageCache
from backdrop_web.pages.job.review.records import format_image_name
from backdrop_web.pages.job.tried import find_job_and_image
from backdrop_web.pages.new_job import prefill
from backdrop_web.pages.new_job.kept import settings as saved
from backdrop_web.service import rerun
from backdrop_web.service.api import User
from backdrop_web.service.submission import keeps_nothing, list_names
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import routes
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_count

Name = Literal["cancel", "retry", "export", "duplicate", "again", "fix", "place", "story", "rename", "redo", "save"]

_OPEN = "job.dialog"
_COPIES = "job.copies"
_OPENED = "job.fix-opened"
_EDITOR = "review"


def open_dialog(name: Name, job_id: str, image_id: str = "") -> NoReturn:
    """Open a dialog, drawn by a run of the whole page, so that the page's own polling does not close it."""
    st.session_state[_OPEN] = (name, job_id, image_id)
    rerun_price.forget_price()
    st.rerun()
    raise AssertionError


def show_open_dialog(who: User, job_id: str, cache: ImageCache | None) -> None:
    """Draw the dialog that was asked for on this job's page."""
    name, where, image_id = cast("tuple[Name, str, str]", st.session_state.get(_OPEN, ("", "", "")))
    job = cast("Job | None", st.session_state.get(f"job-{job_id}"))
    if where != job_id or job is None:
        return
    of = _job_of_try(job, cache, image_id)
    dialogs: dict[Name, tuple[str, Callable[[], None]]] = {
        "cancel": (translate("Cancel this job?"), lambda: _show_cancel(who, job)),
        "retry": (translate("Make what is missing"), lambda: _show_retry(who, job)),
        "export": (translate("Export again"), lambda: _show_export(who, job, cache)),
        "duplicate": (translate("Duplicate this job"), lambda: _show_duplicate(who, job)),
        "again": (translate("Run one image again"), lambda: _show_again(who, of, job, cache, image_id)),
        "fix": (translate("Fix the cut-out"), lambda: _show_fix(who, of, job, cache, image_id)),
        "place": (translate("Place by hand"), lambda: _show_place(who, of, cache, image_id)),
        "story": (
            translate("How was this made?"),
            lambda: story.show_story(who, *find_job_and_image(image_id, job_id)),
        ),
        "redo": (translate("Redo what is rejected"), lambda: redo_dialog.show_redo(who, job, _stay)),
        "save": (translate("Save its settings"), lambda: _show_saving(who, job)),
        "rename": (translate("Name and tags"), lambda: rename.show_rename(who, job, _end_dialog)),
    }
    title, content = dialogs[name]

    def drawn() -> None:
        with explain_failures():
            content()

    st.dialog(title, on_dismiss=_close_dialog)(drawn)()


def _show_saving(who: User, job: Job) -> None:
    if saved.ask_saving(who, settings_of_job(job)) is not None:
        _end_dialog()


def _stay() -> NoReturn:
    """End the dialog, and show the page of the job again."""
    _close_dialog()
    st.session_state.pop(_COPIES, None)
    st.rerun()
    raise AssertionError


def _close_dialog() -> None:
    st.session_state.pop(_OPEN, None)
    rerun_price.forget_price()


def _end_dialog() -> None:
    _close_dialog()
    st.rerun()


def _show_cancel(who: User, job: Job) -> None:
    st.write(
        translate_count(
            "{count:,} image not finished yet. Those being made right now finish and are charged; the others are left"
            " out and cost nothing.",
            "{count:,} images not finished yet. Those being made right now finish and are charged; the others are left"
            " out and cost nothing.",
            job.counts.pending,
        )
    )
    with st.container(horizontal=True):
        stop = st.button(translate("Cancel the job"), type="primary", icon=":material/cancel:", key="cancel-yes")
        if st.button(translate("Let it go on"), key="cancel-no"):
            _close_dialog()
            st.rerun()
    if stop:
        with st.spinner(translate("Cancelling…")):
            st.session_state[f"job-{job.job_id}"] = who.api.cancel_job(job.job_id)
        _close_dialog()
        st.rerun()


def _copy_photos(
    who: User, job: Job, image_id: str, images: Callable[[], list[Image]], *, group: Group | None = None
) -> rerun.Copies:
    """Return the photos in a draft of their own, whose price can be told; kept when the dialog is opened again.

    `group`: as for `rerun.copy_photos`.
    """
    held = cast("tuple[tuple[str, str, Group | None], rerun.Copies] | None", st.session_state.get(_COPIES))
    wanted = (job.job_id, image_id, group)
    if held is not None and held[0] == wanted:
        return held[1]
    place = st.empty()
    bar = place.progress(0.0, text=translate("Taking the photos over…"))
    copies = rerun.copy_photos(who.api, job, images(), _make_progress(bar), group=group)
    place.empty()
    st.session_state[_COPIES] = (wanted, copies)
    return copies


def _show_retry(who: User, job: Job) -> None:
    count = job.counts.failed
    st.write(
        translate_count(
            "{count:,} image is made in a new job, with the same settings. This job stays as it is.",
            "{count:,} images are made in a new job, with the same settings. This job stays as it is.",
            count,
        )
        if job.status is JobStatus.CANCELLED
        else translate_count(
            "{count:,} failed image is made in a new job, with the same settings. This job stays as it is.",
            "{count:,} failed images are made in a new job, with the same settings. This job stays as it is.",
            count,
        )
    )
    copies = _copy_photos(who, job, "", lambda: rerun.list_images(who.api, job.job_id, ImageStatus.FAILED))
    request = rerun.request_missing(job, copies)
    rerun_price.show_price(who, copies.draft_id, request)
    pressed = st.button(translate("Retry now"), type="primary", icon=":material/refresh:", key="retry-yes")
    if fresh := rerun_price.start_job(who, copies.draft_id, request, pressed=pressed):
        _open_job(fresh)


def _show_export(who: User, job: Job, cache: ImageCache | None) -> None:
    st.write(
        translate(
            "The finished images once more, in another size or file, or on another background. No model is called and"
            " nothing is paid. It becomes a job of its own; this one stays as it is."
        )
    )
    wish = export_form.choose_export(who, job, cache or ImageCache(job.job_id))
    if not st.button(translate("Export"), type="primary", icon=":material/play_arrow:", key="export-yes"):
        return
    if wish.obstacle:
        st.error(wish.obstacle, icon=":material/error:")
        return
    options = changed_options(job, wish.changes)
    with st.spinner(translate("Looking for the images…")):
        finished = rerun.list_images(who.api, job.job_id, ImageStatus.SUCCEEDED)
    choice = choose_images(options, finished, ids=wish.ids)
    if not choice.images:
        st.error(translate("None of these images is there any more. Choose others."), icon=":material/error:")
        return
    chosen = " ".join(image.image_id for image in choice.images)
    group = group_of(job, options, choice.images) or Group()
    copies = _copy_photos(who, job, chosen, lambda: list(choice.images), group=group)
    request = rerun.request_export(job, copies, options, places=not wish.changes.places_anew)
    if fresh := rerun_price.start_job(who, copies.draft_id, request, pressed=True):
        _open_job(fresh)


def _show_duplicate(who: User, job: Job) -> None:
    st.write(
        translate(
            "The photos and settings open as a new job. Change what you like, then start it. This job stays as it is."
        )
    )
    if not st.button(translate("Duplicate"), type="primary", icon=":material/content_copy:", key="duplicate-yes"):
        return
    bar = st.progress(0.0, text=translate("Taking the photos over…"))
    images = rerun.list_images(who.api, job.job_id)
    copies = rerun.copy_photos(who.api, job, images, _make_progress(bar))
    _open_draft(who, job, copies)


def _show_again(who: User, job: Job, first: Job, cache: ImageCache | None, image_id: str) -> None:
    image = cache.images.get(image_id) if cache else None
    if image is None:
        _tell_gone()
        return
    name = escape_markdown(format_image_name(image))
    st.markdown(
        translate(
            "**{name}** is made again, as a new try of it in this job. The one of now stays behind it.", name=name
        )
        if _takes_tries(first)
        else translate("**{name}** is made again in a new job. This one stays as it is.", name=name)
    )
    copies = _copy_photos(who, job, image_id, lambda: [image])
    photo = copies.photos[0]
    prompt = find_words(job, image)
    seed = None
    if rerun.request_same(job, copies).options.generates:
        prompt = st.text_area(translate("Describe the new background"), prompt, key=f"again-prompt-{photo.photo_id}")
        choice = st.radio(
            translate("Seed"),
            ["other", "same"],
            format_func=lambda name: (
                translate("Another one: a different picture")
                if name == "other"
                else translate("The same ({seed})", seed=str(image.seed))
            ),
            key=f"again-seed-{photo.photo_id}",
        )
        seed = image.seed if choice == "same" else None
    kept = _choose_labels(photo, image.labels_chosen)
    request = _as_try(first, cache, image_id, copies, rerun.request_one(job, copies, prompt, seed, kept))
    rerun_price.show_price(who, copies.draft_id, request)
    with st.container(horizontal=True):
        pressed = st.button(translate("Start"), type="primary", icon=":material/play_arrow:", key="again-yes")
        if st.button(translate("All settings…"), key="again-more", help=translate("Opens the photo as a new job")):
            _open_draft(who, job, copies)
    nothing = keeps_nothing(photo, {photo.photo_id: kept})
    obstacles = [translate("Keep at least one label, or the whole photo would be replaced.")] if nothing else []
    if fresh := rerun_price.start_job(who, copies.draft_id, request, pressed=pressed, obstacles=obstacles):
        _open_job_or_stay(fresh, request)


def _show_fix(who: User, job: Job, first: Job, cache: ImageCache | None, image_id: str) -> None:
    """Put the cut-out of one image right, then make this image again: with the same words and seed."""
    image = cache.images.get(image_id) if cache else None
    if image is None:
        _tell_gone()
        return
    copies = _copy_photos(who, job, image_id, lambda: [image])
    if fresh := editor.take_message(who, _EDITOR):
        copies.photos[0] = fresh
    photo = copies.photos[0]
    edited = photo.mask_from == "EDITED"
    name = escape_markdown(format_image_name(image))
    if edited:
        st.markdown(
            translate(
                "**{name}** is made again with your cut-out, as a new try of it in this job. The one of now stays"
                " behind it.",
                name=name,
            )
            if _takes_tries(first)
            else translate(
                "**{name}** is made again with your cut-out in a new job. This one stays as it is.", name=name
            )
        )
    else:
        st.markdown(
            translate("Draw over what is missing in **{name}**, or too much, and press “Use this cut-out”.", name=name)
        )
    words = translate("Change it once more") if edited else translate("Open the editor")
    if st.button(words, icon=":material/brush:", key="fix-open") or (
        not edited and st.session_state.get(_OPENED) != copies.draft_id
    ):
        st.session_state[_OPENED] = copies.draft_id
        editor.open_editor(who, _EDITOR, copies.draft_id, photo)
    editor.show_editor(_EDITOR)
    if not edited:
        return
    prompt = find_words(job, image)
    request = rerun.request_one(job, copies, prompt, image.seed, image.labels_chosen)
    request = _as_try(first, cache, image_id, copies, request)
    rerun_price.show_price(who, copies.draft_id, request)
    pressed = st.button(translate("Make it again"), type="primary", icon=":material/play_arrow:", key="fix-yes")
    if fresh_job := rerun_price.start_job(who, copies.draft_id, request, pressed=pressed):
        _open_job_or_stay(fresh_job, request)


def _show_place(who: User, job: Job, cache: ImageCache | None, image_id: str) -> None:
    image = cache.images.get(image_id) if cache else None
    if image is None:
        _tell_gone()
        return

    def close() -> None:
        _close_dialog()
        st.rerun()

    if fresh := place_dialog.show_place(
        who, job, image, lambda: _copy_photos(who, job, image_id, lambda: [image]), close
    ):
        _open_job(fresh)


def _job_of_try(job: Job, cache: ImageCache | None, key: str) -> Job:
    """The job that a try of an image of `job` is of."""
    job_id, _ = find_job_and_image(key, job.job_id)
    return cache.tried.jobs.get(job_id, job) if cache else job


def _takes_tries(first: Job) -> bool:
    return not first.trial and first.redo_of is None


def _tell_gone() -> None:
    st.info(translate("This image is not on the page any more. Close this and try again."), icon=":material/info:")


def _as_try(first: Job, cache: ImageCache | None, key: str, copies: rerun.Copies, request: JobRequest) -> JobRequest:
    """The request, for a new try of an image of the job `first`, where that takes some."""
    own = cache.images.get(cache.tried.find_first(key)) if cache else None
    if own is None or not _takes_tries(first):
        return request
    copy = copies.photos[0].photo_id
    # A try says itself what it was painted from.
    words = {copy: request.prompt} if request.options.generates and request.prompt.strip() else {}
    return replace(request, prompts=words, redo_of=first.job_id, instead_of={copy: of_one_picture(first, own)})


def _open_job_or_stay(fresh: Job, request: JobRequest) -> NoReturn:
    """Show the new job, or where it makes new tries of this one, this one."""
    if request.redo_of:
        _stay()
    _open_job(fresh)


def _choose_labels(photo: Photo, before: list[str]) -> list[str]:
    names = list(dict.fromkeys([*list_names(photo), *before]))
    if not names:
        return []
    return st.pills(
        translate("Keep in the photo"),
        names,
        default=before or names,
        selection_mode="multi",
        key=f"again-labels-{photo.photo_id}",
    )


def _make_progress(bar: object) -> Callable[[int, int], object]:
    return lambda done, total: bar.progress(  # type: ignore[attr-defined]
        done / total if total else 1.0,
        text=translate("Taking the photos over: {done:,} of {total:,}", done=done, total=total),
    )


def _open_job(job: Job) -> NoReturn:
    _close_dialog()
    st.session_state.pop(_COPIES, None)
    routes.open_page("job", id=job.job_id)


def _open_draft(who: User, job: Job, copies: rerun.Copies) -> NoReturn:
    _close_dialog()
    st.session_state.pop(_COPIES, None)
    prefill.put_copies(who, job, copies)
    routes.open_page("new", draft=copies.draft_id)
