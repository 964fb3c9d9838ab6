"""Calling a job otherwise, and giving it other tags."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core.naming import MAX_JOB_NAME, MAX_TAGS
from backdrop_web.service.api import User
from backdrop_web.text.language import translate


def show_rename(who: User, job: Job, close: Callable[[], None]) -> None:
    """Show name and tags of a job to be changed; `close` ends the dialog."""
    st.write(
        translate("Name and tags are what you find the job by. Its pictures and their file names stay as they are.")
    )
    name = st.text_input(translate("Name"), job.name or "", max_chars=MAX_JOB_NAME, key=f"rename-name-{job.job_id}")
    tags = st.multiselect(
        translate("Tags"),
        job.tags,
        default=job.tags,
        accept_new_options=True,
        max_selections=MAX_TAGS,
        placeholder=translate("Type a word, such as spring"),
        key=f"rename-tags-{job.job_id}",
    )
    if st.button(translate("Save"), type="primary", icon=":material/check:", key="rename-yes"):
        st.session_state[f"job-{job.job_id}"] = who.api.rename_job(job.job_id, name=name, tags=tags)
        close()
