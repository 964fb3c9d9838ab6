"""`list.csv`: what became of every image of a job, and which file of an archive it is (docs/file-names.md)."""

from __future__ import annotations

import csv
from pathlib import Path
from types import TracebackType

from backdrop.api.schemas.jobs import Image, Job
from backdrop.core.errors import ErrorCode
from backdrop.core.names import shown
from backdrop.core.output_words import describe_output
from backdrop.core.verdicts import describe_why
from backdrop_client.file_names import JobNames
from backdrop_client.scene_words import name_background

COLUMNS = (
    "File",
    "Original path",
    "SKU folder",
    "SHA-256",
    "Verdict",
    "Status",
    "Reason",
    "What to do next",
    "Variation",
    "Output",
    "Scene",
    "SKU",
    "Background",
    "Rejected because of",
    "Link",
)

NOT_BEGUN = "Not begun"
"""In place of a status: an image that a cancelled job left is no failure."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes a cell that starts so for a formula, also behind spaces, full-width forms too.
https://owasp.org/www-community/attacks/CSV_Injection"""


class FileList:
    """A list that is written row by row, so that it takes no memory; close it before it is read.

    UTF-8 with a byte order mark (so that Excel reads accents), comma-separated, lines end in CR LF. A cell that a
    spreadsheet would take for a formula has an apostrophe in front.
    """

    def __init__(self, path: Path, names: JobNames, job: Job) -> None:
        """Begin the list of a job's images in a new file at `path`."""
        self.path = path
        self._names, self._job = names, job
        # A name of bytes that are no Unicode has lone surrogates, which UTF-8 has no bytes for.
        self._file = path.open("w", encoding="utf-8-sig", errors="replace", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow(COLUMNS)

    def __enter__(self) -> FileList:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def add(self, image: Image, *, sha256: str = "", reason: str = "", next_step: str = "") -> None:
        """Note an image: with the `sha256` of its file if that is in the archive, else with the `reason` why not."""
        cells = (
            str(self._names.path(image)) if sha256 else "",
            image.name,
            self._names.sku_folder(image),
            sha256,
            image.verdict.capitalize() if image.verdict else "",
            NOT_BEGUN if image.error and image.error.code == ErrorCode.JOB_CANCELLED else image.status.value,
            reason,
            next_step,
        )
        why = describe_why(image.reject_reason, image.reject_words)
        behind = [shown(inert(cell)) for cell in (image.sku or "", name_background(image, self._job), why)]
        output = describe_output(image.output.chosen()) if image.output else ""
        self._writer.writerow(
            [
                *(shown(inert(cell)) for cell in cells),
                image.variation,
                inert(output),
                image.scene or "",
                *behind,
                image.link or "",
            ]
        )


def inert(text: str) -> str:
    """A cell's text such that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
