"""Whose job it is and who sees it; who started it can change that."""

from __future__ import annotations

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core.names import shown
from backdrop.core.people import Action
from backdrop_web.service.api import User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.text.formats import ONLY_ME, escape_markdown, name_seer


def show_whose(job: Job) -> None:
    """Say whose job it is where it is another person's, before anything on the page can be pressed."""
    if job.mine:
        return
    by = shown(job.requested_by or "somebody else")
    team = f", seen by the team {shown(job.team)}" if job.team else ", private"
    may_do = {
        Action.JUDGE: "approve and reject its images",
        Action.CANCEL: "cancel it" if not job.status.final else "",
        Action.REUSE: "make new jobs of its photos",
    }
    words = [text for action, text in may_do.items() if text and action in job.allowed]
    told = f"You can {', '.join(words)}." if words else "You can look and download."
    st.info(escape_markdown(f"A job of {by}{team}. {told}"), icon=":material/group:")


def show_sharing(who: User, job: Job) -> None:
    """Show who sees a job of one's own, and let that be changed."""
    if job.trial or Action.SHARE not in job.allowed or not (who.teams or job.team):
        return
    teams = sorted({*who.teams, *([job.team] if job.team else [])})
    label = f"Seen by {name_seer(job.team)}" if job.team else "Only you see it"
    with st.popover(escape_markdown(label), icon=":material/group:", key="job-seen-by"):
        choices = [ONLY_ME, *teams]
        chosen = st.radio(
            "Who sees this job", choices, index=choices.index(job.team or ONLY_ME), format_func=name_seer,
            key=f"seen-by-{job.job_id}-{job.team}",
        )  # fmt: skip
        st.caption("Ops and auditors see every job.")
        if st.button("Save", key="seen-by-save", disabled=chosen == (job.team or ONLY_ME)):
            with explain_failures():
                who.api.share_job(job.job_id, None if chosen == ONLY_ME else chosen)
                st.rerun()
