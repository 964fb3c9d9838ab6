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

from backdrop_web.pages.new_job import form
from backdrop_web.service.submission import Wishes
from backdrop_web.text.formats import plural
from backdrop_web.upload.draft_state import Workspace

_CHANGED = "You changed something after you pressed Start, so the job did not start by itself. Press Start again."
_LEFT_OUT = "More files were left out, so the job did not start by itself. Look at them, or press Start again."
_OBSTACLES = "The job did not start by itself: see above what is missing."


class Press(Enum):
    """What was pressed."""

    START = "start"
    WITHOUT = "without"
    """Start without the photos that are still on their way."""


@dataclass(frozen=True)
class _Waiting:
    """Start was pressed and the photos are waited for."""

    asked: str
    """What the job was to be like then."""
    out: int
    """How many files were left out then."""
    without: bool
    """Only for the last checks: what was not sent is left out."""


def buttons(draft: Workspace, *, disabled: bool) -> Press | None:
    """The ways to start, and which was pressed. The first keeps its place whatever is under way."""
    ready, under_way = draft.ready, bool(draft.intake.waiting)
    waits = _waiting(draft) is not None
    if waits:
        label = "Starts when all photos are in"
    elif under_way and ready:
        label = "Start when all photos are in"
    else:
        label = f"Start the job ({plural(len(ready), 'photo')})" if ready else "Start the job"
    with st.container(horizontal=True, vertical_alignment="center"):
        # Text is checked on the press, not before it: the browser sends it only when the field is left, so a
        # button that waits for text would need two presses.
        start = st.button(label, type="primary", icon=":material/play_arrow:", disabled=disabled or waits, key="submit")
        without = bool(under_way and ready) and st.button(
            "Start without them",
            key="submit-without",
            disabled=disabled,
            help="What is not uploaded yet is left out. It stays listed, to be had in another job.",
        )
        if waits and st.button("Don't start yet", key="submit-not-yet"):
            _forget(draft)
            st.rerun()
    return Press.WITHOUT if without else Press.START if start else None


def tell(draft: Workspace, *, asks_again: bool) -> None:
    """What is still on its way and what is left out, below the buttons. `asks_again`: the price will be confirmed."""
    with st.container(key="arrivals"):
        waiting, waits = draft.intake.waiting, _waiting(draft)
        if waiting:
            still = f":material/hourglass_top: **{plural(waiting, 'photo is', 'photos are')} still on their way"
            if waits is None:
                st.caption(f"{still} and would be left out of a job that starts without them.**")
            else:
                ask = " You are asked once more then, because of the price." if asks_again else ""
                st.caption(f"{still}.** The job starts by itself when they are in: keep this page open.{ask}")
        if draft.intake.out:
            st.caption(
                f":material/warning: **{plural(draft.intake.out, 'file is', 'files are')} left out of this job.** "
                "The list under “Photos” says why, and what to do."
            )
        if said := st.session_state.get(_said(draft)):
            st.warning(said, icon=":material/info:")


def wait(draft: Workspace, wishes: Wishes, *, without: bool) -> None:
    """Start the job when all photos are in. `without`: what is not sent yet is left out, only checks are waited for."""
    if without:
        draft.intake.stop()
    st.session_state[_key(draft)] = _Waiting(_like(wishes), draft.intake.out, without)
    st.session_state.pop(_said(draft), None)


def due(draft: Workspace, wishes: Wishes, obstacles: Sequence[str]) -> bool:
    """Whether the job that waited for its photos starts now. What speaks against it ends the waiting, with words."""
    waits = _waiting(draft)
    if waits is None:
        return False
    intake, reason = draft.intake, None
    if waits.asked != _like(wishes):
        reason = _CHANGED
    elif intake.quiet and obstacles:
        reason = _OBSTACLES
    elif intake.quiet and intake.out > waits.out and not waits.without:
        reason = _LEFT_OUT
    elif not intake.quiet:
        return False
    _forget(draft)
    if reason:
        st.session_state[_said(draft)] = reason
    return reason is None


def pressed(draft: Workspace) -> None:
    """Start was pressed anew: what was said of an earlier press goes."""
    st.session_state.pop(_said(draft), None)


def started(draft: Workspace) -> None:
    """The job was started: what it was started without is told."""
    if out := draft.intake.out + draft.intake.waiting:
        st.toast(
            f"{plural(out, 'file is', 'files are')} not in this job. “New job” lists them.", icon=":material/info:"
        )


def _like(wishes: Wishes) -> str:
    """Equal for the same wishes, whatever the photos and what is kept in each."""
    parts = [wishes.model_id, wishes.mode, wishes.seed, wishes.options.wish(), wishes.prompt, wishes.negative_prompt]
    return json.dumps(parts, sort_keys=True)


def _waiting(draft: Workspace) -> _Waiting | None:
    return cast("_Waiting | None", st.session_state.get(_key(draft)))


def _forget(draft: Workspace) -> None:
    st.session_state.pop(_key(draft), None)


def _key(draft: Workspace) -> str:
    return form.key(draft, "waits")


def _said(draft: Workspace) -> str:
    return form.key(draft, "not-started")
