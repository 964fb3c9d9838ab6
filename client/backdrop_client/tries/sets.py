"""The set of a job: each of its images, or the try that is shown in its place (the API's `tries` says which)."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.tries import Tries, Try
from backdrop_client.api import FRESH_SECONDS, PHOTOS_PER_CALL, ImagePages, images_of


class SetPages(ImagePages, Protocol):
    """What tells the images of a set: a `BackdropApi`."""

    def tries(self, job_id: str) -> Tries: ...

    def images_of_ids(self, job_id: str, image_ids: Sequence[str]) -> list[Image]: ...


@dataclass(frozen=True)
class SetImage:
    """An image of a set.

    Attributes:
        image: of the job itself: its first try.
        shown: the try that the set shows, of the job `job_id`.
        job_id: the job itself, or the redo of it that `shown` is an image of.
        tries: how many there are.
    """

    image: Image
    shown: Image
    job_id: str
    tries: int = 1

    @property
    def in_set(self) -> Image:
        """The try that is shown, as the image of the set that it is: id, name and place are the first one's."""
        if self.shown is self.image:
            return self.image
        own = self.image
        # A try has words of its own, whatever scene it stands for.
        scene = own.scene if self.shown.prompt is None else None
        return replace(
            self.shown,
            image_id=own.image_id,
            name=own.name,
            variation=own.variation,
            scene=scene,
            scenes=own.scenes,
            output=own.output,
            sku=own.sku,
        )


def find_shown(api: SetPages, job: Job) -> dict[str, Try]:
    """Image id -> the try that the job's set shows, of images that show another one than the job's own."""
    return list_later(job, api.tries(job.job_id)) if job.redos else {}


def list_later(job: Job, tries: Tries) -> dict[str, Try]:
    """Return of a job's tries what `find_shown` tells."""
    return {one.image_id: one.shown for one in tries.images if one.shown.job_id != job.job_id}


def images_of_set(api: SetPages, job: Job, shown: Mapping[str, Try]) -> Iterator[Image]:
    """All images of a job's set, in the job's order, with fresh addresses. `shown`: from `find_shown`."""
    return (one.in_set for one in show_tries(api, job, shown))


def show_tries(api: SetPages, job: Job, shown: Mapping[str, Try]) -> Iterator[SetImage]:
    """Yield all images of a job as those of its set, in the job's order; tries are read a hundred with a call, as they
    are asked for. `shown`: from `find_shown`."""
    later = _Later(api, shown.values())
    for image in images_of(api, job.job_id):
        one = shown.get(image.image_id)
        found = later.read(one) if one else None
        yield SetImage(image, found, one.job_id) if one and found else SetImage(image, image, job.job_id)


class _Later:
    """Reads images of redos, whose addresses are as fresh as those of `images_of`."""

    def __init__(self, api: SetPages, tries: Iterable[Try]) -> None:
        self._api = api
        self._ids: defaultdict[str, list[str]] = defaultdict(list)
        for one in tries:
            self._ids[one.job_id].append(one.image_id)
        self._found: dict[tuple[str, str], tuple[Image, float]] = {}

    def read(self, one: Try) -> Image | None:
        """Return the image of a try; None when its job does not have it."""
        key = (one.job_id, one.image_id)
        if key not in self._found or time.monotonic() - self._found[key][1] > FRESH_SECONDS:
            ids, now = self._ids[one.job_id], time.monotonic()
            # Those of the images that come next are asked for with it.
            first = ids.index(one.image_id)
            for image in self._api.images_of_ids(one.job_id, ids[first : first + PHOTOS_PER_CALL]):
                self._found[one.job_id, image.image_id] = image, now
        return self._found[key][0] if key in self._found else None
