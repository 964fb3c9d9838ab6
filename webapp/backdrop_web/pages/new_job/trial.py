"""One photo first: a trial with the settings as they are now, its picture shown here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict, cast

import streamlit as st

from backdrop.api.schemas.jobs import Image
from backdrop.api.schemas.models import Model
from backdrop.api.schemas.photos import Photo
from backdrop.core.names import shown
from backdrop.core.options_json import to_dict
from backdrop.core.request import JobRequest
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.new_job import form
from backdrop_web.service import submission
from backdrop_web.service.api import User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements, routes, runs
from backdrop_web.streamlit_shell.slider.slider import show_before_after
from backdrop_web.text.errors import explain, explain_failure
from backdrop_web.text.formats import escape_markdown, format_money
from backdrop_web.text.language import translate, translate_text
from backdrop_web.upload.draft_state import DraftState

_POLL_SECONDS = 2.0


class Trial(TypedDict):
    """What is known of the last try: plain values, because the browser keeps them over a reload."""

    trial: str
    name: str
    settings: str


def show_trial(who: User, draft: DraftState, model: Model, request: JobRequest, obstacles: Sequence[str]) -> None:
    """Show how to try the settings on one photo, and the picture that came of it."""
    ready = draft.ready
    if len(ready) < 2:
        return
    with st.expander(
        translate("Try it on one photo first"), icon=":material/science:", expanded=_get_last(draft) is not None
    ):
        names = {photo.photo_id: photo for photo in ready}
        chosen = st.selectbox(
            translate("Photo to try"),
            list(names),
            key=form.set_default(draft, "trial-photo", ready[0].photo_id, list(names)),
            format_func=lambda photo_id: shown(names[photo_id].name),
            persist_state="session",
        )
        pressed = st.button(
            _label_button(model, request),
            key="trial-start",
            icon=":material/science:",
            disabled=bool(obstacles),
            help=translate(
                "Makes one picture with the settings above and shows it here. No e-mail tells of it, and it is not in "
                "your list of jobs."
            ),
        )
        if pressed:
            _start_trial(who, draft, request, names[str(chosen)])
        if (last := _get_last(draft)) is not None:
            # Asked for again only while something may change.
            st.fragment(_show_result, run_every=None if has_ended(draft) else _POLL_SECONDS)(
                who, draft, last, _hash_settings(request)
            )


def get_trial_job(draft: DraftState) -> str | None:
    """Return the job of the draft's last try, whose picture is not paid for again."""
    last = _get_last(draft)
    return last["trial"] if last else None


def has_ended(draft: DraftState) -> bool:
    """Whether the last try has ended: then it is known what it saves."""
    return bool(st.session_state.get(form.make_key(draft, f"trial-done-{get_trial_job(draft)}")))


def _label_button(model: Model, request: JobRequest) -> str:
    price = model.price_per_image_usd
    if price == 0:
        return translate("Try it (free)")
    # What extending the frame costs is in the job's price only, so this is a little rough.
    if not price or not request.options.generates:
        return translate("Try it")
    return translate("Try it (about {price})", price=escape_markdown(format_money(price)))


def _get_last(draft: DraftState) -> Trial | None:
    found = form.read_value(draft, "trial")
    fits = isinstance(found, dict) and all(isinstance(found.get(name), str) for name in Trial.__annotations__)
    return cast(Trial, found) if fits else None


def _hash_settings(request: JobRequest) -> str:
    """Return a text that is the same for the same settings, whatever the photos and the seed."""
    parts = [
        request.prompt,
        request.negative_prompt,
        request.mode,
        request.model_id,
        to_dict(request.options.of_one_picture()),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _start_trial(who: User, draft: DraftState, request: JobRequest, photo: Photo) -> None:
    problems = submission.find_open_slots(request)
    for problem in problems:
        st.error(escape_markdown(translate_text(problem)), icon=":material/error:")
    if problems or draft.draft_id is None:
        return
    with explain_failures(), st.spinner(translate("Starting…")):
        alone = who.api.create_draft(listed=False).draft_id
        (copy,) = who.api.copy_photos(alone, draft.draft_id, [photo.photo_id])
        kept = {copy.photo_id: request.labels[photo.photo_id]} if photo.photo_id in request.labels else {}
        words = {copy.photo_id: request.prompts[photo.photo_id]} if photo.photo_id in request.prompts else {}
        tried = replace(
            request, labels=kept, prompts=words, file_names={}, options=request.options.of_one_picture(), trial=True
        )
        job = who.api.submit(alone, tried)
        made: Trial = {"trial": job.job_id, "name": photo.name, "settings": _hash_settings(request)}
        st.session_state[form.make_key(draft, "trial")] = made


def _show_result(who: User, draft: DraftState, last: Trial, settings: str) -> None:
    """Show the picture, or how far it is; runs again by itself until it is there."""
    with explain_failures():
        try:
            job = who.api.job(last["trial"])
            images = who.api.images_page(last["trial"], limit=1).images
        except SessionExpired:
            raise
        except BackdropClientError as error:
            elements.show_notice(explain(error))
            return
        image = images[0] if images else None
        if image is not None and image.after_url:
            moved = job.options.chosen().moves_product
            show_before_after("trial-picture", shown(image.name), image.before_url, image.after_url,
                              image.width or 1, image.height or 1, apart=moved)  # fmt: skip
            _show_next_steps(draft, image, last, settings)
        elif image is not None and image.error:
            elements.show_notice(explain_failure(image.error))
        elif job.status.final:
            elements.show_notice(explain_failure(job.error))
        else:
            st.progress(0.5, text=translate("Making a picture of {name}…", name=escape_markdown(last["name"])))
            return
        done = form.make_key(draft, f"trial-done-{last['trial']}")
        if job.status.final and not st.session_state.get(done) and runs.may_run_page():
            # The poll's pace is set where the fragment is made, so the page is made once more.
            st.session_state[done] = True
            st.rerun()


def _show_next_steps(draft: DraftState, image: Image, last: Trial, settings: str) -> None:
    if settings != last["settings"]:
        changed = translate("The settings have changed since this try.")
        st.caption(f":material/info: {changed}")
    for flag in image.flags or ():
        told = f"{translate_text(flag.meaning)} {translate_text(flag.next_step)}"
        st.caption(f":material/flag: {escape_markdown(told)}")
    with st.container(horizontal=True):
        if form.read_value(draft, "background", "generated") == "generated":
            used = st.button(
                translate("Use this seed for all photos"),
                key="trial-use-seed",
                on_click=_use_seed,
                args=(draft, image.seed),
                help=translate(
                    "Seed {seed}. The other photos get a background that looks like this one.", seed=str(image.seed)
                ),
            )
            if used:
                # The field lies outside of this part of the page.
                st.rerun()
        if st.button(translate("Show as a job"), key="trial-open", type="tertiary"):
            routes.open_page("job", id=last["trial"])


def _use_seed(draft: DraftState, seed: int) -> None:
    st.session_state[form.make_key(draft, "seed")] = seed
    st.session_state[form.make_key(draft, "vary")] = "same"
