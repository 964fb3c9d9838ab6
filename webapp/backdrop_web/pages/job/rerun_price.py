"""What running photos again costs, and its start: the same estimate and the same second press as for a new job."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

import streamlit as st

from backdrop.api.schemas.jobs import Estimate, Job
from backdrop.api.schemas.models import find_model
from backdrop.core.options_json import to_dict
from backdrop.core.request import JobRequest
from backdrop_web.service import submission
from backdrop_web.service.api import User
from backdrop_web.service.catalogue import read_catalogue
from backdrop_web.service.settings import read_confirmation_limit
from backdrop_web.streamlit_shell import price_summary
from backdrop_web.text.formats import escape_markdown
from backdrop_web.text.language import translate, translate_text

_TOLD = "job.price"
_ASKED = "job.price.asked"
_FRESH_SECONDS = 60.0


def forget_price() -> None:
    """Begin as if nothing was asked yet."""
    st.session_state.pop(_TOLD, None)
    st.session_state.pop(_ASKED, None)


def show_price(who: User, draft_id: str, request: JobRequest, *, at_most: bool = False) -> None:
    """Show the price of what is chosen now, and what stands against it. `at_most`: less is paid where something is
    there already."""
    model = find_model(read_catalogue(who).models, request.model_id or "")
    if model is not None and not model.usable:
        reason = translate_text(model.reason) if model.reason else translate("AWS no longer serves it")
        st.warning(
            translate(
                "The model of this job can't be used any more: {reason}. Duplicate the job and choose another model.",
                reason=escape_markdown(reason),
            ),
            icon=":material/warning:",
        )
        return
    # The words change no price; what is wrong with them is said when the job is started.
    asked = _make_fingerprint(draft_id, request, words=False)
    held = cast("tuple[str, float, Estimate] | None", st.session_state.get(_TOLD))
    if held is None or held[0] != asked or time.monotonic() - held[1] >= _FRESH_SECONDS:
        held = (asked, time.monotonic(), who.api.estimate(draft_id, submission.fill_in_words(request)))
        st.session_state[_TOLD] = held
    price_summary.show_price(held[2], at_most=at_most)
    price_summary.show_problems(price_summary.list_problems(held[2]))


def start_job(
    who: User, draft_id: str, request: JobRequest, *, pressed: bool, obstacles: Sequence[str] = ()
) -> Job | None:
    """Return the job, once it was asked for and, if it costs more than a little, asked for again; None until then.

    `obstacles`: why it can't be started, besides what the service says.
    """
    if pressed:
        _check_request(who, draft_id, request, obstacles)
    asked = cast("tuple[str, Estimate] | None", st.session_state.get(_ASKED))
    if asked is None:
        return None
    if asked[0] != _make_fingerprint(draft_id, request):
        # Something was changed since: the question was about another job.
        del st.session_state[_ASKED]
        return None
    found = asked[1]
    if found.usd is None or found.usd > read_confirmation_limit():
        price_summary.show_question(found)
        if not st.button(
            translate("Yes, start and pay"), type="primary", key="again-confirm-yes", icon=":material/check:"
        ):
            return None
    with st.spinner(translate("Starting…")):
        job = who.api.submit(draft_id, request)
    forget_price()
    return job


def _check_request(who: User, draft_id: str, request: JobRequest, obstacles: Sequence[str]) -> None:
    """Say what is wrong; else note what was asked for, at its price."""
    st.session_state.pop(_ASKED, None)
    wrong = [*obstacles, *submission.find_open_slots(request)]
    for words in wrong:
        st.error(escape_markdown(words), icon=":material/error:")
    if wrong:
        return
    with st.spinner(translate("Checking the price…")):
        found = who.api.estimate(draft_id, request)
    if found.problems:
        price_summary.show_problems(price_summary.list_problems(found))
        return
    st.session_state[_ASKED] = (_make_fingerprint(draft_id, request), found)


def _make_fingerprint(draft_id: str, request: JobRequest, *, words: bool = True) -> str:
    """Return a text that is equal when the same job would be made."""
    parts = [
        draft_id,
        request.model_id,
        request.mode,
        request.seed,
        to_dict(request.options),
        request.labels,
        request.seeds,
        request.by_hand,
        request.in_scenes,
    ]
    return repr([*parts, request.prompt, request.negative_prompt, request.prompts] if words else parts)
