"""Sharing: who started a job says, also later, which team sees it."""

from __future__ import annotations

from dataclasses import replace

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User, check_team
from backdrop.core.words.marks import phrase
from backdrop.jobs import queries
from backdrop.jobs.model import Job
from backdrop.jobs.ports import JobStore


def share(jobs: JobStore, user: User, job_id: str, team: str | None) -> Job:
    """Let a team of the user's see a job that the user started; None makes it private again.

    Raises:
        BackdropError: `NOT_FOUND`, `NOT_SHARED`, `READ_ONLY`, `ROLE_FORBIDS`, `TEAM_UNKNOWN`; `INVALID_REQUEST` for a
            trial.
    """
    job = queries.find_job(jobs, user, job_id, Action.SHARE)
    if job.trial:
        raise BackdropError(
            ErrorCode.INVALID_REQUEST,
            phrase("A trial stays private."),
            phrase("Start the job of which it is the trial, and share it."),
        )
    if team is not None:
        check_team(user, team)
    # Its redos are of its set: whoever sees one sees the others.
    for one in (job.id, *sorted(job.redos)):
        jobs.set_team(one, team)
    return replace(job, team=team)
