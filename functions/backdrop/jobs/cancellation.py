"""Cancelling a job: a note in its row, which the workflow looks at before an image's first paid call.

A job that does not run yet is over with that note. Its execution, if it ever starts, finds every image cancelled and
writes the report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from backdrop.core import clock
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User
from backdrop.core.words.marks import phrase
from backdrop.jobs import queries
from backdrop.jobs.costs.spending import Spending
from backdrop.jobs.model import Job
from backdrop.jobs.ports import JobStore


@dataclass(frozen=True)
class Cancelled:
    """The job as it is now, and whether this call cancelled it."""

    job: Job
    new: bool


def cancel(jobs: JobStore, user: User, job_id: str, now: datetime, spending: Spending) -> Cancelled:
    """Cancel a job that the user may cancel, begun or not. Once is enough: a second call changes nothing.

    Raises:
        BackdropError: `NOT_FOUND`, `NOT_SHARED`, `ROLE_FORBIDS`; `JOB_ENDED` when it had ended
            before anybody cancelled it.
    """
    queries.find_job(jobs, user, job_id, Action.CANCEL)
    new = jobs.cancel(job_id, clock.iso(now))
    job = queries.find_job(jobs, user, job_id)
    if job.cancelled_at is None:
        raise BackdropError(ErrorCode.JOB_ENDED, phrase("The job has ended already."))
    if new and job.execution_arn is None:
        # It does not run and costs nothing; a run that starts all the same calls no model.
        spending.settle(job.id, 0.0)
    return Cancelled(job, new)
