"""The images of a job that were redone, as its page knows them. No Streamlit here.

An image of the set is known by the id that it has in the job; a try of it by `JOB/IMAGE` where it is of another job.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from backdrop.api.schemas.jobs import GlancedImage, Job
from backdrop.api.schemas.tries import TriedImage, Tries, Try
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop_web.service.api import Api

_SECONDS = 2.0
"""While tries are made they are asked for again this often."""

_SELDOM_SECONDS = 60.0
"""Else: somebody may judge them elsewhere."""


def find_job_and_image(key: str, job_id: str) -> tuple[str, str]:
    """Return the ids of the job and of the image that a try is. `job_id`: of the set."""
    other, slash, image_id = key.partition("/")
    return (other, image_id) if slash else (job_id, key)


@dataclass
class TriedImages:
    """The tries of a job's images: `images` by the ids that these have in the job."""

    job_id: str
    images: dict[str, TriedImage] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    """The redos of the job."""
    clock: Callable[[], float] = time.monotonic
    _fetched_at: float | None = None
    _first_of: dict[str, str] = field(default_factory=dict)

    def is_due(self, job: Job) -> bool:
        """Whether there may be other tries than those that are known."""
        if not job.redos:
            return False
        if self._fetched_at is None or len(self.jobs) != job.redos:
            return True
        return self.clock() - self._fetched_at >= (_SECONDS if self.are_under_way else _SELDOM_SECONDS)

    @property
    def are_under_way(self) -> bool:
        """Whether a redo of the job runs."""
        return any(not one.status.final for one in self.jobs.values())

    @property
    def cost_usd(self) -> float:
        """What all redos that have ended cost."""
        return sum(one.cost_usd or 0.0 for one in self.jobs.values())

    def refresh(self, api: Api) -> None:
        """Ask for the tries, and for the redos that were not over when they were told last."""
        told: Tries = api.tries(self.job_id)
        for redo in told.redos:
            known = self.jobs.get(redo.job_id)
            if known is None or not known.status.final:
                self.jobs[redo.job_id] = api.job(redo.job_id)
        self.images = {one.image_id: one for one in told.images}
        self._first_of = {self.make_key(one): image.image_id for image in told.images for one in image.tries}
        self._fetched_at = self.clock()

    def make_key(self, one: Try) -> str:
        """Return what a try is known by."""
        return one.image_id if one.job_id == self.job_id else f"{one.job_id}/{one.image_id}"

    def find_first(self, key: str) -> str:
        """Return the id that the image of a try has in the job."""
        return self._first_of.get(key, key)

    def list_keys(self, image_ids: Iterable[str]) -> list[str]:
        """Return the later tries of these images of the job."""
        return [
            self.make_key(one)
            for id_ in image_ids
            if id_ in self.images
            for one in self.images[id_].tries
            if one.job_id != self.job_id
        ]

    def list_shown_elsewhere(self) -> dict[str, str]:
        """Return image id -> the redo whose picture the set shows in its place."""
        return {one.image_id: one.shown.job_id for one in self.images.values() if one.shown.job_id != self.job_id}

    def lay_over(self, image: GlancedImage) -> GlancedImage:
        """Return an image of the job at a glance as its set shows it."""
        tried = self.images.get(image.image_id)
        if tried is None:
            return image
        one = tried.shown
        return replace(image, status=one.status, doubtful=one.doubtful, verdict=one.verdict)

    def set_verdict(self, key: str, verdict: Verdict | None) -> None:
        """Note what the API was told of a try; which one is shown is asked for at the next refresh."""
        tried = self.images.get(self.find_first(key))
        if tried is None:
            return
        tries = [replace(one, verdict=verdict) if self.make_key(one) == key else one for one in tried.tries]
        self.images[tried.image_id] = replace(tried, tries=tries)
        self._fetched_at = None

    def count_under_way(self) -> int:
        """How many images have a new try that is not finished."""
        return sum(any(one.status is ImageStatus.QUEUED for one in image.tries) for image in self.images.values())
