"""What a check found out, and what it looks at."""

from __future__ import annotations

import hashlib
from collections import Counter
from enum import StrEnum
from typing import NamedTuple, Protocol


class Seen(StrEnum):
    """Whether something is as it should be."""

    HOLDS = "HOLDS"
    BROKEN = "BROKEN"
    UNSEEN = "UNSEEN"
    """What is needed to tell is not there, and need not be."""


class Finding(NamedTuple):
    """One thing that was looked at: what it is (a word in capitals), where, and what was found, for people."""

    seen: Seen
    what: str
    where: str
    words: str


class Findings:
    """All that a check found, in its order. `looked_at` counts what holds by kind."""

    def __init__(self) -> None:
        self.all: list[Finding] = []

    def note(self, seen: Seen, what: str, where: str, words: str) -> None:
        """Add a finding."""
        self.all.append(Finding(seen, what, where, words))

    def expect(self, holds: bool, what: str, where: str, words: str) -> bool:
        """Note that it holds, or that it does not, for the reason that `words` give. Returns `holds`."""
        self.note(Seen.HOLDS if holds else Seen.BROKEN, what, where, "" if holds else words)
        return holds

    def of(self, seen: Seen) -> list[Finding]:
        """Those of a kind."""
        return [one for one in self.all if one.seen is seen]

    @property
    def counts(self) -> dict[str, int]:
        """How many things of each kind hold."""
        return dict(sorted(Counter(one.what for one in self.of(Seen.HOLDS)).items()))


class Evidence(Protocol):
    """The files that a report speaks of, by their keys in the bucket.

    `complete`: what can't be read is not there any more; else it was only not brought along.
    """

    @property
    def complete(self) -> bool: ...
    def read(self, key: str) -> bytes | None: ...
    def has(self, sha256: str) -> bool: ...
    def keys(self, prefix: str) -> list[str]: ...


def sha256_of(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def check_file(found: Findings, evidence: Evidence, what: str, where: str, key: str, sha256: str) -> bytes | None:
    """Whether a file is the one that was noted; its bytes where it is."""
    data = evidence.read(key)
    if data is None:
        if evidence.has(sha256):
            found.note(Seen.HOLDS, what, where, "")
        elif evidence.complete:
            found.note(Seen.BROKEN, what, where, f"{key} is not there any more.")
        else:
            found.note(Seen.UNSEEN, what, where, f"{key} is not in the folder.")
        return None
    actual = sha256_of(data)
    words = f"{key} is not the file of the report: its SHA-256 is {actual}, the report has {sha256}."
    return data if found.expect(actual == sha256, what, where, words) else None
