"""Which files an archive of a job holds: the images, fetched a few ahead, and a list of those that are missing."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from backdrop_client.answers import Image, ImageStatus, Verdict
from backdrop_client.errors import BackdropClientError
from backdrop_client.parallel import in_parallel
from backdrop_web.download.names import UniqueNames
from backdrop_web.download.stream import Entry
from backdrop_web.service.api import Api
from backdrop_web.text.errors import explain, explain_failure

WORKERS = 3
"""Images fetched at once. Twice as many at most lie on disk, waiting for the browser to take them."""

PAGE = 20
"""Images asked for at once: few, so that on a slow line no address runs out (15 minutes) before its turn."""

MISSING = "not in this ZIP.txt"


class Which(StrEnum):
    """What is to be in the archive."""

    ALL = "all"
    APPROVED = "approved"


class Fetch(Protocol):
    """`Downloader.fetch`."""

    def __call__(self, url: str, target: Path, expected_bytes: int | None = None) -> None: ...


@dataclass
class _Missing:
    lines: list[str] = field(default_factory=list)

    def add(self, name: str, reason: str) -> None:
        self.lines.append(f"{' '.join(name.split())}: {reason}")

    def entry(self) -> Entry:
        intro = f"{len(self.lines)} images are not in this ZIP:" if len(self.lines) > 1 else "Not in this ZIP:"
        return Entry(MISSING, "\r\n".join([intro, "", *self.lines, ""]).encode("utf-8-sig"))


def entries(api: Api, job_id: str, which: Which, fetch: Fetch) -> Generator[Entry, None, None]:
    """The archive's files. Each lies on disk until the next one is asked for.

    An image that can't be fetched, or was never made, holds up nothing: a last file names it and says why. Raises
    `BackdropClientError` when the service can't tell which images there are.
    """
    names, missing = UniqueNames(), _Missing()
    names.take(MISSING)
    with TemporaryDirectory(prefix="backdrop-zip-", ignore_cleanup_errors=True) as folder:

        def work(image: Image) -> tuple[Image, Path | BackdropClientError]:
            target = Path(folder) / image.image_id
            try:
                fetch(image.download_url or "", target, image.bytes)
            except BackdropClientError as error:
                return image, error
            return image, target

        with closing(in_parallel(work, _finished(api, job_id, which), WORKERS)) as results:
            for image, result in results:
                wished = image.download_name or image.name
                if isinstance(result, BackdropClientError):
                    missing.add(wished, f"{explain(result).what} Download it alone, or try the ZIP again.")
                    continue
                yield Entry(names.take(wished), result)
                result.unlink()
        if which is Which.ALL:
            for image in _images(api, job_id, ImageStatus.FAILED):
                missing.add(image.name, explain_failure(image.error).sentence)
    if missing.lines:
        yield missing.entry()


def _finished(api: Api, job_id: str, which: Which) -> Iterator[Image]:
    for image in _images(api, job_id, ImageStatus.SUCCEEDED):
        if image.download_url and (which is Which.ALL or image.verdict is Verdict.APPROVED):
            yield image


def _images(api: Api, job_id: str, status: ImageStatus) -> Iterator[Image]:
    cursor: str | None = None
    while True:
        page = api.images_page(job_id, status=status, limit=PAGE, cursor=cursor)
        yield from page.images
        cursor = page.cursor
        if cursor is None:
            return
