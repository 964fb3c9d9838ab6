"""Places that products are given by hand, as people write them: one by one, or in a table with a row a photo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backdrop.api.schemas.jobs import Image
from backdrop.core.by_hand import ByHand, checked
from backdrop.core.errors import BackdropError
from backdrop_client.errors import WrongUse
from backdrop_client.sheets.tables import read_table

COLUMNS = ("File", "Across", "Down", "Scale", "Turn")

_FORM = "mug.jpg=0.1,-0.05,1.2,15"


def parse_place(text: str) -> tuple[str, ByHand]:
    """Return name and place of `NAME=ACROSS,DOWN[,SCALE[,TURN]]`.

    Raises `WrongUse` for a text of another form, or a place that can't be.
    """
    name, _, numbers = text.rpartition("=")
    cells = [cell.strip() for cell in numbers.split(",")]
    if not name or not 2 <= len(cells) <= 4:
        raise WrongUse("PLACE_INVALID", f"{text!r} is no place.", f"Write the photo's name and numbers: {_FORM}")
    return name, _place(cells, repr(text))


def read_places(data: bytes) -> dict[str, ByHand]:
    """Return photo's name -> place, of a CSV or XLSX file with the columns File, Across, Down, Scale and Turn. An empty
    cell is as the job's rule has it.

    Raises `WrongUse` for a file that is no such table, naming the row that is wrong.
    """
    rows = read_table(data)
    heads = [head.casefold() for head in rows[0]] if rows else []
    places = {name: heads.index(name.casefold()) for name in COLUMNS if name.casefold() in heads}
    if "File" not in places:
        raise WrongUse(
            "SHEET_INVALID", "The table of places has no column File.", f"Its columns are {', '.join(COLUMNS)}."
        )
    found: dict[str, ByHand] = {}
    for number, row in enumerate(rows[1:], 2):
        cells = {name: row[place] if place < len(row) else "" for name, place in places.items()}
        name = cells["File"]
        if not any(cells.values()):
            continue
        if not name or name in found:
            what = "names no file" if not name else f"names {name!r} a second time"
            raise WrongUse("SHEET_INVALID", f"Row {number} of the places {what}.", "Write each photo once.")
        found[name] = _place([cells.get(one, "") for one in COLUMNS[1:]], f"Row {number} of the places")
    return found


def own_places(images: Iterable[Image]) -> dict[str, ByHand]:
    """Photo id -> the place of its product, of photos whose product was placed by hand."""
    return {image.photo_id: image.by_hand.place() for image in images if image.by_hand}


def places_of(images: Iterable[Image], by_name: Mapping[str, ByHand]) -> dict[str, ByHand]:
    """Photo id -> place, of the photos that are named.

    Raises `WrongUse` for a name that none of the images has, or several photos have.
    """
    ids: dict[str, set[str]] = {}
    for image in images:
        ids.setdefault(image.name, set()).add(image.photo_id)
    found: dict[str, ByHand] = {}
    for name, place in by_name.items():
        known = ids.get(name, set())
        if len(known) != 1:
            what = "no image of a photo" if not known else f"{len(known)} photos"
            raise WrongUse(
                "PLACE_INVALID",
                f"The job has {what} {name!r} to place.",
                "Write the names as the job's page and its report have them.",
            )
        found[known.pop()] = place
    return found


def _place(cells: list[str], where: str) -> ByHand:
    given: dict[str, float] = {}
    for name, cell in zip(("across", "down", "scale", "turn"), cells, strict=False):
        if not cell:
            continue
        try:
            # A spreadsheet of another language writes a comma; of numbers that are split at commas none is left.
            given[name] = float(cell.replace(",", "."))
        except ValueError:
            raise WrongUse("PLACE_INVALID", f"{where}: {cell!r} is no number.", f"For example {_FORM}") from None
    try:
        return checked(ByHand(**given))
    except BackdropError as error:
        raise WrongUse("PLACE_INVALID", f"{where}: {error.cause}", error.next_step) from error
