"""Who a home belongs to now, told by file locks: the system lets go of them with their holder, however it went.

A process id in a file outlives its process, and may be another's by then.
"""

import fcntl
import json
import os
import time
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

_POLL_SECONDS = 0.1
# Longer than a part takes to end (`tied.GRACE_SECONDS`).
LET_GO_SECONDS = 30.0


class Phase(StrEnum):
    """How far the cloud of a home is."""

    NONE = "none"
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    ENDING = "ending"
    """Whoever started it is gone, and its parts are about to go."""


class Presence:
    """One cloud's claim to its home: `owner.lock` is held by the process that started it, `parts.lock` by that one and
    all of its parts, which inherit it."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self._owner = _open(home / "owner.lock")
        self._parts = _open(home / "parts.lock")
        self._released = False

    @classmethod
    def claim(cls, home: Path, seconds: float = LET_GO_SECONDS) -> Self | None:
        """Claim the home; None when another cloud has it. Waits for parts that are about to go."""
        presence = cls(home)
        # Half a second: somebody may just be looking.
        if _take(presence._owner, 0.5):
            presence.tell(Phase.STARTING, "Waiting for what is left of the last one to end")
            if _take(presence._parts, seconds):
                presence.tell(Phase.STARTING)
                return presence
        presence.release()
        return None

    @property
    def inherited(self) -> int:
        """The file descriptor to pass to every part."""
        return self._parts

    def tell(self, phase: Phase, message: str = "") -> None:
        """Let others see how far the cloud is."""
        text = json.dumps({"phase": phase, "message": message}).encode()
        os.ftruncate(self._owner, 0)
        os.pwrite(self._owner, text, 0)

    def release(self) -> None:
        """Leave the home to others; once more does nothing."""
        if not self._released:
            self._released = True
            os.close(self._owner)
            os.close(self._parts)


def look(home: Path) -> tuple[Phase, str]:
    """How far the cloud of a home is, and what it said last: of one that is gone, why it did not start."""
    said = _said(home)
    if not _held(home / "owner.lock"):
        return (Phase.ENDING if _held(home / "parts.lock") else Phase.NONE), str(said.get("message", ""))
    with suppress(ValueError):
        return Phase(str(said.get("phase"))), str(said.get("message", ""))
    return Phase.STARTING, ""


def _said(home: Path) -> dict[str, Any]:
    try:
        document = json.loads((home / "owner.lock").read_bytes())
    except (OSError, ValueError):
        return {}  # nothing was said yet, or is being said now
    return document if isinstance(document, dict) else {}


def _open(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT, 0o600)


def _take(lock: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL_SECONDS)


def _held(file: Path) -> bool:
    try:
        lock = os.open(file, os.O_RDONLY)
    except OSError:
        return False
    try:
        # Shared: two who look at once don't take each other for a holder.
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
