"""Downloading what a finished job made: the images, checked and named after their sources, and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from backdrop_client.answers import Failure, Image, ImageStatus, Job
from backdrop_client.api import BackdropApi
from backdrop_client.download import Downloader
from backdrop_client.errors import BackdropClientError, DownloadError, ServiceUnreachable
from backdrop_client.events import Listener, Notice, Progress, Stage
from backdrop_client.outputs import OutputFolder
from backdrop_client.parallel import in_parallel


@dataclass(frozen=True)
class Collected:
    """One image of the job: its `file` on disk, or the `failure` that explains why there is none."""

    image: Image
    file: Path | None
    failure: Failure | None


def collect_images(
    api: BackdropApi,
    downloader: Downloader,
    job: Job,
    folder: OutputFolder,
    relative_of: Callable[[Image], PurePosixPath],
    on_event: Listener,
    workers: int = 8,
) -> list[Collected]:
    """All images of a job, downloaded in parallel; a failed download stops no other.

    Args:
        relative_of: the source's path below the output folder, for an image.
    """
    planned: dict[str, PurePosixPath] = {}
    results: dict[str, Collected] = {}
    again: set[str] = set()

    def fetch(image: Image) -> tuple[Collected, bool]:
        return _fetch(downloader, folder, image, planned.get(image.image_id), job)

    def wanted() -> Iterator[Image]:
        for image in api.images(job.job_id):
            if image.image_id not in planned and image.status is ImageStatus.SUCCEEDED:
                extension = PurePosixPath(image.download_name or "").suffix
                planned[image.image_id] = folder.plan(relative_of(image), extension)
            if image.image_id not in results or image.image_id in again:
                yield image

    # A second round, with fresh addresses, for what did not come in the first.
    for _ in range(2):
        with closing(in_parallel(fetch, wanted(), workers)) as fetched:
            for collected, repeatable in fetched:
                image_id = collected.image.image_id
                results[image_id] = collected
                again.discard(image_id)
                if repeatable:
                    again.add(image_id)
                done = len(results) - len(again)
                total = max(job.counts.total, len(results))
                on_event(Progress(Stage.DOWNLOADING, done, total, done / total))
        if not again:
            break
    return list(results.values())


def collect_reports(downloader: Downloader, job: Job, folder: OutputFolder, on_event: Listener) -> dict[str, Path]:
    """The report's files by kind (`json`, `csv`); one that can't be had is a notice, not a failure."""
    urls = job.report_urls
    reports: dict[str, Path] = {}
    for kind, url in (("json", urls.json_), ("csv", urls.csv)) if urls else ():
        if not url:
            continue
        name = PurePosixPath(urlsplit(url).path).name
        if not name.startswith("status_report_"):
            name = f"status_report_{job.job_id}.{kind}"
        temporary = folder.temporary()
        try:
            downloader.fetch(url, temporary)
            reports[kind] = folder.place(temporary, PurePosixPath(name))
        except (DownloadError, ServiceUnreachable) as error:
            on_event(Notice(f"The {kind.upper()} report could not be fetched: {error.message} {error.next_step}"))
        finally:
            temporary.unlink(missing_ok=True)
    if not reports:
        on_event(Notice("There is no report to fetch."))
    return reports


def _fetch(
    downloader: Downloader, folder: OutputFolder, image: Image, planned: PurePosixPath | None, job: Job
) -> tuple[Collected, bool]:
    """One image, and whether asking again may help."""
    if image.status is not ImageStatus.SUCCEEDED or planned is None:
        return Collected(image, None, image.error or _unfinished(job)), False
    if not image.download_url:
        return Collected(image, None, _no_address()), True
    try:
        file = _download(downloader, folder, image.download_url, image.bytes, planned)
    except (DownloadError, ServiceUnreachable) as error:
        return Collected(image, None, _as_failure(error)), error.code != "OUT_NOT_WRITABLE"
    return Collected(image, file, None), False


def _download(downloader: Downloader, folder: OutputFolder, url: str, size: int | None, planned: PurePosixPath) -> Path:
    try:
        temporary = folder.temporary()
    except OSError as error:
        raise DownloadError(
            "OUT_NOT_WRITABLE",
            f"{folder.path} can't be written: {error.strerror or error}.",
            "Make room or choose another folder, then use `backdrop fetch`.",
        ) from error
    try:
        downloader.fetch(url, temporary, size)
        return folder.place(temporary, planned)
    finally:
        temporary.unlink(missing_ok=True)


def _as_failure(error: BackdropClientError) -> Failure:
    return Failure(
        code=error.code,
        message=f"The image is finished, but could not be downloaded: {error.message}",
        next_step=error.next_step,
    )


def _no_address() -> Failure:
    return Failure(
        code="DOWNLOAD_INCOMPLETE",
        message="The image is finished, but the service gives no address to download it.",
        next_step="Try `backdrop fetch` later.",
    )


def _unfinished(job: Job) -> Failure:
    """For an image without an outcome of its own: the job's, if it has one."""
    return job.error or Failure(
        code="NOT_DONE",
        message="The job ended before this image was done.",
        next_step="Run the photo again.",
    )
