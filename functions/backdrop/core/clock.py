"""Times as the tables, the reports and the API write them (ISO 8601 UTC, milliseconds, `Z`), and how people are told
how long something will take."""

from __future__ import annotations

from datetime import UTC, datetime

from backdrop.core.words.marks import phrase


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return a moment like `2026-11-21T03:55:12.042Z`: sorts as text in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def iso_of_ms(epoch_ms: int) -> str:
    """Return the same of epoch milliseconds."""
    return iso(datetime.fromtimestamp(epoch_ms / 1000, UTC))


def parse(text: str) -> datetime:
    """The moment an `iso` text names."""
    return datetime.fromisoformat(text)


def about(seconds: float) -> str:
    """Return a time to come in words, as exact as it can be known: `less than a minute`, `about 2.5 min`,
    `about 7 min`, `about 2 h 35 min`."""
    minutes = seconds / 60
    if minutes < 1:
        return phrase("less than a minute")
    if minutes < 4.75:
        return phrase("about {minutes:g} min", minutes=round(minutes * 2) / 2)
    if minutes < 90:
        return phrase("about {minutes:g} min", minutes=round(minutes))
    hours, rest = divmod(5 * round(minutes / 5), 60)
    if rest:
        return phrase("about {hours} h {minutes} min", hours=hours, minutes=rest)
    return phrase("about {hours} h", hours=hours)
