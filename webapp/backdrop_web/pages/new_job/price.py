"""What the job costs and how long it takes, then its start."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import cast

import streamlit as st

from backdrop_client.answers import Estimate, Model
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web.pages.new_job import form, start, trial
from backdrop_web.service import submission
from backdrop_web.service.api import User
from backdrop_web.service.settings import confirm_above
from backdrop_web.service.submission import Wishes
from backdrop_web.sign_in import session
from backdrop_web.streamlit_shell import elements, price_summary, routes
from backdrop_web.text.errors import Notice, explain
from backdrop_web.text.formats import literal
from backdrop_web.upload.draft_state import Workspace

_FRESH_SECONDS = 60.0
"""The queue moves on: an estimate is asked for again after that."""


def show(who: User, draft: Workspace, model: Model, wishes: Wishes, obstacles: Sequence[str]) -> None:
    """Price, time and the button. `obstacles`: why it can't be started yet, besides what the service finds."""
    ready = draft.ready
    with st.container(border=True, key="submit-box"):
        if ready:
            _tell(who, draft, wishes)
        for obstacle in obstacles:
            st.warning(literal(obstacle), icon=":material/warning:")
        due = start.due(draft, wishes, obstacles)
        press = start.buttons(draft, disabled=bool(obstacles))
        start.tell(draft, asks_again=_will_be_dear(draft))
        if obstacles or draft.draft_id is None:
            return
        if press is not None:
            start.pressed(draft)
        if press and draft.intake.waiting:
            _wait(draft, model, wishes, without=press is start.Press.WITHOUT)
        elif press or due:
            _check(who, draft, model, wishes)
        _refused(draft, wishes)
        _confirm(who, draft, wishes)


def _tell(who: User, draft: Workspace, wishes: Wishes) -> None:
    """The price and the time of what is chosen now."""
    try:
        found = _estimate(who, draft, wishes)
    except SessionExpired:
        raise
    except BackdropClientError as error:
        elements.show(explain(error))
        return
    if found is None:
        return
    price_summary.price(found)
    if found.calls or not found.problems:
        st.caption(f":material/schedule: {literal(submission.waiting_words(found))}")
    price_summary.tell(price_summary.problems(found))


def _estimate(who: User, draft: Workspace, wishes: Wishes) -> Estimate | None:
    """Asked for when what it depends on has changed, and after a minute."""
    if draft.draft_id is None:
        return None
    key = form.key(draft, "estimate")
    # The words change no price; what is wrong with them is said when the job is started.
    asked = _fingerprint(draft, wishes, words=False)
    held = cast("tuple[str, float, Estimate] | None", st.session_state.get(key))
    if held is not None and held[0] == asked and time.monotonic() - held[1] < _FRESH_SECONDS:
        return held[2]
    found = wishes.priced.estimate(who.api, draft.draft_id)
    st.session_state[key] = (asked, time.monotonic(), found)
    return found


def _fingerprint(draft: Workspace, wishes: Wishes, *, words: bool = True) -> str:
    """Equal when the same job would be made."""
    parts = [
        draft.draft_id,
        sorted(photo.photo_id for photo in draft.ready),
        wishes.model_id,
        wishes.mode,
        wishes.seed,
        wishes.options.wish(),
        [wishes.trial_job_id, trial.is_done(draft)],
        {photo_id: list(names) for photo_id, names in wishes.kept.items()},
        [wishes.prompt, wishes.negative_prompt] if words else bool(wishes.options.generates),
    ]
    return json.dumps(parts, sort_keys=True)


def _will_be_dear(draft: Workspace) -> bool:
    """Whether the job with all photos that are on their way will need a second press."""
    kept = cast("tuple[str, float, Estimate] | None", st.session_state.get(form.key(draft, "estimate")))
    found, ready = kept[2] if kept else None, len(draft.ready)
    return bool(found and found.usd and ready and found.usd / ready * (ready + draft.intake.waiting) > confirm_above())


def _wait(draft: Workspace, model: Model, wishes: Wishes, *, without: bool) -> None:
    """Have the job start when the photos are in; what can be said against it now is said now."""
    if problems := submission.text_obstacles(wishes, model):
        _refuse(draft, wishes, [Notice(problem, "") for problem in problems])
        return
    start.wait(draft, wishes, without=without)
    st.rerun()


def _check(who: User, draft: Workspace, model: Model, wishes: Wishes) -> None:
    """What is wrong is said; what costs little is started; else a second press is asked for."""
    problems = submission.text_obstacles(wishes, model)
    if problems:
        _refuse(draft, wishes, [Notice(problem, "") for problem in problems])
        return
    assert draft.draft_id is not None
    with elements.guarded(), st.spinner("Checking the price…"):
        found = wishes.estimate(who.api, draft.draft_id)
        if found.problems:
            _refuse(draft, wishes, price_summary.problems(found))
            return
        if found.usd is not None and found.usd <= confirm_above():
            _start(who, draft, wishes)
        st.session_state[form.key(draft, "confirm")] = (_fingerprint(draft, wishes), found)


def _refuse(draft: Workspace, wishes: Wishes, notices: list[Notice]) -> None:
    st.session_state[form.key(draft, "refused")] = (_fingerprint(draft, wishes), notices)


def _refused(draft: Workspace, wishes: Wishes) -> None:
    """Why the last press started nothing; said until something is changed."""
    key = form.key(draft, "refused")
    said = cast("tuple[str, list[Notice]] | None", st.session_state.get(key))
    if said is None:
        return
    if said[0] != _fingerprint(draft, wishes):
        del st.session_state[key]
        return
    price_summary.tell(said[1])


def _confirm(who: User, draft: Workspace, wishes: Wishes) -> None:
    """Asks once more; forgotten as soon as anything is changed."""
    key = form.key(draft, "confirm")
    asked = cast("tuple[str, Estimate] | None", st.session_state.get(key))
    if asked is None:
        return
    if asked[0] != _fingerprint(draft, wishes) or draft.intake.waiting:
        del st.session_state[key]
        return
    price_summary.ask_again(asked[1])
    with st.container(horizontal=True):
        yes = st.button("Yes, start and pay", type="primary", key="confirm-yes", icon=":material/check:")
        if st.button("Not yet", key="confirm-no"):
            del st.session_state[key]
            st.rerun()
    if yes:
        with elements.guarded():
            _start(who, draft, wishes)


def _start(who: User, draft: Workspace, wishes: Wishes) -> None:
    assert draft.draft_id is not None
    with st.spinner("Starting…"):
        job = wishes.submit(who.api, draft.draft_id)
    start.started(draft)
    session.new_workspace()
    routes.go("job", id=job.job_id)
