"""The workflow's handlers with their environment set and the AWS they touch replaced by twins in memory."""

from __future__ import annotations

import dataclasses
import importlib
import json
from collections.abc import Callable
from datetime import datetime
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backdrop.aws import clients
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.vocabulary import JobStatus
from backdrop.jobs.model import JOB_NOT_STARTED
from backdrop.jobs.scheduling.pacing import Schedule
from tests.heads import HeadsTwin
from tests.signer import ARN, KmsTwin


class StepFunctionsTwin:
    """StartExecution: a name is used once; `refuse` maps a name to the error it gets."""

    def __init__(self) -> None:
        self.started: dict[str, str] = {}
        self.refuse: dict[str, Exception] = {}

    def start_execution(self, *, stateMachineArn: str, name: str, input: str) -> None:  # noqa: A002, N803
        if name in self.refuse:
            raise self.refuse[name]
        if name in self.started:
            raise ClientError({"Error": {"Code": "ExecutionAlreadyExists", "Message": "no"}}, "StartExecution")
        self.started[name] = input


class QueueTwin:
    """SQS: one queue of dead letters. `refuse`: what it answers instead."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.refuse: Exception | None = None

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803
        if self.refuse is not None:
            raise self.refuse
        self.bodies.append(json.loads(MessageBody))


class BusTwin:
    """EventBridge: the events that were put. `refuse`: it takes the call and not the event."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refuse = False

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if self.refuse:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure", "ErrorMessage": "no"}]}
        self.events += [json.loads(entry["Detail"]) for entry in Entries]
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


class JobsTwin:
    """The rows of the Jobs table that exist, and what was written to them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.counted: list[str] = []

    def __call__(self, _client: object, _table: str) -> JobsTwin:
        return self

    def get(self, job_id: str) -> Any:
        row = self.rows.get(job_id)
        if row is None:
            return None
        told = {name: row.get(name) for name in ("execution_arn", "team", "used", "redo_of")}
        return SimpleNamespace(owner="ann", name="", **told)

    def mark_running(self, job_id: str, execution_arn: str, started_at: str) -> bool:
        return self._write(job_id, status=JobStatus.RUNNING, execution_arn=execution_arn, started_at=started_at)

    def fail_start(self, job_id: str, **values: Any) -> bool:
        return self._write(job_id, status=JobStatus.FAILED, error=JOB_NOT_STARTED, **values)

    def finish(self, job_id: str, **values: Any) -> bool:
        return self._write(job_id, **values)

    def _write(self, job_id: str, **values: Any) -> bool:
        if job_id not in self.rows:
            return False
        self.rows[job_id].update(values)
        return True


class Schedules:
    """The Schedule table in memory."""

    def __init__(self) -> None:
        self.rows: dict[str, Schedule] = {}

    def __call__(self, *_arguments: object) -> Schedules:
        return self

    def read(self, model_id: str, region: str) -> Schedule | None:
        return self.rows.get(_row(model_id, region))

    def change(self, model_id: str, region: str, step: Callable[[Schedule | None], tuple[Schedule, object]]) -> object:
        row = _row(model_id, region)
        self.rows[row], answer = step(self.rows.get(row))
        return answer


def _row(model_id: str, region: str) -> str:
    """The stack's own Region goes without saying."""
    return model_id if region == "us-east-1" else f"{model_id}@{region}"


@pytest.fixture
def step_functions(monkeypatch: pytest.MonkeyPatch) -> StepFunctionsTwin:
    twin = StepFunctionsTwin()
    monkeypatch.setattr(clients, "stepfunctions", lambda: twin)
    return twin


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> QueueTwin:
    twin = QueueTwin()
    monkeypatch.setattr(clients, "sqs", lambda: twin)
    return twin


@pytest.fixture
def event_bus(monkeypatch: pytest.MonkeyPatch) -> BusTwin:
    twin = BusTwin()
    monkeypatch.setattr(clients, "events", lambda: twin)
    return twin


@pytest.fixture
def jobs() -> JobsTwin:
    return JobsTwin()


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """`backdrop.aws.objects.Objects` over a dictionary."""
    content: dict[str, bytes] = {}

    def lines(_bucket: str, key: str) -> list[bytes]:
        if key not in content:
            raise BackdropError(ErrorCode.STORAGE_ERROR, f"There is no object {key}.")
        return [line for line in content[key].split(b"\n") if line.strip(b" \t\r")]

    def get(_self: Objects, _bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        if key not in content:
            raise BackdropError(missing, f"There is no object {key}.")
        return content[key]

    def put_new(_self: Objects, _bucket: str, key: str, data: bytes, _type: str) -> bool:
        return content.setdefault(key, data) is data

    monkeypatch.setattr(Objects, "get", get)
    monkeypatch.setattr(Objects, "put_new", put_new)
    monkeypatch.setattr(
        Objects,
        "any_after",
        lambda _self, _bucket, prefix, after: any(key.startswith(prefix) and key > after for key in content),
    )
    monkeypatch.setattr(Objects, "put", lambda _self, _bucket, key, data, _type: content.update({key: data}))
    monkeypatch.setattr(Objects, "lines", staticmethod(lines))
    monkeypatch.setattr(Objects, "delete", lambda _self, _bucket, keys: [content.pop(key, None) for key in keys])
    return content


def handler_module(monkeypatch: pytest.MonkeyPatch, name: str, **environment: str) -> ModuleType:
    """A handler's module as it is made in that environment."""
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    return importlib.reload(importlib.import_module(f"backdrop.handlers.{name}"))


def _handler(monkeypatch: pytest.MonkeyPatch, jobs: JobsTwin, name: str, **environment: str) -> ModuleType:
    module = handler_module(monkeypatch, name, **environment)
    monkeypatch.setattr(module, "dynamodb", lambda: None)
    monkeypatch.setattr(module, "JobsTable", jobs)
    return module


@pytest.fixture
def start_job(
    monkeypatch: pytest.MonkeyPatch,
    jobs: JobsTwin,
    step_functions: StepFunctionsTwin,
    queue: QueueTwin,
    event_bus: BusTwin,
) -> ModuleType:
    environment = {"STATE_MACHINE_ARN": "arn:machine", "JOBS_TABLE": "jobs", "DEAD_LETTER_QUEUE_URL": "https://queue"}
    environment["WEB_APP_URL"] = "https://shop.example"
    module = _handler(monkeypatch, jobs, "start_job", **environment)
    starter: Any = dataclasses.replace(module.starter, jobs=jobs)
    monkeypatch.setattr(module, "starter", starter)
    return module


@pytest.fixture
def prepare_job(monkeypatch: pytest.MonkeyPatch, jobs: JobsTwin, bucket: dict[str, bytes]) -> ModuleType:
    monkeypatch.setattr(ImagesTable, "start_counting", lambda _self, job_id, _at: jobs.counted.append(job_id))
    return _handler(
        monkeypatch,
        jobs,
        "prepare_job",
        JOBS_TABLE="jobs",
        DEFAULT_MODEL_ID="us.stability.stable-image-inpaint-v1:0",
        ALLOW_RETIRED_MODELS="false",
        MAP_MAX_CONCURRENCY="40",
        ANSWER_DAYS="30",
        ROW_DAYS="400",
        SPENDING_TABLE="spending",
        MAX_USD_PER_JOB="0",
        MAX_USD_PER_USER_AND_DAY="0",
        MAX_USD_PER_MONTH="0",
        KEEP_PAYLOADS="false",
        PROMPT_BLOCK_LIST="gore, red flag",
        GUARDRAIL_ID="",
        GUARDRAIL_VERSION="DRAFT",
        CONTENT_CREDENTIALS="false",
        IMAGES_TABLE="images",
        IMAGE_GENERATOR="trained-model",
        SCHEDULE_TABLE="schedule",
        MODEL_REQUESTS_PER_MINUTE="0",
        MODEL_REGIONS="",
        AWS_REGION="us-east-1",
    )


class Measured:
    """The runs that were measured; no job of these tests has a limit."""

    def __init__(self) -> None:
        self.runs: set[str] = set()

    def claim_measuring(self, run: str, _now: datetime) -> bool:
        known = run in self.runs
        self.runs.add(run)
        return not known


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> KmsTwin:
    twin = KmsTwin()
    monkeypatch.setattr(clients, "kms", twin)
    return twin


@pytest.fixture
def compile_report(
    monkeypatch: pytest.MonkeyPatch, jobs: JobsTwin, bucket: dict[str, bytes], kms: KmsTwin
) -> ModuleType:
    module = _handler(
        monkeypatch,
        jobs,
        "compile_report",
        JOBS_TABLE="jobs",
        IMAGES_TABLE="images",
        SPENDING_TABLE="spending",
        SCHEDULE_TABLE="schedule",
        MODEL_REGIONS="",
        AWS_REGION="us-east-1",
        WEB_APP_URL="https://shop.example",
        REPORT_KEY_ARN=ARN,
        HEADS_TABLE="heads",
        REPORT_LOCK_DAYS="0",
        REPORT_LOCK_MODE="GOVERNANCE",
    )
    monkeypatch.setattr(module, "_spending", Measured())
    monkeypatch.setattr(module, "_heads", HeadsTwin())
    return module
