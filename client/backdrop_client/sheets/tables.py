"""Tables that people keep: rows of a CSV file or of the first sheet of an Excel workbook, as texts."""

from __future__ import annotations

import csv
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from backdrop.core.words.marks import mark_phrase, phrase
from backdrop_client.errors import WrongUse

MOST_BYTES = 10_000_000
"""Of a file, and of each part of a workbook when unpacked."""

_MOST_ROWS = 50_000
_MOST_COLUMNS = 1_000

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

# A password is a RuntimeError, a way to pack that Python does not have a NotImplementedError.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    IndexError,
    RuntimeError,
    ElementTree.ParseError,
)

_SAVE_AGAIN = mark_phrase("Save it again as CSV (UTF-8) or as an Excel workbook (.xlsx).")


def read_table(data: bytes) -> list[list[str]]:
    """The rows of a file, the first one first; blanks around a cell's text are left out.

    CSV may be UTF-8, UTF-16 with its mark, or Windows-1252, and have commas, semicolons or tabs between its cells.

    Raises `WrongUse` (`SHEET_UNREADABLE`) for a file that is no table, or a larger one than there can be.
    """
    if len(data) > MOST_BYTES:
        raise _unreadable(
            phrase("The sheet has {data:,} bytes; at most {most:,} are read.", data=len(data), most=MOST_BYTES),
            phrase("Split it."),
        )
    rows = _workbook(data) if data.startswith(b"PK\x03\x04") else _comma_separated(data)
    found = []
    for row in rows:
        found.append([cell.strip() for cell in row])
        if len(found) > _MOST_ROWS:
            raise _unreadable(
                phrase("The sheet has more than {most_rows:,} rows.", most_rows=_MOST_ROWS), phrase("Split it.")
            )
    return found


def _comma_separated(data: bytes) -> Iterator[list[str]]:
    text = _decode(data)
    first, _, rest = text.partition("\n")
    declared = re.fullmatch(r"sep=([,;\t])\r?", first)
    if declared:
        # What Excel reads, and some write, in front of the table. Its line counts.
        text, delimiter = f"\n{rest}", declared[1]
    else:
        delimiter = max(",;\t", key=re.sub(r'"[^"]*"', "", first).count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    except csv.Error as error:
        raise _unreadable(phrase("The sheet is no whole table: {error}.", error=error), _SAVE_AGAIN) from error


def _decode(data: bytes) -> str:
    encodings = ("utf-16",) if data.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable(phrase("The sheet is neither text nor an Excel workbook."), _SAVE_AGAIN)


def _workbook(data: bytes) -> Iterator[list[str]]:
    """The rows of a workbook's first sheet, as ECMA-376 (Office Open XML), part 1, chapter 18, has them."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            texts = _shared_texts(archive)
            yield from _rows(_part(archive, _first_sheet(archive)), texts)
    except _BROKEN as error:
        raise _unreadable(phrase("The sheet is no Excel workbook that can be read."), _SAVE_AGAIN) from error


def _part(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if archive.getinfo(name).file_size > MOST_BYTES:
        raise _unreadable(phrase("The sheet is larger than {most:,} bytes.", most=MOST_BYTES), phrase("Split it."))
    return ElementTree.fromstring(archive.read(name))  # noqa: S314 - expat bounds the growth of entities itself


def _first_sheet(archive: zipfile.ZipFile) -> str:
    sheet = next(_part(archive, "xl/workbook.xml").iter(f"{_MAIN}sheet"), None)
    if sheet is None:
        raise KeyError("sheet")
    for one in _part(archive, "xl/_rels/workbook.xml.rels"):
        if one.get("Id") == sheet.get(_RELATION):
            return posixpath.normpath(posixpath.join("/xl", one.get("Target", ""))).lstrip("/")
    raise KeyError(sheet.get(_RELATION))


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    return [_text(one) for one in _part(archive, "xl/sharedStrings.xml").iter(f"{_MAIN}si")]


def _text(held: ElementTree.Element) -> str:
    """The text of a cell that is written in several styles; how it is read aloud (`rPh`) is no part of it."""
    runs = [held, *held.findall(f"{_MAIN}r")]
    return "".join(one.text or "" for run in runs for one in run.findall(f"{_MAIN}t"))


def _rows(sheet: ElementTree.Element, texts: list[str]) -> Iterator[list[str]]:
    number = 0
    for row in sheet.iter(f"{_MAIN}row"):
        # Rows and cells that are empty may be left out.
        wanted = int(row.get("r", number + 1))
        if not number < wanted <= _MOST_ROWS:
            raise ValueError(wanted)
        yield from ([] for _ in range(number + 1, wanted))
        number, cells = wanted, dict[int, str]()
        for place, cell in enumerate(row.findall(f"{_MAIN}c")):
            at = _CELL.fullmatch(cell.get("r", ""))
            cells[_column(at[1]) if at else place] = _value(cell, texts)
        width = max(cells, default=-1) + 1
        if width > _MOST_COLUMNS:
            raise ValueError(width)
        yield [cells.get(place, "") for place in range(width)]


def _column(letters: str) -> int:
    """Return `A` as 0, `AA` as 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _value(cell: ElementTree.Element, texts: list[str]) -> str:
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        inline = cell.find(f"{_MAIN}is")
        return "" if inline is None else _text(inline)
    value = cell.findtext(f"{_MAIN}v") or ""
    if kind == "s":
        return texts[int(value)]
    if kind == "n" and value and "e" in value.lower():
        # A long article number is written as 4.006381333931E12.
        whole = float(value)
        return str(int(whole)) if whole.is_integer() else value
    return value


def _unreadable(cause: str, next_step: str) -> WrongUse:
    return WrongUse("SHEET_UNREADABLE", cause, next_step)
