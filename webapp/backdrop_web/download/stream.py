"""Writing a ZIP file that is sent while it is written."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CHUNK_BYTES = 256 * 1024
_IN_MEMORY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """One file of the archive: its name in there, and where its bytes lie or what they are."""

    name: str
    content: Path | bytes


class _Window(io.RawIOBase):
    """The end of an endless file: what was not handed out yet. On disk beyond a megabyte.

    `zipfile` goes back to an entry's beginning to fill in its size and checksum, which programs that unpack need to
    find before the bytes. So an entry is handed out once it is whole.
    """

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        self._gone = 0

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        return self._spool.write(data)

    def tell(self) -> int:
        return self._gone + self._spool.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_SET:
            return self._gone + self._spool.seek(offset - self._gone)
        return self._gone + self._spool.seek(offset, whence)

    def take(self) -> Iterator[bytes]:
        """Hand out what is there, and let go of it."""
        self._gone += self._spool.seek(0, io.SEEK_END)
        self._spool.seek(0)
        while chunk := self._spool.read(CHUNK_BYTES):
            yield chunk
        self._spool.seek(0)
        self._spool.truncate()


def make_chunks(entries: Iterable[Entry], moment: datetime) -> Generator[bytes, None, None]:
    """Yield the bytes of an archive of `entries`, taken one at a time; `moment` is the date they carry.

    Stored, not deflated: photos don't get smaller. The same entries and moment make the same bytes.
    """
    with SpooledTemporaryFile(_IN_MEMORY_BYTES) as spool:
        window = _Window(spool)
        with zipfile.ZipFile(window, "w", zipfile.ZIP_STORED) as archive:
            for entry in entries:
                info = zipfile.ZipInfo(entry.name, moment.timetuple()[:6])
                # Unix, wherever this server runs: the rights below are its own, and the bytes the same.
                info.create_system = 3
                info.external_attr = 0o644 << 16
                _write_entry(archive, info, entry.content)
                yield from window.take()
        yield from window.take()


def _write_entry(archive: zipfile.ZipFile, info: zipfile.ZipInfo, content: Path | bytes) -> None:
    if isinstance(content, bytes):
        archive.writestr(info, content)
        return
    info.file_size = content.stat().st_size
    with content.open("rb") as source, archive.open(info, "w") as target:
        while chunk := source.read(CHUNK_BYTES):
            target.write(chunk)
