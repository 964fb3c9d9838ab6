"""The workflow in a second, independent interpreter: moto's, which comes from LocalStack (docs/two-interpreters.md).

It reads the deployed definition, and its tasks are answered by the local cloud: Lambda, DynamoDB, SNS, SQS and
EventBridge by themselves. What moto has not is adapted here and nowhere else: the reader of JSON Lines, where the
parameters of the results' writer come from, Bedrock's InvokeModel with requests and answers in S3, and how Lambda's
errors are named.
"""

from __future__ import annotations

import datetime
import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.stepfunctions import parser
from moto.stepfunctions.parser.api import HistoryEventType, StateMachineType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.eval import resource_eval_s3
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.result_writer_decl import ResultWriter
from moto.stepfunctions.parser.asl.component.state.exec.state_task import state_task_lambda
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_unsupported
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.backend.execution import SyncExecution

from localcloud.clients import ROOT_CREDENTIALS
from localcloud.cloud import LocalCloud
from localcloud.settings import REGION
from tests.aws_requests import refuse

_Bedrock = state_task_service_unsupported.StateTaskServiceUnsupported
_Lambda = state_task_lambda.StateTaskLambda
_Reader = resource_eval_s3.ResourceEvalS3


@dataclass(frozen=True)
class Outcome:
    """How an execution ended: `SUCCEEDED` with the output, or `FAILED` with error and cause."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    states: tuple[str, ...]
    """Names of the states that it entered, in order; those of the Map's children are not among them."""


@dataclass(frozen=True)
class SecondInterpreter:
    """Runs the definition that is deployed to a cloud, each task as the cloud's services answer it."""

    cloud: LocalCloud

    def run(self, name: str, value: dict[str, Any]) -> Outcome:
        """Run the workflow with this input to its end, on this thread."""
        arn = self.cloud.outputs.state_machine_arn
        described = self.cloud.client("stepfunctions").describe_state_machine(stateMachineArn=arn)
        machine = SimpleNamespace(
            arn=arn,
            name=described["name"],
            sm_type=StateMachineType.STANDARD,
            definition=_spelled_for_moto(described["definition"]),
        )
        execution = SyncExecution(
            name=name,
            sm_type=StateMachineType.STANDARD,
            role_arn=described["roleArn"],
            exec_arn=f"{arn.replace(':stateMachine:', ':execution:')}:{name}",
            account_id=arn.split(":")[4],
            region_name=self.cloud.outputs.region,
            state_machine=machine,  # type: ignore[arg-type]
            start_date=_now(),  # type: ignore[arg-type]
            cloud_watch_logging_session=None,
            activity_store={},
            input_data=json.dumps(value),
        )
        with _adapted(self.cloud):
            execution.start()
        events = execution.to_history_output()["events"]
        details = (one.get("stateEnteredEventDetails") for one in events)
        entered = (one["name"] for one in details if one)
        return Outcome(execution.status, execution.output, execution.error, execution.cause, tuple(entered))


def _spelled_for_moto(definition: str) -> str:
    """The definition in words that moto's grammar has: a percentage with a point, and no JSON Lines, of which the
    reader below makes a list.

    Raises:
        ValueError: the definition holds none of these any more.
    """
    for theirs, ours in (
        ('"ToleratedFailurePercentage": 100.0', r'"ToleratedFailurePercentage":\s*100\b'),
        ('"JSON"', '"JSONL"'),
    ):
        definition, times = re.subn(ours, theirs, definition)
        if times != 1:
            raise ValueError(f"{ours} stands in the definition {times} times")
    return definition


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@contextmanager
def _adapted(cloud: LocalCloud) -> Iterator[None]:
    """Let moto's interpreter, and only while this lasts, call the cloud and know what it lacks."""

    watched: dict[str, Any] = {}

    def client_for(*, service: str, **_: Any) -> Any:
        # Unlike moto's own, it checks each request against the service's model.
        if service not in watched:
            watched[service] = cloud.client(service)
            watched[service].meta.events.register("before-parameter-build", refuse)
        return watched[service]

    users = [module for module in _modules() if "boto_client_for" in vars(module)]
    assert len(users) > 10, "moto makes its clients elsewhere"
    with (
        patch.object(_Bedrock, "_eval_service_task", _invoke_model(cloud)),
        patch.object(_Bedrock, "_from_error", _name_bedrocks_error),
        patch.object(_Lambda, "_from_error", _name_lambdas_error(_Lambda._from_error)),
        patch.object(_Reader, "_handle_get_object", staticmethod(_read_lines(cloud))),
        patch.object(ResultWriter, "_eval_body", _write_results),
    ):
        stock = [(module, vars(module)["boto_client_for"]) for module in users]
        try:
            for module in users:
                vars(module)["boto_client_for"] = client_for
            yield
        finally:
            for client in watched.values():
                client.meta.events.unregister("before-parameter-build", refuse)
            for module, function in stock:
                vars(module)["boto_client_for"] = function


def _modules() -> Iterator[Any]:
    for found in pkgutil.walk_packages(parser.__path__, f"{parser.__name__}."):
        if "component.state.exec" in found.name:
            yield importlib.import_module(found.name)


def _read_lines(cloud: LocalCloud) -> Any:
    def get_object(env: Any, *_: Any) -> None:
        where = env.stack.pop()
        text = cloud.client("s3").get_object(**where)["Body"].read().decode()
        env.stack.append(json.dumps([json.loads(line) for line in text.splitlines() if line]))

    return get_object


def _write_results(self: ResultWriter, env: Any) -> None:
    """moto fills in the writer's parameters from the children's outputs, AWS from the state's input."""
    results = env.stack.pop()
    self.parargs.eval(env=env)
    where = env.stack.pop()
    env.stack += [results, where]
    self.resource_eval.eval_resource(env=env)


def _invoke_model(cloud: LocalCloud) -> Any:
    """Bedrock's optimized integration as far as the workflow uses it: request from S3, answer to S3."""

    def evaluate(_task: Any, env: Any, normalised_parameters: dict[str, Any], **_: Any) -> None:
        asked = dict(normalised_parameters)
        source, target = (asked.pop(name)["S3Uri"].removeprefix("s3://") for name in ("Input", "Output"))
        (bucket, _slash, key), (to_bucket, _slash, to_key) = source.partition("/"), target.partition("/")
        s3 = cloud.client("s3")
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        request = {f"{name[0].lower()}{name[1:]}": value for name, value in asked.items()}
        answer = _bedrock(cloud.endpoint).invoke_model(body=body, **request)
        s3.put_object(Bucket=to_bucket, Key=to_key, Body=answer["body"].read(), ContentType="application/json")
        env.stack.append({"Body": f"s3://{target}", "ContentType": "application/json"})

    return evaluate


@cache
def _bedrock(endpoint: str) -> Any:
    # Each call is one call: the workflow, not the client, asks again.
    once = Config(retries={"total_max_attempts": 1})
    create: Any = boto3.client
    return create("bedrock-runtime", REGION, endpoint_url=endpoint, config=once, **ROOT_CREDENTIALS)


def _name_bedrocks_error(self: Any, env: Any, ex: Exception) -> FailureEvent:
    assert isinstance(ex, ClientError), repr(ex)
    return _failed(env, f"Bedrock.{ex.response['Error']['Code']}", ex.response["Error"]["Message"])


def _name_lambdas_error(stock: Any) -> Any:
    def from_error(self: Any, env: Any, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            # moto calls each of them "Exception".
            return _failed(env, f"Lambda.{ex.response['Error']['Code']}", ex.response["Error"]["Message"])
        named: FailureEvent = stock(self, env=env, ex=ex)
        return named

    return from_error


def _failed(env: Any, name: str, cause: str) -> FailureEvent:
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(name),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(  # type: ignore[typeddict-item]
            taskFailedEventDetails=TaskFailedEventDetails(error=name, cause=cause)
        ),
    )
