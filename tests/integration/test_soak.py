"""The soak (`make soak`) at its smallest size, and that it sees what it looks for."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.bench.quick_cloud import CUT_OUT, PAINT, QuickCloud, quick_cloud
from tests.integration.people import Person
from tests.integration.sweeps import sweep
from tests.soak import promises
from tests.soak.__main__ import soak
from tests.soak.driving import Driver
from tests.soak.plans import FUNCTIONS, Plan, Start, Trouble, make_plan
from tests.soak.promises import broken_promises, mails

pytestmark = pytest.mark.integration

_QUIET: dict[str, Any] = {
    "photos": 2,
    "equal": 0,
    "cut_short": 0,
    "variations": 1,
    "labels": True,
    "after_calls": 1,
    "redrives": 1,
}


@pytest.fixture(scope="module")
def quick() -> Iterator[QuickCloud]:
    with quick_cloud() as started:
        yield started


def test_faults_of_every_sort_break_no_promise(quick: QuickCloud) -> None:
    throttled = {"kind": "throttle", "model": CUT_OUT, "count": 2}
    spoiled = [{"kind": kind, "model": PAINT, "count": 1} for kind in ("truncated", "server-error")]
    in_the_air = {"kind": "slow", "model": CUT_OUT, "count": 1, "skip": 1, "delaySeconds": 1.3}
    report_dies = [{"kind": "crash-after", "model": "lambda:*-CompileReportFunction-*", "count": 2}]
    plans = [
        Plan(0, Start.STAFF, trouble=Trouble.STOPPED, **_QUIET, crash_rules=report_dies),
        # One call is in the air when the run is stopped: its answer is used when the image is run again.
        Plan(3, Start.STAFF, trouble=Trouble.STOPPED, **_QUIET, rules=[in_the_air]),
        Plan(1, Start.STAFF, trouble=Trouble.CANCELLED, **_QUIET | {"equal": 1, "variations": 2}, rules=[throttled]),
        Plan(2, Start.SYSTEM, trouble=Trouble.NONE, **_QUIET | {"cut_short": 1}, rules=spoiled),
    ]
    out = io.StringIO()
    assert soak(quick, out, 0, plans) == 0, out.getvalue()
    assert "all promises kept" in out.getvalue()


@pytest.mark.parametrize("kind", ["crash-before", "crash-after"])
def test_a_function_that_dies_is_called_again_and_pays_nothing_twice(quick: QuickCloud, kind: str) -> None:
    crashes = [{"kind": kind, "model": f"lambda:*-{name}Function-*", "count": 2} for name in FUNCTIONS]
    plan = Plan(int(kind == "crash-after"), Start.STAFF, trouble=Trouble.NONE, **_QUIET, crash_rules=crashes)
    out = io.StringIO()
    assert soak(quick, out, 1, [plan]) == 0, out.getvalue()
    assert "Succeeded {'Succeeded': 2}; calls {'answered': 4}" in out.getvalue()


def test_what_does_not_hold_is_said(quick: QuickCloud) -> None:
    with httpx.Client(base_url=quick.cloud.outputs.api_url) as client:
        person = Person(client, quick.cloud.demo_token())
        plan = Plan(9, Start.SYSTEM, trouble=Trouble.NONE, **_QUIET)
        ended = Driver(quick, person, "broken").drive(plan)
        assert broken_promises(quick, person, ended) == []

        def said(**changes: Any) -> str:
            return "\n".join(broken_promises(quick, person, replace(ended, **changes)))

        assert "3 were made" in said(calls=ended.calls[1:])
        twice = [*ended.calls[1:], ended.calls[-1]]
        assert "answered twice" in said(calls=twice)
        assert "3 images were to be made" in said(images=3)
        report = copy.deepcopy(ended.report)
        report["Totals"]["Succeeded"] = 1
        assert "totals" in said(report=report)
        report = copy.deepcopy(ended.report)
        report["Images"][0]["Status"] = "Failed"
        assert "in the table" in said(report=report)
        s3, bucket = quick.cloud.client("s3"), quick.cloud.outputs.bucket
        key = ended.report["Images"][0]["Output"]["Key"]
        s3.put_object(Bucket=bucket, Key=key, Body=b"another")
        assert "other bytes" in said()
        s3.delete_object(Bucket=bucket, Key=key)
        assert "not in the bucket" in said()
        s3.put_object(Bucket=bucket, Key=f"generated-image-files/{ended.job_id}/stray.jpg", Body=b"?")
        assert "not in the report" in said()


def test_a_mail_that_can_not_be_sent_is_late_and_costs_nothing_else(
    quick: QuickCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, arn = quick.cloud.client("stepfunctions"), quick.cloud.outputs.state_machine_arn
    deployed = client.describe_state_machine(stateMachineArn=arn)["definition"]
    machine = json.loads(deployed)
    machine["States"]["SendEmail"]["Parameters"]["TopicArn"] += "-gone"
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(machine))
    monkeypatch.setattr(promises, "_MAIL_SECONDS", 1)
    try:
        with httpx.Client(base_url=quick.cloud.outputs.api_url) as http:
            person = Person(http, quick.cloud.demo_token())
            plan = Plan(8, Start.STAFF, trouble=Trouble.NONE, **_QUIET)
            ended = Driver(quick, person, "no mail").drive(plan)
            assert broken_promises(quick, person, ended) == ["0 mails were sent"]
    finally:
        client.update_state_machine(stateMachineArn=arn, definition=deployed)
    run = f"{arn.replace(':stateMachine:', ':execution:')}:{ended.job_id}"
    execution = client.describe_execution(executionArn=run)
    assert (execution["status"], execution["error"], execution["redriveCount"]) == ("FAILED", "EmailNotSent", 0)
    status, swept = sweep(quick.cloud)
    assert (status, swept["deadLetters"]) == (0, {"retried": 1, "left": 0})
    assert mails(quick, ended.job_id) == 1, "late"


def test_a_seed_and_a_number_are_always_the_same_job() -> None:
    plans = [make_plan(5, number) for number in range(200)]
    assert plans == [make_plan(5, number) for number in range(200)]
    assert {plan.trouble for plan in plans} == set(Trouble)
    assert {plan.start for plan in plans} == set(Start)
