"""The Distributed Map: manifest in, one child an item, results in S3, thresholds, stopping, redrive."""

import json
import time
from functools import partial
from typing import Any

import pytest

from localcloud.cloud import LocalCloud
from tests.integration.emulator.conftest import Workflows


@pytest.fixture
def manifest(probe: LocalCloud, stack: dict[str, str]) -> Any:
    def write(items: list[Any]) -> str:
        key = f"in/{time.time_ns()}.jsonl"
        body = "\n".join(json.dumps(item) for item in items)
        probe.client("s3").put_object(Bucket=stack["BucketName"], Key=key, Body=body.encode())
        return key

    return write


def mapping(stack: dict[str, str], states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A machine with one Distributed Map over the manifest at `$.Key`."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": next(iter(states)),
        "States": states,
    }
    state = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSONL"},
            "Parameters": {"Bucket": stack["BucketName"], "Key.$": "$.Key"},
        },
        "ItemSelector": {"Item.$": "$$.Map.Item.Value", "Index.$": "$$.Map.Item.Index", "Shared.$": "$.Shared"},
        "ItemProcessor": processor,
        "Label": "Images",
        "End": True,
        **more,
    }
    return {"StartAt": "Map", "States": {"Map": state}}


def act(stack: dict[str, str], parameters: dict[str, Any]) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": stack["ActFunctionArn"],
        "Parameters": parameters,
        "TimeoutSeconds": 20,
        "End": True,
    }


REFUSE_BAD = {
    "Check": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.Item.bad", "BooleanEquals": True, "Next": "Bad"}],
        "Default": "Good",
    },
    "Bad": {"Type": "Fail", "Error": "ImageFailed", "Cause": "it is bad"},
    "Good": {"Type": "Pass", "End": True},
}


def items(good: int, bad: int) -> list[dict[str, Any]]:
    return [{"n": n, "bad": n >= good} for n in range(good + bad)]


def test_items_come_from_the_manifest_and_results_go_to_s3(
    probe: LocalCloud, workflows: Workflows, stack: dict[str, str], manifest: Any
) -> None:
    writer = {
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": stack["BucketName"], "Prefix": "out/map-run"},
    }
    definition = mapping(stack, REFUSE_BAD, ResultWriter=writer, ToleratedFailurePercentage=100)
    execution = workflows.run(definition, {"Key": manifest(items(4, 1)), "Shared": "s"})
    assert execution["status"] == "SUCCEEDED"
    output = json.loads(execution["output"])
    run = workflows.map_run(execution["executionArn"])
    assert output["MapRunArn"] == run["mapRunArn"]
    assert (run["itemCounts"]["succeeded"], run["itemCounts"]["failed"]) == (4, 1)

    def read(key: str) -> Any:
        return json.loads(probe.client("s3").get_object(Bucket=stack["BucketName"], Key=key)["Body"].read())

    files = read(output["ResultWriterDetails"]["Key"])["ResultFiles"]
    succeeded, (failed,) = read(files["SUCCEEDED"][0]["Key"]), read(files["FAILED"][0]["Key"])
    assert [json.loads(record["Output"])["Index"] for record in succeeded] == [0, 1, 2, 3]
    assert json.loads(succeeded[2]["Input"]) == {"Item": {"n": 2, "bad": False}, "Index": 2, "Shared": "s"}
    assert (failed["Status"], failed["Error"], failed["Cause"]) == ("FAILED", "ImageFailed", "it is bad")


def test_a_child_has_a_history_of_its_own(workflows: Workflows, stack: dict[str, str], manifest: Any) -> None:
    definition = mapping(stack, {"Do": act(stack, {"item.$": "$.Item"})})
    execution = workflows.run(definition, {"Key": manifest([{"n": 1}]), "Shared": 1})
    assert "MapRunStarted" in workflows.events(execution["executionArn"])
    run = workflows.map_run(execution["executionArn"])
    (child,) = workflows.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert workflows.events(child["executionArn"]) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]
    # Packed, it is told with all its data, and in parts.
    ask = partial(workflows.client.get_execution_history, executionArn=child["executionArn"])
    events = ask()["events"]
    assert json.loads(events[1]["stateEnteredEventDetails"]["input"]) == {"Item": {"n": 1}, "Index": 0, "Shared": 1}
    part = ask(maxResults=4)
    assert part["events"] + ask(maxResults=4, nextToken=part["nextToken"])["events"] == events
    assert ask(reverseOrder=True)["events"] == events[::-1]


def test_max_concurrency_path_is_read(workflows: Workflows, stack: dict[str, str], manifest: Any) -> None:
    definition = mapping(stack, {"Do": act(stack, {"sleep": 0.5})}, MaxConcurrencyPath="$.Concurrency")
    value = {"Key": manifest([{}] * 6), "Shared": 1}
    execution = workflows.run(definition, {**value, "Concurrency": 3})
    assert workflows.map_run(execution["executionArn"])["maxConcurrency"] == 3
    # Six of the function are started, which takes long on a busy machine, before the time counts.
    workflows.run(definition, {**value, "Concurrency": 6})
    started = time.monotonic()
    workflows.run(definition, {**value, "Concurrency": 6})
    wide = time.monotonic() - started
    started = time.monotonic()
    workflows.run(definition, {**value, "Concurrency": 1})
    narrow = time.monotonic() - started
    assert narrow > 3.0
    assert wide < 0.8 * narrow
    refused = workflows.run(definition, {**value, "Concurrency": "many"})
    assert (refused["status"], refused["error"]) == ("FAILED", "States.Runtime")


def test_too_many_failures_end_the_run_early(workflows: Workflows, stack: dict[str, str], manifest: Any) -> None:
    key = manifest([*items(0, 3), *items(40, 0)])
    definition = mapping(stack, REFUSE_BAD, MaxConcurrency=1, ToleratedFailureCount=2)
    execution = workflows.run(definition, {"Key": key, "Shared": 1})
    assert execution["error"] == "States.ExceedToleratedFailureThreshold"
    counts = workflows.map_run(execution["executionArn"])["itemCounts"]
    assert (counts["succeeded"], counts["failed"], counts["aborted"], counts["pending"]) == (0, 3, 40, 0)


def test_without_tolerance_one_failure_fails_the_run(
    workflows: Workflows, stack: dict[str, str], manifest: Any
) -> None:
    execution = workflows.run(mapping(stack, REFUSE_BAD), {"Key": manifest(items(2, 1)), "Shared": 1})
    assert execution["error"] == "States.ExceedToleratedFailureThreshold"


def test_stopping_the_execution_aborts_its_children(workflows: Workflows, stack: dict[str, str], manifest: Any) -> None:
    waiting = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
    arn = workflows.start(mapping(stack, waiting, MaxConcurrency=2), {"Key": manifest(items(5, 0)), "Shared": 1})
    deadline = time.monotonic() + 30
    while "MapRunStarted" not in workflows.events(arn) or workflows.map_run(arn)["itemCounts"]["running"] < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    workflows.client.stop_execution(executionArn=arn)
    while (run := workflows.map_run(arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert run["status"] == "ABORTED"
    assert run["itemCounts"]["aborted"] == 5
    children = workflows.client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert len(children) == 2
    assert {child["status"] for child in children} == {"ABORTED"}


def test_redriving_runs_only_what_did_not_succeed(
    probe: LocalCloud, workflows: Workflows, stack: dict[str, str], manifest: Any
) -> None:
    prefix = f"map-{time.time_ns()}"
    table = {"TableName": stack["ImagesTableName"], "Key": {"JobId": {"S.$": "$.Item.id"}}}
    update = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": {
            **table,
            "UpdateExpression": "ADD Times :one",
            "ConditionExpression": "attribute_exists(Approved)",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        },
        "End": True,
    }
    ids = [f"{prefix}-{n}" for n in range(4)]
    dynamodb = probe.client("dynamodb")

    def approve(names: list[str]) -> None:
        for name in names:
            workflows.approve({"TableName": stack["ImagesTableName"], "Key": {"JobId": {"S": name}}})

    approve(ids[:2])
    # One at a time: what is in the air when the run is aborted may have had its effect, here as on AWS.
    definition = mapping(stack, {"Update": update}, ToleratedFailureCount=1, MaxConcurrency=1)
    arn = workflows.start(definition, {"Key": manifest([{"id": name} for name in ids]), "Shared": 1})
    assert workflows.wait(arn)["error"] == "States.ExceedToleratedFailureThreshold"
    first = workflows.map_run(arn)
    approve(ids)
    workflows.client.redrive_execution(executionArn=arn)
    assert workflows.wait(arn)["status"] == "SUCCEEDED"
    run = workflows.map_run(arn)
    assert (run["mapRunArn"], run["redriveCount"]) == (first["mapRunArn"], 1)
    assert run["itemCounts"]["succeeded"] == run["itemCounts"]["total"] == 4
    for name in ids:
        item = dynamodb.get_item(TableName=stack["ImagesTableName"], Key={"JobId": {"S": name}})["Item"]
        assert item["Times"]["N"] == "1"


def test_the_manifest_must_exist_and_be_readable_by_the_role(
    probe: LocalCloud, workflows: Workflows, stack: dict[str, str]
) -> None:
    definition = mapping(stack, REFUSE_BAD)
    missing = workflows.run(definition, {"Key": "in/none.jsonl", "Shared": 1})
    assert missing["error"] == "States.ItemReaderFailed"
    probe.client("s3").put_object(Bucket=stack["BucketName"], Key="secret/m.jsonl", Body=b"{}")
    forbidden = workflows.run(definition, {"Key": "secret/m.jsonl", "Shared": 1})
    assert forbidden["error"] == "States.ItemReaderFailed"
    assert "s3:GetObject" in forbidden["cause"]
