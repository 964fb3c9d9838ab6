"""A stack in an account where all that `backdrop accept` tries holds, until a test plants a fault in it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx

from backdrop.api.schemas.photos import Photo, PhotoStatus, RegisteredPhoto, SeenMask, Upload
from backdrop.core.vocabulary import JobStatus
from backdrop_cli.accept.trial import Trial
from backdrop_cli.account import StackAccess
from tests.unit.client import test_doctor as doctor

OUTPUTS = {
    **doctor.OUTPUTS,
    "BucketName": "bucket",
    "UserPoolId": "pool",
    "UserPoolClientId": "client",
    "StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:machine",
    "TopicArn": "arn:aws:sns:us-east-1:1:topic",
}
PASSES = [{"ModelId": "us.stability.stable-image-remove-background-v1:0"}, {"ModelId": doctor.MODEL}]
STATE = {"Job": {"Id": "job"}, "Item": {"ImageName": "photo.jpg"}}


class Account(doctor.Aws):
    """The account. `answers`: by the SDK's name of a call, what it answers, raises, or works out of its arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.stack["Outputs"] = [{"OutputKey": name, "OutputValue": value} for name, value in OUTPUTS.items()]
        self.stack["Parameters"].append({"ParameterKey": "WebAppUrl", "ParameterValue": "https://shop.example/"})
        self.called: list[str] = []
        self.machines: dict[str, str] = {}
        self.runs: dict[str, dict[str, Any]] = {}
        self.state_answers: dict[str, Any] = {}
        self.letters: dict[str, list[str]] = {"own": [], "dead": []}
        self.report: dict[str, Any] = {
            "Totals": {"Images": 3, "Succeeded": 2, "Failed": 1},
            "Images": [
                {"ImageName": "photo.jpg", "Status": "Succeeded", "Passes": PASSES},
                {"ImageName": "photo.heic", "Status": "Succeeded", "Passes": PASSES},
                {"ImageName": "broken.jpg", "Status": "Failed", "Error": {"Code": "PHOTO_CHANGED"}},
            ],
        }
        self.result = '{"Body":"s3://x","ContentType":"application/json"}'
        self.broken = "PhotoRefused"
        self.cors: str | None = "https://shop.example"
        self.post = 204
        self.storage = 200
        self.photo_status = PhotoStatus.READY
        self.job_status = JobStatus.PARTLY_FAILED
        self.mask = "iVBOR"
        self.sign_in: Exception | None = None
        self.mailed = True
        self.urls: Any = SimpleNamespace(json_="https://bucket.example/report.json")
        self.answers |= {
            "describe_stack_resource": lambda LogicalResourceId, **_: {  # noqa: N803
                "StackResourceDetail": {"PhysicalResourceId": LogicalResourceId}
            },
            "describe_state_machine": {"status": "ACTIVE", "roleArn": "arn:role"},
            "get_role": lambda RoleName: {"Role": {"Arn": RoleName}},  # noqa: N803
            "simulate_principal_policy": self._simulate,
            "create_state_machine": lambda name, definition, **_: (
                self.machines.update({name: definition}) or {"stateMachineArn": name}
            ),
            "start_execution": lambda name, input, **_: (  # noqa: A006
                self.runs.update({name: self._run_state(self.machines[name], input)}) or {"executionArn": name}
            ),
            "get_inference_profile": {"status": "ACTIVE"},
            "list_executions": {"executions": [{"name": "draft", "executionArn": "arn:run"}]},
            "describe_execution": lambda executionArn: self.runs[executionArn],  # noqa: N803
            "create_queue": {"QueueUrl": "own"},
            "subscribe": {"SubscriptionArn": "arn:subscription"},
            "receive_message": self._receive,
            "list_object_versions": {"Versions": [{"Key": "k", "VersionId": "1"}]},
            "invoke": lambda **_: {"Payload": io.BytesIO(b'{"Result": {"Signed": false}}')},
        }
        self.pages: dict[str, Any] = {
            "list_service_quotas": [],
            "list_map_runs": [{"mapRunArn": "arn:map"}],
            "list_executions": [{"executionArn": "arn:child"}],
            "get_execution_history": self._history,
        }

    def client(self, _service: str) -> Any:
        account = self

        class Client:
            def __getattr__(self, name: str) -> Any:
                if name == "get_paginator":
                    return lambda call: SimpleNamespace(paginate=lambda **_: account.page(call))
                return lambda **arguments: account.call(name, arguments)

        return Client()

    def call(self, name: str, arguments: dict[str, Any]) -> Any:
        self.called.append(name)
        answer = self.answers.get(name, {})
        if isinstance(answer, Exception):
            raise answer
        return answer(**arguments) if callable(answer) else answer

    def page(self, call: str) -> list[dict[str, Any]]:
        found = self.pages[call]
        if isinstance(found, Exception):
            raise found
        fields = {
            "list_service_quotas": "Quotas",
            "list_map_runs": "mapRuns",
            "list_executions": "executions",
            "get_execution_history": "events",
        }
        return [{fields[call]: found() if callable(found) else found}]

    def _simulate(self, PolicySourceArn: str, ActionNames: list[str], ResourceArns: list[str]) -> Any:  # noqa: N803
        allowed = {
            ("ApiFunctionRole", "s3:PutObject", "image-files"),
            ("CompileReportFunctionRole", "s3:PutObject", "status-report-files"),
            ("WorkflowRole", "sns:Publish", "arn:aws:sns:us-east-1:1:topic"),
        } | self.state_answers.get("allowed", set())
        part = ResourceArns[0].split("/")[1] if "/" in ResourceArns[0] else ResourceArns[0]
        said = "allowed" if (PolicySourceArn, ActionNames[0], part) in allowed else "implicitDeny"
        return {"EvaluationResults": [{"EvalDecision": said}]}

    def _run_state(self, definition: str, given: str) -> Any:
        state, value = json.loads(definition)["States"]["Try"], json.loads(given)
        resource = state.get("Resource", "")
        if "Message.$" in state.get("Parameters", {}):
            text = state["Parameters"]["Message.$"].removeprefix("States.Format('").partition("', ")[0]
            for filled in (value["Job"], value["Error"]):
                text = text.replace("{}", filled, 1)
            return self.state_answers.get("format") or _done({"Message": text})
        if "Failure.$" in state.get("Parameters", {}):
            return self.state_answers.get("merge") or _done({"Failure": {"Cause": "", **value}})
        if "sqs" in resource:
            if "letter" in self.state_answers:
                return self.state_answers["letter"]
            self.letters["dead"].append(json.dumps(state["Parameters"]["MessageBody"]))
            return _done({})
        if "dynamodb" in resource:
            return self.state_answers.get("row") or _failed("DynamoDB.AccessDeniedException")
        refused = state["Parameters"]["ModelId"] != doctor.MODEL
        if refused:
            return self.state_answers.get("refused") or _failed("Bedrock.AccessDeniedException")
        return self.state_answers.get("bad") or _failed("Bedrock.ValidationException")

    def _receive(self, QueueUrl: str, **_: Any) -> Any:  # noqa: N803
        found = self.letters["own" if QueueUrl == "own" else "dead"]
        return {"Messages": [{"Body": found.pop(0), "ReceiptHandle": "h"}]} if found else {}

    def _history(self) -> list[dict[str, Any]]:
        return [
            {"executionStartedEventDetails": {"input": json.dumps(STATE)}},
            {"taskSucceededEventDetails": {"resourceType": "bedrock", "output": self.result}},
            {"lambdaFunctionFailedEventDetails": {"error": self.broken}},
        ]

    def trial(self) -> Trial:
        """A run on this account, whose user can sign in and which waits for nothing."""
        access = StackAccess(self.client, "shop", "us-east-1", self.models, erase=self._erase)
        clock = _Clock()
        trial = Trial(access, clock.sleep, clock.now)
        trial.storage = httpx.Client(transport=httpx.MockTransport(self._storage))
        trial.once("a user who can sign in", lambda: Api(self))
        return trial

    def _erase(self, wish: Any) -> dict[str, Any]:
        self.called.append("erase")
        return {"Jobs": [], "Objects": 1, "Bytes": 1, "Rows": 1, "Stayed": 0, "Why": [], "Left": False}

    def _storage(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(self.storage, json=self.report)
        ours = request.headers["Origin"] == "https://shop.example"
        allowed = self.cors if ours or self.cors == "*" else None
        headers = {"Access-Control-Allow-Origin": allowed} if allowed else {}
        if request.method == "OPTIONS" and self.post:
            return httpx.Response(200 if allowed else 403, headers=headers)
        if not self.post:
            raise httpx.ConnectError("no way", request=request)
        return httpx.Response(self.post, headers=headers)


class _Clock:
    """A time that goes on only while somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Api:
    """The stack's API as the trial's user sees it."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def models(self) -> Any:
        if self._account.sign_in:
            raise self._account.sign_in
        return SimpleNamespace(default_model_id=doctor.MODEL)

    def create_draft(self, *, listed: bool) -> Any:
        return SimpleNamespace(draft_id="draft")

    def add_photos(self, _draft_id: str, photos: Any) -> list[RegisteredPhoto]:
        target = Upload(url="https://bucket.example/", fields={"key": "k"})
        return [
            RegisteredPhoto(photo_id=one.name, name=one.name, status=PhotoStatus.UPLOADING, upload=target)
            for one in photos
        ]

    def inspect_photo(self, _draft_id: str, photo_id: str) -> Photo:
        return Photo(
            photo_id=photo_id,
            name=photo_id,
            status=self._account.photo_status,
            width=4,
            height=3,
            labels=[],
            has_mask=False,
        )

    def see_mask(self, *_: Any) -> SeenMask:
        return SeenMask(mask=self._account.mask, width=4, height=3, source="BUILT_IN")

    def submit(self, draft_id: str, request: Any) -> Any:
        self._account.called.append("submit")
        if self._account.mailed:
            self._account.letters["own"].append(json.dumps({"Subject": f"2 of 3 ({draft_id})"}))
        return SimpleNamespace(job_id=draft_id)

    def job(self, job_id: str) -> Any:
        return SimpleNamespace(
            job_id=job_id, status=self._account.job_status, cost_usd=0.28, report_urls=self._account.urls, error=None
        )

    def cancel_job(self, _job_id: str) -> None:
        self._account.called.append("cancel")
        self._account.job_status = JobStatus.CANCELLED


def _done(output: Any) -> dict[str, Any]:
    return {"status": "SUCCEEDED", "output": json.dumps(output)}


def _failed(error: str) -> dict[str, Any]:
    return {"status": "FAILED", "error": error, "cause": "because"}


def answered(output: Any = None) -> dict[str, Any]:
    """How the run of a state that succeeds ends."""
    return _done(output)


def refused_as(error: str) -> dict[str, Any]:
    """How the run of a state that fails ends."""
    return _failed(error)


Plant = Callable[[Account], Any]
