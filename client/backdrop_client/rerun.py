"""Photos of an earlier job again, as a new job with the same settings."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from backdrop_client.answers import Image, ImageStatus, Job
from backdrop_client.api import PHOTOS_PER_CALL, BackdropApi
from backdrop_client.errors import WrongUse


def rerun(
    api: BackdropApi, job_id: str, *, everything: bool = False, prompt: str | None = None, seed: int | None = None
) -> Job:
    """Submit the failed photos of an ended job (or, with `everything`, all of them) as a new job.

    Settings and labels are the earlier job's, but for `prompt` and `seed` where they are given. Nothing is uploaded,
    and what was made stays.

    Raises:
        WrongUse: the job has not ended (`JOB_RUNNING`), or nothing of it failed (`NOTHING_TO_RETRY`).
    """
    job = api.job(job_id)
    if not job.status.final:
        raise WrongUse(
            "JOB_RUNNING", f"The job {job_id} is still running.", "Wait for it, or cancel it: `backdrop cancel`."
        )
    kept = _photos(api.images(job_id, status=None if everything else ImageStatus.FAILED))
    if not kept:
        raise WrongUse("NOTHING_TO_RETRY", f"No image of {job_id} failed.", "`--all` runs all of its photos again.")
    draft_id = api.create_draft().draft_id
    return api.submit(
        draft_id,
        job.prompt if prompt is None else prompt,
        negative_prompt=job.negative_prompt,
        mode=job.mode,
        model_id=job.model_id,
        seed=job.seed if seed is None else seed,
        options=job.options,
        labels=_copied(api, draft_id, job_id, kept),
    )


def _photos(images: Iterator[Image]) -> dict[str, Sequence[str]]:
    """Photo id -> the labels that were kept of it, in the order of the images; variations share one."""
    kept: dict[str, Sequence[str]] = {}
    for image in images:
        labels = image.labels_kept or []
        kept[image.photo_id] = kept.get(image.photo_id) or (labels.split(",") if isinstance(labels, str) else labels)
    return kept


def _copied(
    api: BackdropApi, draft_id: str, job_id: str, kept: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    """Copy the photos into the draft; the labels to keep of those that some are known of."""
    labels: dict[str, Sequence[str]] = {}
    photos = iter(kept.items())
    while batch := list(itertools.islice(photos, PHOTOS_PER_CALL)):
        copies = api.copy_photos(draft_id, job_id, [photo_id for photo_id, _ in batch])
        labels |= {copy.photo_id: names for copy, (_, names) in zip(copies, batch, strict=True) if names}
    return labels
