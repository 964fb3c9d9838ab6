"""ReserveTurn: when may this pass call its model? Also decides whether a failed call is made again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from backdrop.aws.clients import dynamodb
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.core import clock
from backdrop.handlers.environment import ReserveTurnEnvironment
from backdrop.jobs.pacing import Pace
from backdrop.jobs.retries import Turn, after_failure
from backdrop.models import catalogue_data

_environment = ReserveTurnEnvironment.from_env()
_schedule = ScheduleTable(dynamodb, _environment.schedule_table)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Reserve the model's next free turn: `{"ModelId", "Turn", "Error"?: {"Error", "Cause"}}` -> the next `Turn`, with
    `WaitUntil`.

    Raises:
        TooManyAttempts: with the code and cause of the last failure.
    """
    # Executions that began before this version tell no more than how many calls they made.
    turn = Turn.of(event.get("Turn") or event)
    slot_ms = int(time.time() * 1000)
    if failure := event.get("Error"):
        cause = failure.get("Cause") or ""
        turn, wait_ms = after_failure(turn, failure["Error"], cause, slot_ms, _environment.throttle_patience_ms)
        slot_ms += wait_ms
    pace = Pace.of(_requests_per_minute(event["ModelId"]))
    if pace.interval_ms:
        slot_ms = _schedule.reserve(event["ModelId"], slot_ms, pace.interval_ms)
    until = datetime.fromtimestamp(slot_ms / 1000, UTC)
    return {**turn._replace(attempt=turn.attempt + 1).to_state(), "WaitUntil": clock.iso(until)}


def _requests_per_minute(model_id: str) -> float:
    asked = _environment.requests_per_minute
    return catalogue_data.requests_per_minute(model_id) if asked < 0 else asked
