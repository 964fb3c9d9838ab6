"""What happened to files, told to the browser until it has heard of it."""

from __future__ import annotations

from dataclasses import replace

from backdrop_web.upload.protocol import FileUpdate


class UpdateLog:
    """Numbers updates in their order and keeps those that the browser has not heard of."""

    def __init__(self) -> None:
        self._number = 0
        self._unheard: list[FileUpdate] = []

    def add(self, update: FileUpdate) -> None:
        """Tell this with the next answers."""
        self._number += 1
        self._unheard.append(replace(update, number=self._number))

    def drop_heard(self, heard: int) -> None:
        """Forget updates up to the number that the browser says it has heard of."""
        self._unheard = [update for update in self._unheard if update.number > heard]

    def list_unheard(self) -> list[FileUpdate]:
        """Return what is still to be told, in its order."""
        return list(self._unheard)
