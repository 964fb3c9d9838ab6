"""ReserveTurn: when may this pass call its model? Also decides whether a failed call is made again."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from backdrop.aws.clients import dynamodb
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.aws.spending_table import SpendingTable
from backdrop.core import clock
from backdrop.core.errors import ErrorCode, code_of
from backdrop.handlers.environment import ReserveTurnEnvironment
from backdrop.jobs import pacing
from backdrop.jobs.pacing import Schedule
from backdrop.jobs.retries import Turn, after_failure
from backdrop.models import catalogue_data

_environment = ReserveTurnEnvironment.from_env()
_spending = SpendingTable(dynamodb, _environment.spending_table, _environment.limits)
_schedules = ScheduleTable(dynamodb, _environment.schedule_table, _environment.region)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Ask for a turn at a model: `{"ModelId", "Turn", "JobId", "Limited", "Usd", "Error"?: {"Error", "Cause"}}` -> the
    next `Turn`, with `WaitUntil` and `Now`: whether the call may be made then, or is to be asked for again. A turn of a
    job whose spending is limited takes the call's price off what may be spent.

    Raises:
        TooManyAttempts: with the code and cause of the last failure.
        SpendingLimit: the call would go beyond a limit.
    """
    # Executions that began before this version tell no more than how many calls they made, and never ask twice.
    old = "Turn" not in event
    turn, now_ms = Turn.of(event if old else event["Turn"]), int(time.time() * 1000)
    model_id, paced = event["ModelId"], _environment.requests_per_minute != 0
    wait_ms = 0
    if failure := event.get("Error"):
        cause, throttled = failure.get("Cause") or "", code_of(failure["Error"]) is ErrorCode.MODEL_THROTTLED
        if throttled and paced and turn.slot_ms:
            _note_throttle(model_id, now_ms, turn.slot_ms)
        if throttled and event.get("Limited"):
            _spending.give_back(event["JobId"], float(event["Usd"]))
        turn, wait_ms = after_failure(turn, failure["Error"], cause, now_ms, _environment.throttle_patience_ms)
    if not paced or old:
        _spend(event)
        return _state(turn._replace(attempt=turn.attempt + 1), now_ms + wait_ms, now=True)
    if wait_ms:
        return _state(turn._replace(place=None, slot_ms=None), now_ms + wait_ms, now=False)
    place, at_ms, now = _ask(model_id, now_ms, turn, event.get("JobId"))
    if now:
        _spend(event)
        return _state(turn._replace(attempt=turn.attempt + 1, place=None, slot_ms=at_ms), at_ms, now=True)
    asks = turn.asks + 1
    return _state(turn._replace(place=place, asks=asks), pacing.spread(now_ms, at_ms, asks), now=False)


def _spend(event: dict[str, Any]) -> None:
    if event.get("Limited"):
        _spending.spend(event["JobId"], float(event["Usd"]))


def _ask(model_id: str, now_ms: int, turn: Turn, job_id: str | None) -> pacing.Turn:
    fixed, again = _environment.requests_per_minute > 0, turn.attempt > 0

    def step(schedule: Schedule | None) -> tuple[Schedule, pacing.Turn]:
        stated = _stated(model_id, schedule)
        return pacing.ask(stated, now_ms, turn.place, fixed=fixed, job=job_id, again=again)

    return _schedules.change(model_id, step)


def _note_throttle(model_id: str, now_ms: int, slot_ms: int) -> None:
    def step(schedule: Schedule | None) -> tuple[Schedule, None]:
        return pacing.throttled(_stated(model_id, schedule), now_ms, slot_ms), None

    _schedules.change(model_id, step)


def _stated(model_id: str, schedule: Schedule | None) -> Schedule:
    """The schedule with the operator's pace, if there is one; a new one has the catalogue's else."""
    asked = _environment.requests_per_minute
    if schedule is None:
        return Schedule.of(asked if asked > 0 else catalogue_data.requests_per_minute(model_id))
    return pacing.expect(schedule, asked, 0) if asked > 0 else schedule


def _state(turn: Turn, until_ms: int, *, now: bool) -> dict[str, Any]:
    until = datetime.fromtimestamp(until_ms / 1000, UTC)
    return {**turn.to_state(), "Now": now, "WaitUntil": clock.iso(until)}
