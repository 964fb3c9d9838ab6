"""ReserveTurn: a call is counted when its turn has come, and what was throttled is told to the schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from backdrop.aws.request_claims import Claimant
from backdrop.core.errors import ErrorCode, TooManyAttempts
from backdrop.jobs.scheduling.pacing import Schedule
from tests.unit.handlers.job_steps.conftest import Schedules, handler_module

MODEL = "us.stability.stable-image-inpaint-v1:0"
THROTTLED = {"Error": "Bedrock.ThrottlingException", "Cause": "Too many requests"}


def reserve_turn(monkeypatch: pytest.MonkeyPatch, per_minute: str, regions: str = "") -> tuple[ModuleType, Schedules]:
    module = handler_module(
        monkeypatch,
        "reserve_turn",
        SCHEDULE_TABLE="schedule",
        IMAGES_TABLE="images",
        SPENDING_TABLE="spending",
        MAX_USD_PER_JOB="0",
        MAX_USD_PER_USER_AND_DAY="0",
        MAX_USD_PER_MONTH="0",
        MODEL_REQUESTS_PER_MINUTE=per_minute,
        THROTTLE_PATIENCE_HOURS="24",
        MODEL_REGIONS=regions,
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


DENIED = {"Error": "Bedrock.AccessDeniedException", "Cause": "You don't have access to the model. (in us-west-2)"}
BUSY = {"Error": "Bedrock.ServiceUnavailableException", "Cause": "no"}


def take(module: ModuleType, number: int) -> list[dict[str, Any]]:
    return [module.handler({"ModelId": MODEL, "Turn": {"Attempt": 0}}, None) for _ in range(number)]


def test_a_turn_is_reserved_where_it_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "-1", "us-east-2,us-west-2")
    turns = take(module, 36)
    assert {name: len(one.slots) for name, one in schedules.rows.items()}.keys() == {
        MODEL,
        f"{MODEL}@us-east-2",
        f"{MODEL}@us-west-2",
    }
    now = [turn for turn in turns if turn["Now"]]
    alone, _ = reserve_turn(monkeypatch, "-1")
    assert len(now) == 3 * len([turn for turn in take(alone, 36) if turn["Now"]])
    assert {(turn["Region"], turn.get("Elsewhere", False)) for turn in now} == {
        ("us-east-1", False),
        ("us-east-2", True),
        ("us-west-2", True),
    }
    assert all(turn["Regions"] == {turn["Region"]: 1} for turn in now)
    waiting = [turn for turn in turns if not turn["Now"]]
    assert not any("Elsewhere" in turn or turn.get("Regions") for turn in waiting), "no call yet"
    again = module.handler({"ModelId": MODEL, "Turn": waiting[0]}, None)
    assert (again["Region"], again["Place"]) == (waiting[0]["Region"], waiting[0]["Place"]), "it keeps its place"


def test_a_throttle_is_noted_where_the_call_was(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "-1", "us-west-2")
    turn = next(turn for turn in take(module, 10) if turn["Now"] and turn["Region"] == "us-west-2")
    before = dict(schedules.rows)
    waiting = module.handler({"ModelId": MODEL, "Turn": turn, "Error": THROTTLED}, None)
    assert schedules.rows[MODEL] == before[MODEL]
    gone = set(before[f"{MODEL}@us-west-2"].slots) - set(schedules.rows[f"{MODEL}@us-west-2"].slots)
    assert len(gone) == 1
    assert waiting["Regions"] == {"us-west-2": 0}, "it is in no price"


def test_a_denied_call_goes_elsewhere_at_once_and_the_region_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "-1", "us-west-2")
    turn = next(turn for turn in take(module, 10) if turn.get("Elsewhere"))
    again = module.handler({"ModelId": MODEL, "Turn": turn, "Error": DENIED}, None)
    assert again["Region"] == "us-east-1"
    out = schedules.rows[f"{MODEL}@us-west-2"].outage
    assert (out.code, "in us-west-2" in out.cause) == ("MODEL_ACCESS_DENIED", True)
    assert {one["Region"] for one in take(module, 10)} == {"us-east-1"}


def test_a_call_that_every_region_denies_ends_with_that_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    module, _ = reserve_turn(monkeypatch, "-1", "us-west-2")
    turn = module.handler({"ModelId": MODEL, "Turn": {"Attempt": 0}}, None)
    turn = module.handler({"ModelId": MODEL, "Turn": turn, "Error": DENIED}, None)
    with pytest.raises(TooManyAttempts, match="don't have access") as ended:
        module.handler({"ModelId": MODEL, "Turn": turn, "Error": DENIED}, None)
    assert ended.value.code is ErrorCode.MODEL_ACCESS_DENIED
    alone, _ = reserve_turn(monkeypatch, "-1")
    with pytest.raises(TooManyAttempts, match="don't have access"):
        alone.handler({"ModelId": MODEL, "Turn": {"Attempt": 1}, "Error": DENIED}, None)


def test_a_region_that_is_down_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "-1", "us-west-2")
    turns = [turn for turn in take(module, 8) if turn.get("Elsewhere")][:3]
    for turn in turns:
        waiting = module.handler({"ModelId": MODEL, "Turn": turn, "Error": BUSY}, None)
        assert waiting["Failures"] == {"MODEL_UNAVAILABLE": 1}
    assert schedules.rows[f"{MODEL}@us-west-2"].outage.code == "MODEL_UNAVAILABLE"
    assert {one["Region"] for one in take(module, 10)} == {"us-east-1"}


def test_who_waits_in_a_region_that_is_left_out_goes_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "-1", "us-west-2")
    turns = take(module, 40)
    waiting = next(turn for turn in turns if not turn["Now"] and turn["Region"] == "us-west-2")
    called = next(turn for turn in turns if turn.get("Elsewhere"))
    module.handler({"ModelId": MODEL, "Turn": called, "Error": DENIED}, None)
    before = schedules.rows[f"{MODEL}@us-west-2"]
    moved = module.handler({"ModelId": MODEL, "Turn": waiting}, None)
    assert moved["Region"] == "us-east-1"
    assert moved["Place"] == schedules.rows[MODEL].joined
    assert schedules.rows[f"{MODEL}@us-west-2"].served == before.served + 1, "its place is given back"


def test_without_a_pace_models_are_called_in_the_stacks_own_region(monkeypatch: pytest.MonkeyPatch) -> None:
    module, schedules = reserve_turn(monkeypatch, "0", "us-west-2")
    assert {turn["Region"] for turn in take(module, 5)} == {"us-east-1"}
    assert schedules.rows == {}


class Claims:
    """The claims in memory."""

    def __init__(self) -> None:
        self.of: dict[str, tuple[str, int]] = {}

    def claim(self, request: str, claimant: Claimant, now_ms: int, until_ms: int) -> bool:
        by = claimant.response_key
        other, until = self.of.get(request, (by, 0))
        if other != by and until > now_ms:
            return False
        self.of[request] = by, until_ms
        return True


class Bucket:
    """Keys that there are."""

    def __init__(self) -> None:
        self.keys: set[str] = set()

    def look_up(self, _bucket: str, key: str) -> object:
        return key if key in self.keys else None


def asked(by: str, turn: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    request = {"Bucket": "b", "AnswersFolder": "out/answers/ann/", "RequestSha256": "abc", "ResponseKey": by}
    image = {"JobId": "j", "ImageId": "i"}
    return {"ModelId": MODEL, "Turn": turn or {"Attempt": 0}, **request, **image, **more}


@pytest.mark.parametrize("per_minute", ["-1", "0"])
def test_who_asks_the_very_same_as_another_waits_for_its_answer(
    monkeypatch: pytest.MonkeyPatch, per_minute: str
) -> None:
    module, schedules = reserve_turn(monkeypatch, per_minute)
    claims, bucket = Claims(), Bucket()
    monkeypatch.setattr(module, "_claims", claims)
    monkeypatch.setattr(module, "objects", bucket)

    first = module.handler(asked("one"), None)
    assert (first["Now"], first["Attempt"]) == (True, 1)
    joined = {name: one.joined for name, one in schedules.rows.items()}
    waiting = module.handler(asked("two"), None)
    assert (waiting["Now"], waiting["Attempt"], "Restage" in waiting) == (False, 0, False)
    assert 3 < seconds_until(waiting) <= 5
    assert {name: one.joined for name, one in schedules.rows.items()} == joined, "it takes no place"
    assert module.handler(asked("three", AnswersFolder=""), None)["Now"], "its job reuses no answers"
    again = module.handler(asked("one", first, Error={"Error": "States.Timeout", "Cause": ""}), None)
    assert again["Attempt"] == (1 if per_minute == "-1" else 2), "who has claimed it goes on"

    bucket.keys.add("out/answers/ann/abc")
    claims.of["out/answers/ann/abc"] = ("one", 0)  # It has ended.
    told = module.handler(asked("two", waiting), None)
    assert (told["Now"], told["Restage"], told["Attempt"]) == (False, True, 0)
    once = module.handler(asked("two", told), None)
    assert (once["Now"], "Restage" in once) == (True, False), "an answer that was of no use is no answer"
