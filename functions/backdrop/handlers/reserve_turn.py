"""ReserveTurn: when and in which Region may this pass call its model? Also decides whether a failed call is made
again."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from backdrop.aws.clients import dynamodb, s3
from backdrop.aws.objects import Objects
from backdrop.aws.request_claims import Claimant, RequestClaims
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.aws.spending_table import SpendingTable
from backdrop.aws.telemetry.writing import measure
from backdrop.core import clock
from backdrop.core.errors import ErrorCode, Failure
from backdrop.core.telemetry.lines import ids_of
from backdrop.handlers._shared.observed import observed
from backdrop.handlers.environment import ReserveTurnEnvironment
from backdrop.jobs.scheduling import pacing
from backdrop.jobs.scheduling.measures import quota_used
from backdrop.jobs.scheduling.outage import DENIALS
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.jobs.scheduling.regions import first_turn
from backdrop.jobs.scheduling.retries import Turn, after_failure, explain_call
from backdrop.models import catalogue_data

_environment = ReserveTurnEnvironment.from_env()
_spending = SpendingTable(dynamodb, _environment.spending_table, _environment.limits)
_schedules = ScheduleTable(dynamodb, _environment.schedule_table)

_claims = RequestClaims(dynamodb, _environment.schedule_table, _environment.images_table)
objects = Objects(s3)

_ASKING_MS, _CALLING_MS, _LOOK_AGAIN_MS = 75_000, 20_000, 4_000
"""A claim lasts until its image should have asked again, and then for as long as an answer mostly takes: whoever asks
the same after that call has failed, or its run was stopped, must not wait for long."""

_FREE = DENIALS | {ErrorCode.MODEL_THROTTLED}
"""Failures of calls that no model was asked in."""


@observed("ReserveTurn")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Ask for a turn at a model: `{"ModelId", "Turn", "JobId", "Limited", "Usd", "Bucket", "AnswersFolder",
    "RequestSha256", "ResponseKey", "ImageId", "Error"?: {"Error", "Cause"}}` -> the next `Turn`, with `WaitUntil`,
    `Now`: whether the call may be made then, or is to be asked for again; `Region`, and `Elsewhere` where that is not
    the stack's own.

    A turn of a job whose spending is limited takes the call's price off what may be spent. While another image asks the
    very same there is no turn; `Restage`: its answer is there.

    Raises:
        TooManyAttempts: with the code and cause of the last failure.
        SpendingLimit: the call would go beyond a limit.
    """
    # Executions that began before this version tell no more than how many calls they made, and never ask twice.
    old = "Turn" not in event
    turn, now_ms = Turn.of(event if old else event["Turn"]), _now_ms()
    model_id, paced = event["ModelId"], _environment.requests_per_minute != 0
    regions = _environment.regions.of_model(model_id) if paced else (_environment.regions.own,)
    wait_ms = 0
    if failed := event.get("Error"):
        failure = explain_call(failed["Error"], failed.get("Cause") or "")
        if failure.code is ErrorCode.MODEL_THROTTLED:
            _measure_throttle(event, turn)
        if paced and turn.slot_ms:
            _note_failure(model_id, turn, failure, now_ms, alone=len(regions) == 1)
        if failure.code in _FREE and event.get("Limited"):
            _spending.give_back(event["JobId"], float(event["Usd"]))
        turn, wait_ms = after_failure(turn, failure, now_ms, _environment.throttle_patience_ms, len(regions))
    if turn.waited and not turn.restaged and _is_answered(event):
        return {**_state(turn._replace(restaged=1), now_ms, now=False), "Restage": True}
    claimed_for = _ASKING_MS if paced else wait_ms + _CALLING_MS
    if not (wait_ms and paced) and not _claim(event, now_ms, now_ms + claimed_for):
        turn = turn._replace(asks=turn.asks + 1, waited=1)
        return _state(turn, pacing.spread(now_ms, now_ms + _LOOK_AGAIN_MS, turn.asks), now=False)
    if not paced or old:
        _spend(event)
        _measure_call(event, _environment.regions.own)
        return _state(turn.called(_environment.regions.own, None), now_ms + wait_ms, now=True)
    if wait_ms:
        return _state(turn._replace(place=None, slot_ms=None), now_ms + wait_ms, now=False)
    since_ms = turn.since_ms or now_ms
    region, (place, at_ms, now), schedule = _ask(model_id, regions, now_ms, turn, event.get("JobId"))
    if now:
        _claim(event, now_ms, at_ms + _CALLING_MS)
        _spend(event)
        waited = max(0, at_ms - since_ms) / 1000
        _measure_call(event, region, TurnWaitSeconds=waited, QuotaUsedPercent=quota_used(schedule))
        return _state(turn.called(region, at_ms), at_ms, now=True)
    asks = turn.asks + 1
    turn = turn._replace(place=place, region=region, asks=asks, since_ms=since_ms)
    return _state(turn, pacing.spread(now_ms, at_ms, asks), now=False)


def _claim(event: dict[str, Any], now_ms: int, until_ms: int) -> bool:
    """Whether no other image asks the very same now. Of a job that reuses no answers nobody waits for another."""
    folder = event.get("AnswersFolder")
    if not folder:
        return True
    by = Claimant(event["ResponseKey"], event["JobId"], event["ImageId"])
    return _claims.claim(f"{folder}{event['RequestSha256']}", by, now_ms, until_ms)


def _is_answered(event: dict[str, Any]) -> bool:
    """Whether an image that asked the very same has its answer."""
    return objects.look_up(event["Bucket"], f"{event['AnswersFolder']}{event['RequestSha256']}") is not None


def _now_ms() -> int:
    return int(time.time() * 1000)


def _spend(event: dict[str, Any]) -> None:
    if event.get("Limited"):
        _spending.spend(event["JobId"], float(event["Usd"]))


def _ask(
    model_id: str, regions: tuple[str, ...], now_ms: int, turn: Turn, job_id: str | None
) -> tuple[str, pacing.Turn, Schedule]:
    """Ask where a turn comes first, and give up the place that the call has elsewhere. Also gives the schedule as it is
    then."""
    place, region, moves = turn.place, regions[0], False
    if len(regions) > 1:
        read = {one: _stated(model_id, _schedules.read(model_id, one)) for one in regions}
        region = first_turn(read, now_ms, turn.region, place)
        if moves := place is not None and region != turn.region:
            assert turn.region is not None
            _schedules.change(model_id, turn.region, partial(_leave, model_id, now_ms, job_id))
            place = None

    def step(schedule: Schedule | None) -> tuple[Schedule, tuple[pacing.Turn, Schedule]]:
        stated, fixed = _stated(model_id, schedule), _environment.requests_per_minute > 0
        again = turn.attempt > 0 and not moves
        # Where others were faster the time is another at each try: a slot that has gone by would be used late.
        after, given = pacing.ask(stated, _now_ms(), place, fixed=fixed, job=job_id, again=again)
        return after, (given, after)

    given, schedule = _schedules.change(model_id, region, step)
    return region, given, schedule


def _measure_call(event: dict[str, Any], region: str, **more: float) -> None:
    values = {"ModelCalls": 1, "SpentUsd": float(event.get("Usd") or 0), **more}
    measure(values, {"Model": event["ModelId"], "Region": region}, message="call begins", **ids_of(event))


def _measure_throttle(event: dict[str, Any], turn: Turn) -> None:
    # What was not answered is not paid for, and was counted when its turn was given.
    values = {"Throttles": 1, "SpentUsd": -float(event.get("Usd") or 0)}
    where = {"Model": event["ModelId"], "Region": turn.region or _environment.regions.own}
    measure(values, where, message="throttled", **ids_of(event))


def _leave(model_id: str, now_ms: int, job_id: str | None, schedule: Schedule | None) -> tuple[Schedule, None]:
    return pacing.leave(_stated(model_id, schedule), now_ms, job_id), None


def _note_failure(model_id: str, turn: Turn, failure: Failure, now_ms: int, *, alone: bool) -> None:
    """Let the schedule know of a throttle, and of a Region that does not serve the model where there are others."""
    throttled = failure.code is ErrorCode.MODEL_THROTTLED
    if alone and not throttled:
        return
    slot_ms = turn.slot_ms or 0

    def step(schedule: Schedule | None) -> tuple[Schedule, None]:
        stated = _stated(model_id, schedule)
        if throttled:
            return pacing.throttled(stated, now_ms, slot_ms), None
        return pacing.failed(stated, failure, now_ms), None

    # Turns of earlier versions were all the stack's own.
    _schedules.change(model_id, turn.region or _environment.regions.own, step)


def _stated(model_id: str, schedule: Schedule | None) -> Schedule:
    """The schedule with the operator's pace, if there is one; a new one has the catalogue's else."""
    asked = _environment.requests_per_minute
    if schedule is None:
        return Schedule.of(asked if asked > 0 else catalogue_data.requests_per_minute(model_id))
    return pacing.expect(schedule, asked, 0) if asked > 0 else schedule


def _state(turn: Turn, until_ms: int, *, now: bool) -> dict[str, Any]:
    elsewhere = {"Elsewhere": True} if now and turn.region != _environment.regions.own else {}
    return {**turn.to_state(), "Now": now, "WaitUntil": clock.iso_of_ms(until_ms), **elsewhere}
