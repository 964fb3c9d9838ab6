"""A function of the workflow that meets a busy AWS raises a name that its state retries; what lasts ends the image."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from backdrop.aws import clients
from backdrop.core.errors import BackdropError, ErrorCode, explain
from backdrop.handlers._shared import moderation_gate
from tests.static.conftest import ROOT
from tests.unit.aws.bucket import Bucket
from tests.unit.aws.test_roles import ARN
from tests.unit.aws.wire import Refusal, Server, answer, as_json, client
from tests.unit.handlers.image_steps.conftest import MODEL, SAMPLES, SOURCE, child
from tests.unit.handlers.job_steps.test_prepare_job import published
from tests.unit.reports.conftest import STARTED
from tests.unit.reports.conftest import run as report_run
from tests.unit.signing.conftest import PHOTO_SHA256

REGIONS = {"SCHEDULE_TABLE": "schedule", "AWS_REGION": "us-east-1", "MODEL_REGIONS": ""}
SCHEDULE = {**REGIONS, "MODEL_REQUESTS_PER_MINUTE": "20"}
PREPARE = {
    "JOBS_TABLE": "jobs",
    "IMAGES_TABLE": "images",
    "DEFAULT_MODEL_ID": MODEL,
    "ALLOW_RETIRED_MODELS": "false",
    "MAP_MAX_CONCURRENCY": "40",
    "ANSWER_DAYS": "30",
    "ROW_DAYS": "400",
    "SPENDING_TABLE": "spending",
    "MAX_USD_PER_JOB": "0",
    "MAX_USD_PER_USER_AND_DAY": "0",
    "MAX_USD_PER_MONTH": "0",
    "KEEP_PAYLOADS": "false",
    "PROMPT_BLOCK_LIST": "",
    "GUARDRAIL_ID": "abc123",
    "GUARDRAIL_VERSION": "DRAFT",
    "CONTENT_CREDENTIALS": "false",
    "IMAGE_GENERATOR": "trained-model",
    **SCHEDULE,
}
PREFIXES = {"InputS3Prefix": "in/d", "OutputS3Prefix": "out/d", "StatusS3Prefix": "status/d"}
STAGE = {
    "ModelId": MODEL,
    "Answered": False,
    "BuiltIn": False,
    "RequestKey": "in/d/q.json",
    "RequestSha256": "y",
    "RequestBytes": 2,
    "Parameters": {},
    "ResponseKey": "out/d/r.json",
    "SourceSha256": "x",
    "SourceBytes": 3,
    "Width": 64,
    "Height": 64,
    "PhotoWidth": 64,
    "PhotoHeight": 64,
}
RESULT = {"OutputKey": "out/d/a.jpg", "OutputSha256": hashlib.sha256(b"image").hexdigest()}
RECORD = {"ModelId": MODEL, "Seed": "5", "SourceSha256": PHOTO_SHA256}

# State -> handler, its environment, the event.
FUNCTIONS: dict[str, tuple[str, dict[str, str], dict[str, Any]]] = {
    "PrepareJob": (
        "prepare_job",
        PREPARE,
        {"Input": published(**PREFIXES), "ExecutionArn": ARN, "StartedAt": STARTED},
    ),
    "StagePayload": ("stage_payload", {}, child()),
    "ReserveTurn": (
        "reserve_turn",
        {
            **SCHEDULE,
            "IMAGES_TABLE": "images",
            "SPENDING_TABLE": "spending",
            "MAX_USD_PER_JOB": "0",
            "MAX_USD_PER_USER_AND_DAY": "0",
            "MAX_USD_PER_MONTH": "0",
            "THROTTLE_PATIENCE_HOURS": "24",
        },
        {"ModelId": MODEL, "Turn": {"Attempt": 0}},
    ),
    "InvokeElsewhere": ("invoke_elsewhere", {}, {"Bucket": "b", "Region": "us-west-2", "Stage": STAGE, "Retries": 0}),
    "CutOut": ("cut_out", {}, {**child(), "Stage": STAGE}),
    "DecodeResult": ("decode_result", {}, {**child(), "Stage": STAGE}),
    "SignResult": (
        "sign_result",
        {"CONTENT_CREDENTIALS_SECRET_ARN": "arn:x"},
        {**child(), "Result": RESULT, "Record": RECORD},
    ),
    "CompileReport": (
        "compile_report",
        {
            **REGIONS,
            "JOBS_TABLE": "jobs",
            "IMAGES_TABLE": "images",
            "WEB_APP_URL": "https://x.example",
            "SPENDING_TABLE": "s",
            "REPORT_KEY_ARN": "arn:key",
            "HEADS_TABLE": "heads",
            "REPORT_LOCK_DAYS": "0",
            "REPORT_LOCK_MODE": "GOVERNANCE",
        },
        {"Run": {"Job": report_run().job, "ManifestKey": "in/d/m.jsonl"}, "ExecutionArn": ARN, "StartedAt": STARTED},
    ),
}


def fails(error: Exception) -> Server:
    def server(_request: Any) -> Any:
        raise error

    return server


def refused(code: str, s3_code: str, status: int) -> Callable[[str], Server]:
    return lambda service: Refusal(s3_code, status, xml=True) if service == "s3" else Refusal(code)


PASSING: dict[str, Callable[[str], Server]] = {
    "throttled": refused("ThrottlingException", "SlowDown", 503),
    "throughput exceeded": refused("ProvisionedThroughputExceededException", "SlowDown", 503),
    "unreachable": lambda _service: fails(EndpointConnectionError(endpoint_url="https://aws.example")),
    "silent": lambda _service: fails(ReadTimeoutError(endpoint_url="https://aws.example")),
}
LASTING: dict[str, Callable[[str], Server]] = {
    "denied": refused("AccessDeniedException", "AccessDenied", 403),
    "no such table or bucket": refused("ResourceNotFoundException", "NoSuchBucket", 404),
}


def retried(state: str) -> set[str]:
    """The names that a state of the workflow retries."""
    machine = json.loads((ROOT / "statemachine" / "replace_backgrounds.asl.json").read_text("utf-8"))
    states = {**machine["States"], **machine["States"]["ReplaceBackgrounds"]["ItemProcessor"]["States"]}
    return {name for retry in states[state]["Retry"] for name in retry["ErrorEquals"]}


def raised(monkeypatch: pytest.MonkeyPatch, state: str, answers: Callable[[str], Server]) -> BackdropError:
    """What the state's function raises while AWS answers like that."""
    name, environment, event = FUNCTIONS[state]
    module = served(monkeypatch, name, environment, answers)
    with pytest.raises(BackdropError) as caught:
        module.handler(event, None)
    return caught.value


def served(
    monkeypatch: pytest.MonkeyPatch, name: str, environment: dict[str, str], answers: Callable[[str], Server]
) -> ModuleType:
    """A handler whose every client is answered like that."""
    moderation = {"MODERATION_CATEGORIES": "", "MODERATION_MIN_CONFIDENCE": "60"}
    for variable, value in {**environment, **moderation}.items():
        monkeypatch.setenv(variable, value)
    moderation_gate._policy.cache_clear()
    monkeypatch.setattr(clients, "_client", lambda service: client(service, answers(service)))
    return importlib.reload(importlib.import_module(f"backdrop.handlers.{name}"))


@pytest.mark.parametrize("fault", PASSING)
@pytest.mark.parametrize("state", FUNCTIONS)
def test_what_passes_by_itself_is_retried_by_its_name(monkeypatch: pytest.MonkeyPatch, state: str, fault: str) -> None:
    error = raised(monkeypatch, state, PASSING[fault])

    assert type(error).__name__ in retried(state)
    told = explain(type(error).__name__, json.dumps({"errorMessage": str(error), "errorType": type(error).__name__}))
    assert told.code is ErrorCode.STORAGE_ERROR
    assert "nothing that was paid for is lost" in told.next_step


@pytest.mark.parametrize("fault", LASTING)
@pytest.mark.parametrize("state", FUNCTIONS)
def test_what_lasts_is_not_retried(monkeypatch: pytest.MonkeyPatch, state: str, fault: str) -> None:
    error = raised(monkeypatch, state, LASTING[fault])

    assert type(error).__name__ not in retried(state)
    assert error.code is ErrorCode.STORAGE_ERROR


def test_a_turn_after_an_error_is_retried_as_the_first_one() -> None:
    assert retried("ReserveTurnAfterError") == retried("ReserveTurn")


def test_a_file_that_breaks_off_while_it_is_read_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    def half(request: Any) -> Any:
        return answer(200, b"half", {"content-length": "1000"}) if request.method == "GET" else answer(204)

    assert type(raised(monkeypatch, "StagePayload", lambda _service: half)).__name__ in retried("StagePayload")


@pytest.mark.parametrize(("code", "again"), [("ThrottlingException", True), ("AccessDeniedException", False)])
def test_a_signing_secret_that_is_busy_does_not_fail_a_paid_image(
    monkeypatch: pytest.MonkeyPatch, code: str, again: bool
) -> None:
    bucket = Bucket()
    bucket.data["out/d/a.jpg"] = b"image"
    error = raised(monkeypatch, "SignResult", lambda service: bucket if service == "s3" else Refusal(code))

    assert error.code is ErrorCode.SIGNING_FAILED
    assert (type(error).__name__ in retried("SignResult")) == again


def test_a_guardrail_that_is_busy_does_not_end_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()

    def answers(service: str) -> Server:
        if service == "s3":
            return bucket
        # The job came from another system, so it has no row.
        return Refusal("ThrottlingException") if service == "bedrock-runtime" else lambda _request: as_json({})

    error = raised(monkeypatch, "PrepareJob", answers)

    assert error.code is ErrorCode.MODERATION_UNAVAILABLE
    assert type(error).__name__ in retried("PrepareJob")


def test_an_image_goes_on_after_a_busy_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second call of the function is as good as if the first had not been."""
    bucket, busy = Bucket(), [True]
    bucket.data[SOURCE] = (SAMPLES / "photos" / "toy_car_rug.jpg").read_bytes()

    def server(request: Any) -> Any:
        return Refusal("SlowDown", 503, xml=True)(request) if busy[0] and request.method == "PUT" else bucket(request)

    module = served(monkeypatch, "stage_payload", {}, lambda _service: server)
    with pytest.raises(BackdropError):
        module.handler(child(), None)
    busy[0] = False

    stage = module.handler(child(), None)
    assert stage["RequestKey"] in bucket.data
