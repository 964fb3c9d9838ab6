"""ReserveTurn: a call is counted when its turn has come, and what was throttled is told to the schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from backdrop.jobs.pacing import Schedule
from tests.unit.handlers.job_steps.conftest import Schedules, handler_module

MODEL = "us.stability.stable-image-inpaint-v1:0"
THROTTLED = {"Error": "Bedrock.ThrottlingException", "Cause": "Too many requests"}


def reserve_turn(monkeypatch: pytest.MonkeyPatch, per_minute: str) -> tuple[ModuleType, Schedules]:
    module = handler_module(
        monkeypatch,
        "reserve_turn",
        SCHEDULE_TABLE="schedule",
        SPENDING_TABLE="spending",
        MAX_USD_PER_JOB="0",
        MAX_USD_PER_USER_AND_DAY="0",
        MAX_USD_PER_MONTH="0",
        MODEL_REQUESTS_PER_MINUTE=per_minute,
        THROTTLE_PATIENCE_HOURS="24",
        AWS_REGION="us-east-1",
    )
    schedules = Schedules()
    monkeypatch.setattr(module, "_schedules", schedules)
    return module, schedules


def seconds_until(turn: dict[str, Any]) -> float:
    return (datetime.fromisoformat(turn["WaitUntil"]) - datetime.now(UTC)).total_seconds()


def test_only_a_turn_that_comes_now_is_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "-1")
    turns = [module.handler({"ModelId": MODEL, "Turn": {"Attempt": 0}}, None) for _ in range(30)]
    assert schedules.rows[MODEL].stated == 20, "the catalogue's"
    now, later = [[turn for turn in turns if turn["Now"] is value] for value in (True, False)]
    assert 3 <= len(now) <= 7, "those of the next seconds"
    assert {turn["Attempt"] for turn in now} == {1}
    assert {turn["Attempt"] for turn in later} == {0}
    assert all(seconds_until(turn) <= 8 for turn in now)
    assert [turn["Place"] for turn in later] == list(range(len(now) + 1, 31))

    again = module.handler({"ModelId": MODEL, "Turn": later[0]}, None)
    assert (again["Place"], again["Asks"]) == (later[0]["Place"], 2), "it keeps its place"


def test_a_throttled_call_is_taken_from_the_minute_and_waits_before_it_queues_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module, schedules = reserve_turn(monkeypatch, "-1")
    turn = module.handler({"ModelId": MODEL, "Turn": {"Attempt": 0}}, None)
    assert len(schedules.rows[MODEL].slots) == 1
    waiting = module.handler({"ModelId": MODEL, "Turn": turn, "Error": THROTTLED}, None)
    assert schedules.rows[MODEL].slots == ()
    assert (waiting["Now"], waiting["Attempt"], "Place" in waiting) == (False, 1, False)
    assert 1 < seconds_until(waiting) <= 2
    before = schedules.rows[MODEL]
    timed_out = {"Error": "States.Timeout", "Cause": ""}
    module.handler({"ModelId": MODEL, "Turn": turn, "Error": timed_out}, None)
    assert schedules.rows[MODEL] == before, "a time-out says nothing about the quota"


def test_without_a_pace_the_schedule_is_never_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "0")
    turn = module.handler({"ModelId": MODEL, "Turn": {"Attempt": 0}}, None)
    again = module.handler({"ModelId": MODEL, "Turn": turn, "Error": THROTTLED}, None)
    assert (turn["Now"], again["Now"], again["Attempt"], schedules.rows) == (True, True, 2, {})


def test_an_operators_pace_replaces_what_the_row_says(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "7")
    schedules.rows[MODEL] = Schedule.of(60)
    module.handler({"ModelId": MODEL, "Turn": {"Attempt": 0}}, None)
    assert (schedules.rows[MODEL].stated, schedules.rows[MODEL].level) == (7, 7)


def test_an_execution_of_an_earlier_version_is_answered_with_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = reserve_turn(monkeypatch, "-1")
    turn = module.handler({"ModelId": MODEL, "Attempt": 1, "Error": THROTTLED}, None)
    assert turn["Attempt"] == 2
