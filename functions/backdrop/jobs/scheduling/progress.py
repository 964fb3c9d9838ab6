"""How far a job is: counts, cost, and a job that never started."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime

from backdrop.core import clock
from backdrop.core.errors import ErrorCode, Failure, explain
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.core.words.marks import mark_phrase, phrase
from backdrop.jobs.model import START_PATIENCE, Job, JobSettings
from backdrop.jobs.ports import DraftStore
from backdrop.models import catalogue

_STARTED_YET = mark_phrase("Wait: it is started again every few minutes, and nothing was paid for.")


@dataclass(frozen=True)
class Counts:
    """A job's images by state; `total` is always the sum of succeeded, failed and pending.

    `cancelled` of the failed ones were left because the job was cancelled; None while nobody has counted them.
    """

    total: int
    succeeded: int
    failed: int
    pending: int
    cancelled: int | None = None


def counts(store: DraftStore, job: Job) -> Counts:
    """The job's images by state: two rows are read, whatever its size. In a finished job nothing is pending: what never
    ran has failed."""
    if job.status.final:
        succeeded = job.succeeded if job.succeeded is not None else store.count(job.id, ImageStatus.SUCCEEDED)
        return Counts(job.image_count, succeeded, job.image_count - succeeded, 0, job.cancelled)
    if job.status is JobStatus.SUBMITTED:
        return Counts(job.image_count, 0, 0, job.image_count)
    succeeded, failed = store.counted(job.id) or (
        # Begun before images were counted as they end.
        store.count(job.id, ImageStatus.SUCCEEDED),
        store.count(job.id, ImageStatus.FAILED),
    )
    return Counts(job.image_count, succeeded, failed, max(0, job.image_count - succeeded - failed))


def calls_a_photo(settings: JobSettings) -> list[tuple[str, int]]:
    """Bedrock model ids that a photo with all its variations calls, and how often."""
    calls: Counter[str] = Counter()
    for step, often in catalogue.calls_a_photo(settings.model_id, settings.mode, settings.options.of_any_photo()):
        calls[step.service_id] += often
    return list(calls.items())


def estimated_cost_usd(job: Job) -> float:
    """What the model calls cost if each image needs each pass once."""
    if job.expected_usd is not None:
        return job.expected_usd
    settings = job.settings
    photos = job.photo_count or job.image_count / settings.options.images
    pictures = job.image_count / settings.options.images_a_seed

    def price(pictures: int) -> float:
        options = replace(settings.options.of_any_photo(), variations=pictures)
        return catalogue.price_per_photo(settings.model_id, settings.mode, options)

    # A photo's first picture brings its cut-out, which serves the others.
    return round(photos * price(1) + (pictures - photos) * (price(2) - price(1)), 4)


def trouble(job: Job, now: datetime) -> Failure | None:
    """Why the job itself failed, or that it has not started although it should have. That it was cancelled is none: its
    status says so."""
    if job.error is not None:
        known = explain(job.error, job.cause or "")
        return None if known.code is ErrorCode.JOB_CANCELLED else known
    waiting = now - clock.parse(job.created_at)
    if job.status is JobStatus.SUBMITTED and waiting > START_PATIENCE:
        minutes = int(waiting.total_seconds() // 60)
        code = ErrorCode.JOB_NOT_STARTED
        return Failure(
            code,
            phrase("The job was submitted {minutes} minutes ago and has not started.", minutes=minutes),
            _STARTED_YET,
        )
    return None
