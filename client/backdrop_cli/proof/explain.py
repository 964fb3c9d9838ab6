"""`backdrop explain`: from a file, its hash, its name or a job back to how it was made. The words are the service's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from backdrop.api.schemas.jobs import Job
from backdrop.api.schemas.stories import Story
from backdrop.api.schemas.wire import to_json
from backdrop.core.names import shown
from backdrop.core.vocabulary import FileMatch
from backdrop_cli.checks import checked_job_id
from backdrop_client.api import BackdropApi
from backdrop_client.download import Downloader
from backdrop_client.errors import ApiError, WrongUse
from backdrop_client.parallel import in_parallel
from backdrop_client.proof.credentials import check_credentials
from backdrop_client.proof.origin import Origin, read_origin

_SHA256 = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_JOB_ID = re.compile(r"[0-9a-z]{26}")
_NOT_FOUND = 404
_READ_AT_ONCE = 6
"""Reports. One of 10,000 images has some 30 MB."""


@dataclass(frozen=True)
class Told:
    """What is told. `story`: None where nothing is known of the thing; `notes`: what is to be said first;
    `credentials`: whether the content credentials of a file hold, None where it has none, or they could not be checked.
    """

    notes: list[str]
    story: Story | None = None
    credentials: bool | None = None

    @property
    def sound(self) -> bool:
        """Whether there is a story, and the file (if it is one) is just what was made."""
        return self.story is not None and self.story.match in (None, FileMatch.SAME)


def explain(
    api: BackdropApi, downloader: Downloader, what: str, job_id: str | None, say: Callable[[str], object]
) -> Told:
    """Tell how a thing was made: a file, 64 hex digits of a SHA-256, a job's id, or the name of a photo or an image.

    Args:
        api: of the user, whose jobs alone are looked at.
        downloader: fetches reports, where a hash or a name is looked for.
        what: the thing.
        job_id: the job to look in; None: all of them, newest first.
        say: where progress goes.

    Raises:
        WrongUse: it is none of these.
    """
    if not what.strip():
        raise WrongUse("NOTHING_NAMED", "It names nothing.", "Name a file, a SHA-256, a job or a photo.")
    file = Path(what)
    if file.is_file():
        return _explain_file(api, downloader, file, job_id, say)
    if _SHA256.fullmatch(what):
        return _explain_hash(api, downloader, what.lower(), job_id, say)
    if _JOB_ID.fullmatch(what):
        return Told([], api.job_story(what))
    return _explain_name(api, downloader, what, job_id, say)


def told_dict(told: Told) -> dict[str, Any]:
    """What is told, as JSON."""
    story = to_json(told.story) if told.story else None
    return {"sound": told.sound, "credentials": told.credentials, "notes": told.notes, "story": story}


def told_text(told: Told) -> str:
    """What is told, as text."""
    blocks = ["\n".join(map(shown, told.notes))] if told.notes else []
    for part in told.story.parts if told.story else ():
        blocks.append("\n".join([part.title, *(f"  {shown(sentence)}" for sentence in part.sentences)]))
    return "\n\n".join(blocks)


def _explain_file(
    api: BackdropApi, downloader: Downloader, file: Path, job_id: str | None, say: Callable[[str], object]
) -> Told:
    told = _explain_origin(api, downloader, read_origin(file), job_id, say)
    credentials = check_credentials(file)
    if credentials is None:
        return told
    return replace(told, notes=[*told.notes, credentials.words], credentials=credentials.intact)


def _explain_origin(
    api: BackdropApi, downloader: Downloader, origin: Origin, job_id: str | None, say: Callable[[str], object]
) -> Told:
    if origin.job_id and origin.image_id:
        try:
            return Told([], api.image_story(origin.job_id, origin.image_id, origin.sha256))
        except ApiError as error:
            if error.status != _NOT_FOUND:
                raise
        who = f"The file says that it is image {origin.image_id} of Backdrop's job {origin.job_id}."
        return Told(
            [who, "You have no such job: it is somebody else's, of another Backdrop, erased, or the file is forged."]
        )
    told = _explain_hash(api, downloader, origin.sha256, job_id, say)
    return told if told.story else Told(_unknown(origin))


def _unknown(origin: Origin) -> list[str]:
    notes = [
        "Backdrop did not make this file, or it was changed since: Backdrop's mark is not in it, and none of your "
        f"jobs wrote a file with its SHA-256, {origin.sha256}."
    ]
    if origin.photo_sha256:
        notes.append(
            "Its content credentials say that it was made from the photo with the SHA-256 "
            f"{origin.photo_sha256}: `backdrop explain` of that number finds the job."
        )
    return notes


def _explain_hash(
    api: BackdropApi, downloader: Downloader, sha256: str, job_id: str | None, say: Callable[[str], object]
) -> Told:
    def is_it(image: dict[str, Any]) -> bool:
        return sha256 in ((image["Output"] or {}).get("Sha256"), image["Source"]["Sha256"])

    for job, image in _search(api, downloader, job_id, say, is_it):
        return Told([], api.image_story(job, image["ImageId"], sha256))
    return Told([f"None of your jobs knows a file with the SHA-256 {sha256}."])


def _explain_name(
    api: BackdropApi, downloader: Downloader, name: str, job_id: str | None, say: Callable[[str], object]
) -> Told:
    wanted = PurePosixPath(name.replace("\\", "/"))

    def is_it(image: dict[str, Any]) -> bool:
        known = PurePosixPath(image["ImageName"].replace("\\", "/"))
        object_ = PurePosixPath(image["Output"]["Key"]).name if image["Output"] else None
        return wanted.name in (known.name, object_) or wanted.with_suffix("") == known.with_suffix("")

    found = _search(api, downloader, job_id, say, is_it)
    first = next(found, None)
    if first is None:
        looked = f"job {job_id}" if job_id else "any of your jobs"
        return Told([f"There is no photo or image {shown(name)!r} in {looked}, nor a file of that name here."])
    job, image = first
    notes = [f"The newest image of that name, of job {job}. --job names another job."] if job_id is None else []
    return Told(notes, api.image_story(job, image["ImageId"]))


def _search(
    api: BackdropApi,
    downloader: Downloader,
    job_id: str | None,
    say: Callable[[str], object],
    is_it: Callable[[dict[str, Any]], bool],
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Images of the reports, of one job or of all, newest first, of which `is_it` is true."""
    jobs = [api.job(checked_job_id(job_id))] if job_id else _all_jobs(api)
    # Whoever finds what it looked for does not wait for the reports that are still on their way.
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:

        def read(job: Job) -> tuple[Job, list[dict[str, Any]]]:
            return job, _images_of(downloader, job, Path(folder), is_it)

        with closing(in_parallel(read, jobs, _READ_AT_ONCE, in_order=True)) as reading:
            for number, (job, found) in enumerate(reading, 1):
                if number % 10 == 0:
                    say(f"Looked through {number:,} jobs, back to {job.created_at[:10]}.")
                for image in found:
                    yield job.job_id, image


def _images_of(
    downloader: Downloader, job: Job, folder: Path, is_it: Callable[[dict[str, Any]], bool]
) -> list[dict[str, Any]]:
    """Images of a job's report of which `is_it` is true; none where there is no report."""
    if not job.report_urls:
        return []
    file = folder / f"{job.job_id}.json"
    downloader.fetch(job.report_urls.json_, file)
    try:
        # A line an image (docs/contracts.md), so that a report of any length takes little memory.
        with file.open(encoding="utf-8") as lines:
            images = (json.loads(line.rstrip("\n,")) for line in lines if line.startswith('{"ImageId"'))
            return [image for image in images if is_it(image)]
    finally:
        file.unlink(missing_ok=True)


def _all_jobs(api: BackdropApi) -> Iterator[Job]:
    cursor: str | None = None
    while True:
        page = api.jobs_page(limit=20, cursor=cursor, trials=True)
        yield from page.jobs
        cursor = page.cursor
        if cursor is None:
            return
