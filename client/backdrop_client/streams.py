"""Standard input, output and error as programs may find them: closed, full, of an encoding that lacks most characters.

File names are UTF-8 on all systems that we run on, whatever the locale says of the terminal.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO

_OUTPUT = "backdrop_output"


def use_utf8() -> None:
    """Begin anew with UTF-8 file names where the locale is of another encoding: Python decides that once, at its start.

    What is written on standard output and standard error stays in the locale's encoding, with escapes for what it
    lacks: a name that a terminal can't show must not cost the outcome of a job that was paid for.
    """
    options = sys._xoptions
    if sys.getfilesystemencoding() != "utf-8" and "utf8" not in options and sys.executable:
        spoken = next((stream.encoding for stream in (sys.stdout, sys.stderr) if stream is not None), "utf-8")
        own = ["-X", "utf8=1", "-X", f"{_OUTPUT}={spoken}"]
        os.execv(sys.executable, [sys.executable, *own, *sys.orig_argv[1:]])  # noqa: S606 - this very program
    encoding = options.get(_OUTPUT)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=encoding if isinstance(encoding, str) else None, errors="backslashreplace")


def fill_closed() -> None:
    """Put the null device in place of closed standard streams, or the next files opened would be taken for them.

    `sys.stdout` and `sys.stderr` stay None then, which tells that nobody hears; standard input reads as empty.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BytesIO())


class Unfailing:
    """A stream for asides: what can't be written is left out, and the work goes on. `lost` tells that it was."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost = stream is None

    def write(self, text: str) -> int:
        """Write what can be written."""
        if self._stream is not None and not self.lost:
            try:
                return self._stream.write(text)
            except (OSError, ValueError):  # ValueError: it was closed
                self._give_up()
        return len(text)

    def flush(self) -> None:
        """Send off what was written."""
        if self._stream is not None and not self.lost:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._give_up()

    def isatty(self) -> bool:
        """Whether a person looks at it."""
        return self._stream is not None and not self.lost and self._stream.isatty()

    def fileno(self) -> int:
        """The stream's file descriptor. Raises `OSError` where there is none."""
        if self._stream is None:
            raise io.UnsupportedOperation("fileno")
        return self._stream.fileno()

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return (self._stream.encoding if self._stream is not None else None) or "utf-8"

    def _give_up(self) -> None:
        self.lost = True
        if self._stream is not None:
            silence(self._stream)


def silence(stream: TextIO) -> None:
    """Let what is left in a stream's buffer go nowhere, or the interpreter stumbles over it at its end."""
    try:
        descriptor = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
    except (OSError, ValueError):
        return  # no file at all, or closed: nothing is left in it
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
