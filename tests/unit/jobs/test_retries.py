"""Retries: each kind of failure has its own count, and throttles are waited out while the patience lasts."""

from __future__ import annotations

import json
import random

import pytest

from backdrop.core.errors import ErrorCode, TooManyAttempts, explain
from backdrop.jobs.scheduling.pacing import spread
from backdrop.jobs.scheduling.retries import Turn, after_failure
from tests.static.conftest import ROOT

HOUR = 3_600_000
DAY = 24 * HOUR
THROTTLE, TIMEOUT, BUSY = "Bedrock.ThrottlingException", "States.Timeout", "Bedrock.ServiceUnavailableException"

HISTORY_EVENTS = 25_000
"""Of one execution: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"""

EVENTS = {"Task": 5, "Wait": 2, "Choice": 2, "Pass": 2}
"""Entered and exited, and of a task scheduled, started and its end."""


def fail(turn: Turn, *errors: str, at: int = 0, patience: int = DAY) -> Turn:
    for error in errors:
        turn, _ = after_failure(turn._replace(attempt=turn.attempt + 1), explain(error, "because"), at, patience)
    return turn


@pytest.mark.parametrize(
    ("error", "budget", "code"),
    [
        (TIMEOUT, 6, ErrorCode.MODEL_TIMED_OUT),
        ("Bedrock.ModelTimeoutException", 6, ErrorCode.MODEL_TIMED_OUT),
        (BUSY, 12, ErrorCode.MODEL_UNAVAILABLE),
        ("Bedrock.SdkClientException", 12, ErrorCode.MODEL_UNAVAILABLE),
        ("Bedrock.ModelErrorException", 3, ErrorCode.MODEL_FAILED),
        ("Bedrock.ValidationException", 1, ErrorCode.MODEL_REQUEST_INVALID),
        ("Bedrock.SomethingNew", 1, ErrorCode.INTERNAL),
    ],
)
def test_a_kind_ends_the_image_by_its_own_count_with_its_own_code(error: str, budget: int, code: ErrorCode) -> None:
    before = [THROTTLE] * 50 + [BUSY if code is not ErrorCode.MODEL_UNAVAILABLE else TIMEOUT] * 5
    turn = fail(Turn(), *before, *[error] * (budget - 1))
    with pytest.raises(TooManyAttempts, match="because") as ended:
        fail(turn, error)
    assert ended.value.code is code
    assert f"{budget} such failures in {turn.attempt + 1} calls" in ended.value.cause


def test_throttles_are_waited_out_until_the_patience_is_over_and_then_told() -> None:
    turn, began = Turn(), 1_000_000
    now = began
    while now < began + DAY:
        turn, wait = after_failure(turn._replace(attempt=turn.attempt + 1), explain(THROTTLE, "Too many"), now, DAY)
        assert wait >= 1
        now += wait
    assert now == began + DAY, "the last call is made when the patience ends"
    with pytest.raises(TooManyAttempts, match="24 hours") as ended:
        fail(turn, THROTTLE, at=now)
    assert ended.value.code is ErrorCode.MODEL_THROTTLED
    assert "quotas" in ended.value.next_step


def test_the_patience_is_of_the_pass_and_not_of_other_failures() -> None:
    turn = fail(fail(Turn(), BUSY, at=0), THROTTLE, at=5 * HOUR)
    assert turn.throttled_since_ms == 5 * HOUR
    fail(turn, THROTTLE, at=28 * HOUR)
    with pytest.raises(TooManyAttempts):
        fail(turn, THROTTLE, at=29 * HOUR)


def test_no_patience_means_no_second_call() -> None:
    with pytest.raises(TooManyAttempts):
        fail(Turn(), THROTTLE, patience=0)


def test_a_turn_goes_through_the_state_as_it_is() -> None:
    turn = fail(Turn(), THROTTLE, TIMEOUT, at=7)
    assert Turn.of(json.loads(json.dumps(turn.to_state()))) == turn
    assert Turn.of({"Attempt": 3}) == Turn(3), "of an execution that began before kinds were counted"
    assert len(json.dumps(turn.to_state())) < 300


@pytest.mark.parametrize("hours", [1, 24, 72])
def test_a_whole_patience_of_throttles_in_every_pass_fits_into_the_history(
    monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Cut-out, painting, extending; with the shortest waits there are, and turns that never come when they are due."""
    monkeypatch.setattr(random, "uniform", lambda low, _high: low)
    calls, turn, now = 0, Turn(), 0
    while now < hours * HOUR:
        turn, wait = after_failure(turn._replace(attempt=turn.attempt + 1), explain(THROTTLE, ""), now, hours * HOUR)
        calls, now = calls + 1, now + wait
    asks, now = 0, 0
    while now < hours * HOUR:
        asks, now = asks + 1, spread(now, now + 1_000, asks)
    assert (calls < 90, asks < 350) == (True, True)
    after_a_throttle = ["NoteThrottle", "ReserveTurnAfterError", *ASK[1:], "InvokeModel"]
    assert 3 * (calls * events(after_a_throttle) + asks * events(ASK)) < HISTORY_EVENTS


ASK = ["ReserveTurn", "WaitForTurn", "IsPaidFor", "CheckCancelled", "IsCancelled"]


def events(states: list[str]) -> int:
    machine = json.loads((ROOT / "statemachine" / "replace_backgrounds.asl.json").read_text("utf-8"))
    known = machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]
    return sum(EVENTS[known[name]["Type"]] for name in states)
