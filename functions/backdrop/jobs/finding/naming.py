"""Calling a job otherwise: its name and its tags change, what was made does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.naming import checked_name, checked_tags
from backdrop.core.people import Action, User
from backdrop.core.search import rewrite_text
from backdrop.core.words.marks import phrase
from backdrop.jobs import queries
from backdrop.jobs.model import Job
from backdrop.jobs.ports import JobStore


def rename(jobs: JobStore, user: User, job_id: str, name: str | None, tags: Sequence[str] | None) -> Job:
    """Give a job that the user may name another name and other tags; None leaves each as it is.

    Returns:
        The job as it is now.

    Raises:
        BackdropError: `NOT_FOUND`, `NOT_SHARED`, `READ_ONLY`, `ROLE_FORBIDS`, `NAME_INVALID`.
    """
    job = queries.find_job(jobs, user, job_id, Action.NAME)
    called = job.name if name is None else checked_name(name)
    tagged = job.tags if tags is None else checked_tags(tags)
    renamed = replace(job, name=called, tags=tagged, search_text=rewrite_text(job.found_by, called, tagged))
    if not jobs.rename(renamed):
        raise BackdropError(ErrorCode.NOT_FOUND, phrase("You have no such job."))
    return renamed
