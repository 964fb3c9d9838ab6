"""A job's images as the Job page knows them. No Streamlit here.

All of them at a glance (name, status, verdict), which the API tells at once: they are counted, filtered and searched
here. In full, with addresses of pictures, those alone that somebody looks at. Afterwards a poll asks again for the
stretches where something may have changed, a few at most, however many images there are. Every answer carries freshly
signed addresses; showing those would make the browser load each picture again, so an image keeps the addresses it came
with until they are about to run out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from backdrop.api.schemas.jobs import GlancedImage, Image, Job
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop_client.file_names import image_id_of
from backdrop_web.pages.job.tried import TriedImages
from backdrop_web.service.api import FRESH_SECONDS, MOST_PER_CALL, Api
from backdrop_web.text.formats import fold_text

FIRST_IMAGES = 200
"""Asked for first, so that the first page of the grid does not wait for all of a large job."""

STRETCH = 500
"""Images that are asked for again together."""

CALLS_PER_REFRESH = 3
"""Stretches asked for again at a time: a page of the web app must not wait for all of a large job."""

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

    def takes(self, image: GlancedImage) -> bool:
        """Whether `image` is shown under this filter."""
        done = image.status is ImageStatus.SUCCEEDED
        match self:
            case Filter.ALL:
                return True
            case Filter.TO_REVIEW:
                return done and image.verdict is None
            case Filter.FLAGGED:
                return done and image.verdict is None and image.doubtful
            case Filter.APPROVED:
                return done and image.verdict is Verdict.APPROVED
            case Filter.REJECTED:
                return done and image.verdict is Verdict.REJECTED
            case Filter.FAILED:
                return image.status is ImageStatus.FAILED
            case Filter.WAITING:
                return image.status is ImageStatus.QUEUED


_BY_VERDICT = frozenset({Filter.TO_REVIEW, Filter.FLAGGED, Filter.APPROVED, Filter.REJECTED})


@dataclass
class _Stretch:
    """Images that are asked for together: those of `ids`, behind the image `before`."""

    before: str | None
    ids: list[str]
    waiting: int
    fetched_at: float
    finished_then: int
    """How many images of the job had finished when they were fetched."""
    moving: bool = True
    """Whether the last call told of images that had finished since the one before."""


@dataclass
class ImageCache:
    """The images of one job: `glances` of all of them, `images` in full of those that were looked at."""

    job_id: str
    glances: dict[str, GlancedImage] = field(default_factory=dict)
    images: dict[str, Image] = field(default_factory=dict)
    judged: set[str] = field(default_factory=set)
    """Images judged since the filter was chosen: they stay where they are until it is chosen again."""
    clock: Callable[[], float] = time.monotonic
    is_complete: bool = False
    """Whether all images were told at least once."""
    shown: tuple[Filter, str] = (Filter.ALL, "")
    """The filter and the words that choose the images of the grid now."""
    tried: TriedImages = field(init=False)
    _skus: dict[str, str] | None = None
    _stretches: list[_Stretch] = field(default_factory=list)
    _signed_at: dict[str, float] = field(default_factory=dict)
    _folded: dict[str, str] = field(default_factory=dict)
    _selected: dict[tuple[Filter, str, int], list[GlancedImage]] = field(default_factory=dict)
    _found: Counter[Filter] | None = None
    """What is worked out of all images is kept until one of them changes: a poll mostly finds that none has."""

    def __post_init__(self) -> None:
        self.tried = TriedImages(self.job_id, clock=self.clock)

    def is_behind(self, job: Job) -> bool:
        """Whether images ended that the cache still holds for waiting."""
        return any(self._may_have_changed(stretch, job) for stretch in self._stretches)

    def refresh(self, api: Api, job: Job, shown: Iterable[str] = ()) -> None:
        """Bring the cache up to date with a few calls at most; none when nothing can have changed.

        Args:
            shown: ids of the images that people see now; they come first.
        """
        if self.tried.is_due(job):
            self.tried.refresh(api)
            for image in list(self.glances.values()):
                self._note(image)
        if not self._stretches:
            self._collect(api, job, FIRST_IMAGES)
            return
        if not self.is_complete:
            self._collect(api, job, None)
            return
        for calls, stretch in enumerate(self._find_due(job, set(shown)), 1):
            if not self._fetch_again(api, stretch, job):
                # Others than before: the images of further variations come when the job begins.
                self._forget_all()
                self._collect(api, job, None)
                return
            if calls >= CALLS_PER_REFRESH:
                return

    def load(self, api: Api, ids: Sequence[str]) -> list[Image]:
        """Return these images in full, and fetch those of them that are not known as they are now."""
        due = [id_ for id_ in ids if self._is_due(id_)]
        for start in range(0, len(due), MOST_PER_CALL):
            now = self.clock()
            for image in api.images_of_ids(self.job_id, due[start : start + MOST_PER_CALL]):
                self.images[image.image_id], self._signed_at[image.image_id] = image, now
                self._set_glanced_verdict(image.image_id, image.verdict)
        self._load_tries(api, ids)
        return self.get_known(ids)

    def _load_tries(self, api: Api, ids: Sequence[str]) -> None:
        """Fetch the later tries of these images, where they are not known as they are now."""
        by_job: dict[str, list[str]] = {}
        for key in self.tried.list_keys(ids):
            known, job_id = self.images.get(key), key.partition("/")[0]
            fresh = known is not None and self.clock() - self._signed_at[key] <= FRESH_SECONDS
            if not fresh or (known is not None and known.status is ImageStatus.QUEUED):
                by_job.setdefault(job_id, []).append(key)
        for job_id, keys in by_job.items():
            for start in range(0, len(keys), MOST_PER_CALL):
                some = [key.partition("/")[2] for key in keys[start : start + MOST_PER_CALL]]
                now = self.clock()
                for image in api.images_of_ids(job_id, some):
                    key = f"{job_id}/{image.image_id}"
                    self.images[key], self._signed_at[key] = image, now

    def get_known(self, ids: Iterable[str]) -> list[Image]:
        """Return those of these images that are known in full."""
        return [self.images[id_] for id_ in ids if id_ in self.images]

    def select(self, wanted: Filter, words: str = "") -> list[GlancedImage]:
        """Return the known images under a filter, in the order of the job; what was judged meanwhile stays.

        `words` is a part of their names, or of their SKUs once those are learnt, whatever its case and accents.
        """
        part = fold_text(words)
        key = (wanted, part, len(self.judged))
        if key not in self._selected:
            self._selected[key] = [
                image
                for image in self.glances.values()
                if (wanted.takes(image) or self._stays_shown(image, wanted)) and (not part or part in self._fold(image))
            ]
        return self._selected[key]

    def learn_skus(self, api: Api) -> None:
        """Ask for the photos' SKUs, so that a search finds them too; once, when somebody searches."""
        if self._skus is None:
            self._skus = {
                image_id_of(photo.photo_id, number): photo.sku
                for photo in api.names(self.job_id)
                if photo.sku
                for number in range(1, photo.images + 1)
            }
            self._folded.clear()
            self._selected.clear()

    def count_images(self, job: Job) -> dict[Filter, int | None]:
        """Return how many images each filter takes; None where that is not known before all images are."""
        counts = job.counts
        told = {Filter.ALL: counts.total}
        if not self.tried.images:
            told |= {Filter.FAILED: counts.failed, Filter.WAITING: counts.pending}
        if not self.is_complete:
            return {wanted: told.get(wanted) for wanted in Filter}
        found = self._count_found()
        return {wanted: told.get(wanted, found[wanted]) for wanted in Filter}

    def set_verdict(self, image_id: str, verdict: Verdict | None, why: Why = UNSAID) -> None:
        """Note what the API was told of an image, or of a try of one."""
        first = self.tried.find_first(image_id)
        if first not in self.glances:
            return
        self.judged.add(first)
        self.tried.set_verdict(image_id, verdict)
        self._note(replace(self.glances[first], verdict=verdict))
        if known := self.images.get(image_id):
            self.images[image_id] = replace(
                known, verdict=verdict, reject_reason=why.reason, reject_words=why.words or None
            )

    def _stays_shown(self, image: GlancedImage, wanted: Filter) -> bool:
        return (
            wanted in _BY_VERDICT and image.image_id in self.judged and (wanted is not Filter.FLAGGED or image.doubtful)
        )

    def _fold(self, image: GlancedImage) -> str:
        if image.image_id not in self._folded:
            sku = (self._skus or {}).get(image.image_id, "")
            self._folded[image.image_id] = "\n".join(map(fold_text, (image.name, sku)))
        return self._folded[image.image_id]

    def _count_found(self) -> Counter[Filter]:
        if self._found is None:
            kinds = (*_BY_VERDICT, Filter.WAITING, Filter.FAILED)
            self._found = Counter(one for image in self.glances.values() for one in kinds if one.takes(image))
        return self._found

    def _note(self, image: GlancedImage) -> None:
        image = self.tried.lay_over(image)
        if self.glances.get(image.image_id) != image:
            self.glances[image.image_id] = image
            self._selected.clear()
            self._found = None

    def _set_glanced_verdict(self, image_id: str, verdict: Verdict | None) -> None:
        known = self.glances.get(image_id)
        if known is not None and known.verdict is not verdict and image_id not in self.judged:
            self._note(replace(known, verdict=verdict))

    def _forget_all(self) -> None:
        self._stretches.clear()
        self.glances.clear()
        self._selected.clear()
        self._found, self.is_complete = None, False

    def _is_due(self, image_id: str) -> bool:
        image, glanced = self.images.get(image_id), self.glances.get(image_id)
        if image is None or self.clock() - self._signed_at[image_id] > FRESH_SECONDS:
            return True
        if image_id in self.tried.images:
            # What is told at a glance is of another try.
            return False
        # What was told in full may be ahead of what was told at a glance.
        return glanced is not None and glanced.status not in (ImageStatus.QUEUED, image.status)

    def _find_due(self, job: Job, visible: set[str]) -> Iterator[_Stretch]:
        """Yield the stretches to ask for again: those that people see, then those where images ended.

        A job goes through its images in their order, by and large: once as many are known to have ended as the job
        tells, the stretches behind hold nothing new.
        """
        changed = [stretch for stretch in self._stretches if self._may_have_changed(stretch, job)]
        seen = [stretch for stretch in changed if not visible.isdisjoint(stretch.ids)]
        yield from seen
        missing = _count_finished(job) - (len(self.glances) - self._count_found()[Filter.WAITING])
        first = True
        for stretch in changed:
            if stretch in seen or not (missing > 0 or job.status.final):
                first = False
                continue
            if first or self._is_promising(stretch, job):
                before = stretch.waiting
                yield stretch
                missing -= before - stretch.waiting
            first = False

    def _may_have_changed(self, stretch: _Stretch, job: Job) -> bool:
        # Of a job that has ended nothing waits, whatever the count was when this was told.
        return stretch.waiting > 0 and (job.status.final or stretch.finished_then != _count_finished(job))

    def _is_promising(self, stretch: _Stretch, job: Job) -> bool:
        return job.status.final or stretch.moving or self.clock() - stretch.fetched_at > LATE_SECONDS

    def _collect(self, api: Api, job: Job, limit: int | None) -> None:
        """Fetch images that are not known yet: so many of them, None: as many as the API tells at once."""
        after = self._stretches[-1].ids[-1] if self._stretches else None
        told = api.overview(self.job_id, limit=limit, after=after)
        for image in told.images:
            self._note(image)
        for start in range(0, len(told.images), STRETCH):
            part = told.images[start : start + STRETCH]
            ids = [image.image_id for image in part]
            waiting = sum(image.status is ImageStatus.QUEUED for image in part)
            self._stretches.append(_Stretch(after, ids, waiting, self.clock(), _count_finished(job)))
            after = ids[-1]
        # Without an image there is nothing to go on after: asked again at the next refresh.
        self.is_complete = told.after is None and bool(self._stretches)

    def _fetch_again(self, api: Api, stretch: _Stretch, job: Job) -> bool:
        """Return whether the images of the stretch are those that they were."""
        # Behind the last one further images of the last photo may have come: one more would show it.
        more = 1 if stretch is self._stretches[-1] else 0
        told = api.overview(self.job_id, limit=len(stretch.ids) + more, after=stretch.before).images
        if [image.image_id for image in told] != stretch.ids:
            return False
        before = stretch.waiting
        for image in told:
            known = self.glances[image.image_id]
            if image.status is ImageStatus.QUEUED:
                # The index may be a moment behind: what has ended never waits again.
                continue
            if image.image_id in self.judged:
                image = replace(image, verdict=known.verdict)
            self._note(image)
            shown = self.images.get(image.image_id)
            if shown is not None and shown.verdict is not image.verdict:
                self.images[image.image_id] = replace(shown, verdict=image.verdict)
        stretch.waiting = sum(image.status is ImageStatus.QUEUED for image in told)
        stretch.fetched_at, stretch.finished_then = self.clock(), _count_finished(job)
        stretch.moving = stretch.waiting not in (before, len(stretch.ids))
        return True


def _count_finished(job: Job) -> int:
    return job.counts.succeeded + job.counts.failed
