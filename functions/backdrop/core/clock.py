"""Times as the tables, the reports and the API write them: ISO 8601 UTC, milliseconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return this moment in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """Return a moment like `2026-11-21T03:55:12.042Z`: sorts as text in the order of time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """The moment an `iso` text names."""
    return datetime.fromisoformat(text)
