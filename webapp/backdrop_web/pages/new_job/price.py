"""What the job costs and how long it takes, then its start."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import streamlit as st

from backdrop.api.schemas.jobs import Estimate
from backdrop.api.schemas.models import Model
from backdrop.core.errors import ErrorCode
from backdrop.core.options_json import to_dict
from backdrop.core.request import JobRequest
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.new_job import form, model, start, trial
from backdrop_web.service import submission
from backdrop_web.service.api import User
from backdrop_web.service.settings import read_confirmation_limit
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.streamlit_shell import elements, price_summary, routes
from backdrop_web.text.errors import Notice, explain
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_text
from backdrop_web.upload.current import start_new_draft
from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.upload_session import UploadSession

_FRESH_SECONDS = 60.0
"""The queue moves on: an estimate is asked for again after that."""


def show_price(who: User, uploads: UploadSession, chosen: Model, request: JobRequest, obstacles: Sequence[str]) -> None:
    """Show price, time and the button. `chosen`: the image model; `obstacles`: why it can't be
    started yet, besides what the service finds."""
    draft = uploads.draft
    with st.container(border=True, key="submit-box"):
        if draft.ready:
            _show_estimate(who, draft, request)
            model.offer_cheaper(draft, chosen, request.options)
        for obstacle in obstacles:
            st.warning(escape_markdown(translate_text(obstacle)), icon=":material/warning:")
        due = start.end_wait(uploads, request, obstacles)
        press = start.show_buttons(uploads, disabled=bool(obstacles))
        start.show_state(uploads, asks_again=_will_ask_again(uploads))
        if obstacles or draft.draft_id is None:
            return
        if press is not None:
            start.forget_reason(draft)
        if press and uploads.waiting:
            _wait_for_photos(who, uploads, request, without=press is start.Press.WITHOUT)
        elif press or due:
            _check_and_start(who, uploads, request)
        _show_refusal(draft, request)
        _ask_confirmation(who, uploads, request)


def _show_estimate(who: User, draft: DraftState, request: JobRequest) -> None:
    """Show the price and the time of what is chosen now."""
    try:
        found = _fetch_estimate(who, draft, request)
    except SessionExpired:
        raise
    except BackdropClientError as error:
        elements.show_notice(explain(error))
        return
    if found is None:
        return
    price_summary.show_price(found)
    if found.calls or not found.problems:
        st.caption(f":material/schedule: {escape_markdown(translate_text(submission.describe_wait(found)))}")
    price_summary.show_problems(price_summary.list_problems(found))


def _fetch_estimate(who: User, draft: DraftState, request: JobRequest) -> Estimate | None:
    """Return the estimate, asked for when what it depends on has changed, and after a minute."""
    if draft.draft_id is None:
        return None
    key = form.make_key(draft, "estimate")
    # The words change no price; what is wrong with them is said when the job is started.
    asked = _make_fingerprint(draft, request, words=False)
    held = cast("tuple[str, float, Estimate] | None", st.session_state.get(key))
    if held is not None and held[0] == asked and time.monotonic() - held[1] < _FRESH_SECONDS:
        return held[2]
    found = who.api.estimate(draft.draft_id, submission.fill_in_words(request))
    st.session_state[key] = (asked, time.monotonic(), found)
    return found


def _make_fingerprint(draft: DraftState, request: JobRequest, *, words: bool = True) -> str:
    """Return a text that is equal when the same job would be made."""
    parts = [
        draft.draft_id,
        sorted(photo.photo_id for photo in draft.ready),
        request.model_id,
        request.mode,
        request.seed,
        to_dict(request.options),
        [request.trial_job_id, trial.has_ended(draft)],
        {photo_id: list(names) for photo_id, names in request.labels.items()},
        request.prompts,
        {photo_id: list(names) for photo_id, names in request.file_names.items()} if words else None,
        [request.team, request.private] if words else None,
        [request.prompt, request.negative_prompt] if words else bool(request.options.generates),
    ]
    return json.dumps(parts, sort_keys=True)


def _will_ask_again(uploads: UploadSession) -> bool:
    """Whether the job with all photos that are on their way will need a second press."""
    draft = uploads.draft
    kept = cast("tuple[str, float, Estimate] | None", st.session_state.get(form.make_key(draft, "estimate")))
    found, ready = kept[2] if kept else None, len(draft.ready)
    if not (found and found.usd and ready):
        return False
    return found.usd / ready * (ready + uploads.waiting) > read_confirmation_limit()


def _wait_for_photos(who: User, uploads: UploadSession, request: JobRequest, *, without: bool) -> None:
    """Have the job start when the photos are in; what can be said against it now is said now."""
    draft = uploads.draft
    assert draft.draft_id is not None
    with explain_failures(), st.spinner(translate("Checking…")):
        notices = _list_open_slots(request)
        if not notices:
            found = who.api.estimate(draft.draft_id, request)
            # Of photos there may be none yet.
            known = replace(found, problems=[one for one in found.problems if one.code != ErrorCode.NO_PHOTOS])
            notices = price_summary.list_problems(known)
        if notices:
            _note_refusal(draft, request, notices)
            return
        start.wait_for_photos(uploads, request, without=without)
        st.rerun()


def _list_open_slots(request: JobRequest) -> list[Notice]:
    return [Notice(translate_text(words), "") for words in submission.find_open_slots(request)]


def _check_and_start(who: User, uploads: UploadSession, request: JobRequest) -> None:
    """Say what is wrong; else start what costs little; else ask for a second press."""
    draft = uploads.draft
    if notices := _list_open_slots(request):
        _note_refusal(draft, request, notices)
        return
    assert draft.draft_id is not None
    with explain_failures(), st.spinner(translate("Checking the price…")):
        found = who.api.estimate(draft.draft_id, request)
        if found.problems:
            _note_refusal(draft, request, price_summary.list_problems(found))
            return
        if found.usd is not None and found.usd <= read_confirmation_limit():
            _start_job(who, uploads, request)
        st.session_state[form.make_key(draft, "confirm")] = (_make_fingerprint(draft, request), found)


def _note_refusal(draft: DraftState, request: JobRequest, notices: list[Notice]) -> None:
    st.session_state[form.make_key(draft, "refused")] = (_make_fingerprint(draft, request), notices)


def _show_refusal(draft: DraftState, request: JobRequest) -> None:
    """Say why the last press started nothing, until something is changed."""
    key = form.make_key(draft, "refused")
    said = cast("tuple[str, list[Notice]] | None", st.session_state.get(key))
    if said is None:
        return
    if said[0] != _make_fingerprint(draft, request):
        del st.session_state[key]
        return
    price_summary.show_problems(said[1])


def _ask_confirmation(who: User, uploads: UploadSession, request: JobRequest) -> None:
    """Ask once more, and forget it as soon as anything is changed."""
    key = form.make_key(uploads.draft, "confirm")
    asked = cast("tuple[str, Estimate] | None", st.session_state.get(key))
    if asked is None:
        return
    if asked[0] != _make_fingerprint(uploads.draft, request) or uploads.waiting:
        del st.session_state[key]
        return
    price_summary.show_question(asked[1])
    with st.container(horizontal=True):
        yes = st.button(translate("Yes, start and pay"), type="primary", key="confirm-yes", icon=":material/check:")
        if st.button(translate("Not yet"), key="confirm-no"):
            del st.session_state[key]
            st.rerun()
    if yes:
        with explain_failures():
            _start_job(who, uploads, request)


def _start_job(who: User, uploads: UploadSession, request: JobRequest) -> None:
    draft_id = uploads.draft.draft_id
    assert draft_id is not None
    with st.spinner(translate("Starting…")):
        job = who.api.submit(draft_id, request)
    start.tell_left_out(uploads)
    start_new_draft()
    routes.open_page("job", id=job.job_id)
