"""Downloading what a finished job made: the images, checked and named as everywhere (`file_names`), and the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from backdrop.api.schemas.jobs import Image, Job
from backdrop.api.schemas.photos import Error
from backdrop.api.schemas.tries import Try
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop_cli.events import Listener, Notice, Progress, Stage
from backdrop_client.api import BackdropApi
from backdrop_client.download import Downloader
from backdrop_client.errors import BackdropClientError, DownloadError, ServiceUnreachable
from backdrop_client.file_names import JobNames
from backdrop_client.outputs import OutputFolder
from backdrop_client.parallel import in_parallel
from backdrop_client.proof.fetching import collect_proof, list_reports
from backdrop_client.tries.sets import find_shown, images_of_set


@dataclass(frozen=True)
class Collected:
    """One image of the job's set: its `file` on disk, or the `failure` that explains why there is none. `tried`: the
    later try that it is; None: it is the job's own."""

    image: Image
    file: Path | None
    failure: Error | None
    tried: Try | None = None


def collect_images(
    api: BackdropApi,
    downloader: Downloader,
    job: Job,
    folder: OutputFolder,
    on_event: Listener,
    workers: int = 8,
    *,
    approved: bool = False,
) -> list[Collected]:
    """All images of a job's set, or the approved ones alone, in the order of its photos; downloaded in parallel, and a
    failed download stops no other."""
    names, shown = JobNames(api.names(job.job_id)), find_shown(api, job)
    folder.reserve(names.stems)
    results: dict[str, Collected] = {}
    again: set[str] = set()

    def wanted() -> Iterator[Image]:
        for image in images_of_set(api, job, shown):
            if approved and image.verdict is not Verdict.APPROVED:
                continue
            if image.image_id not in results or image.image_id in again:
                yield image

    # A second round, with fresh addresses, for what did not come in the first.
    for _ in range(2):
        with folder.downloads() as waiting:

            def fetch(image: Image, waiting: Path = waiting) -> tuple[Image, Path | Error, bool]:
                return image, *_fetch(downloader, waiting / image.image_id, image, job)

            # Placed in their order: which of two gets a number must not hang on which was quicker.
            with closing(in_parallel(fetch, wanted(), workers, in_order=True)) as fetched:
                for image, found, repeatable in fetched:
                    made = _placed(folder, names, image, found)
                    results[image.image_id] = replace(made, tried=shown.get(image.image_id))
                    again.discard(image.image_id)
                    if repeatable:
                        again.add(image.image_id)
                    done = len(results) - len(again)
                    total = max(job.counts.total, len(results))
                    on_event(Progress(Stage.DOWNLOADING, done, total, done / total))
        if not again:
            break
    return list(results.values())


def collect_reports(downloader: Downloader, job: Job, folder: OutputFolder, on_event: Listener) -> dict[str, Path]:
    """The report's files by kind (`json`, `csv`, `html`); one that can't be had is a notice, not a failure."""
    reports: dict[str, Path] = {}
    for kind, url, name in list_reports(job):
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


def collect_papers(
    api: BackdropApi,
    downloader: Downloader,
    job: Job,
    collected: Sequence[Collected],
    folder: OutputFolder,
    on_event: Listener,
) -> dict[str, Path]:
    """The report's files by kind, with what proves the report beside them; what can't be had is a notice."""
    if job.report_urls and job.report_urls.html and any(one.image.verdict for one in collected):
        try:
            # So that the page which is fetched has what was approved until now; its address stays.
            api.write_page(job.job_id)
        except BackdropClientError as error:
            # An auditor may not.
            on_event(Notice(f"The page of the report may lack the latest approvals: {error.message}"))
    reports = collect_reports(downloader, job, folder, on_event)
    files: dict[str, dict[str, Path]] = {job.job_id: {}}
    for one in collected:
        if one.file:
            job_id, image_id = (one.tried.job_id, one.tried.image_id) if one.tried else (job.job_id, one.image.image_id)
            files.setdefault(job_id, {})[image_id] = one.file
    for job_id, images in files.items():
        try:
            # An image that was redone is in the report of its own job.
            own = reports if job_id == job.job_id else collect_reports(downloader, api.job(job_id), folder, on_event)
            if "json" in own:
                collect_proof(api, job_id, own["json"], images, folder)
        except BackdropClientError as error:
            words = "What proves the report (its signature) could not be fetched"
            on_event(Notice(f"{words}: {error.message} {error.next_step}"))
    return reports


def _fetch(downloader: Downloader, target: Path, image: Image, job: Job) -> tuple[Path | Error, bool]:
    """One image's bytes in `target`, or why there are none; and whether asking again may help."""
    if image.status is not ImageStatus.SUCCEEDED:
        return image.error or _unfinished(job), False
    if not image.download_url:
        return _no_address(), True
    try:
        downloader.fetch(image.download_url, target, image.bytes)
    except (DownloadError, ServiceUnreachable) as error:
        return _as_failure(error), error.code != "OUT_NOT_WRITABLE"
    return target, False


def _placed(folder: OutputFolder, names: JobNames, image: Image, found: Path | Error) -> Collected:
    if not isinstance(found, Path):
        return Collected(image, None, found)
    try:
        return Collected(image, folder.place(found, names.path(image)), None)
    except DownloadError as error:
        return Collected(image, None, _as_failure(error))


def _as_failure(error: BackdropClientError) -> Error:
    return Error(
        code=error.code,
        message=f"The image is finished, but could not be downloaded: {error.message}",
        next_step=error.next_step,
    )


def _no_address() -> Error:
    return Error(
        code="DOWNLOAD_INCOMPLETE",
        message="The image is finished, but the service gives no address to download it.",
        next_step="Try `backdrop fetch` later.",
    )


def _unfinished(job: Job) -> Error:
    """Return the error of an image without an outcome of its own: the job's, if it has one."""
    return job.error or Error(
        code="NOT_DONE",
        message="The job ended before this image was done.",
        next_step="Run the photo again.",
    )
