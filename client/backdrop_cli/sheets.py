"""The sheet that `--sheet` names: read, and every fault of it told, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backdrop_cli.scan import FoundPhoto, counted
from backdrop_cli.terminal import say
from backdrop_client.errors import WrongUse
from backdrop_client.sheets.sheet import Fault, Wish, read_sheet

_TOLD = 100


def read_wishes(path: Path, photos: Sequence[FoundPhoto]) -> dict[int, Wish]:
    """Place in `photos` -> what the sheet wants for it. Photos without a row are told: they have what all have.

    Raises `WrongUse` for a sheet with faults, all of which have been told then, or none that can be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUse(
            "SHEET_UNREADABLE", f"The sheet can't be read: {error.strerror or error}.", "Check the file and its rights."
        ) from error
    sheet = read_sheet(data, [photo.name for photo in photos])
    refuse_faults(sheet.faults)
    if sheet.without:
        say(f"Photos without a row in the sheet, which have what is said for all {counted(sheet.without)}.")
    return dict(sheet.wishes)


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Tell all faults, a line each, then raise `WrongUse`; nothing for none."""
    if not faults:
        return
    for fault in faults[:_TOLD]:
        say(str(fault))
    rest = len(faults) - _TOLD
    if rest > 0:
        say(f"And {rest:,} more.")
    what = "There is a fault" if len(faults) == 1 else f"There are {len(faults):,} faults"
    raise WrongUse(
        "SHEET_INVALID",
        f"{what} in what is said for single photos; the first: {faults[0]}",
        "Correct the sheet or the names, then run this again.",
    )


def by_place(photos: Sequence[FoundPhoto], wishes: Mapping[int, Wish]) -> dict[str, tuple[str, Wish]]:
    """Place -> name and row of the sheet: of photos that have no ids yet."""
    return {str(place): (photo.name, wishes.get(place, Wish(0))) for place, photo in enumerate(photos)}


def prompts_of(wishes: Mapping[int, Wish]) -> dict[str, str]:
    """The photos' own prompts, by place: of photos that have no ids yet."""
    return {str(place): wish.prompt for place, wish in wishes.items() if wish.prompt}


def are_all_behind(wishes: Mapping[int, Wish], photos: int) -> bool:
    """Whether the sheet names a backdrop for each of so many photos."""
    return sum(bool(wish.backdrop) for wish in wishes.values()) == photos > 0


def find_long_prompts(wishes: Mapping[int, Wish], most: int) -> list[Fault]:
    """The faults of prompts that the model does not take."""
    found = (wish.too_long(most) for wish in wishes.values())
    return [fault for fault in found if fault]


def save_template(path: Path, text: str) -> None:
    """Write a sheet so that Excel reads its accents. Raises `WrongUse` for a file that is there, or can't be made."""
    try:
        with path.open("x", encoding="utf-8-sig", newline="") as file:
            file.write(text)
    except OSError as error:
        raise WrongUse(
            "OUT_UNWRITABLE", f"{path} can't be made: {error.strerror or error}.", "Name another file."
        ) from error
