"""Tasks: retries, catches, limits, time, stopping, and paths that are not there."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.emulator.conftest import Workflows, task

WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 30, "End": True}}}


def test_retries_honour_max_delay_and_jitter(workflows: Workflows, stack: dict[str, str]) -> None:
    retry = {
        "ErrorEquals": ["PhotoRefused"],
        "IntervalSeconds": 20,
        "MaxAttempts": 3,
        "MaxDelaySeconds": 1,
        "JitterStrategy": "FULL",
    }
    started = time.monotonic()
    execution = workflows.run(task(stack["ActFunctionArn"], {"raise": "x"}, Retry=[retry]))
    assert execution["status"] == "FAILED"
    assert execution["error"] == "PhotoRefused"
    assert workflows.events(execution["executionArn"]).count("TaskScheduled") == 4
    assert time.monotonic() - started < 10


def test_a_payload_beyond_256_kib_fails_and_states_all_does_not_catch_it(
    workflows: Workflows, stack: dict[str, str]
) -> None:
    definition = task(
        stack["ActFunctionArn"], {"bytes": 300_000}, Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    )
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    execution = workflows.run(definition)
    assert (execution["status"], execution["error"]) == ("FAILED", "States.DataLimitExceeded")
    definition["States"]["Only"]["Catch"][0]["ErrorEquals"] = ["States.DataLimitExceeded"]
    assert workflows.run(definition)["status"] == "SUCCEEDED"


def test_a_path_that_selects_nothing_fails_the_task(workflows: Workflows, stack: dict[str, str]) -> None:
    execution = workflows.run(task(stack["ActFunctionArn"], {"raise.$": "$.Missing"}), {"Present": 1})
    assert (execution["status"], execution["error"]) == ("FAILED", "States.ParameterPathFailure")
    assert "$.Missing" in execution["cause"]


def test_a_task_that_takes_too_long_times_out(workflows: Workflows, stack: dict[str, str]) -> None:
    execution = workflows.run(task(stack["ActFunctionArn"], {"sleep": 4}, TimeoutSeconds=1))
    assert (execution["status"], execution["error"]) == ("FAILED", "States.Timeout")
    assert "TaskTimedOut" in workflows.events(execution["executionArn"])


def test_an_execution_that_takes_too_long_times_out(workflows: Workflows) -> None:
    execution = workflows.run({**WAIT, "TimeoutSeconds": 1})
    assert execution["status"] == "TIMED_OUT"
    assert "ExecutionTimedOut" in workflows.events(execution["executionArn"])


def test_an_equal_start_answers_again_and_another_one_is_refused(workflows: Workflows) -> None:
    """As AWS does; twice at once, too."""
    machine = workflows.machine(WAIT)

    def start(input_: str, name: str = "one") -> tuple[str, object]:
        try:
            answer = workflows.client.start_execution(stateMachineArn=machine, name=name, input=input_)
        except workflows.client.exceptions.ExecutionAlreadyExists:
            return "refused", None
        return answer["executionArn"], answer["startDate"]

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(start, ['{"a": 1}'] * 8))
    ((arn, _),) = answers
    assert arn != "refused"
    assert start('{"a": 1}') in answers
    assert start('{"a": 2}') == ("refused", None)
    assert start('{"a": 2}', "another")[0] != arn
    assert workflows.events(arn).count("ExecutionStarted") == 1

    workflows.client.stop_execution(executionArn=arn)
    assert start('{"a": 1}') == ("refused", None), "a closed one keeps its name"
    executions = workflows.client.list_executions(stateMachineArn=machine)["executions"]
    assert sorted(one["name"] for one in executions) == ["another", "one"]


def test_stopping_an_execution_ends_its_wait(workflows: Workflows) -> None:
    arn = workflows.start(WAIT)
    time.sleep(0.3)
    workflows.client.stop_execution(executionArn=arn, error="Operator", cause="enough")
    execution = workflows.wait(arn)
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Operator", "enough")
    time.sleep(0.3)
    assert workflows.events(arn)[-1] == "ExecutionAborted"


def test_the_history_shows_every_state(workflows: Workflows, stack: dict[str, str]) -> None:
    execution = workflows.run(task(stack["ActFunctionArn"], {}))
    assert workflows.events(execution["executionArn"]) == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_the_deployed_definition_has_its_substitutions(workflows: Workflows, stack: dict[str, str]) -> None:
    started = workflows.client.start_execution(stateMachineArn=stack["StateMachineArn"])
    assert json.loads(workflows.wait(started["executionArn"])["output"]) == {"greeting": "hello"}


@pytest.mark.parametrize(
    ("resource", "parameters", "error"),
    [
        ("ConsumeFunctionArn", {"Records": []}, "Lambda.AWSLambdaException"),
        (
            "arn:aws:states:::dynamodb:putItem",
            {"TableName": "{ImagesTableName}", "Item": {"JobId": {"S": "x"}}},
            "DynamoDB.AccessDeniedException",
        ),
        (
            "arn:aws:states:::dynamodb:updateItem",
            {"TableName": "{JobsTableName}", "Key": {"JobId": {"S": "x"}}},
            "DynamoDB.AccessDeniedException",
        ),
        (
            "arn:aws:states:::sns:publish",
            {"TopicArn": "{TopicArn}-other", "Message": "x"},
            "SNS.AuthorizationErrorException",
        ),
    ],
)
def test_the_role_of_the_state_machine_is_evaluated(
    workflows: Workflows, stack: dict[str, str], resource: str, parameters: dict[str, object], error: str
) -> None:
    filled = {name: value.format(**stack) if isinstance(value, str) else value for name, value in parameters.items()}
    execution = workflows.run(task(stack.get(resource, resource), filled))
    assert (execution["status"], execution["error"]) == ("FAILED", error)
    assert "no identity-based policy allows" in execution["cause"]


def test_a_redriven_execution_goes_on_at_the_state_that_failed(workflows: Workflows, stack: dict[str, str]) -> None:
    table = {"TableName": stack["ImagesTableName"], "Key": {"JobId": {"S": f"redrive-{time.time_ns()}"}}}
    only_once = {
        **table,
        "UpdateExpression": "SET Started = :one",
        "ConditionExpression": "attribute_not_exists(Started)",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    needs_approval = {
        **table,
        "UpdateExpression": "SET Done = :one",
        "ConditionExpression": "attribute_exists(Approved)",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    update = "arn:aws:states:::dynamodb:updateItem"
    execution = workflows.run(
        {
            "StartAt": "First",
            "States": {
                "First": {"Type": "Task", "Resource": update, "Parameters": only_once, "Next": "Second"},
                "Second": {"Type": "Task", "Resource": update, "Parameters": needs_approval, "End": True},
            },
        }
    )
    arn = execution["executionArn"]
    assert execution["error"] == "DynamoDB.ConditionalCheckFailedException"
    assert execution["redriveStatus"] == "REDRIVABLE"
    workflows.approve(table)
    workflows.client.redrive_execution(executionArn=arn)
    execution = workflows.wait(arn)
    assert execution["status"] == "SUCCEEDED"
    assert execution["redriveCount"] == 1
    events = workflows.events(arn)
    assert "ExecutionRedriven" in events
    assert events.count("TaskStateEntered") == 3
    with pytest.raises(workflows.client.exceptions.ExecutionNotRedrivable):
        workflows.client.redrive_execution(executionArn=arn)
