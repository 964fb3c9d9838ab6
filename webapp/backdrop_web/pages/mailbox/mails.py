"""The local cloud's mails: `.eml` files in a folder, shown as text."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from backdrop.core.words.marks import phrase

_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_MAX_BYTES = 2_000_000


@dataclass(frozen=True)
class Mail:
    """One mail. `text` is plain text, never markup, empty where there is none; `problem` says why a file could not"
    " be read."""

    name: str
    sent: datetime
    sender: str
    to: str
    subject: str
    text: str
    links: tuple[str, ...] = ()
    problem: str | None = None


def _read_date(message: EmailMessage, path: Path) -> datetime:
    """Return the mail's own date; the file's when it has none that can be read."""
    try:
        sent = parsedate_to_datetime(str(message["Date"]))
    except (ValueError, TypeError):
        return _read_file_time(path)
    return sent if sent.tzinfo else sent.replace(tzinfo=UTC)


def _read_file_time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _read_text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain",))
    if part is None:
        return ""
    content = part.get_content()
    return content if isinstance(content, str) else str(content)


def read_mail(path: Path) -> Mail:
    """Read one `.eml` file. A file that is no mail is shown with its problem, not left out."""
    try:
        with path.open("rb") as file:
            message = email.message_from_bytes(file.read(_MAX_BYTES), policy=email.policy.default)
        text = _read_text(message)
        links = tuple(dict.fromkeys(link.rstrip(".,;:)") for link in _ADDRESS.findall(text)))
        return Mail(
            name=path.name,
            sent=_read_date(message, path),
            sender=str(message["From"] or ""),
            to=str(message["To"] or ""),
            subject=str(message["Subject"] or ""),
            text=text,
            links=links,
        )
    except (OSError, ValueError, LookupError) as error:
        return Mail(
            path.name,
            _read_file_time(path),
            "",
            "",
            path.name,
            "",
            problem=phrase("Can't be read: {error}", error=str(error)),
        )


def read_mailbox(folder: Path, limit: int = 50) -> tuple[list[Mail], int]:
    """Return the newest `limit` mails of the folder, newest first, and how many there are.

    An absent folder is an empty mailbox: the first mail makes it.
    """
    if not folder.is_dir():
        return [], 0
    paths = [path for path in folder.iterdir() if path.suffix == ".eml" and path.is_file()]
    newest = sorted(paths, key=lambda path: path.stat().st_mtime_ns, reverse=True)[:limit]
    mails = [read_mail(path) for path in newest]
    return sorted(mails, key=lambda mail: mail.sent, reverse=True), len(paths)
