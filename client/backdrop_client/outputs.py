"""Where finished images land: named after their sources, never outside the folder, never over another file.

A name that is taken gets ` (2)`, ` (3)`... before its extension. A file that is already there with the very same
bytes is kept as it is, so fetching a job twice makes no copies.
"""

from __future__ import annotations

import filecmp
import os
import re
import tempfile
import threading
import unicodedata
from pathlib import Path, PurePosixPath

from backdrop_client.errors import DownloadError, WrongUse
from backdrop_client.names import in_file_name, printable

EXTENSIONS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".avif"})
_MAX_NAME_BYTES = 255  # of one path component on all common file systems
# Not allowed in names on Windows, or dangerous in a shell.
_UNSAFE = re.compile(r'[<>:"|?*]')


class OutputFolder:
    """The folder of one run's results. Safe to share between threads.

    Raises `WrongUse` when it can't be made or written to.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._taken: set[str] = set()
        self._lock = threading.Lock()
        try:
            path.mkdir(parents=True, exist_ok=True)
            self.temporary().unlink()
        except OSError as error:
            raise WrongUse(
                "OUT_NOT_WRITABLE",
                f"The folder {path} can't be written to: {error.strerror or error}.",
                "Choose another folder with --out.",
            ) from error

    def temporary(self) -> Path:
        """A new, empty, hidden file in the folder, for a download in progress."""
        handle, name = tempfile.mkstemp(prefix=".backdrop-", suffix=".part", dir=self.path)
        os.close(handle)
        return Path(name)

    def plan(self, source: PurePosixPath, extension: str) -> PurePosixPath:
        """A name for the result of `source`, unique in this run; call in the order of the sources.

        Args:
            source: path of the source below the folder that was given, or what the service knows as its name.
            extension: of the result, with its dot; anything unknown becomes `.png`.
        """
        extension = extension.lower() if extension.lower() in EXTENSIONS else ".png"
        parts = [part for part in re.split(r"[/\\]", str(source)) if part not in {"", ".", ".."}] or ["image"]
        folders = [_safe(part) for part in parts[:-1]]
        stem = _safe(PurePosixPath(parts[-1]).stem)
        with self._lock:
            number = 1
            while True:
                relative = PurePosixPath(*folders, _numbered(stem, number, extension))
                if self._claim(relative):
                    return relative
                number += 1

    def place(self, temporary: Path, planned: PurePosixPath) -> Path:
        """Give a complete temporary file its planned name, or the next free one, atomically. Answers the path.

        Raises `DownloadError` when the place can't be written.
        """
        try:
            with self._lock:
                return self._place(temporary, planned)
        except OSError as error:
            raise unwritable(self.path / planned, error) from error

    def _place(self, temporary: Path, planned: PurePosixPath) -> Path:
        relative, number = planned, 1
        while True:
            target = self.path / relative
            # A link inside the folder must not lead out of it.
            if not target.parent.resolve().is_relative_to(self.path.resolve()):
                raise PermissionError(f"{target.parent} leads out of {self.path}")
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_file() and filecmp.cmp(temporary, target, shallow=False):
                temporary.unlink()
                return target
            try:
                target.open("xb").close()
            except FileExistsError:
                number += 1
                relative = planned.with_name(_numbered(planned.stem, number, planned.suffix))
                while not self._claim(relative):
                    number += 1
                    relative = planned.with_name(_numbered(planned.stem, number, planned.suffix))
            else:
                # mkstemp makes files only their owner can read; results get what the user's umask says.
                temporary.chmod(target.stat().st_mode & 0o777)
                temporary.replace(target)
                return target

    def _claim(self, relative: PurePosixPath) -> bool:
        """Take a name for this run; names that differ in case or Unicode form are one file on some systems."""
        key = unicodedata.normalize("NFC", str(relative)).casefold()
        if key in self._taken:
            return False
        self._taken.add(key)
        return True


def unwritable(path: Path, error: OSError) -> DownloadError:
    """The error for a result that can't be written (disk full, rights)."""
    return DownloadError(
        "OUT_NOT_WRITABLE",
        f"{path} can't be written: {error.strerror or error}.",
        "Make room or choose another folder, then use `backdrop fetch`.",
    )


def _safe(component: str) -> str:
    """A path component that means the same everywhere; trailing dots and spaces vanish on Windows."""
    return _UNSAFE.sub("_", in_file_name(printable(component))).rstrip(". ") or "image"


def _numbered(stem: str, number: int, extension: str) -> str:
    """`mug.png`, `mug (2).png`; a long stem is cut at a character border to fit the file system."""
    tail = f" ({number}){extension}" if number > 1 else extension
    room = _MAX_NAME_BYTES - len(tail.encode())
    return os.fsencode(stem)[:room].decode("utf-8", "ignore") + tail
