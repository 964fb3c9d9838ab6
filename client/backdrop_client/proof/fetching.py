"""What proves a report, fetched with it: signature, public key, its link of the chain, and what people said. `backdrop
verify` finds it beside the report."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from backdrop_client.api import BackdropApi
from backdrop_client.errors import DownloadError
from backdrop_client.outputs import OutputFolder, unwritable

FILES = "files.json"
"""In the proof's folder: image id -> the name under which it was written, from the folder of the results."""

_KNOWN = re.compile(r"/((?:chain|approvals)/[0-9]{8}\.json(?:\.sig)?|keys/[0-9a-f]{64}\.pem)$")


def proof_folder(report: Path) -> Path:
    """Return where the files lie that prove a report's file: beside it."""
    return report.with_suffix(".proof")


def collect_proof(
    api: BackdropApi, job_id: str, report: Path, images: Mapping[str, Path], folder: OutputFolder
) -> None:
    """Write what proves the report beside it: `<report>.sig`, and a folder with the rest.

    Args:
        api: of the user.
        job_id: the job.
        report: its report, in `folder`.
        images: image id -> the file in `folder` that was written of it.
        folder: of the results.

    Raises:
        BackdropClientError: the service does not give it, or it can't be written.
    """
    home = PurePosixPath(proof_folder(report).relative_to(folder.path).as_posix())
    after: int | None = None
    while True:
        page = api.proof_page(job_id, after=after)
        for one in page.files:
            known = _KNOWN.search(one.key)
            if one.key == f"{page.report_key}.sig":
                _write(folder, PurePosixPath(f"{home.with_suffix('.json')}.sig"), one.data)
            elif known:
                # What a newer service adds is left out: no name of the service's decides where a file is written.
                _write(folder, home / known[1], one.data)
        after = page.after
        if after is None:
            break
    _note_names(folder.path, proof_folder(report) / FILES, images)


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


def _write(folder: OutputFolder, name: PurePosixPath, data: str) -> None:
    temporary = folder.temporary()
    try:
        temporary.write_bytes(base64.b64decode(data, validate=True))
        folder.place(temporary, name)
    except binascii.Error as error:
        words = f"What came for {name.name} can't be read."
        raise DownloadError("DOWNLOAD_INCOMPLETE", words, "Fetch it again with `backdrop fetch`.") from error
    except OSError as error:
        raise unwritable(folder.path / name, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def _note_names(folder: Path, file: Path, images: Mapping[str, Path]) -> None:
    names = {image_id: one.relative_to(folder).as_posix() for image_id, one in images.items()}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(OSError, ValueError, TypeError):
            # Fetched before, perhaps other images of the job.
            names = {**json.loads(file.read_bytes()), **names}
        file.write_text(json.dumps(names, indent=1), encoding="utf-8")
    except OSError as error:
        raise unwritable(file, error) from error
