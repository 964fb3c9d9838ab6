"""What `backdrop accept` makes in an account, and how it goes again, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from backdrop_cli.account import NoAnswer


@dataclass
class Made:
    """Things that were made, each with the way to undo it."""

    things: list[tuple[str, Callable[[], object]]] = field(default_factory=list)

    def add(self, what: str, undo: Callable[[], object]) -> None:
        """Note something, best before it is made. `undo` must be able to run when there is nothing yet."""
        self.things.append((what, undo))

    def undo(self) -> tuple[list[str], list[str]]:
        """Undo all, the newest first; return what is gone, and what stayed with why."""
        gone, stayed = [], []
        while self.things:
            what, undo = self.things[-1]
            try:
                undo()
            except NoAnswer as silence:
                if not silence.missing:
                    stayed.append(f"{what} ({silence})")
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one, the others go
                stayed.append(f"{what} ({error})")
            else:
                gone.append(what)
            self.things.pop()
        return gone, stayed
