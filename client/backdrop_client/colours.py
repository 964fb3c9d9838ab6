"""Backdrops of colours as people write them: `gradient:#fff,#ddd`, `floor:#eee,#ccc,0.7`."""

from __future__ import annotations

from typing import NamedTuple

FIELDS = {"gradient": ("Top", "Bottom"), "floor": ("Wall", "Floor")}
"""Colours of each kind, as a recipe's JSON calls them."""

EXAMPLES = {"gradient": ("gradient:#ffffff,#dddddd",), "floor": ("floor:#eeeeee,#cccccc", "floor:#eeeeee,#cccccc,0.7")}

_SHORT = 3
"""Digits of a colour in its short form."""


class Written(NamedTuple):
    """What was written, not checked yet. `colours`: by the names of `FIELDS`, in their long form; None: there are not
    as many as there have to be. `line`: where a floor begins, if that was said."""

    kind: str
    colours: dict[str, str] | None
    line: str | None


def read_written(text: str) -> Written | None:
    """Return the parts of a backdrop of colours; None: the text is none."""
    kind, colon, rest = text.partition(":")
    kind = kind.strip().lower()
    if not colon or kind not in FIELDS:
        return None
    names, given = FIELDS[kind], [one.strip() for one in rest.split(",")]
    line = given.pop() if kind == "floor" and len(given) == len(names) + 1 else None
    fits = len(given) == len(names)
    return Written(kind, dict(zip(names, map(_long, given), strict=True)) if fits else None, line)


def _long(colour: str) -> str:
    """Return `#fff` as `ffffff`, and what is long as it is."""
    short = colour.removeprefix("#")
    return "".join(2 * one for one in short) if len(short) == _SHORT else colour
