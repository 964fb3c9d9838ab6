"""The user's jobs as the list knows them: fetched as far as they are needed, searched by the service. No Streamlit
here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from backdrop.api.schemas.jobs import Job, Jobs
from backdrop.core.vocabulary import JobStatus
from backdrop.core.words.marks import mark_phrase
from backdrop_web.service.api import FRESH_SECONDS, MOST_PER_CALL, Api

PER_PAGE = 20
_NEWEST = 20
CALLS_PER_SEARCH = 5
"""Calls that one search makes at most before it asks whether to go on: each looks at a thousand jobs, or answers a
hundred."""


class Outcome(StrEnum):
    """Which jobs are listed; the values are words to be translated."""

    ANY = mark_phrase("All")
    RUNNING = mark_phrase("Running")
    DONE = mark_phrase("Done")
    PARTLY_FAILED = mark_phrase("Partly failed")
    FAILED = mark_phrase("Failed")
    CANCELLED = mark_phrase("Cancelled")

    def takes(self, job: Job) -> bool:
        """Whether `job` is listed."""
        return self is Outcome.ANY or self is _OUTCOMES.get(job.status, Outcome.RUNNING)


_OUTCOMES = {
    JobStatus.SUCCEEDED: Outcome.DONE,
    JobStatus.PARTLY_FAILED: Outcome.PARTLY_FAILED,
    JobStatus.FAILED: Outcome.FAILED,
    JobStatus.CANCELLED: Outcome.CANCELLED,
}


@dataclass(frozen=True)
class Wanted:
    """What is searched: words, tags, the first and the last day (ISO 8601 moments); and whose jobs (`jobs_page`). The
    service says what matches."""

    words: str = ""
    tags: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    whose: str | None = None
    team: str | None = None


@dataclass
class JobList:
    """Jobs, newest first, known down to `_cursor`; None with `jobs` loaded means that all are known."""

    jobs: dict[str, Job] = field(default_factory=dict)
    wanted: Wanted = Wanted()
    started: bool = False
    clock: Callable[[], float] = time.monotonic
    _cursor: str | None = None
    _loaded_at: float = 0.0
    _signed_at: dict[str, float] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether there are no older jobs."""
        return self.started and self._cursor is None

    @property
    def is_running(self) -> bool:
        """Whether any known job is under way."""
        return any(not job.status.final for job in self.jobs.values())

    def refresh(self, api: Api) -> None:
        """Fetch the newest jobs as they are now, and older ones that were under way."""
        if self.started and self.clock() - self._loaded_at > FRESH_SECONDS:
            # The pictures' addresses are about to run out, those of jobs too that nobody asks for again.
            self.jobs, self.started, self._cursor = {}, False, None
        if not self.started:
            self._loaded_at = self.clock()
            self._load_page(api)
            return
        newest = self._ask(api, _NEWEST, None).jobs
        told = {job.job_id: self._keep_pictures(job) for job in newest}
        for job_id, job in self.jobs.items():
            if job_id not in told and not job.status.final:
                self.jobs[job_id] = self._keep_pictures(api.job(job_id))
        self.jobs = told | {job_id: told.get(job_id, job) for job_id, job in self.jobs.items()}

    def find_jobs(self, api: Api, outcome: Outcome, count: int) -> list[Job]:
        """Return at least `count` jobs that match, if there are so many; fetches older ones as far as that takes."""
        calls = 0
        while True:
            found = [job for job in self.jobs.values() if outcome.takes(job)]
            if self.is_complete or len(found) >= count or calls >= CALLS_PER_SEARCH:
                return found
            self._load_page(api)
            calls += 1

    def _load_page(self, api: Api) -> None:
        page = self._ask(api, MOST_PER_CALL, self._cursor)
        self.jobs.update({job.job_id: self._keep_pictures(job) for job in page.jobs})
        self._cursor, self.started = page.cursor, True

    def _ask(self, api: Api, limit: int, cursor: str | None) -> Jobs:
        wanted = self.wanted
        return api.jobs_page(
            limit=limit,
            cursor=cursor,
            search=wanted.words.strip() or None,
            tags=wanted.tags,
            since=wanted.since,
            until=wanted.until,
            whose=wanted.whose,
            team=wanted.team,
        )

    def _keep_pictures(self, job: Job) -> Job:
        """Return `job` with the addresses that its pictures had, while they hold: new ones would load them again."""
        known, now = self.jobs.get(job.job_id), self.clock()
        if (
            known is not None
            and _list_paths(known) == _list_paths(job)
            and now - self._signed_at.get(job.job_id, now) < FRESH_SECONDS
        ):
            return replace(job, thumbnail_urls=known.thumbnail_urls)
        self._signed_at[job.job_id] = now
        return job


def _list_paths(job: Job) -> list[str]:
    return [urlsplit(url).path for url in job.thumbnail_urls]
