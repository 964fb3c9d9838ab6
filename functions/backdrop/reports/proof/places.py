"""Where the files lie that a report speaks of: in the bucket, or in a folder that they were brought into."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.reports.proof.findings import Evidence, sha256_of

_COMMON = re.compile(r"[0-9]{8}\.json(\.sig)?|manifest\.jsonl|backdrop\.jpg")
"""Names that files of different jobs have, and of which the folder alone tells whose they are."""

_SERIES = ("chain", "approvals")
"""Folders of numbered files."""


class BucketEvidence:
    """The bucket itself: what is not there is gone. Its methods raise `BackdropError`, `STORAGE_ERROR`."""

    complete = True

    def __init__(self, objects: Objects, bucket: str) -> None:
        self._objects, self._bucket = objects, bucket

    def read(self, key: str) -> bytes | None:
        """The object's bytes; None when there is none."""
        try:
            return self._objects.get(self._bucket, key, missing=ErrorCode.NOT_FOUND)
        except BackdropError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            return None

    def has(self, sha256: str) -> bool:  # noqa: ARG002 - as a folder is asked
        """Nothing is looked for by its hash: each object has its place."""
        return False

    def keys(self, prefix: str) -> list[str]:
        """All keys that begin so."""
        return self._objects.keys(self._bucket, prefix)


class FolderEvidence:
    """A folder: a copy of the bucket (`aws s3 sync`), or results as people download them, whatever they are called.

    Args:
        folder: with all that is there.
        own: with what was fetched to prove this very report; None: nothing was.
        known: key -> the file that is known to have been written of it.
    """

    complete = False

    def __init__(self, folder: Path, own: Path | None = None, known: Mapping[str, Path] = MappingProxyType({})) -> None:
        self._folder, self._own, self._known = folder, own, known

    def read(self, key: str) -> bytes | None:
        """The file at the key, or the one that alone is called so; None when there is none."""
        file = self._folder / key
        if not file.is_file():
            found = self._fetched(PurePosixPath(key))
            if found is None:
                return None
            file = found
        return file.read_bytes()

    def has(self, sha256: str) -> bool:
        """Whether a file has these bytes, whatever it is called."""
        return sha256 in self._hashes

    def keys(self, prefix: str) -> list[str]:
        """Keys that begin so, of the files that are there."""
        root = self._folder / prefix
        if root.is_dir():
            return sorted(f"{prefix}{one.relative_to(root).as_posix()}" for one in root.rglob("*") if one.is_file())
        name = PurePosixPath(prefix).name
        if self._own is not None and name in _SERIES:
            files = (self._own / name).iterdir() if (self._own / name).is_dir() else ()
            return sorted(f"{prefix}{one.name}" for one in files)
        folders = {one.parent for one in self._files if one.parent.name == name}
        if len(folders) != 1:
            return []
        return sorted(f"{prefix}{one.name}" for one in self._files if one.parent in folders)

    def _fetched(self, key: PurePosixPath) -> Path | None:
        known = self._known.get(str(key))
        if known is not None and known.is_file():
            return known
        if self._own is not None and key.parent.name in (*_SERIES, "keys"):
            own = self._own / key.parent.name / key.name
            # Others of that name are another job's.
            return own if own.is_file() else None
        return self._called(key)

    def _called(self, key: PurePosixPath) -> Path | None:
        named = self._by_name[key.name]
        if _COMMON.fullmatch(key.name):
            named = [one for one in named if one.parent.name == key.parent.name]
        return named[0] if len(named) == 1 else None

    @cached_property
    def _files(self) -> list[Path]:
        return [one for one in self._folder.rglob("*") if one.is_file()]

    @cached_property
    def _by_name(self) -> defaultdict[str, list[Path]]:
        found: defaultdict[str, list[Path]] = defaultdict(list)
        for file in self._files:
            found[file.name].append(file)
        return found

    @cached_property
    def _hashes(self) -> Mapping[str, Path]:
        return {sha256_of(file.read_bytes()): file for file in self._files}


class WithFile:
    """Other evidence, and one file more."""

    def __init__(self, evidence: Evidence, key: str, data: bytes) -> None:
        self._evidence, self._key, self._data = evidence, key, data
        self.complete = evidence.complete

    def read(self, key: str) -> bytes | None:
        """The file's bytes, or what the other evidence has."""
        return self._data if key == self._key else self._evidence.read(key)

    def has(self, sha256: str) -> bool:
        """Whether the other evidence has a file with these bytes."""
        return self._evidence.has(sha256)

    def keys(self, prefix: str) -> list[str]:
        """The other evidence's keys."""
        return self._evidence.keys(prefix)
