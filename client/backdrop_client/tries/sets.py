"""The set of a job: each of its images, or the try that is shown in its place (the API's `tries` says which)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.tries import Tries, Try
from backdrop_client.api import ImagePages, images_of


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
    if not job.redos:
        return {}
    return {one.image_id: one.shown for one in api.tries(job.job_id).images if one.shown.job_id != job.job_id}


def images_of_set(api: SetPages, job: Job, shown: Mapping[str, Try]) -> Iterator[Image]:
    """All images of a job's set, in the job's order, with fresh addresses. `shown`: from `find_shown`."""
    for image in images_of(api, job.job_id):
        one = shown.get(image.image_id)
        found = api.images_of_ids(one.job_id, [one.image_id]) if one else []
        yield SetImage(image, found[0], one.job_id).in_set if one and found else image
