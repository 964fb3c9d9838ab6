"""Drafts, estimates, jobs and images as the REST API shows them (docs/rest-api.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from backdrop.api.schemas import jobs as schemas
from backdrop.api.schemas.backdrops import show_recipe
from backdrop.api.schemas.options import ChosenBackdrop, ChosenLight, ChosenPlacement, Options, Output, Scene
from backdrop.api.schemas.photos import Draft, DraftCreated, ListedDraft, Photo, PhotoStatus, RegisteredPhoto, Upload
from backdrop.api.views.photos import error_view
from backdrop.core import clock, keys
from backdrop.core import options as core
from backdrop.core.backdrops import Backdrop
from backdrop.core.errors import ErrorCode, Failure, explain, next_step_of
from backdrop.core.limits import MAX_NAME_CHARACTERS
from backdrop.core.names import in_file_name
from backdrop.core.people import User, allowed
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.core.words.marks import phrase
from backdrop.imaging import marketplace
from backdrop.imaging.quality import flags as quality_flags
from backdrop.imaging.review import is_doubtful, parse_review
from backdrop.jobs import model, queries
from backdrop.jobs.again import placing
from backdrop.jobs.drafts import Refusal, Registered
from backdrop.jobs.estimates import Estimate
from backdrop.jobs.finding.draft_list import FoundDraft
from backdrop.jobs.model import Job, PhotoRow, variation_of
from backdrop.jobs.ports import DraftStore, ObjectStore
from backdrop.jobs.scheduling import progress
from backdrop.reports.ending import image_url

_ROOM_FOR_EXTENSION = 5
"""Bytes."""


def draft_created_view(draft: model.Draft) -> DraftCreated:
    """A new draft."""
    return DraftCreated(draft_id=draft.id, created_at=draft.created_at)


def draft_view(draft: model.Draft, photos: Sequence[Photo], cursor: str | None) -> Draft:
    """A draft with a page of its photos."""
    return Draft(
        draft_id=draft.id,
        created_at=draft.created_at,
        submitted=draft.submitted_at is not None,
        photos=list(photos),
        cursor=cursor,
    )


def listed_draft_view(objects: ObjectStore, bucket: str, found: FoundDraft) -> ListedDraft:
    """A draft in the list of those that were not submitted."""
    draft = found.draft
    sources = [photo.source_key for photo in found.photos if photo.facts and photo.source_key]
    return ListedDraft(
        draft_id=draft.id,
        created_at=draft.created_at,
        changed_at=draft.changed_at or draft.created_at,
        kept_until=clock.iso(clock.parse(draft.created_at) + model.DRAFT_LIFETIME),
        photos=draft.photo_count,
        first_photo=found.photos[0].name if found.photos else "",
        thumbnail_urls=[objects.presigned_get(bucket, keys.thumbnail_key(key)) for key in sources],
    )


def registered_view(answer: Registered | Refusal) -> RegisteredPhoto:
    """One file of a registration."""
    if isinstance(answer, Refusal):
        return RegisteredPhoto(name=answer.name, status=PhotoStatus.REFUSED, error=error_view(answer.error))
    return RegisteredPhoto(
        photo_id=answer.photo.image_id,
        name=answer.photo.name,
        status=PhotoStatus.UPLOADING,
        upload=Upload(**answer.upload),
    )


def estimate_view(made: Estimate) -> schemas.Estimate:
    """What a submission would make, cost and take."""
    return schemas.Estimate(
        images=made.images,
        calls=[
            schemas.Calls(model_id=one.model_id, calls=one.calls, usd_per_call=one.usd_per_call)
            for one in made.cost.services
        ],
        usd=made.cost.usd,
        price_date=made.cost.price_date,
        seconds=made.seconds,
        expected_seconds=made.expected_seconds,
        queue_seconds=made.queue_seconds,
        reused_calls=made.reused_calls,
        cut_out_already=made.cut_out_already,
        equal_photos=made.equal_photos,
        answer_days=made.answer_days,
        problems=[
            schemas.Problem(**vars(error_view(problem.error)), photo_id=problem.photo_id) for problem in made.problems
        ],
    )


def job_view(
    store: DraftStore,
    objects: ObjectStore,
    user: User,
    job: Job,
    now: datetime,
    eta: Callable[[progress.Counts], int | None],
) -> schemas.Job:
    """A job with its counts and, once there is one, presigned URLs of its report, for `user`. `eta`: the seconds that
    are left."""
    done = progress.counts(store, job)
    trouble = progress.trouble(job, now)
    return schemas.Job(
        job_id=job.id,
        status=job.status,
        trial=job.trial,
        trial_job_id=job.trial_job_id,
        redo_of=job.redo_of,
        redos=len(job.redos) or None,
        requested_by=job.owner_email or None,
        mine=job.owner == user.sub,
        team=job.team,
        settings=schemas.UsedSettings(**vars(job.used)) if job.used else None,
        allowed=sorted(allowed(user, job)),
        name=job.name or None,
        tags=list(job.tags),
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        cancelled_at=job.cancelled_at,
        prompt=job.settings.prompt,
        negative_prompt=job.settings.negative_prompt,
        mode=job.settings.mode,
        model_id=job.settings.model_id,
        seed=job.settings.seed,
        options=options_view(job.settings.options),
        counts=schemas.Counts(
            total=done.total,
            succeeded=done.succeeded,
            failed=done.failed,
            pending=done.pending,
            cancelled=done.cancelled,
            need_review=job.need_review,
        ),
        eta_seconds=eta(done),
        cost_usd=job.cost_usd,
        estimated_cost_usd=progress.estimated_cost_usd(job),
        error=error_view(trouble) if trouble else None,
        report_urls=_report_urls(objects, job),
        thumbnail_urls=[objects.presigned_get(job.bucket, keys.thumbnail_key(key)) for key in job.picture_keys],
    )


def overview_view(job: Job, images: Sequence[model.GlancedImage], after: str | None) -> schemas.Overview:
    """A page of a job's images at a glance."""
    shown = [
        schemas.GlancedImage(
            image_id=one.image_id,
            name=one.name,
            status=queries.shown_status(job, one),
            doubtful=one.status is ImageStatus.SUCCEEDED and is_doubtful(one.review),
            verdict=one.verdict if one.status is ImageStatus.SUCCEEDED else None,
        )
        for one in images
    ]
    return schemas.Overview(images=shown, after=after)


def names_view(page: queries.NamesPage) -> schemas.Names:
    """A page of what the photos of a job are called."""
    photos = [
        schemas.PhotoNames(
            photo_id=one.photo_id,
            name=one.name,
            images=one.images,
            file_names=list(one.file_names) or None,
            sku=one.sku,
        )
        for one in page.photos
    ]
    return schemas.Names(photos=photos, cursor=page.cursor)


def image_view(
    objects: ObjectStore, job: Job, photo: PhotoRow, web_app_url: str, download_as: str | None = None
) -> schemas.Image:
    """An image of a job with presigned URLs: before (the preview), after, and a download; and a link that stays.

    `download_as`: its file name without extension; None: `download_stem`.
    """
    outcome, variation, options = (
        photo.outcome,
        variation_of(photo.image_id),
        job.settings.options.of_photo(photo.scenes),
    )
    number = (variation - 1) // options.images_a_seed
    source, failure = photo.source_key, _image_failure(job, photo)
    return schemas.Image(
        image_id=photo.image_id,
        name=photo.name,
        status=queries.shown_status(job, photo),
        variation=variation,
        labels_kept=_labels_kept(photo),
        labels_chosen=_names(outcome.labels_kept),
        seed=outcome.seed if outcome.seed is not None else job.settings.seed + number,
        model_id=outcome.model_id or job.settings.model_id,
        output=Output(**vars(options.of_image(variation).output)) if options.outputs else None,
        scene=options.place_of_scene(variation) + 1 if options.scenes else None,
        scenes=list(photo.scenes) or None,
        sku=photo.sku,
        prompt=photo.prompt,
        by_hand=_by_hand(photo),
        attempts=outcome.attempts,
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        before_url=objects.presigned_get(job.bucket, keys.preview_key(source)) if source else None,
        before_thumbnail_url=objects.presigned_get(job.bucket, keys.thumbnail_key(source)) if source else None,
        error=error_view(failure) if failure is not None else None,
        **_finished(objects, job, photo, web_app_url, download_as),
    )


def seen_place_view(seen: placing.SeenPlace) -> schemas.SeenPlace:
    """An image in its parts."""
    return schemas.SeenPlace(
        width=seen.size[0],
        height=seen.size[1],
        background=seen.background,
        ground=seen.ground,
        product=seen.product,
        box=seen.box,
        rim=placing.RIM,
        by_hand=schemas.PlacedByHand(**vars(seen.by_hand)) if seen.by_hand else None,
    )


def _by_hand(photo: PhotoRow) -> schemas.PlacedByHand | None:
    """The place as it was done; before that, and of an image that failed, as it was asked for."""
    done = parse_review(photo.outcome.review).get("byHand")
    if done:
        return schemas.PlacedByHand(**done)
    return schemas.PlacedByHand(**vars(photo.by_hand)) if photo.by_hand else None


def _labels_kept(photo: PhotoRow) -> list[str]:
    """What had an effect on a finished image; of any other, and of those of earlier versions, what was chosen."""
    outcome = photo.outcome
    used = outcome.labels_used if photo.status is ImageStatus.SUCCEEDED else None
    return _names(outcome.labels_kept if used is None else used)


def _names(text: str | None) -> list[str]:
    return [name for name in (text or "").split(",") if name]


def _finished(
    objects: ObjectStore, job: Job, photo: PhotoRow, web_app_url: str, download_as: str | None
) -> dict[str, Any]:
    """The fields of `schemas.Image` that a finished image has, and nothing for any other."""
    outcome, key = photo.outcome, photo.outcome.output_key
    if photo.status is not ImageStatus.SUCCEEDED or key is None:
        return {}
    name = f"{download_as or download_stem(photo.name, variation_of(photo.image_id))}.{key.rpartition('.')[2]}"
    return {
        "flags": flags_view(outcome.review),
        "marketplace": marketplace_view(outcome.review),
        "width": outcome.output_width,
        "height": outcome.output_height,
        "bytes": outcome.output_bytes,
        "after_url": objects.presigned_get(job.bucket, key),
        "thumbnail_url": objects.presigned_get(job.bucket, keys.thumbnail_key(key)),
        "download_url": objects.presigned_get(job.bucket, key, name),
        "download_name": name,
        "link": image_url(web_app_url, job.id, photo.image_id),
        "verdict": photo.verdict,
        "verdict_at": photo.verdict_at,
        "reject_reason": photo.why.reason,
        "reject_words": photo.why.words or None,
    }


def flags_view(review: str | None) -> list[schemas.Flag]:
    """The flags of an image's Review, with their words."""
    found = []
    for one in parse_review(review)["flags"]:
        meaning, next_step = quality_flags.words(one["code"])
        found.append(schemas.Flag(**one, meaning=meaning, next_step=next_step))
    return found


def marketplace_view(review: str | None) -> schemas.Marketplace | None:
    """The marketplace checks of an image's Review, with their words; None where no preset was chosen."""
    recorded = parse_review(review).get("marketplace")
    if recorded is None:
        return None
    checks = []
    for one in recorded["checks"]:
        meaning, next_step = marketplace.words(marketplace.Check(**one))
        checks.append(schemas.MarketplaceCheck(**one, meaning=meaning, next_step=next_step))
    return schemas.Marketplace(**{**recorded, "checks": checks})


def options_view(chosen: core.Options) -> Options:
    """All options with their defaults, as the API names them."""
    output, *further = (Output(**vars(one)) for one in chosen.every_output)
    scenes = [
        Scene(prompt=one.prompt, background=one.background, backdrop=_chosen_backdrop(one.backdrop))
        for one in chosen.scenes
    ]
    own = {"backdrop": _chosen_backdrop(chosen.backdrop), "output": output, "outputs": further, "scenes": scenes}
    return Options(**{name: value for name, value in (vars(chosen) | own).items() if name != "places"})


def _chosen_backdrop(own: Backdrop | None) -> ChosenBackdrop | None:
    if own is None:
        return None
    return ChosenBackdrop(
        id=own.id,
        name=own.name,
        sha256=own.sha256,
        shadow=own.shadow,
        placement=ChosenPlacement(**vars(own.placement)) if own.placement else None,
        light=ChosenLight(**vars(own.light)) if own.light else None,
        recipe=show_recipe(own.recipe) if own.recipe else None,
    )


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


def _image_failure(job: Job, photo: PhotoRow) -> Failure | None:
    if queries.shown_status(job, photo) is not ImageStatus.FAILED:
        return None
    if photo.error is not None:
        return explain(photo.error, photo.cause or "")
    if job.error is not None:
        whole = explain(job.error, job.cause or "")
        return Failure(
            whole.code, phrase("The job ended before this image was done: {cause}", cause=whole.cause), whole.next_step
        )
    if job.status is JobStatus.CANCELLED and job.report_key is None:
        code = ErrorCode.JOB_CANCELLED
        return Failure(code, phrase("The job was cancelled before this image was begun."), next_step_of(code))
    code = ErrorCode.OUTCOME_NOT_RECORDED
    return Failure(code, phrase("The job ended and no outcome was recorded for this image."), next_step_of(code))


def _report_urls(objects: ObjectStore, job: Job) -> schemas.ReportUrls | None:
    if not job.status.final or job.report_key is None or job.report_csv_key is None:
        return None
    return schemas.ReportUrls(
        json_=_download(objects, job, job.report_key),
        csv=_download(objects, job, job.report_csv_key),
        # Not as a file to save: it is to be looked at.
        html=objects.presigned_get(job.bucket, job.report_page_key) if job.report_page_key else None,
    )


def _download(objects: ObjectStore, job: Job, key: str) -> str:
    return objects.presigned_get(job.bucket, key, key.rpartition("/")[2])
