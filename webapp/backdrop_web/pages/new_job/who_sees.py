"""Who sees the job: only who starts it, or a team of theirs."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from backdrop.core.request import JobRequest
from backdrop_web.pages.new_job import form
from backdrop_web.service.api import User
from backdrop_web.text.formats import ONLY_ME, name_seer
from backdrop_web.text.language import translate
from backdrop_web.upload.draft_state import DraftState

FIELD = "who-sees"


def choose_who_sees(who: User, draft: DraftState, request: JobRequest) -> JobRequest:
    """Ask whoever is in a team who sees the job, and return the request that says so."""
    if not who.teams:
        return request
    key = form.set_default(draft, FIELD, who.teams[0] if len(who.teams) == 1 else ONLY_ME, (ONLY_ME, *who.teams))
    team = st.selectbox(
        translate("Who sees this job"),
        (ONLY_ME, *who.teams),
        format_func=name_seer,
        key=key,
        help=translate(
            "A team's members see the job, review it, cancel it and download its images. Ops and auditors see every "
            "job. You can change it later on the job's page."
        ),
    )
    return replace(request, team=None if team == ONLY_ME else team, private=team == ONLY_ME)
