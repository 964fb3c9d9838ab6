"""What the sweeper does about a job, by what is stored of it and what Step Functions says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backdrop.core.errors import ErrorCode, explain
from backdrop.core.keys import JobPrefixes
from backdrop.core.options import Options
from backdrop.core.vocabulary import JobStatus, Mode
from backdrop.jobs.model import Job, JobSettings
from backdrop.jobs.sweeping import Action, Decision, Execution, decide, settling

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUBMITTED = Job(
    id="j" * 26,
    owner="ann",
    owner_email="ann@example.com",
    created_at="2026-11-21T11:00:00.000Z",
    status=JobStatus.SUBMITTED,
    bucket="b",
    prefixes=JobPrefixes("in/d", "out/d", "status/d"),
    manifest_key="in/d/manifest.jsonl",
    image_count=3,
    settings=JobSettings("a beach", "", Mode.PRECISE, "m", 7, Options()),
)
RUNNING = replace(SUBMITTED, status=JobStatus.RUNNING)


def run(status: str, **changes: Any) -> Execution:
    ended = {"stopped_at": NOW - timedelta(minutes=1)} if status != "RUNNING" else {}
    made = Execution("arn:x", status, NOW - timedelta(minutes=50), None, None, None, redrivable=True, redrives=0)
    return replace(made, **{**ended, **changes})


def action(job: Job, execution: Execution | None = None) -> Action:
    return decide(job, execution, NOW).action


@pytest.mark.parametrize("status", [one for one in JobStatus if one.final])
@pytest.mark.parametrize("execution", [None, run("ABORTED"), run("FAILED"), run("SUCCEEDED"), run("RUNNING")])
def test_a_job_that_has_ended_is_left(status: JobStatus, execution: Execution | None) -> None:
    assert action(replace(RUNNING, status=status), execution) is Action.LEAVE


@pytest.mark.parametrize("job", [SUBMITTED, RUNNING])
@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_a_run_that_goes_on_is_left(job: Job, status: str) -> None:
    assert action(job, run(status)) is Action.LEAVE


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(minutes=5), Action.LEAVE),
        (timedelta(minutes=5, seconds=1), Action.START),
        (timedelta(days=14), Action.START),
        (timedelta(days=14, seconds=1), Action.GIVE_UP),
    ],
)
def test_a_job_that_never_started_is_started_after_five_minutes_and_not_after_weeks(
    age: timedelta, expected: Action
) -> None:
    job = replace(SUBMITTED, created_at=(NOW - age).isoformat())
    assert action(job) is expected
    if expected is Action.LEAVE:
        assert decide(job, None, NOW, timedelta(0)).action is Action.START


def explained(decision: Decision) -> ErrorCode:
    assert decision.action is Action.CLOSE
    return explain(decision.error, decision.cause).code


@pytest.mark.parametrize("job", [SUBMITTED, RUNNING])
def test_what_somebody_stopped_is_closed_and_never_gone_on_with(job: Job) -> None:
    decision = decide(job, run("ABORTED", error="Ops", cause="too expensive"), NOW)
    assert explained(decision) is ErrorCode.RUN_STOPPED
    assert "too expensive" in decision.cause


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Action.REDRIVE),
        ({"redrives": 1}, Action.REDRIVE),
        ({"redrives": 2}, Action.CLOSE),
        ({"redrivable": False}, Action.CLOSE),
    ],
)
def test_what_broke_is_gone_on_with_a_bounded_number_of_times(
    status: str, changes: dict[str, Any], expected: Action
) -> None:
    decision = decide(RUNNING, run(status, error="States.Runtime", cause="x" * 10_000, **changes), NOW)
    assert decision.action is expected
    if expected is Action.CLOSE:
        assert explained(decision) is ErrorCode.RUN_BROKE
        assert len(decision.cause) < 600, "it is repeated for each image"


def test_a_running_job_without_a_run_is_closed_unless_it_began_just_now() -> None:
    began = replace(RUNNING, started_at=(NOW - timedelta(minutes=6)).isoformat())
    assert explained(decide(began, None, NOW)) is ErrorCode.RUN_BROKE
    # Started by the stream between the two questions of a sweep.
    just_now = replace(RUNNING, started_at=(NOW - timedelta(seconds=1)).isoformat())
    assert decide(just_now, None, NOW, timedelta(0)).action is Action.LEAVE


@pytest.mark.parametrize("execution", [None, run("ABORTED"), run("FAILED", redrives=2)])
def test_what_somebody_had_cancelled_ends_as_cancelled(execution: Execution | None) -> None:
    job = replace(RUNNING, cancelled_at="2026-11-21T11:30:00.000Z")
    assert explained(decide(job, execution, NOW)) is ErrorCode.JOB_CANCELLED


def test_what_a_run_was_writing_when_it_ended_is_waited_for() -> None:
    assert settling(None, NOW) == settling(run("RUNNING"), NOW) == settling(run("ABORTED"), NOW) == timedelta(0)
    assert settling(run("ABORTED", stopped_at=NOW - timedelta(seconds=1)), NOW) == timedelta(seconds=2)
