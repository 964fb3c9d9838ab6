"""A draft of copies opens on the new-job page with the settings of the job they come from."""

from __future__ import annotations

import streamlit as st

from backdrop_client.answers import Job
from backdrop_web import session
from backdrop_web.service import User
from backdrop_web.views.job_again import Copies


def put(who: User, job: Job, copies: Copies) -> None:
    """Make the copies the job being put together, with the settings of `job`."""
    draft = session.new_workspace()
    draft.load(who.api, copies.draft_id)
    fields = {
        "prompt": job.prompt,
        "negative": job.negative_prompt,
        "mode": job.mode,
        "model": job.model_id,
        "seed": job.seed,
    }
    for name, value in fields.items():
        st.session_state[f"{name}-{draft.number}"] = value
    for photo_id, names in copies.kept.items():
        st.session_state[f"keep-{photo_id}"] = names
