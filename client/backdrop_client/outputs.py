"""Where finished images land: under the names of `file_names`, never outside the folder, never over another file.

A name under which another file lies gets ` (2)`, ` (3)`... before its extension. A file that is already there with the
very same bytes is kept as it is, so fetching a job twice makes no copies.
"""

from __future__ import annotations

import filecmp
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from backdrop_client.errors import DownloadError, WrongUse
from backdrop_client.file_names import numbered, path_key


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

    @contextmanager
    def downloads(self) -> Iterator[Path]:
        """A hidden folder in the folder, for downloads that wait for their turn; it goes with what is left in it.

        Raises `DownloadError` when it can't be made.
        """
        try:
            folder = TemporaryDirectory(prefix=".backdrop-", dir=self.path, ignore_cleanup_errors=True)
        except OSError as error:
            raise unwritable(self.path, error) from error
        with folder as path:
            yield Path(path)

    def reserve(self, stems: Iterable[PurePosixPath]) -> None:
        """Keep these paths (without extension) for those that they belong to: a number makes none of them."""
        self._taken.update(map(path_key, stems))

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
        for relative in self._free(planned):
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
                continue
            # mkstemp makes files only their owner can read; results get what the user's umask says.
            temporary.chmod(target.stat().st_mode & 0o777)
            temporary.replace(target)
            return target
        raise AssertionError("numbers do not end")

    def _free(self, planned: PurePosixPath) -> Iterator[PurePosixPath]:
        """The planned name, then numbered ones that are nobody's; each is taken once it is asked for."""
        for number in count(1):
            relative = planned.with_name(numbered(planned.stem, number) + planned.suffix)
            key = path_key(relative.with_suffix(""))
            if number == 1 or key not in self._taken:
                self._taken.add(key)
                yield relative


def unwritable(path: Path, error: OSError) -> DownloadError:
    """The error for a result that can't be written (disk full, rights)."""
    return DownloadError(
        "OUT_NOT_WRITABLE",
        f"{path} can't be written: {error.strerror or error}.",
        "Make room or choose another folder, then use `backdrop fetch`.",
    )
