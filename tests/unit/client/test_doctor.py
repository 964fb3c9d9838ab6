"""`backdrop doctor`: each check has been seen to hold, to fail by a fault of its own, and not to be tried."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from backdrop.api.schemas.models import AccountCatalogue, FunctionLimits, ModelAccess
from backdrop.api.views.models import limits_view, models_view
from backdrop.core.vocabulary import AccessState
from backdrop.models.account.access import Silence, Unanswered
from backdrop.models.account.function_limits import FunctionLimits as Counted
from backdrop.models.account.preflight import NoAccount, Preflight
from backdrop_cli import main
from backdrop_cli.account import StackAccess
from backdrop_cli.doctor import command
from backdrop_cli.doctor.checks import CHECKS, Patient, examine
from backdrop_cli.doctor.findings import State

MODEL = "us.stability.stable-image-inpaint-v1:0"
OUTPUTS = {
    "ApiUrl": "https://api.example/v1",
    "StateMachineArn": "arn:machine",
    "BucketName": "bucket",
    "JobsTableName": "jobs",
    "ImagesTableName": "images",
    "ScheduleTableName": "schedule",
    "TopicArn": "arn:topic",
    "OpsTopicArn": "arn:ops",
    "StreamDeadLetterQueueUrl": "https://queue",
}
CONFIRMED = {"SubscriptionArn": "arn:aws:sns:us-east-1:0:topic:1"}
WAITS = {"SubscriptionArn": "PendingConfirmation"}


def waiting(count: int) -> dict[str, Any]:
    return {"Attributes": {"ApproximateNumberOfMessages": str(count)}}


class Aws:
    """An account with a stack that is well. `answers`: by the SDK's name of a call, what it answers or raises."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] = {
            "StackStatus": "UPDATE_COMPLETE",
            "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in OUTPUTS.items()],
            "Parameters": [{"ParameterKey": "MapMaxConcurrency", "ParameterValue": "40"}],
        }
        self.answers: dict[str, Any] = {
            "describe_stacks": {"Stacks": [self.stack]},
            "get_function_configuration": {"State": "Active", "LastUpdateStatus": "Successful"},
            "describe_state_machine": {"status": "ACTIVE"},
            "head_bucket": {},
            "describe_table": {"Table": {"TableStatus": "ACTIVE"}},
            "arn:topic": [CONFIRMED],
            "arn:ops": [CONFIRMED],
            "get_queue_attributes": waiting(0),
            "describe_rule": {"State": "ENABLED"},
            "list_executions": {"executions": [{"name": "job-1", "status": "SUCCEEDED"}]},
            "describe_alarms": {"MetricAlarms": [{"AlarmName": "a", "StateValue": "OK"}]},
            "list_stack_resources": [
                {"ResourceType": type_, "PhysicalResourceId": "x"}
                for type_ in ("AWS::Lambda::Function", "AWS::Events::Rule", "AWS::CloudWatch::Alarm")
            ],
            "api": 401,
        }
        model = models_view(Preflight(NoAccount(), allow_retired=False))[0]
        accessible = ModelAccess(state=AccessState.ACCESSIBLE, lifecycle="ACTIVE", region="us-east-1", checked_at="")
        self.model = dataclasses.replace(model, access=accessible, account_requests_per_minute=20.0)
        self.limits: FunctionLimits = limits_view(Counted(1000, 1000))

    def models(self) -> AccountCatalogue:
        return AccountCatalogue(
            account="0",
            identity="arn:me",
            region="us-east-1",
            default_model_id=MODEL,
            models=[self.model],
            functions=self.limits,
        )

    def tell(self, name: str) -> Any:
        answer = self.answers[name]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, _service: str) -> Any:
        aws = self

        class Client:
            def __getattr__(self, name: str) -> Callable[..., Any]:
                if name == "get_paginator":
                    return lambda call: self._pages(call)
                if name == "list_subscriptions_by_topic":
                    return lambda TopicArn: {"Subscriptions": aws.tell(TopicArn)}  # noqa: N803
                return lambda **_: aws.tell(name)

            def _pages(self, call: str) -> Any:
                class Pages:
                    def paginate(self, **_: str) -> list[Any]:
                        return [{"StackResourceSummaries": aws.tell(call)}]

                return Pages()

        return Client()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    aws = Aws()

    def get(_url: str, **_: Any) -> httpx.Response:
        return httpx.Response(aws.tell("api"))

    @contextmanager
    def access(*_: Any, **__: Any) -> Iterator[StackAccess]:
        yield StackAccess(aws.client, "shop", "us-east-1", aws.models)

    monkeypatch.setattr(httpx, "get", get)
    monkeypatch.setattr(command, "stack_access", access)
    return aws


def refusal(code: str, message: str = "No.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Call")


def found(aws: Aws, today: date = date(2026, 11, 28)) -> dict[str, tuple[State, str, str]]:
    patient = Patient(StackAccess(aws.client, "shop", "us-east-1", aws.models), today)
    return {one.check: (one.state, one.words, one.next_step) for one in examine(patient)}


def set_model(**changes: Any) -> Callable[[Aws], None]:
    def change(aws: Aws) -> None:
        access = changes.pop("access", {})
        aws.model = dataclasses.replace(aws.model, access=dataclasses.replace(aws.model.access, **access), **changes)  # type: ignore[type-var]

    return change


def answer(name: str, value: Any) -> Callable[[Aws], None]:
    return lambda aws: aws.answers.update({name: value})


def set_limits(*counted: int) -> Callable[[Aws], None]:
    return lambda aws: setattr(aws, "limits", limits_view(Counted(*counted)))


def set_parameter(name: str, value: str) -> Callable[[Aws], None]:
    return lambda aws: aws.stack["Parameters"].append({"ParameterKey": name, "ParameterValue": value})


FAULTS: list[tuple[str, Callable[[Aws], None], str]] = [
    ("stack", lambda aws: aws.stack.update(StackStatus="UPDATE_ROLLBACK_COMPLETE"), "UPDATE_ROLLBACK_COMPLETE"),
    ("functions", answer("get_function_configuration", {"State": "Failed", "StateReason": "Too big."}), "Too big."),
    ("functions", answer("get_function_configuration", {"State": "Active", "LastUpdateStatus": "Failed"}), "Failed"),
    ("workflow", answer("describe_state_machine", {"status": "DELETING"}), "DELETING"),
    ("storage", answer("head_bucket", refusal("404")), "not there"),
    ("storage", answer("describe_table", {"Table": {"TableStatus": "DELETING"}}), "DELETING"),
    ("api", answer("api", 200), "answers 200"),
    ("concurrency", set_limits(10, 10), "runs 10 functions"),
    ("model access", set_model(usable=False, reason="Agree.", access={"state": AccessState.AGREEMENT_NEEDED}), "Agree"),
    ("model lifecycle", set_model(state="RETIRED"), "RETIRED"),
    ("model lifecycle", set_model(end_of_life="2027-01-01"), "2027-01-01"),
    ("model lifecycle", set_model(access={"lifecycle": "LEGACY"}), "LEGACY"),
    ("quota", set_parameter("ModelRequestsPerMinute", "50"), "quota"),
    ("mail", answer("arn:topic", [WAITS]), "wait to be confirmed"),
    ("mail", answer("arn:topic", []), "Nobody is subscribed"),
    ("alarms' mail", answer("arn:ops", [WAITS]), "wait to be confirmed"),
    ("dead letters", answer("get_queue_attributes", waiting(2)), "2 messages"),
    ("sweeper", answer("describe_rule", {"State": "DISABLED"}), "switched off"),
    ("last job", answer("list_executions", {"executions": [{"name": "j", "status": "FAILED"}]}), "ended as FAILED"),
    ("alarms", answer("describe_alarms", {"MetricAlarms": [{"AlarmName": "shop-x", "StateValue": "ALARM"}]}), "shop-x"),
]  # fmt: skip

DENIED = refusal("AccessDenied")
NOT_TOLD = Unanswered(Silence.DENIED, "lambda:GetAccountSettings", "It could not be checked.", "Allow it.")
SILENCES: list[tuple[str, Callable[[Aws], None]]] = [
    ("stack", answer("describe_stacks", DENIED)),
    ("functions", answer("list_stack_resources", DENIED)),
    ("workflow", answer("describe_state_machine", DENIED)),
    ("storage", answer("describe_table", DENIED)),
    ("api", answer("api", httpx.ConnectError("no way"))),
    ("concurrency", lambda aws: setattr(aws, "limits", limits_view(NOT_TOLD))),
    ("model access", set_model(access={"state": AccessState.UNKNOWN, "reason": "Denied."})),
    ("model lifecycle", set_parameter("ModelId", "another")),
    ("quota", set_parameter("ModelId", "another")),
    ("mail", answer("arn:topic", DENIED)),
    ("alarms' mail", answer("arn:ops", DENIED)),
    ("dead letters", answer("get_queue_attributes", DENIED)),
    ("sweeper", answer("describe_rule", DENIED)),
    ("last job", answer("list_executions", DENIED)),
    ("alarms", answer("describe_alarms", DENIED)),
]  # fmt: skip


def test_of_a_stack_that_is_well_every_check_holds(aws: Aws) -> None:
    assert {name: state for name, (state, _, _) in found(aws).items()} == dict.fromkeys(CHECKS, State.HOLDS)
    aws.answers["list_executions"] = {"executions": []}
    assert found(aws)["last job"][:2] == (State.HOLDS, "No job has been run yet.")


@pytest.mark.parametrize(("check", "plant", "words"), FAULTS)
def test_each_fault_is_found_by_its_check_and_says_what_to_do(
    aws: Aws, check: str, plant: Callable[[Aws], None], words: str
) -> None:
    plant(aws)
    states = found(aws)
    assert {name for name, (state, _, _) in states.items() if state is not State.HOLDS} == {check}
    state, told, step = states[check]
    assert state is State.DOES_NOT_HOLD
    assert words in told
    assert step


@pytest.mark.parametrize(("check", "plant"), SILENCES)
def test_what_can_not_be_tried_is_neither(aws: Aws, check: str, plant: Callable[[Aws], None]) -> None:
    plant(aws)
    assert found(aws)[check][0] is State.NOT_TRIED


def test_every_check_has_been_seen_to_fail_and_not_to_be_tried() -> None:
    assert {check for check, _, _ in FAULTS} == {check for check, _ in SILENCES} == set(CHECKS)


def test_of_a_stack_that_is_not_there_nothing_else_is_told(aws: Aws) -> None:
    aws.answers["describe_stacks"] = refusal("ValidationError", "Stack with id shop does not exist")
    assert found(aws) == {
        "stack": (
            State.DOES_NOT_HOLD,
            "There is no stack shop in us-east-1.",
            "Check --stack, --region and --profile.",
        )
    }


@pytest.mark.parametrize(
    ("plant", "status", "line"),
    [
        ([], 0, "dead letters     holds: The dead-letter queue is empty."),
        ([SILENCES[11][1]], 3, "dead letters     could not be tried: "),
        ([SILENCES[12][1], FAULTS[16][1]], 1, "dead letters     DOES NOT HOLD: 2 messages wait"),
    ],
)  # fmt: skip
def test_the_exit_status_says_the_worst(
    aws: Aws, capsys: pytest.CaptureFixture[str], plant: list[Callable[[Aws], None]], status: int, line: str
) -> None:
    for one in plant:
        one(aws)
    assert main.run(["doctor", "--stack", "shop"]) == status
    assert any(one.startswith(line) for one in capsys.readouterr().out.splitlines())
    assert main.run(["doctor", "--json"]) == status
    told = json.loads(capsys.readouterr().out)["checks"]
    assert [one["check"] for one in told] == list(CHECKS)
    assert set(told[0]) == {"check", "state", "words", "nextStep"}
