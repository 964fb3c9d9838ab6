"""Redone images: new tries of images of an earlier job, and which of its tries an image of that job's set shows.

A redo is a job of its own, of copies of the photos, with its own signed report; it says which images of the first job
its images stand for. So nothing is overwritten, and a set is worked out from what the jobs' rows tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.people import Action, User, may
from backdrop.core.request import JobRequest
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop.core.words.marks import phrase
from backdrop.imaging.review import is_doubtful
from backdrop.jobs import queries
from backdrop.jobs.model import Job, PhotoRow, is_image_id, variation_id, variation_of
from backdrop.jobs.ports import DraftStore, JobStore

MOST_REDOS = 200
"""Of one job: so many ids its row holds with ease, and so many rows of jobs are read for its set."""


@dataclass(frozen=True)
class Try:
    """One of the tries of an image: an image of the first job, or of a redo of it. `status` as people see it."""

    job_id: str
    image_id: str
    status: queries.ShownStatus
    doubtful: bool = False
    verdict: Verdict | None = None
    verdict_at: str | None = None
    why: Why = UNSAID


@dataclass(frozen=True)
class TriedImage:
    """An image of the first job with its tries, the first one first, and the place of the one that is shown."""

    image_id: str
    tries: tuple[Try, ...]
    chosen: int


@dataclass(frozen=True)
class TriedSet:
    """The redos of a job, the first one first, and its images that have several tries, in the job's order."""

    redos: tuple[Job, ...]
    images: tuple[TriedImage, ...]


def choose(tries: Sequence[Try]) -> int:
    """Return the place of the try that an image's set shows.

    The one that was approved last: to choose a try is to approve it. Where none is approved the newest one that is
    finished and not rejected; else the newest that is still to come; else the newest that is finished; else the newest.
    """

    def rank(place: int) -> tuple[int, str, int]:
        one = tries[place]
        if one.status is ImageStatus.QUEUED:
            return 2, "", place
        if one.status is not ImageStatus.SUCCEEDED:
            return 0, "", place
        if one.verdict is Verdict.APPROVED:
            return 4, one.verdict_at or "", place
        return (1 if one.verdict is Verdict.REJECTED else 3), "", place

    return max(range(len(tries)), key=rank)


def find_first(
    jobs: JobStore, store: DraftStore, user: User, request: JobRequest, ready: Sequence[PhotoRow]
) -> Job | None:
    """Return the job whose images the request's stand for; None where it is no redo.

    Raises:
        BackdropError: `NOT_FOUND` (the job, also when it is somebody else's, or an image of it); `OPTIONS_INVALID`: it
            is a redo itself, it has too many, or not each image says which one it stands for.
    """
    if request.redo_of is None:
        if request.instead_of:
            raise _wrong(phrase("insteadOf names images, and redoOf no job."))
        return None
    first = queries.find_job(jobs, user, request.redo_of, Action.REUSE)
    if first.redo_of is not None:
        raise _wrong(
            phrase("redoOf: the job {id} is a redo itself, of {redo_of}.", id=first.id, redo_of=first.redo_of),
            f"Name {first.redo_of}.",
        )
    if len(first.redos) >= MOST_REDOS:
        raise _wrong(
            phrase("The job {id} was redone {times} times.", id=first.id, times=MOST_REDOS),
            phrase("Start a new job from its photos."),
        )
    for photo in ready:
        named, made = len(request.instead_of.get(photo.image_id, ())), request.count_images_of(photo.image_id)
        if named != made:
            raise _wrong(
                phrase(
                    "insteadOf names {named} images for {name!r}, of which {made} are made.",
                    named=named,
                    name=photo.name,
                    made=made,
                )
            )
    wanted = [image_id for photo in ready for image_id in request.instead_of[photo.image_id]]
    if len(set(wanted)) != len(wanted):
        raise _wrong(phrase("insteadOf names an image twice."))
    if not all(map(is_image_id, wanted)):
        raise BackdropError(
            ErrorCode.NOT_FOUND,
            phrase("The job {id} has no such image.", id=first.id),
            phrase("Name images of this job."),
        )
    known = {row.image_id for row in store.some(first.id, wanted) if queries.is_submitted(row)}
    if missing := sorted(set(wanted) - known):
        named_ = ", ".join(map(repr, missing[:5]))
        raise BackdropError(
            ErrorCode.NOT_FOUND,
            phrase("The job {id} has no image {named}.", id=first.id, named=named_),
            phrase("Name images of this job."),
        )
    return first


def find_set(jobs: JobStore, store: DraftStore, user: User, job_id: str) -> TriedSet:
    """Return the tries of the images of the user's job.

    Raises:
        BackdropError: `NOT_FOUND`, also when it is somebody else's.
    """
    first = queries.find_job(jobs, user, job_id)
    # One by somebody of the team stays theirs when the job is private again.
    seen = (job for id_ in first.redos if (job := jobs.get(id_)) and may(user, Action.SEE, job))
    redos = sorted(seen, key=lambda job: (job.created_at, job.id))
    later: dict[str, list[Try]] = {}
    for redo in redos:
        rows = {row.image_id: row for row in store.photos(redo.id) if queries.is_submitted(row)}
        for photo in list(rows.values()):
            for number, image_id in enumerate(photo.instead_of, 1):
                row = rows.get(variation_id(photo.image_id, number))
                later.setdefault(image_id, []).append(_try(redo, variation_id(photo.image_id, number), row))
    own = {row.image_id: row for row in store.some(first.id, sorted(later))} if later else {}
    images = (_tried(first, image_id, own, later[image_id]) for image_id in sorted(later, key=_place))
    return TriedSet(tuple(redos), tuple(images))


def _tried(first: Job, image_id: str, own: Mapping[str, PhotoRow], later: Sequence[Try]) -> TriedImage:
    tries = (_try(first, image_id, own.get(image_id)), *later)
    return TriedImage(image_id, tries, choose(tries))


def _try(job: Job, image_id: str, row: PhotoRow | None) -> Try:
    """A try; of a variation that has no row yet the job has not begun."""
    if row is None:
        return Try(job.id, image_id, ImageStatus.FAILED if job.status.final else ImageStatus.QUEUED)
    if row.status is not ImageStatus.SUCCEEDED:
        return Try(job.id, image_id, queries.shown_status(job, row))
    doubtful = is_doubtful(row.outcome.review)
    return Try(job.id, image_id, ImageStatus.SUCCEEDED, doubtful, row.verdict, row.verdict_at, row.why)


def _place(image_id: str) -> tuple[str, int]:
    return image_id.partition("-")[0], variation_of(image_id)


def _wrong(cause: str, next_step: str = "Name for each photo the images that its images stand for.") -> BackdropError:
    return BackdropError(ErrorCode.OPTIONS_INVALID, cause, next_step)
