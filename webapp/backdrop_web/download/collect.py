"""Which files an archive of a job holds: the images, fetched a few ahead, and a list of all that the job has.

Names, order and list are the client package's: an image is called the same in every archive (docs/file-names.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Protocol

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop_client.errors import BackdropClientError, DownloadError
from backdrop_client.file_list import FileList
from backdrop_client.file_names import LIST_NAME, JobNames
from backdrop_client.parallel import in_parallel
from backdrop_client.proof.fetching import list_proof, list_reports, note_names
from backdrop_client.tries.sets import find_shown, images_of_set
from backdrop_web.download.stream import Entry
from backdrop_web.service.api import Api
from backdrop_web.text.errors import Notice, explain, explain_failure

WORKERS = 3
"""Images fetched at once. Twice as many at most lie on disk, waiting for the browser to take them."""

_NOT_APPROVED = Notice("Not approved: this ZIP holds the approved images only.", "")
_WAITING = Notice("Not finished when this ZIP was made.", "Download again when the job is done.")
_NO_ADDRESS = Notice("The service gave no address to fetch it from.", "Try the ZIP again.")


class Which(StrEnum):
    """What is to be in the archive."""

    ALL = "all"
    APPROVED = "approved"
    PROOF = "proof"
    """All, with the report and what proves it, as `backdrop verify` reads it (docs/proof.md)."""

    def leaves_out(self, image: Image) -> Notice | None:
        """Return why an image is not to be in the archive; None: it is."""
        if image.status is ImageStatus.FAILED:
            return explain_failure(image.error)
        if image.status is not ImageStatus.SUCCEEDED:
            return _WAITING
        if self is Which.APPROVED and image.verdict is not Verdict.APPROVED:
            return _NOT_APPROVED
        return None if image.download_url else _NO_ADDRESS


class Fetch(Protocol):
    """A function that fetches a file, as `Downloader.fetch` does."""

    def __call__(self, url: str, target: Path, expected_bytes: int | None = None) -> None: ...


@dataclass(frozen=True)
class _Fetched:
    """An image's file and its hash."""

    path: Path
    sha256: str


@dataclass(frozen=True)
class _Papers:
    """Where a job's report lies in the archive, and the job's images there: image id -> file."""

    report: PurePosixPath
    images: dict[str, str] = field(default_factory=dict)


def collect_entries(api: Api, job_id: str, which: Which, fetch: Fetch) -> Generator[Entry, None, None]:
    """Yield the archive's files in the order of the upload, the list last. Each lies on disk until the next is due.

    An image that can't be fetched, or was never made, holds up nothing: the list says why it is missing. Raises
    `BackdropClientError` when the service can't tell which images there are, or, of `Which.PROOF`, gives no report.
    """
    names, job = JobNames(api.names(job_id)), api.job(job_id)
    shown = find_shown(api, job)
    papers: dict[str, _Papers] = {}
    with TemporaryDirectory(prefix="backdrop-zip-", ignore_cleanup_errors=True) as folder:
        if which is Which.PROOF:
            # First, so that what is wrong with it shows before the download begins. An image that was redone is in the
            # report of its own job.
            for one in (job, *(api.job(id_) for id_ in sorted({one.job_id for one in shown.values()}))):
                papers[one.job_id] = _Papers((yield from _collect_report(api, one, fetch, Path(folder))))

        def work(image: Image) -> tuple[Image, _Fetched | Notice]:
            reason = which.leaves_out(image)
            return image, reason or _fetch_image(fetch, image, Path(folder) / image.image_id)

        with (
            FileList(Path(folder) / LIST_NAME, names, job) as listed,
            closing(in_parallel(work, images_of_set(api, job, shown), WORKERS, in_order=True)) as results,
        ):
            for image, result in results:
                if isinstance(result, Notice):
                    reason = " ".join((result.what, *result.details))
                    listed.add(image, reason=reason, next_step=result.next_step)
                    continue
                name = str(names.path(image))
                tried = shown.get(image.image_id)
                if of := papers.get(tried.job_id if tried else job_id):
                    of.images[tried.image_id if tried else image.image_id] = name
                yield Entry(name, result.path)
                listed.add(image, sha256=result.sha256)
                result.path.unlink()
        yield Entry(LIST_NAME, listed.path)
        for of in papers.values():
            noted, data = note_names(of.report, of.images)
            yield Entry(str(noted), data)


def _collect_report(api: Api, job: Job, fetch: Fetch, folder: Path) -> Generator[Entry, None, PurePosixPath]:
    """Yield the report's files and what proves them; return where the report (JSON) lies."""
    report: PurePosixPath | None = None
    for kind, url, name in list_reports(job):
        fetch(url, folder / name)
        yield Entry(name, folder / name)
        if kind == "json":
            report = PurePosixPath(name)
    if report is None:
        raise DownloadError("NO_REPORT", "This job has no report to prove.", "Download its images without it.")
    for proof, data in list_proof(api, job.job_id, report):
        yield Entry(str(proof), data)
    return report


def _fetch_image(fetch: Fetch, image: Image, target: Path) -> _Fetched | Notice:
    try:
        fetch(image.download_url or "", target, image.bytes)
    except BackdropClientError as error:
        return Notice(explain(error).what, "Download it alone, or try the ZIP again.")
    with target.open("rb") as file:
        return _Fetched(target, hashlib.file_digest(file, "sha256").hexdigest())
