"""The logger of functions that say more than how a run ended: its lines look like theirs (`core.telemetry.lines`)."""

from __future__ import annotations

from aws_lambda_powertools.logging import Logger

from backdrop.core.telemetry.lines import as_line


def make_logger() -> Logger:
    """Return a logger whose lines are ASCII: names stand escaped in them."""
    return Logger(json_serializer=as_line)
