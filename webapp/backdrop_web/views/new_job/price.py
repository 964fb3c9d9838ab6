"""What the job costs and how long it takes, then its start."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import cast

import streamlit as st

from backdrop_client.answers import Estimate, Model
from backdrop_client.errors import BackdropClientError, SessionExpired
from backdrop_web import routes, session, submission, ui
from backdrop_web.errors import Notice, explain
from backdrop_web.formats import literal, money, plural
from backdrop_web.service import User
from backdrop_web.settings import confirm_above
from backdrop_web.submission import Wishes
from backdrop_web.views.new_job import arrivals, form, trial
from backdrop_web.workspace import Workspace

_FRESH_SECONDS = 60.0
"""The queue moves on: an estimate is asked for again after that."""

_SHOWN_PROBLEMS = 5


def show(who: User, draft: Workspace, model: Model, wishes: Wishes, obstacles: Sequence[str]) -> None:
    """Price, time and the button. `obstacles`: why it can't be started yet, besides what the service finds."""
    ready = draft.ready
    with st.container(border=True, key="submit-box"):
        if ready:
            _tell(who, draft, wishes)
        for obstacle in obstacles:
            st.warning(literal(obstacle), icon=":material/warning:")
        due = arrivals.due(draft, wishes, obstacles)
        press = arrivals.buttons(draft, disabled=bool(obstacles))
        arrivals.tell(draft, asks_again=_will_be_dear(draft))
        if obstacles or draft.draft_id is None:
            return
        if press is not None:
            arrivals.pressed(draft)
        if press and draft.intake.waiting:
            _wait(draft, model, wishes, without=press is arrivals.Press.WITHOUT)
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
        ui.show(explain(error))
        return
    if found is None:
        return
    if found.calls or not found.problems:
        st.markdown(_price_line(found))
        _calls(found)
        st.caption(f":material/schedule: {literal(submission.waiting_words(found))}")
    _problems(found)


def _price_line(found: Estimate) -> str:
    images = plural(found.images, "picture")
    if not any(call.calls for call in found.calls) or found.usd == 0:
        return f"**{images}, free of charge.** No paid model is called."
    if found.usd is None:
        return f"**{images}.** The price of this model is not known here."
    each = literal(money(found.usd / found.images)) if found.images else ""
    return f"**{images}, about {literal(money(found.usd))}**" + (f" ({each} each)" if each else "")


def _calls(found: Estimate) -> None:
    total = sum(call.calls for call in found.calls)
    if not total:
        return
    dated = f" at the prices of {literal(found.price_date)}" if found.price_date else ""
    saved = f" {plural(found.reused_calls, 'call')} of the photo that you tried {_is(found.reused_calls)} paid already."
    st.caption(f":material/receipt_long: {plural(total, 'model call')}{dated}.{saved if found.reused_calls else ''}")
    if len(found.calls) > 1:
        lines = [
            f"{literal(call.model_id)}: {call.calls:,}"
            + (f" × {literal(money(call.usd_per_call))}" if call.usd_per_call is not None else "")
            for call in found.calls
        ]
        with st.expander("What the calls are"):
            st.markdown("\n".join(f"- {line}" for line in lines))


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _problems(found: Estimate) -> None:
    _show([Notice(problem.message, problem.next_step) for problem in found.problems])


def _show(notices: Sequence[Notice]) -> None:
    for notice in notices[:_SHOWN_PROBLEMS]:
        ui.show(notice)
    if (more := len(notices) - _SHOWN_PROBLEMS) > 0:
        st.caption(f"And {plural(more, 'more problem')}.")


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
    arrivals.wait(draft, wishes, without=without)
    st.rerun()


def _check(who: User, draft: Workspace, model: Model, wishes: Wishes) -> None:
    """What is wrong is said; what costs little is started; else a second press is asked for."""
    problems = submission.text_obstacles(wishes, model)
    if problems:
        _refuse(draft, wishes, [Notice(problem, "") for problem in problems])
        return
    assert draft.draft_id is not None
    with ui.guarded(), st.spinner("Checking the price…"):
        found = wishes.estimate(who.api, draft.draft_id)
        if found.problems:
            _refuse(draft, wishes, [Notice(problem.message, problem.next_step) for problem in found.problems])
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
    _show(said[1])


def _confirm(who: User, draft: Workspace, wishes: Wishes) -> None:
    """Asks once more; forgotten as soon as anything is changed."""
    key = form.key(draft, "confirm")
    asked = cast("tuple[str, Estimate] | None", st.session_state.get(key))
    if asked is None:
        return
    if asked[0] != _fingerprint(draft, wishes) or draft.intake.waiting:
        del st.session_state[key]
        return
    found = asked[1]
    amount = f"about {money(found.usd)}" if found.usd is not None else "an amount that is not known here"
    st.warning(
        f"**This job costs {literal(amount)}** for {plural(found.images, 'picture')}. Pictures are paid for as they are"
        " made, also those that you do not like.",
        icon=":material/payments:",
    )
    with st.container(horizontal=True):
        yes = st.button("Yes, start and pay", type="primary", key="confirm-yes", icon=":material/check:")
        if st.button("Not yet", key="confirm-no"):
            del st.session_state[key]
            st.rerun()
    if yes:
        with ui.guarded():
            _start(who, draft, wishes)


def _start(who: User, draft: Workspace, wishes: Wishes) -> None:
    assert draft.draft_id is not None
    with st.spinner("Starting…"):
        job = wishes.submit(who.api, draft.draft_id)
    arrivals.started(draft)
    session.new_workspace()
    routes.go("job", id=job.job_id)
