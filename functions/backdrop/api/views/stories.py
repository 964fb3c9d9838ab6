"""Stories, made of reports."""

from __future__ import annotations

from backdrop.api.schemas import stories as schemas
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.jobs.model import Job, PhotoRow
from backdrop.jobs.ports import ObjectStore
from backdrop.reports import story


def job_story_view(objects: ObjectStore, job: Job) -> schemas.Story:
    """Return the story of a job.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: it has no report.
    """
    report = _report(objects, job)
    parts = story.tell_job(story.read_record(report, None).head, story.count_reasons(report))
    return schemas.Story(job_id=job.id, parts=_parts(parts))


def image_story_view(objects: ObjectStore, job: Job, image: PhotoRow, sha256: str | None) -> schemas.Story:
    """Return the story of an image of the job. `sha256`: of a file that is said to be it.

    Raises:
        BackdropError: `IMAGE_NOT_FINISHED`: there is no report of it.
    """
    record = story.read_record(_report(objects, job), image.image_id)
    if record.image is None:
        raise BackdropError(ErrorCode.IMAGE_NOT_FINISHED, "The job's report does not know this image.")
    parts = story.tell_image(record, image.verdict, image.verdict_at, sha256)
    match = story.match_file(record.image, sha256) if sha256 else None
    return schemas.Story(job_id=job.id, image_id=image.image_id, match=match, parts=_parts(parts))


def _report(objects: ObjectStore, job: Job) -> bytes:
    if not job.status.final or job.report_key is None:
        next_step = "Ask again when the job has ended: what was done is told from its report."
        raise BackdropError(ErrorCode.IMAGE_NOT_FINISHED, "The job has no report yet.", next_step)
    return objects.get(job.bucket, job.report_key)


def _parts(parts: list[story.Part]) -> list[schemas.StoryPart]:
    return [schemas.StoryPart(title=one.title, sentences=one.sentences) for one in parts]
