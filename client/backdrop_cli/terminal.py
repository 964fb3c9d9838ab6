"""What the command prints: outcomes on standard output, which must arrive, and all else on standard error."""

from __future__ import annotations

import errno
import io
import json
import sys
from typing import Any

import click

from backdrop_cli.present import as_json, error_json, error_text
from backdrop_client.errors import BackdropClientError
from backdrop_client.streams import Unfailing, silence


class OutputLost(BackdropClientError):
    """Standard output is closed, full, or has lost its reader (`reader_gone`). The work itself is done."""

    def __init__(self, error: Exception) -> None:
        self.reader_gone = isinstance(error, BrokenPipeError)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        super().__init__(
            "OUTPUT_LOST",
            f"The work is done, but standard output can't be written: {reason}.",
            "Send it where there is room and a reader, then run the command again.",
        )


def put(text: str) -> None:
    """Write lines on standard output. Raises `OutputLost` unless all of them arrived there."""
    stream = sys.stdout
    try:
        if stream is None:
            raise OSError(errno.EBADF, "it is closed")  # noqa: TRY301 - what the system would say
        stream.write(f"{text}\n")
        stream.flush()
    except (OSError, ValueError) as error:
        if stream is not None:
            silence(stream)
        raise OutputLost(error) from error


def put_json(document: str) -> None:
    """Write a JSON document, with JSON's own escapes where the encoding lacks a character."""
    try:
        document.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        document = json.dumps(json.loads(document), indent=2)
    put(document)


def tell(outcome: dict[str, Any] | str) -> None:
    """Print what was asked for: text, or a document as JSON. Raises `OutputLost`."""
    try:
        if isinstance(outcome, str):
            put(outcome)
        else:
            put_json(as_json(outcome))
    except OutputLost as lost:
        # `backdrop jobs | head`: its reader has had enough, and all was read.
        if not lost.reader_gone:
            raise


def say(text: str) -> bool:
    """Write lines on standard error; False when nobody takes them."""
    stream = Unfailing(sys.stderr)
    stream.write(f"{text}\n")
    stream.flush()
    return not stream.lost


def tell_failure(error: BackdropClientError, json_: bool, status: int) -> None:
    """Tell a failure of the whole run: in JSON on standard output if asked for, and always in words."""
    told = json_ and not isinstance(error, OutputLost) and _heard(error_json(error, status), as_json=True)
    if not say(error_text(error)) and not told:
        _heard(error_text(error))


def tell_wrong_use(error: click.ClickException) -> None:
    """Tell what click found wrong, with its hint at --help."""
    words = io.StringIO()
    error.show(file=words)
    if not say(words.getvalue().rstrip("\n")):
        _heard(words.getvalue())


def _heard(text: str, *, as_json: bool = False) -> bool:
    try:
        (put_json if as_json else put)(text)
    except OutputLost:
        return False
    return True
