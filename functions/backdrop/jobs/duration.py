"""How long a job takes, told from the user's own finished jobs. Quotas alone leave out what a model takes to answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, linear_regression, median

from backdrop.core import clock
from backdrop.core.vocabulary import JobStatus
from backdrop.jobs.model import Job, JobSettings

LATEST = 20
"""Jobs that are looked at: older ones tell of another time."""


@dataclass(frozen=True)
class Run:
    """A finished job: how many images it made in how many seconds."""

    images: int
    seconds: float


def runs_like(jobs: Iterable[Job], settings: JobSettings) -> list[Run]:
    """Return the runs of the jobs that did the same kind of work to their end: same model, mode, background and
    aspect."""
    kind = _kind(settings)
    return [
        Run(job.image_count, max(0.0, (clock.parse(job.finished_at) - clock.parse(job.started_at)).total_seconds()))
        for job in jobs
        if job.status is JobStatus.SUCCEEDED and job.started_at and job.finished_at and _kind(job.settings) == kind
    ]


def seconds_for(images: int, runs: Sequence[Run], quota_seconds: float) -> float | None:
    """Seconds that a job of so many images will take; None without a job to tell from.

    A job takes a time of its own and then a pace: a straight line through what is known.

    Args:
        images: of the job to come.
        runs: of `runs_like`.
        quota_seconds: that the job's calls take at the models' quotas; 0 without a quota. No pace is faster.
    """
    if not runs:
        return None
    slowest_allowed = quota_seconds / images if images else 0.0
    sizes = [run.images for run in runs]
    if len(set(sizes)) > 1:
        pace = linear_regression(sizes, [run.seconds for run in runs]).slope
    else:
        # All of one size: nothing tells the start from the pace, unless a quota sets the pace.
        pace = 0.0 if slowest_allowed else median(run.seconds for run in runs) / sizes[0]
    pace = max(pace, slowest_allowed, 0.0)
    start = max(0.0, fmean(run.seconds - pace * run.images for run in runs))
    return start + pace * images


def _kind(settings: JobSettings) -> tuple[object, ...]:
    options = settings.options
    return settings.model_id, settings.mode, options.generates, options.mask_source, options.output.aspect
