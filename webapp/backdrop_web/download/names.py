"""Names of files inside an archive: as people know them, safe to unpack anywhere, no two alike."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*/\\]')
# Names that Windows keeps for devices, whatever follows the first dot.
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_LONGEST = 180


class UniqueNames:
    """Gives each file of one archive a name of its own; names that differ in case only count as alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wished: str) -> str:
        """`mug.jpg`, and for the next file of that name `mug (2).jpg`."""
        name = safe(wished)
        stem, dot, extension = name.rpartition(".")
        if not stem:
            stem, dot, extension = name, "", ""
        number, unique = 1, name
        while unique.casefold() in self._taken:
            number += 1
            unique = f"{stem} ({number}){dot}{extension}"
        self._taken.add(unique.casefold())
        return unique


def safe(name: str) -> str:
    """`name` without anything that leads elsewhere or that a file system refuses."""
    clean = _UNSAFE.sub("_", name).strip().rstrip(".").lstrip(".") or "photo"
    if _DEVICE.fullmatch(clean):
        clean = f"_{clean}"
    stem, dot, extension = clean.rpartition(".")
    return clean if len(clean) <= _LONGEST else f"{stem[: _LONGEST - len(extension) - 1]}{dot}{extension}"
