"""What proves a report, fetched with it: signature, public key, its link of the chain, and what people said. `backdrop
verify` finds it beside the report."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Protocol
from urllib.parse import urlsplit

from backdrop.api.schemas.jobs import Job
from backdrop.api.schemas.proof import Proof
from backdrop_client.errors import DownloadError
from backdrop_client.outputs import OutputFolder, unwritable

FILES = "files.json"
"""In the proof's folder: image id -> the name under which it was written, from the folder of the results."""

_FOLDER = ".proof"
_KNOWN = re.compile(r"/((?:chain|approvals)/[0-9]{8}\.json(?:\.sig)?|keys/[0-9a-f]{64}\.pem)$")


def proof_folder(report: Path) -> Path:
    """Return where the files lie that prove a report's file: beside it."""
    return report.with_suffix(_FOLDER)


class ProofPages(Protocol):
    """What gives out what proves a report: the API, or a double of it."""

    def proof_page(self, job_id: str, *, after: int | None = None) -> Proof: ...


def list_reports(job: Job) -> Iterator[tuple[str, str, str]]:
    """Yield a job's reports: kind (`json`, `csv`, `html`), address, and what the file is called."""
    urls = job.report_urls
    for kind, url in (("json", urls.json_), ("csv", urls.csv), ("html", urls.html)) if urls else ():
        if url:
            name = PurePosixPath(urlsplit(url).path).name
            yield kind, url, name if name.startswith("status_report_") else f"status_report_{job.job_id}.{kind}"


def list_proof(api: ProofPages, job_id: str, report: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes]]:
    """Yield what proves a report: `<report>.sig`, and a folder beside it with the rest, each with its bytes.

    Args:
        api: of the user.
        job_id: the job.
        report: where its report (JSON) lies, from the folder of the results.

    Raises:
        BackdropClientError: the service does not give it.
    """
    home = report.with_suffix(_FOLDER)
    after: int | None = None
    while True:
        page = api.proof_page(job_id, after=after)
        for one in page.files:
            known = _KNOWN.search(one.key)
            if one.key == f"{page.report_key}.sig":
                name = PurePosixPath(f"{report}.sig")
            elif known:
                name = home / known[1]
            else:
                # What a newer service adds is left out: no name of the service's decides where a file is written.
                continue
            yield name, _decode(name, one.data)
        after = page.after
        if after is None:
            break


def note_names(report: PurePosixPath, images: Mapping[str, str]) -> tuple[PurePosixPath, bytes]:
    """Return the file that tells which image is called what: its name, from the folder of the results, and its bytes.

    Args:
        report: where the report (JSON) lies, from the folder of the results.
        images: image id -> the file that was written of it, from the folder of the results.
    """
    return report.with_suffix(_FOLDER) / FILES, json.dumps(images, indent=1).encode()


def collect_proof(api: ProofPages, job_id: str, report: Path, images: Mapping[str, Path], folder: OutputFolder) -> None:
    """Write what proves the report beside it (`list_proof`), and which image is called what.

    Args:
        api: of the user.
        job_id: the job.
        report: its report, in `folder`.
        images: image id -> the file in `folder` that was written of it.
        folder: of the results.

    Raises:
        BackdropClientError: the service does not give it, or it can't be written.
    """
    name = PurePosixPath(report.relative_to(folder.path).as_posix())
    for one, data in list_proof(api, job_id, name):
        _write(folder, one, data)
    # Fetched before, perhaps other images of the job.
    before = {id_: file.relative_to(folder.path).as_posix() for id_, file in read_names(folder.path, report).items()}
    now = {image_id: one.relative_to(folder.path).as_posix() for image_id, one in images.items()}
    noted, data = note_names(name, {**before, **now})
    file = folder.path / noted
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise unwritable(file, error) from error


def read_names(folder: Path, report: Path) -> dict[str, Path]:
    """Return which file each image was written to, as `collect_proof` noted it: image id -> file in `folder`; empty
    where nothing was noted."""
    try:
        noted = json.loads((proof_folder(report) / FILES).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(noted, dict):
        return {}
    return {image_id: folder / name for image_id, name in noted.items() if isinstance(name, str)}


def _decode(name: PurePosixPath, data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        words = f"What came for {name.name} can't be read."
        raise DownloadError("DOWNLOAD_INCOMPLETE", words, "Fetch it again with `backdrop fetch`.") from error


def _write(folder: OutputFolder, name: PurePosixPath, data: bytes) -> None:
    temporary = folder.temporary()
    try:
        temporary.write_bytes(data)
        folder.place(temporary, name)
    except OSError as error:
        raise unwritable(folder.path / name, error) from error
    finally:
        temporary.unlink(missing_ok=True)
