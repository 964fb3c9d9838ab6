"""Verdicts: what a person thinks of a finished image."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from backdrop.core import clock
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.vocabulary import Verdict
from backdrop.jobs import queries
from backdrop.jobs.drafts import User
from backdrop.jobs.model import Job, PhotoRow
from backdrop.jobs.ports import DraftStore, JobStore


def judge(
    store: DraftStore, jobs: JobStore, user: User, job_id: str, image_id: str, verdict: Verdict | None, now: datetime
) -> tuple[Job, PhotoRow]:
    """Note the verdict on an image of the user's job; None takes an earlier one back.

    Returns:
        The job, and the image as it is now.

    Raises:
        BackdropError: `NOT_FOUND`, `IMAGE_NOT_FINISHED`.
    """
    job = queries.find_job(jobs, user, job_id)
    image = queries.find_image(store, job, image_id)
    at = clock.iso(now)
    if not store.save_verdict(job.id, image_id, verdict, at):
        raise BackdropError(ErrorCode.IMAGE_NOT_FINISHED, "There is no finished image to judge.")
    return job, replace(image, verdict=verdict, verdict_at=at if verdict else None)
