"""Drafts, photos, jobs and images as the REST API shows them (docs/architecture.md section 4).

What is None is left out of the answer; lists are always there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from backdrop.api.views.photos import View, failure_view
from backdrop.core import keys
from backdrop.core.errors import ErrorCode, Failure, explain, next_step_of
from backdrop.core.limits import MAX_NAME_CHARACTERS
from backdrop.core.names import in_file_name
from backdrop.core.options import Options
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.imaging import marketplace
from backdrop.imaging.quality import flags as quality_flags
from backdrop.imaging.review import parse_review
from backdrop.jobs import progress, queries
from backdrop.jobs.drafts import Refusal, Registered
from backdrop.jobs.estimates import Estimate
from backdrop.jobs.model import Draft, Job, PhotoRow, variation_of
from backdrop.jobs.ports import DraftStore, ObjectStore

_ROOM_FOR_EXTENSION = 5
"""Bytes."""


def draft_view(draft: Draft) -> View:
    """A draft without its photos."""
    return {"draftId": draft.id, "createdAt": draft.created_at}


def registered_view(answer: Registered | Refusal) -> View:
    """One file of a registration."""
    if isinstance(answer, Refusal):
        return {"name": answer.name, "status": "REFUSED", "error": failure_view(answer.error)}
    return {
        "photoId": answer.photo.image_id,
        "name": answer.photo.name,
        "status": "UPLOADING",
        "upload": dict(answer.upload),
    }


def estimate_view(made: Estimate) -> View:
    """What a submission would make, cost and take."""
    return _known(
        {
            "images": made.images,
            "calls": [
                {"modelId": one.model_id, "calls": one.calls, "usdPerCall": one.usd_per_call}
                for one in made.cost.services
            ],
            "usd": made.cost.usd,
            "priceDate": made.cost.price_date,
            "seconds": made.seconds,
            "expectedSeconds": made.expected_seconds,
            "queueSeconds": made.queue_seconds,
            "reusedCalls": made.reused_calls,
            "problems": [
                _known({**failure_view(problem.error), "photoId": problem.photo_id}) for problem in made.problems
            ],
        }
    )


def job_view(store: DraftStore, objects: ObjectStore, job: Job, now: datetime, requests_per_minute: float) -> View:
    """A job with its counts and, once there is one, presigned URLs of its report."""
    done = progress.counts(store, job)
    trouble = progress.trouble(job, now)
    view = {
        "jobId": job.id,
        "status": job.status.value,
        "trial": job.trial,
        "trialJobId": job.trial_job_id,
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "finishedAt": job.finished_at,
        "cancelledAt": job.cancelled_at,
        "prompt": job.settings.prompt,
        "negativePrompt": job.settings.negative_prompt,
        "mode": job.settings.mode.value,
        "modelId": job.settings.model_id,
        "seed": job.settings.seed,
        "options": options_view(job.settings.options),
        "counts": _known(
            {
                "total": done.total,
                "succeeded": done.succeeded,
                "failed": done.failed,
                "pending": done.pending,
                "cancelled": done.cancelled,
                "needReview": job.need_review,
            }
        ),
        "etaSeconds": progress.eta_seconds(job, done, now, requests_per_minute),
        "costUsd": job.cost_usd,
        "estimatedCostUsd": progress.estimated_cost_usd(job),
        "error": failure_view(trouble) if trouble else None,
        "reportUrls": _report_urls(objects, job),
        "thumbnailUrls": [objects.presigned_get(job.bucket, keys.thumbnail_key(key)) for key in job.picture_keys],
    }
    return _known(view)


def names_view(page: queries.NamesPage) -> View:
    """A page of what the photos of a job are called."""
    photos = [
        {
            "photoId": one.photo_id,
            "name": one.name,
            "images": one.images,
            **({"fileNames": list(one.file_names)} if one.file_names else {}),
        }
        for one in page.photos
    ]
    return page_view("photos", photos, page.cursor)


def image_view(objects: ObjectStore, job: Job, photo: PhotoRow, download_as: str | None = None) -> View:
    """An image of a job with presigned URLs: before (the preview), after, and a download.

    `download_as`: its file name without extension; None: `download_name`.
    """
    outcome = photo.outcome
    view: View = {
        "imageId": photo.image_id,
        "name": photo.name,
        "status": queries.shown_status(job, photo).value,
        "labelsKept": [name for name in (outcome.labels_kept or "").split(",") if name],
        "seed": outcome.seed if outcome.seed is not None else job.settings.seed + variation_of(photo.image_id) - 1,
        "modelId": outcome.model_id or job.settings.model_id,
        "variation": variation_of(photo.image_id),
        "attempts": outcome.attempts,
        "startedAt": outcome.started_at,
        "finishedAt": outcome.finished_at,
        "beforeUrl": objects.presigned_get(job.bucket, keys.preview_key(photo.source_key))
        if photo.source_key
        else None,
        "beforeThumbnailUrl": objects.presigned_get(job.bucket, keys.thumbnail_key(photo.source_key))
        if photo.source_key
        else None,
    }
    if photo.status is ImageStatus.SUCCEEDED and outcome.output_key is not None:
        extension = outcome.output_key.rpartition(".")[2]
        name = f"{download_as or download_stem(photo.name, variation_of(photo.image_id))}.{extension}"
        view |= {
            **review_view(outcome.review),
            "width": outcome.output_width,
            "height": outcome.output_height,
            "bytes": outcome.output_bytes,
            "afterUrl": objects.presigned_get(job.bucket, outcome.output_key),
            "thumbnailUrl": objects.presigned_get(job.bucket, keys.thumbnail_key(outcome.output_key)),
            "downloadUrl": objects.presigned_get(job.bucket, outcome.output_key, name),
            "downloadName": name,
            "verdict": photo.verdict.value if photo.verdict else None,
            "verdictAt": photo.verdict_at,
        }
    failure = _image_failure(job, photo)
    if failure is not None:
        view["error"] = failure_view(failure)
    return _known(view)


def review_view(text: str | None) -> View:
    """`flags` with their words, and the marketplace checks where a preset was chosen."""
    review = parse_review(text)
    flags = [
        {**one, "meaning": quality_flags.words(one["code"])[0], "nextStep": quality_flags.words(one["code"])[1]}
        for one in review["flags"]
    ]
    view: View = {"flags": flags}
    if "marketplace" in review:
        checks = []
        for one in review["marketplace"]["checks"]:
            meaning, next_step = marketplace.words(marketplace.Check(**one))
            checks.append({**one, "meaning": meaning, "nextStep": next_step})
        view["marketplace"] = {**review["marketplace"], "checks": checks}
    return view


def options_view(chosen: Options) -> View:
    """All options with their defaults, as the API names them."""
    output = chosen.output
    return {
        "background": chosen.background,
        "maskSource": chosen.mask_source.value,
        "variations": chosen.variations,
        "varySeed": chosen.vary_seed,
        **_known({"cfgScale": chosen.cfg_scale, "quality": chosen.quality, "style": chosen.style}),
        "output": _known(
            {
                "aspect": f"{output.aspect[0]}:{output.aspect[1]}" if output.aspect else None,
                "fill": output.fill.value,
                "padColor": output.pad_color,
                "width": output.width,
                "height": output.height,
                "preset": output.preset,
                "format": output.format,
                "quality": output.quality,
            }
        ),
    }


def download_stem(source_name: str, variation: int = 1) -> str:
    """The source's folders and stem: `shoes/red.v1.png` makes `shoes_red.v1`.

    No browser saves into folders, and the file name alone would not tell two products apart. Folders that would make
    the name longer than file systems allow are left out, the first ones first. A further variation has its number
    behind the stem: `shoes_red.v1 (2)`. Hidden characters (`core.names`) are `_`.
    """
    *folders, base = re.split(r"[\\/]", in_file_name(source_name))
    stem = base.rpartition(".")[0] or base
    if not stem.strip(". "):
        stem = "photo"
    if variation > 1:
        stem = f"{stem} ({variation})"
    for folder in reversed([folder for folder in folders if folder.strip(". ")]):
        if len(f"{folder}_{stem}".encode()) > MAX_NAME_CHARACTERS - _ROOM_FOR_EXTENSION:
            break
        stem = f"{folder}_{stem}"
    return stem


def page_view(name: str, items: Sequence[Mapping[str, Any]], cursor: str | None) -> View:
    """A page: its items under `name`, and the cursor of the next page if there is one."""
    return _known({name: list(items), "cursor": cursor})


def _image_failure(job: Job, photo: PhotoRow) -> Failure | None:
    if queries.shown_status(job, photo) is not ImageStatus.FAILED:
        return None
    if photo.error is not None:
        return explain(photo.error, photo.cause or "")
    if job.error is not None:
        whole = explain(job.error, job.cause or "")
        return Failure(whole.code, f"The job ended before this image was done: {whole.cause}", whole.next_step)
    if job.status is JobStatus.CANCELLED and job.report_key is None:
        code = ErrorCode.JOB_CANCELLED
        return Failure(code, "The job was cancelled before this image was begun.", next_step_of(code))
    code = ErrorCode.OUTCOME_NOT_RECORDED
    return Failure(code, "The job ended and no outcome was recorded for this image.", next_step_of(code))


def _report_urls(objects: ObjectStore, job: Job) -> dict[str, str] | None:
    if not job.status.final or job.report_key is None or job.report_csv_key is None:
        return None
    return {
        "json": _download(objects, job, job.report_key),
        "csv": _download(objects, job, job.report_csv_key),
    }


def _download(objects: ObjectStore, job: Job, key: str) -> str:
    return objects.presigned_get(job.bucket, key, key.rpartition("/")[2])


def _known(view: View) -> View:
    return {name: value for name, value in view.items() if value is not None}
