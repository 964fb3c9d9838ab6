"""Running photos of a job again: copies of them in a new draft, with the settings that they had. No Streamlit here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from backdrop_client.answers import Image, ImageStatus, Job, Options, Photo
from backdrop_client.api import PHOTOS_PER_CALL
from backdrop_client.rerun import missing_seeds
from backdrop_web.pages.job.image_cache import PER_CALL
from backdrop_web.pages.job.review.records import kept_names
from backdrop_web.service.api import Api
from backdrop_web.service.submission import Wishes


@dataclass(frozen=True)
class Copies:
    """A draft with photos of an earlier job.

    `kept`: photo id in the draft -> labels to keep, as they were; `seeds`: -> those of the images that were copied.
    """

    draft_id: str
    photos: list[Photo]
    kept: dict[str, list[str]] = field(default_factory=dict)
    seeds: dict[str, list[int]] = field(default_factory=dict)


def copy(
    api: Api, job: Job, images: Sequence[Image], on_progress: Callable[[int, int], object] = lambda *_: None
) -> Copies:
    """Copy the photos of these images, each once, into a new draft.

    `on_progress` gets (copied, all). Raises `BackdropClientError`; a draft left behind expires by itself.
    """
    sources = list({image.photo_id: image for image in images}.values())
    draft_id = api.create_draft().draft_id
    photos: list[Photo] = []
    kept: dict[str, list[str]] = {}
    own, seeds = missing_seeds(images), {}
    on_progress(0, len(sources))
    for start in range(0, len(sources), PHOTOS_PER_CALL):
        some = sources[start : start + PHOTOS_PER_CALL]
        copied = api.copy_photos(draft_id, job.job_id, [image.photo_id for image in some])
        for image, photo in zip(some, copied, strict=True):
            # A photo not named keeps everything found in it, as the job did when it named nothing.
            if names := kept_names(image):
                kept[photo.photo_id] = names
            if image.photo_id in own:
                seeds[photo.photo_id] = own[image.photo_id]
        photos += copied
        on_progress(len(photos), len(sources))
    return Copies(draft_id, photos, kept, seeds)


def all_images(api: Api, job_id: str, status: ImageStatus | None = None) -> list[Image]:
    """Every image of a job, or those of one status."""
    images: list[Image] = []
    cursor: str | None = None
    while True:
        page = api.images_page(job_id, status=status, limit=PER_CALL, cursor=cursor)
        images += page.images
        cursor = page.cursor
        if cursor is None:
            return images


def missing(job: Job, copies: Copies) -> Wishes:
    """The very images that were copied once more: each with its own seed, so that none is made that is there."""
    most = max(map(len, copies.seeds.values()), default=1)
    return replace(like(job, copies), options=_variations(job, most), seeds=copies.seeds)


def one(job: Job, copies: Copies, prompt: str, seed: int | None, kept: Sequence[str]) -> Wishes:
    """One picture of the copied photo with other words, another seed (None: any) or other labels."""
    labels = {copies.photos[0].photo_id: kept} if kept else {}
    return replace(like(job, copies), prompt=prompt, seed=seed, options=_variations(job, 1), kept=labels)


def like(job: Job, copies: Copies) -> Wishes:
    """The copies with all settings of `job`."""
    return Wishes(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        mode=job.mode,
        model_id=job.model_id,
        seed=job.seed,
        options=job.options,
        kept=copies.kept,
    )


def _variations(job: Job, count: int) -> Options:
    return job.options.model_copy(update={"variations": count})
