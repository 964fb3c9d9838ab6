"""Metrics written where CloudWatch takes them from: the function's own log, that is, standard output. No client."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from backdrop.core.telemetry.lines import as_line
from backdrop.core.telemetry.metrics import Values, line_of

STACK_VARIABLE = "STACK"
"""The stack's name. It is a dimension only: where it is missing nothing else breaks."""


def measure(values: Values, dimensions: Mapping[str, str] | None = None, **more: Any) -> None:
    """Write a line with metrics of `core.telemetry.metrics`, and with `more` for people who search the logs."""
    line = line_of(os.environ.get(STACK_VARIABLE, ""), values, dimensions, {"level": "INFO", **more})
    # In one go: what several threads write must not meet in a line.
    sys.stdout.write(as_line(line) + "\n")
    sys.stdout.flush()
