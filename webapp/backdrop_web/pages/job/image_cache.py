"""A job's images as the Job page knows them. No Streamlit here.

The API tells images a page at a time and knows nothing of approved or rejected ones, so the cache collects all of
them: a few pages each time it is refreshed, so that the first ones are shown at once, and afterwards only the pages
where something may have changed. Every answer carries freshly signed addresses; showing those would make the browser
load each picture again, so an image keeps the addresses it came with until they are about to run out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop_web.service.api import FRESH_SECONDS, MOST_PER_CALL, Api
from backdrop_web.text.formats import fold_text

CALLS_PER_REFRESH = 3
"""Pages fetched at a time: a page of the web app must not wait for a thousand images."""

LATE_SECONDS = 15.0
"""Images nobody looks at, and none of which had finished when last asked for, are asked for again this seldom."""


class Filter(StrEnum):
    """Which images are shown."""

    ALL = "all"
    TO_REVIEW = "to-review"
    FLAGGED = "flagged"
    APPROVED = "approved"
    REJECTED = "rejected"
    FAILED = "failed"
    WAITING = "waiting"

    def takes(self, image: Image) -> bool:
        """Whether `image` is shown under this filter."""
        done = image.status is ImageStatus.SUCCEEDED
        match self:
            case Filter.ALL:
                return True
            case Filter.TO_REVIEW:
                return done and image.verdict is None
            case Filter.FLAGGED:
                return done and image.verdict is None and is_doubtful(image)
            case Filter.APPROVED:
                return done and image.verdict is Verdict.APPROVED
            case Filter.REJECTED:
                return done and image.verdict is Verdict.REJECTED
            case Filter.FAILED:
                return image.status is ImageStatus.FAILED
            case Filter.WAITING:
                return image.status is ImageStatus.QUEUED


_BY_VERDICT = frozenset({Filter.TO_REVIEW, Filter.FLAGGED, Filter.APPROVED, Filter.REJECTED})


def is_doubtful(image: Image) -> bool:
    """Whether something was measured that a person should look at: a quality flag, or a marketplace's broken rule."""
    return bool(image.flags or (image.marketplace and image.marketplace.failed))


@dataclass
class _Page:
    """What one call of the API told: `cursor` asks for it, `after` for the next one."""

    cursor: str | None
    after: str | None
    ids: list[str] = field(default_factory=list)
    fetched_at: float = 0.0
    finished_then: int = -1
    """How many images of the job had finished when this page was fetched."""
    moving: bool = True
    """Whether the last call told of images that had finished since the one before."""


@dataclass
class ImageCache:
    """The images of one job."""

    job_id: str
    images: dict[str, Image] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)
    """Images judged since the filter was chosen: they stay where they are until it is chosen again."""
    clock: Callable[[], float] = time.monotonic
    _pages: list[_Page] = field(default_factory=list)
    _signed_at: dict[str, float] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether all images were told at least once."""
        return bool(self._pages) and self._pages[-1].after is None

    def is_behind(self, job: Job) -> bool:
        """Whether images ended that the cache still holds for waiting."""
        return any(self._is_waiting(page) and page.finished_then != _count_finished(job) for page in self._pages)

    def refresh(self, api: Api, job: Job, shown: Iterable[str] = ()) -> None:
        """Bring the cache up to date with a few calls at most; none when nothing can have changed.

        Args:
            shown: ids of the images that people see now; they come first.
        """
        # The first page of the grid is drawn after one call.
        calls, most = 0, CALLS_PER_REFRESH if self._pages else 1
        for page in self._find_due(job, set(shown)):
            if calls >= most:
                return
            self._fetch_page(api, page, job)
            calls += 1
        while not self.is_complete and calls < most:
            cursor = self._pages[-1].after if self._pages else None
            self._pages.append(_Page(cursor, None))
            self._fetch_page(api, self._pages[-1], job)
            calls += 1

    def select(self, wanted: Filter, words: str = "") -> list[Image]:
        """Return the known images under a filter, in the order of the job; what was judged meanwhile stays.

        `words` is a part of their names, whatever its case and accents.
        """
        part = fold_text(words)
        return [
            image
            for image in self.images.values()
            if (wanted.takes(image) or self._stays_shown(image, wanted)) and (not part or part in fold_text(image.name))
        ]

    def count_images(self, job: Job) -> dict[Filter, int | None]:
        """Return how many images each filter takes; None where that is not known before all images are."""
        counts = job.counts
        told = {Filter.ALL: counts.total, Filter.FAILED: counts.failed, Filter.WAITING: counts.pending}
        if not self.is_complete:
            return {wanted: told.get(wanted) for wanted in Filter}
        found = Counter(wanted for image in self.images.values() for wanted in _BY_VERDICT if wanted.takes(image))
        return {wanted: told.get(wanted, found[wanted]) for wanted in Filter}

    def set_verdict(self, image_id: str, verdict: Verdict | None) -> None:
        """Note what the API was told of an image."""
        if known := self.images.get(image_id):
            self.images[image_id] = replace(known, verdict=verdict)
            self.judged.add(image_id)

    def _stays_shown(self, image: Image, wanted: Filter) -> bool:
        return (
            wanted in _BY_VERDICT
            and image.image_id in self.judged
            and (wanted is not Filter.FLAGGED or is_doubtful(image))
        )

    def _find_due(self, job: Job, visible: set[str]) -> Iterator[_Page]:
        """Yield the known pages to ask for again: those that people see, then those where images ended.

        A job goes through its images in their order, by and large: once as many are known to have ended as the job
        tells, the pages behind hold nothing new.
        """
        for page in self._pages:
            if not visible.isdisjoint(page.ids) and (
                self._has_old_addresses(page) or self._may_have_changed(page, job)
            ):
                yield page
        missing = _count_finished(job) - sum(image.status is not ImageStatus.QUEUED for image in self.images.values())
        first = True
        for page in self._pages:
            if not (missing > 0 or job.status.final) or not self._is_waiting(page):
                continue
            if self._may_have_changed(page, job) and (first or self._is_promising(page, job)):
                before = self._count_waiting(page)
                yield page
                missing -= before - self._count_waiting(page)
            first = False

    def _has_old_addresses(self, page: _Page) -> bool:
        now = self.clock()
        return now - min((self._signed_at[id_] for id_ in page.ids), default=now) > FRESH_SECONDS

    def _may_have_changed(self, page: _Page, job: Job) -> bool:
        return page.finished_then != _count_finished(job) and self._is_waiting(page)

    def _is_promising(self, page: _Page, job: Job) -> bool:
        return job.status.final or page.moving or self.clock() - page.fetched_at > LATE_SECONDS

    def _is_waiting(self, page: _Page) -> bool:
        return self._count_waiting(page) > 0

    def _count_waiting(self, page: _Page) -> int:
        return sum(self.images[id_].status is ImageStatus.QUEUED for id_ in page.ids)

    def _fetch_page(self, api: Api, page: _Page, job: Job) -> None:
        answer = api.images_page(self.job_id, limit=MOST_PER_CALL, cursor=page.cursor)
        now, waited = self.clock(), self._count_waiting(page)
        page.after, page.fetched_at, page.finished_then = answer.cursor, now, _count_finished(job)
        page.ids = [image.image_id for image in answer.images]
        for image in answer.images:
            known, at = self.images.get(image.image_id), self._signed_at.get(image.image_id, 0.0)
            if known is None or known.status is not image.status or now - at > FRESH_SECONDS:
                self.images[image.image_id], self._signed_at[image.image_id] = image, now
            elif known.verdict is not image.verdict:
                # Judged in another window.
                self.images[image.image_id] = replace(known, verdict=image.verdict)
        page.moving = self._count_waiting(page) not in (waited, len(page.ids))


def _count_finished(job: Job) -> int:
    return job.counts.succeeded + job.counts.failed
