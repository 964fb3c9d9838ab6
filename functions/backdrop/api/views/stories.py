"""Stories, made of reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from backdrop.api.schemas import stories as schemas
from backdrop.core import clock
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.verdicts import Why, describe_why
from backdrop.core.vocabulary import Verdict
from backdrop.core.words.marks import phrase
from backdrop.jobs.model import Job, PhotoRow
from backdrop.jobs.ports import ObjectStore
from backdrop.jobs.proof.series import Signer
from backdrop.reports import story
from backdrop.reports.ending import image_url, job_url
from backdrop.reports.page import APPROVED, REJECTED
from backdrop.reports.page_pictures import write_page

_VERDICTS = {Verdict.APPROVED: APPROVED, Verdict.REJECTED: REJECTED}


def job_story_view(objects: ObjectStore, job: Job) -> schemas.Story:
    """Return the story of a job.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: it has no report.
    """
    report = read_report(objects, job)
    parts = story.tell_job(story.read_record(report, None).head, story.count_reasons(report))
    return schemas.Story(job_id=job.id, parts=_parts(parts))


def image_story_view(objects: ObjectStore, job: Job, image: PhotoRow, sha256: str | None) -> schemas.Story:
    """Return the story of an image of the job. `sha256`: of a file that is said to be it.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: there is no report of it.
    """
    record = story.read_record(read_report(objects, job), image.image_id)
    if record.image is None:
        raise BackdropError(ErrorCode.IMAGE_NOT_FINISHED, phrase("The job's report does not know this image."))
    parts = story.tell_image(record, image.verdict, image.verdict_at, sha256, describe_why(*image.why))
    match = story.match_file(record.image, sha256) if sha256 else None
    return schemas.Story(job_id=job.id, image_id=image.image_id, match=match, parts=_parts(parts))


def write_job_page(
    objects: ObjectStore,
    signer: Signer,
    job: Job,
    verdicts: Mapping[str, Verdict],
    reasons: Mapping[str, Why],
    web_app_url: str,
    now: datetime,
) -> None:
    """Write the page of a job's report anew, with `verdicts` by image id, and the `reasons` of those that are rejected;
    signed.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: it has no page; `STORAGE_ERROR`.
    """
    report = read_report(objects, job)
    if job.report_page_key is None:
        raise BackdropError(
            ErrorCode.IMAGE_NOT_FINISHED, phrase("The job ended before there were pages."), phrase("Use the CSV.")
        )
    words = {image_id: _VERDICTS[verdict] for image_id, verdict in verdicts.items()}
    told = {image_id: said for image_id, why in reasons.items() if (said := describe_why(*why))}
    url, images = job_url(web_app_url, job.id), image_url(web_app_url, job.id, "")
    key, at = job.report_page_key, clock.iso(now)
    write_page(
        objects,
        job.bucket,
        key,
        report,
        words,
        job_url=url,
        images_url=images,
        written_at=at,
        reasons=told,
        signer=signer,
    )


def key_of_report(job: Job) -> str:
    """Return the key of a job's report.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: it has none.
    """
    if not job.status.final or job.report_key is None:
        next_step = phrase("Ask again when the job has ended: what was done is told from its report.")
        raise BackdropError(ErrorCode.IMAGE_NOT_FINISHED, phrase("The job has no report yet."), next_step)
    return job.report_key


def read_report(objects: ObjectStore, job: Job) -> bytes:
    """Return the bytes of a job's report.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: it has none; `STORAGE_ERROR`.
    """
    return objects.get(job.bucket, key_of_report(job))


def _parts(parts: list[story.Part]) -> list[schemas.StoryPart]:
    return [schemas.StoryPart(title=one.title, sentences=one.sentences) for one in parts]
