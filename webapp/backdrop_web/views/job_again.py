"""Running photos of a job again: copies of them in a new draft, with the settings that they had. No Streamlit here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from backdrop_client.answers import Image, ImageStatus, Job, Options, Photo
from backdrop_client.api import PHOTOS_PER_CALL
from backdrop_web.board import PER_CALL
from backdrop_web.service import Api
from backdrop_web.views.job_records import kept_names


@dataclass(frozen=True)
class Copies:
    """A draft with photos of an earlier job. `kept`: photo id in the draft -> labels to keep, as they were."""

    draft_id: str
    photos: list[Photo]
    kept: dict[str, list[str]] = field(default_factory=dict)


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
    on_progress(0, len(sources))
    for start in range(0, len(sources), PHOTOS_PER_CALL):
        some = sources[start : start + PHOTOS_PER_CALL]
        copied = api.copy_photos(draft_id, job.job_id, [image.photo_id for image in some])
        for image, photo in zip(some, copied, strict=True):
            # A photo not named keeps everything found in it, as the job did when it named nothing.
            if names := kept_names(image):
                kept[photo.photo_id] = names
        photos += copied
        on_progress(len(photos), len(sources))
    return Copies(draft_id, photos, kept)


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


def variations_to_repeat(images: Iterable[Image]) -> int:
    """How many variations a job of these images' photos needs: the most that any one photo misses."""
    missing: dict[str, int] = {}
    for image in images:
        missing[image.photo_id] = missing.get(image.photo_id, 0) + 1
    return max(missing.values(), default=1)


def submit(
    api: Api,
    copies: Copies,
    job: Job,
    *,
    prompt: str | None = None,
    seed: int | None = None,
    variations: int = 1,
    kept: dict[str, list[str]] | None = None,
) -> Job:
    """Start a job of the copies with the settings of `job`; what is named here is other than it was."""
    options: Options = job.options.model_copy(update={"variations": variations})
    return api.submit(
        copies.draft_id,
        job.prompt if prompt is None else prompt,
        negative_prompt=job.negative_prompt,
        mode=job.mode,
        model_id=job.model_id,
        seed=seed,
        options=options,
        labels=copies.kept if kept is None else kept,
    )
