"""A sheet beside the photos: what each of them shall have for itself, a row a photo (docs/sheet.md).

All that is wrong with it is told by row and column, before anything is uploaded or submitted.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from backdrop.core.names import shown, shown_lines
from backdrop.core.words.marks import phrase
from backdrop_client.file_list import inert
from backdrop_client.file_names import path_key
from backdrop_client.sheets.tables import read_table

FILE, SKU, PROMPT, BACKDROP, LABELS, OUTPUT_NAME = COLUMNS = (
    "File", "SKU", "Prompt", "Backdrop", "Labels", "Output name"
)  # fmt: skip

_ALSO_CALLED = {
    "filename": FILE,
    "photo": FILE,
    "image": FILE,
    "description": PROMPT,
    "label": LABELS,
    "keep": LABELS,
}
_SHOWN = 5


@dataclass(frozen=True)
class Fault:
    """What is wrong with a sheet. `row`: as a spreadsheet counts them, the heading is 1 (0: no row is to blame);
    `column`: its heading."""

    row: int
    column: str
    message: str
    next_step: str

    def __str__(self) -> str:
        """The fault on one line."""
        where = f"Row {self.row:,}, {self.column}" if self.row else self.column
        return f"{where}: {self.message} {self.next_step}"


@dataclass(frozen=True)
class Wish:
    """What a photo shall have for itself; empty: as all others. `row`: where the sheet says so."""

    row: int
    prompt: str = ""
    labels: tuple[str, ...] = ()
    sku: str = ""
    output_name: str = ""
    backdrop: str = ""

    def too_long(self, most: int) -> Fault | None:
        """What is wrong with its prompt for a model that takes at most so many characters."""
        length = len(self.prompt)
        if length <= most:
            return None
        return Fault(
            self.row,
            PROMPT,
            phrase("It has {length:,} characters; the model takes at most {most:,}.", length=length, most=most),
            phrase("Shorten it."),
        )


@dataclass(frozen=True)
class Sheet:
    """A sheet as it was read.

    `wishes`: place of a photo -> what it shall have; `faults`: by row; `without`: names of the photos that have no row.
    """

    wishes: Mapping[int, Wish]
    faults: Sequence[Fault]
    without: Sequence[str]


def read_sheet(data: bytes, photos: Sequence[str]) -> Sheet:
    """Read a sheet for the photos of these names.

    A photo is named by its path or, where no other photo has it too, by the end of its path; case, Unicode form and
    kind of slash don't count.

    Args:
        data: the file, CSV or Excel workbook.
        photos: their names, with folders.

    Raises `WrongUse` (`SHEET_UNREADABLE`) for a file that is no table.
    """
    reader = _Reader(_Photos(photos))
    reader.read(read_table(data))
    without = [name for place, name in enumerate(photos) if place not in reader.wishes]
    return Sheet(reader.wishes, sorted(reader.faults, key=lambda one: one.row), without)


def write_template(photos: Sequence[str], wishes: Mapping[int, Wish] | None = None) -> str:
    """Return a sheet as CSV with a row for each of the photos, to be filled in; what they have already is there."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for place, name in enumerate(photos):
        wish = (wishes or {}).get(place, Wish(0))
        cells = (name, wish.sku, wish.prompt, wish.backdrop, ", ".join(wish.labels), wish.output_name)
        writer.writerow([inert(shown_lines(cell)) for cell in cells])
    return out.getvalue()


class _Photos:
    """The photos by what they can be called."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._whole: dict[str, list[int]] = {}
        self._ends: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            parts = _parts(name)
            self._whole.setdefault(_key(parts), []).append(place)
            for start in range(1, len(parts)):
                self._ends.setdefault(_key(parts[start:]), []).append(place)

    def find(self, text: str) -> list[int]:
        """Places of the photos that may be meant: those of the very path before others."""
        key = _key(_parts(text))
        return self._whole.get(key) or self._ends.get(key) or []

    def name(self, place: int) -> str:
        return self._names[place]


@dataclass
class _Reader:
    photos: _Photos
    wishes: dict[int, Wish] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def read(self, rows: Sequence[Sequence[str]]) -> None:
        heading = next((number for number, row in enumerate(rows) if any(row)), None)
        if heading is None:
            self._fault(
                1,
                FILE,
                phrase("The sheet is empty."),
                phrase("Begin it with the headings {names}.", names=", ".join(COLUMNS)),
            )
            return
        columns = self._columns(heading + 1, rows[heading])
        if FILE not in columns.values():
            self._fault(
                heading + 1,
                FILE,
                phrase("No column says which photo a row is about."),
                phrase("Call one “{file}”.", file=FILE),
            )
            return
        for number, row in enumerate(rows[heading + 1 :], heading + 2):
            if any(row):
                self._read_row(number, row, columns, len(rows[heading]))

    def _columns(self, number: int, headings: Sequence[str]) -> dict[int, str]:
        found: dict[int, str] = {}
        for place, heading in enumerate(headings):
            plain = _plain(heading)
            known = next((one for one in COLUMNS if _plain(one) == plain), _ALSO_CALLED.get(plain))
            if known is None:
                if heading:
                    self._fault(
                        number,
                        heading,
                        phrase("There is no such column."),
                        phrase("Delete it, or call it one of {names}.", names=", ".join(COLUMNS)),
                    )
            elif known in found.values():
                self._fault(number, heading, phrase("The column is there twice."), phrase("Keep one of them."))
            else:
                found[place] = known
        return found

    def _read_row(self, number: int, row: Sequence[str], columns: Mapping[int, str], headings: int) -> None:
        cells = {heading: _bare(row[place]) for place, heading in columns.items() if place < len(row)}
        for place, cell in enumerate(row[headings:], headings):
            if cell:
                self._fault(
                    number,
                    f"column {place + 1}",
                    phrase("{cell} stands in a column without a heading.", cell=_quoted(cell)),
                    phrase("Put text with commas between double quotes, or delete it."),
                )
        photo = self._photo(number, cells.get(FILE, ""))
        wish = Wish(
            row=number,
            prompt=cells.get(PROMPT, ""),
            labels=tuple(_labels(cells.get(LABELS, ""))),
            sku=cells.get(SKU, ""),
            output_name=cells.get(OUTPUT_NAME, ""),
            backdrop=cells.get(BACKDROP, ""),
        )
        if photo is None:
            return
        if photo in self.wishes:
            first = self.wishes[photo].row
            self._fault(
                number,
                FILE,
                phrase("{photo} is in row {first:,} already.", photo=_quoted(self.photos.name(photo)), first=first),
                phrase("Delete one row."),
            )
            return
        self.wishes[photo] = wish

    def _photo(self, number: int, text: str) -> int | None:
        if not text:
            self._fault(number, FILE, phrase("The row names no photo."), phrase("Name one, or delete the row."))
            return None
        found = self.photos.find(text)
        if not found:
            self._fault(
                number,
                FILE,
                phrase("{text} is none of the photos.", text=_quoted(text)),
                phrase("Correct it, or delete the row."),
            )
            return None
        if len(found) > 1:
            names = Counter(self.photos.name(place) for place in found)
            several = ", ".join(_quoted(name) for name in list(names)[:_SHOWN])
            step = phrase("Write its folders, too.") if len(names) > 1 else phrase("Give the photos different names.")
            self._fault(
                number,
                FILE,
                phrase(
                    "{text} is the name of {found:,} photos: {several}.",
                    text=_quoted(text),
                    found=len(found),
                    several=several,
                ),
                step,
            )
            return None
        return found[0]

    def _fault(self, row: int, column: str, message: str, next_step: str) -> None:
        self.faults.append(Fault(row, shown(column), message, next_step))


def _labels(text: str) -> Iterator[str]:
    yield from dict.fromkeys(label for one in re.split(r"[,;\n]", text) if (label := one.strip()))


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[/\\]", name) if part.strip() not in {"", "."}]


def _key(parts: Sequence[str]) -> str:
    return path_key(PurePosixPath(*parts))


def _bare(cell: str) -> str:
    """A cell without the apostrophe that makes it inert."""
    bare = cell.removeprefix("'")
    return bare if inert(bare) == cell else cell


def _plain(heading: str) -> str:
    """A heading without case, blanks, dashes and underscores."""
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", heading)).casefold()


def _quoted(text: str) -> str:
    text = shown(text)
    return f"“{text if len(text) <= 120 else f'{text[:119]}…'}”"
