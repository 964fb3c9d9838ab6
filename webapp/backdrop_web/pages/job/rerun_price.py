"""What running photos again costs, and its start: the same estimate and the same second press as for a new job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

import streamlit as st

from backdrop_client.answers import Estimate, Job
from backdrop_web.service import submission
from backdrop_web.service.api import User
from backdrop_web.service.settings import confirm_above
from backdrop_web.service.submission import Wishes
from backdrop_web.sign_in import session
from backdrop_web.streamlit_shell import price_summary
from backdrop_web.text.formats import literal

_TOLD = "job.price"
_ASKED = "job.price.asked"
_FRESH_SECONDS = 60.0


def forget() -> None:
    """Nothing was asked yet."""
    st.session_state.pop(_TOLD, None)
    st.session_state.pop(_ASKED, None)


def tell(who: User, draft_id: str, wishes: Wishes) -> None:
    """The price of what is chosen now, and what stands against it."""
    model = session.catalogue(who).find(wishes.model_id or "")
    if model is not None and not model.usable:
        st.warning(
            f"The model of this job can't be used any more: {literal(model.reason or 'AWS no longer serves it')}. "
            "Duplicate the job and choose another model.",
            icon=":material/warning:",
        )
        return
    # The words change no price; what is wrong with them is said when the job is started.
    asked = _fingerprint(draft_id, wishes.priced, words=False)
    held = cast("tuple[str, float, Estimate] | None", st.session_state.get(_TOLD))
    if held is None or held[0] != asked or time.monotonic() - held[1] >= _FRESH_SECONDS:
        held = (asked, time.monotonic(), wishes.priced.estimate(who.api, draft_id))
        st.session_state[_TOLD] = held
    price_summary.price(held[2])
    price_summary.tell(price_summary.problems(held[2]))


def start(who: User, draft_id: str, wishes: Wishes, *, pressed: bool, obstacles: Sequence[str] = ()) -> Job | None:
    """The job, once it was asked for and, if it costs more than a little, asked for again; None until then.

    `obstacles`: why it can't be started, besides what the texts' limits and the service say.
    """
    if pressed:
        _check(who, draft_id, wishes, obstacles)
    asked = cast("tuple[str, Estimate] | None", st.session_state.get(_ASKED))
    if asked is None:
        return None
    if asked[0] != _fingerprint(draft_id, wishes):
        # Something was changed since: the question was about another job.
        del st.session_state[_ASKED]
        return None
    found = asked[1]
    if found.usd is None or found.usd > confirm_above():
        price_summary.ask_again(found)
        if not st.button("Yes, start and pay", type="primary", key="again-confirm-yes", icon=":material/check:"):
            return None
    with st.spinner("Starting…"):
        job = wishes.submit(who.api, draft_id)
    forget()
    return job


def _check(who: User, draft_id: str, wishes: Wishes, obstacles: Sequence[str]) -> None:
    """Says what is wrong; else notes what was asked for, at its price."""
    st.session_state.pop(_ASKED, None)
    model = session.catalogue(who).find(wishes.model_id or "")
    wrong = [*obstacles, *(submission.text_obstacles(wishes, model) if model else [])]
    for words in wrong:
        st.error(literal(words), icon=":material/error:")
    if wrong:
        return
    with st.spinner("Checking the price…"):
        found = wishes.estimate(who.api, draft_id)
    if found.problems:
        price_summary.tell(price_summary.problems(found))
        return
    st.session_state[_ASKED] = (_fingerprint(draft_id, wishes), found)


def _fingerprint(draft_id: str, wishes: Wishes, *, words: bool = True) -> str:
    """Equal when the same job would be made."""
    parts = [draft_id, wishes.model_id, wishes.mode, wishes.seed, wishes.options.wish(), wishes.kept, wishes.seeds]
    return repr([*parts, wishes.prompt, wishes.negative_prompt] if words else parts)
