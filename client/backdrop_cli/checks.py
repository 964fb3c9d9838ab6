"""What is asked before anything is uploaded: of the service, whether it would take the job; of the disk, its files."""

from __future__ import annotations

import re
import stat
from collections.abc import Sequence
from pathlib import Path

from backdrop.api.schemas.jobs import Problem
from backdrop.api.schemas.models import Limits
from backdrop.api.schemas.photos import Error
from backdrop.core.errors import ErrorCode
from backdrop.core.request import JobRequest
from backdrop_client.api import BackdropApi
from backdrop_client.errors import WrongUse

_JOB_ID = re.compile(r"[0-9A-Za-z_-]+", re.ASCII)


def check_request(api: BackdropApi, draft_id: str, request: JobRequest) -> None:
    """Have the service look at a request for a draft that has no photos yet.

    Raises `WrongUse` with all that is wrong with it, in the service's words.
    """
    problems = [one for one in api.estimate(draft_id, request).problems if one.code != ErrorCode.NO_PHOTOS]
    if problems:
        raise WrongUse(problems[0].code, _joined(problems, "message"), _joined(problems, "next_step"))


def check_count(request: JobRequest, photos: int, limits: Limits) -> None:
    """Raise `WrongUse` for more images than a job may have, by the service's own number."""
    images = request.count_images(photos)
    if images > limits.max_photos:
        made = f", with {request.options.images} images each {images:,} images," if images > photos else ""
        raise WrongUse(
            ErrorCode.TOO_MANY_PHOTOS,
            f"{photos:,} photos{made} are too many: one job makes at most {limits.max_photos:,}.",
            "Split the photos into several runs.",
        )


def check_labels(labels: Sequence[str]) -> None:
    """Raise `WrongUse` for a label that no photo can have; needs no service."""
    if any(not label.strip() for label in labels):
        raise WrongUse(
            "LABEL_EMPTY", "A label to keep is empty.", "Name the object, such as --label Mug, or leave --label out."
        )


def checked_job_id(text: str) -> str:
    """A job's id as it was given, without the white space of copying. Raises `WrongUse` for what can't be one."""
    job_id, next_step = text.strip(), "`backdrop jobs` lists your jobs with their ids."
    if not job_id:
        raise WrongUse("JOB_ID_EMPTY", "The job id is empty.", next_step)
    if not _JOB_ID.fullmatch(job_id):
        raise WrongUse("JOB_ID_WRONG", f"{job_id[:60]!r} is no job id: those are of letters and digits.", next_step)
    return job_id


def photo_problem(path: Path, limits: Limits) -> Error | None:
    """Why a file can't be uploaded as a photo, or None. Looks at size and rights only."""
    try:
        # Opening a named pipe would wait for its writer for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            return Error(
                code="PHOTO_UNREADABLE",
                message="It is not an ordinary file.",
                next_step="Leave it out, or put a photo in its place.",
            )
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
    except OSError as error:
        return Error(
            code="PHOTO_UNREADABLE",
            message=f"The file can't be read: {error.strerror or error}.",
            next_step="Check that it is there and that you may read it.",
        )
    if size == 0:
        return Error(
            code="PHOTO_EMPTY",
            message="The file has 0 bytes.",
            next_step="Copy it from the camera again.",
        )
    if size > limits.max_upload_bytes:
        return Error(
            code="PHOTO_TOO_LARGE",
            message=f"The file has {size:,} bytes; at most {limits.max_upload_bytes:,} are taken.",
            next_step="Save it with fewer pixels or more compression.",
        )
    return None


def _joined(problems: Sequence[Problem], part: str) -> str:
    return " ".join(dict.fromkeys(text for one in problems if (text := getattr(one, part))))
