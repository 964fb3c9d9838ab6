"""Starting a job while photos are still on their way: it waits for them, or goes without them by a press of its own.

Nothing that was chosen is left out without a word: a file that the job does not wait for stays in the browser's list
of files left out, and the next job's page lists it again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import cast

import streamlit as st

from backdrop.core.options_json import to_dict
from backdrop.core.request import JobRequest
from backdrop.core.words.marks import mark_phrase
from backdrop_web.pages.new_job import form
from backdrop_web.text.language import translate, translate_count
from backdrop_web.upload.draft_state import DraftState
from backdrop_web.upload.upload_session import UploadSession

_CHANGED = mark_phrase(
    "You changed something after you pressed Start, so the job did not start by itself. Press Start again."
)
_LEFT_OUT = mark_phrase(
    "More files were left out, so the job did not start by itself. Look at them, or press Start again."
)
_OBSTACLES = mark_phrase("The job did not start by itself: see above what is missing.")


class Press(Enum):
    """What was pressed."""

    START = "start"
    WITHOUT = "without"
    """Start without the photos that are still on their way."""


@dataclass(frozen=True)
class _Wait:
    """Start was pressed and the photos are waited for."""

    asked: str
    """What the job was to be like then."""
    out: int
    """How many files were left out then."""
    without: bool
    """Only for the last checks: what was not sent is left out."""


def show_buttons(uploads: UploadSession, *, disabled: bool) -> Press | None:
    """Show the ways to start; return which was pressed. The first keeps its place whatever is under way."""
    ready, under_way = uploads.draft.ready, bool(uploads.waiting)
    waits = _get_wait(uploads.draft) is not None
    if waits:
        label = translate("Starts when all photos are in")
    elif under_way and ready:
        label = translate("Start when all photos are in")
    elif ready:
        label = translate_count("Start the job ({count:,} photo)", "Start the job ({count:,} photos)", len(ready))
    else:
        label = translate("Start the job")
    with st.container(horizontal=True, vertical_alignment="center"):
        # Text is checked on the press, not before it: the browser sends it only when the field is left, so a
        # button that waits for text would need two presses.
        start = st.button(label, type="primary", icon=":material/play_arrow:", disabled=disabled or waits, key="submit")
        without = bool(under_way and ready) and st.button(
            translate("Start without them"),
            key="submit-without",
            disabled=disabled,
            help=translate("What is not uploaded yet is left out. It stays listed, to be had in another job."),
        )
        if waits and st.button(translate("Don't start yet"), key="submit-not-yet"):
            _forget_wait(uploads.draft)
            st.rerun()
    return Press.WITHOUT if without else Press.START if start else None


def show_state(uploads: UploadSession, *, asks_again: bool) -> None:
    """Show what is still on its way and what is left out. `asks_again`: the price will have to be confirmed."""
    with st.container(key="start-state"):
        waiting, waits = uploads.waiting, _get_wait(uploads.draft)
        if waiting:
            still = _tell_waiting(waiting) if waits is None else _tell_start(waiting, asks_again=asks_again)
            st.caption(f":material/hourglass_top: {still}")
        if uploads.out:
            out = translate_count(
                "**{count:,} file is left out of this job.** The list under “Photos” says why, and what to do.",
                "**{count:,} files are left out of this job.** The list under “Photos” says why, and what to do.",
                uploads.out,
            )
            st.caption(f":material/warning: {out}")
        if said := st.session_state.get(_make_reason_key(uploads.draft)):
            st.warning(translate(said), icon=":material/info:")


def _tell_waiting(waiting: int) -> str:
    return translate_count(
        "**{count:,} photo is still on their way and would be left out of a job that starts without them.**",
        "**{count:,} photos are still on their way and would be left out of a job that starts without them.**",
        waiting,
    )


def _tell_start(waiting: int, *, asks_again: bool) -> str:
    told = translate_count(
        "**{count:,} photo is still on their way.** The job starts by itself when they are in: keep this page open.",
        "**{count:,} photos are still on their way.** The job starts by itself when they are in: keep this page open.",
        waiting,
    )
    more = translate("You are asked once more then, because of the price.")
    return f"{told} {more}" if asks_again else told


def wait_for_photos(uploads: UploadSession, request: JobRequest, *, without: bool) -> None:
    """Have the job start when all photos are in.

    `without`: what is not sent yet is left out, only checks are waited for.
    """
    if without:
        uploads.stop_sending()
    wait = _Wait(_make_fingerprint(request), uploads.out, without)
    st.session_state[_make_wait_key(uploads.draft)] = wait
    st.session_state.pop(_make_reason_key(uploads.draft), None)


def end_wait(uploads: UploadSession, request: JobRequest, obstacles: Sequence[str]) -> bool:
    """End the waiting for photos when all are in; return whether the job starts now.

    What speaks against the start ends the waiting too, with words.
    """
    waits = _get_wait(uploads.draft)
    if waits is None:
        return False
    reason = None
    if waits.asked != _make_fingerprint(request):
        reason = _CHANGED
    elif uploads.is_quiet and obstacles:
        reason = _OBSTACLES
    elif uploads.is_quiet and uploads.out > waits.out and not waits.without:
        reason = _LEFT_OUT
    elif not uploads.is_quiet:
        return False
    _forget_wait(uploads.draft)
    if reason:
        st.session_state[_make_reason_key(uploads.draft)] = reason
    return reason is None


def forget_reason(draft: DraftState) -> None:
    """Drop what was said of an earlier press of Start."""
    st.session_state.pop(_make_reason_key(draft), None)


def tell_left_out(uploads: UploadSession) -> None:
    """Say what the job was started without."""
    if out := uploads.out + uploads.waiting:
        st.toast(
            translate_count(
                "{count:,} file is not in this job. “New job” lists them.",
                "{count:,} files are not in this job. “New job” lists them.",
                out,
            ),
            icon=":material/info:",
        )


def _make_fingerprint(request: JobRequest) -> str:
    """Return a text that is equal for the same request, whatever the photos and what each has for itself."""
    parts = [
        request.model_id,
        request.mode,
        request.seed,
        to_dict(request.options),
        request.prompt,
        request.negative_prompt,
    ]
    return json.dumps(parts, sort_keys=True)


def _get_wait(draft: DraftState) -> _Wait | None:
    return cast("_Wait | None", st.session_state.get(_make_wait_key(draft)))


def _forget_wait(draft: DraftState) -> None:
    st.session_state.pop(_make_wait_key(draft), None)


def _make_wait_key(draft: DraftState) -> str:
    return form.make_key(draft, "waits")


def _make_reason_key(draft: DraftState) -> str:
    return form.make_key(draft, "not-started")
