"""Whose job it is and who sees it; who started it can change that."""

from __future__ import annotations

import streamlit as st

from backdrop.api.schemas.jobs import Job
from backdrop.core.names import shown
from backdrop.core.people import Action
from backdrop_web.service.api import User
from backdrop_web.sign_in.guard import explain_failures
from backdrop_web.text.formats import ONLY_ME, escape_markdown, name_seer
from backdrop_web.text.language import translate


def show_whose(job: Job) -> None:
    """Say whose job it is where it is another person's, before anything on the page can be pressed."""
    if job.mine:
        return
    by = shown(job.requested_by) if job.requested_by else translate("somebody else")
    if job.team:
        whose = translate("A job of {person}, seen by the team {team}.", person=by, team=shown(job.team))
    else:
        whose = translate("A job of {person}, private.", person=by)
    st.info(escape_markdown(f"{whose} {_tell_allowed(job)}"), icon=":material/group:")


def _tell_allowed(job: Job) -> str:
    """What the reader may do with the job: a whole sentence for each case, as languages put words in other places."""
    judge, reuse = Action.JUDGE in job.allowed, Action.REUSE in job.allowed
    cancel = Action.CANCEL in job.allowed and not job.status.final
    return {
        (True, True, True): lambda: translate(
            "You can approve and reject its images, cancel it, make new jobs of its photos."
        ),
        (True, True, False): lambda: translate("You can approve and reject its images, cancel it."),
        (True, False, True): lambda: translate("You can approve and reject its images, make new jobs of its photos."),
        (True, False, False): lambda: translate("You can approve and reject its images."),
        (False, True, True): lambda: translate("You can cancel it, make new jobs of its photos."),
        (False, True, False): lambda: translate("You can cancel it."),
        (False, False, True): lambda: translate("You can make new jobs of its photos."),
        (False, False, False): lambda: translate("You can look and download."),
    }[judge, cancel, reuse]()


def show_sharing(who: User, job: Job) -> None:
    """Show who sees a job of one's own, and let that be changed."""
    if job.trial or Action.SHARE not in job.allowed or not (who.teams or job.team):
        return
    teams = sorted({*who.teams, *([job.team] if job.team else [])})
    label = translate("Seen by {who}", who=name_seer(job.team)) if job.team else translate("Only you see it")
    with st.popover(escape_markdown(label), icon=":material/group:", key="job-seen-by"):
        choices = [ONLY_ME, *teams]
        chosen = st.radio(
            translate("Who sees this job"), choices, index=choices.index(job.team or ONLY_ME), format_func=name_seer,
            key=f"seen-by-{job.job_id}-{job.team}",
        )  # fmt: skip
        st.caption(translate("Ops and auditors see every job."))
        if st.button(translate("Save"), key="seen-by-save", disabled=chosen == (job.team or ONLY_ME)):
            with explain_failures():
                who.api.share_job(job.job_id, None if chosen == ONLY_ME else chosen)
                st.rerun()
