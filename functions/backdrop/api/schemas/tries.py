"""Tries of a job's images, as the REST API answers them."""

from __future__ import annotations

from typing import Literal

from backdrop.api.schemas.wire import answer
from backdrop.core.verdicts import RejectReason
from backdrop.core.vocabulary import ImageStatus, JobStatus, Verdict


@answer
class Try:
    """One try of an image: the image `imageId` of the job `jobId`, which tells the rest of it."""

    job_id: str
    image_id: str
    status: Literal[ImageStatus.QUEUED, ImageStatus.SUCCEEDED, ImageStatus.FAILED]
    doubtful: bool
    verdict: Verdict | None = None
    verdict_at: str | None = None
    reject_reason: RejectReason | None = None
    reject_words: str | None = None


@answer
class TriedImage:
    """An image of the job with all its tries, the job's own first. `chosen`: the place (from 0) of the one that the set
    shows: the one approved last; else the newest that is finished and not rejected; else the newest still to come."""

    image_id: str
    chosen: int
    tries: list[Try]

    @property
    def shown(self) -> Try:
        """The try that the set shows."""
        return self.tries[self.chosen]


@answer
class Redo:
    """A job that makes new tries of another's images."""

    job_id: str
    status: JobStatus
    created_at: str
    cost_usd: float | None = None


@answer
class Tries:
    """The redos of a job, the first one first, and its images of which there are several tries."""

    redos: list[Redo]
    images: list[TriedImage]
