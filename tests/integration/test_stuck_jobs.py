"""Jobs that would stay where they got stuck, on the deployed template: the sweeper starts them, goes on with their run,
or closes them with report and mail; and nothing is paid twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from localcloud.cloud import LocalCloud
from localcloud.settings import REPOSITORY
from tests.integration.logs import lines_of
from tests.integration.people import Person
from tests.integration.sweeps import sweep
from tests.integration.test_actions import _calls, _faults, draft_with, images
from tests.integration.test_cancel_before_start import Starter, starter  # noqa: F401 - a fixture
from tests.integration.test_workflow import Stack

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def stack(cloud: LocalCloud) -> Iterator[Stack]:
    """The stack at rest: nothing runs, and nothing waits in the dead-letter queue."""
    made = Stack(cloud).when_idle()
    cloud.client("sqs").purge_queue(QueueUrl=cloud.outputs.dead_letter_queue_url)
    yield made
    made.faults()


def submitted(person: Person, *names: str) -> str:
    draft = draft_with(person, *names)
    answer = person.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"})
    assert answer.status_code == 202, answer.text
    return draft


def run_of(cloud: LocalCloud, job: str) -> str:
    return f"{cloud.outputs.state_machine_arn.replace(':stateMachine:', ':execution:')}:{job}"


def until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found


def check_closed(stack: Stack, person: Person, job: str, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Job, report and mail tell the same; each image that was not done has the code. Job and report."""
    body = person.finished(job)
    report = httpx.get(body["reportUrls"]["json"]).json()
    schema = json.loads((REPOSITORY / "docs" / "status-report.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(report)
    counts, totals = body["counts"], report["Totals"]
    assert (totals["Images"], totals["Succeeded"], totals["Failed"]) == (
        counts["total"],
        counts["succeeded"],
        counts["failed"],
    )
    missing = [one for one in report["Images"] if one["Status"] == "Failed"]
    assert {one["Error"]["Code"] for one in missing} == {code}
    shown = {one["imageId"]: one.get("error", {}).get("code") for one in images(person, job)}
    assert {one["ImageId"]: one["Error"]["Code"] if one in missing else None for one in report["Images"]} == shown
    mails = until(lambda: stack.mails(job))
    assert len(mails) == 1, "the mail goes once"
    return body, report


def _calls_at_rest(cloud: LocalCloud) -> int:
    """How many calls there were, once none is under way: one that was when its run was stopped is noted at its end."""
    before, now = -1, _calls(cloud)
    while now != before:
        time.sleep(3)
        before, now = now, _calls(cloud)
    return now


def test_a_run_that_somebody_stops_leaves_a_job_with_report_and_mail(
    cloud: LocalCloud, stack: Stack, ann: Person
) -> None:
    _faults(cloud, {"model": "*inpaint*", "kind": "throttle", "skip": 1})
    job = submitted(ann, "a.jpg", "b.jpg", "c.jpg")
    until(lambda: ann.call("GET", f"/jobs/{job}").json()["counts"]["succeeded"] == 1)
    _check_progress_is_noted(cloud, job)

    cloud.client("stepfunctions").stop_execution(executionArn=run_of(cloud, job), cause="by mistake")

    stack.faults()
    calls = _calls_at_rest(cloud)
    body, report = check_closed(stack, ann, job, "RUN_STOPPED")
    assert (body["status"], body["counts"]["succeeded"], body["error"]["code"]) == ("PartlyFailed", 1, "RUN_STOPPED")
    assert "by mistake" in body["error"]["message"]
    (done,) = [one for one in report["Images"] if one["Status"] == "Succeeded"]
    assert stack.get(done["Output"]["Key"])
    assert sweep(cloud) == (0, NOTHING)
    assert (_calls(cloud), len(stack.mails(job))) == (calls, 1), "nothing more is paid or mailed"
    written = lines_of(cloud, job)
    steps = {"PrepareJob", "StagePayload", "ReserveTurn", "DecodeResult", "CompileReport"}
    assert {line["Function"] for line in written if "ms" in line} >= {"Api", "InspectPhoto", *steps}
    assert {"job submitted", "job started", "open jobs"} <= {line["message"] for line in written}


def _check_progress_is_noted(cloud: LocalCloud, job: str) -> None:
    """Two sweeps, between which no image ended."""
    functions, noted = cloud.client("lambda"), []
    pages = functions.get_paginator("list_functions").paginate()
    names = [one["FunctionName"] for page in pages for one in page["Functions"]]
    (sweeper,) = [name for name in names if name.startswith(f"{cloud.outputs.stack_name}-SweepJobs")]
    for _ in range(2):
        assert "FunctionError" not in functions.invoke(FunctionName=sweeper, Payload=b"{}")
        row = cloud.client("dynamodb").get_item(TableName=cloud.outputs.jobs_table, Key={"JobId": {"S": job}})["Item"]
        noted.append((row["ProgressCount"]["N"], row["ProgressAt"]["S"]))
    assert noted[0] == noted[1] == ("1", noted[0][1])


def test_a_cancelled_job_whose_run_is_stopped_ends_as_cancelled(cloud: LocalCloud, stack: Stack, ann: Person) -> None:
    _faults(cloud, {"model": "*inpaint*", "kind": "throttle"})
    job = submitted(ann, "a.jpg")
    until(lambda: _calls(cloud))
    assert ann.call("POST", f"/jobs/{job}/cancel").json()["status"] == "Running"

    cloud.client("stepfunctions").stop_execution(executionArn=run_of(cloud, job))
    # The event brings one sweep; two more at the same time find the same job.
    with ThreadPoolExecutor() as pool:
        closed = [job in swept["closed"] for _, swept in pool.map(lambda _: sweep(cloud), range(2))]
    assert sum(closed) <= 1

    body, _ = check_closed(stack, ann, job, "JOB_CANCELLED")
    assert (body["status"], body["counts"]["cancelled"], "error" in body) == ("Cancelled", 1, False)


NOTHING: dict[str, Any] = {
    **{done: [] for done in ("started", "redriven", "closed", "givenUp", "failed")},
    "deadLetters": {"retried": 0, "left": 0},
}


def breaking(definition: dict[str, Any], *, until_redriven: int) -> dict[str, Any]:
    """The workflow with a state before its report that breaks outside any Catch, until it was redriven so often."""
    states, redriven = definition["States"], "$$.Execution.RedriveCount"
    states["ReplaceBackgrounds"]["Next"] = "Break"
    states["Break"] = {
        "Type": "Choice",
        "Choices": [
            {"Variable": redriven, "NumericGreaterThanEquals": until_redriven, "Next": "CompileReport"},
        ],
    }
    return definition


@pytest.fixture
def machine(cloud: LocalCloud) -> Iterator[Callable[[int], None]]:
    """Breaks the deployed workflow until it was redriven so often; it is mended in the end."""
    client, arn = cloud.client("stepfunctions"), cloud.outputs.state_machine_arn
    deployed = client.describe_state_machine(stateMachineArn=arn)["definition"]

    def break_it(until_redriven: int) -> None:
        broken = breaking(json.loads(deployed), until_redriven=until_redriven)
        client.update_state_machine(stateMachineArn=arn, definition=json.dumps(broken))

    yield break_it
    client.update_state_machine(stateMachineArn=arn, definition=deployed)


@pytest.mark.parametrize("until_redriven", [1, 99])
def test_a_run_that_breaks_is_gone_on_with_and_pays_nothing_twice(
    cloud: LocalCloud, stack: Stack, ann: Person, machine: Callable[[int], None], until_redriven: int
) -> None:
    _faults(cloud)
    machine(until_redriven)

    job = submitted(ann, "a.jpg", "b.jpg")

    body = ann.finished(job)
    assert (body["status"], body["counts"]["succeeded"], "error" in body) == ("Succeeded", 2, False), body
    assert (_calls(cloud), len(until(lambda: stack.mails(job)))) == (4, 1)
    run = cloud.client("stepfunctions").describe_execution(executionArn=run_of(cloud, job))
    assert run["redriveCount"] == min(until_redriven, 2), "a bounded number of times; then it is closed as it is"
    assert run["status"] == ("SUCCEEDED" if until_redriven == 1 else "FAILED")
    report = httpx.get(body["reportUrls"]["json"]).json()
    assert (report["MapError"], report["Cost"]["Usd"]) == (None, pytest.approx(body["estimatedCostUsd"]))


def test_a_job_that_the_stream_forgot_is_started_once(
    cloud: LocalCloud,
    ann: Person,
    starter: Starter,  # noqa: F811
) -> None:
    _faults(cloud)
    job = submitted(ann, "a.jpg")  # the stream's records are held back

    assert sweep(cloud) == (0, NOTHING | {"started": [job]})
    assert sweep(cloud, deployed=True)[1] == NOTHING
    starter.go_on()

    assert ann.finished(job)["status"] == "Succeeded"
    client, arn = cloud.client("stepfunctions"), cloud.outputs.state_machine_arn
    runs = client.list_executions(stateMachineArn=arn, maxResults=1000)["executions"]
    assert [run["name"] for run in runs].count(job) == 1
    assert _calls(cloud) == 2


def test_one_command_starts_what_could_not_be_started(
    cloud: LocalCloud,
    stack: Stack,
    ann: Person,
    starter: Starter,  # noqa: F811
) -> None:
    _faults(cloud)
    job = submitted(ann, "a.jpg")
    starter.go_on(broken=True)
    failed = ann.finished(job)
    assert (failed["status"], failed["error"]["code"], _calls(cloud)) == ("Failed", "JOB_NOT_STARTED", 0)

    starter.hold()
    status, swept = sweep(cloud)

    # There may be a letter about a job of an earlier test: its record came late, and to a broken function.
    assert (status, swept["started"], swept["failed"], swept["deadLetters"]["left"]) == (0, [job], [], 0)
    assert swept["deadLetters"]["retried"] >= 1
    body = ann.finished(job)
    assert (body["status"], "error" in body, _calls(cloud)) == ("Succeeded", False, 2), body
    assert len(until(lambda: stack.mails(job))) == 1


def test_the_sweep_is_scheduled_on_the_bus(cloud: LocalCloud) -> None:
    events = cloud.client("events")
    rules = events.list_rules(NamePrefix=f"{cloud.outputs.stack_name}-SweepJobs")["Rules"]
    assert {one.get("ScheduleExpression") for one in rules} - {None, ""} == {"rate(5 minutes)"}
    assert len(rules) == 2
    for rule in rules:
        (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        assert "SweepJobs" in target["Arn"]
