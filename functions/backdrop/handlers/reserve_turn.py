"""ReserveTurn: when may this pass call its model? Also decides whether a failed call is made again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from backdrop.aws.clients import dynamodb
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.core import clock
from backdrop.handlers.environment import ReserveTurnEnvironment
from backdrop.jobs.pacing import Pace, backoff_ms, check_budget
from backdrop.models import catalogue_data

_environment = ReserveTurnEnvironment.from_env()
_schedule = ScheduleTable(dynamodb, _environment.schedule_table)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Reserve the model's next free turn: `{"ModelId", "Attempt", "Error"?: {"Error", "Cause"}}` -> `{"Attempt",
    "WaitUntil"}`.

    Raises:
        TooManyAttempts: with the code and cause of the last failure.
    """
    model_id, attempt = event["ModelId"], int(event["Attempt"])
    failure = event.get("Error") or {}
    error = failure.get("Error")
    check_budget(attempt, error, failure.get("Cause"))
    slot_ms = int(time.time() * 1000) + backoff_ms(attempt, error)
    pace = Pace.of(_requests_per_minute(model_id))
    if pace.interval_ms:
        slot_ms = _schedule.reserve(model_id, slot_ms, pace.interval_ms)
    until = datetime.fromtimestamp(slot_ms / 1000, UTC)
    return {"Attempt": attempt + 1, "WaitUntil": clock.iso(until)}


def _requests_per_minute(model_id: str) -> float:
    asked = _environment.requests_per_minute
    return catalogue_data.requests_per_minute(model_id) if asked < 0 else asked
