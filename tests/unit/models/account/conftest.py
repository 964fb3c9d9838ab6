"""boto3 clients whose calls are answered here, in any order and from many threads.

Answers are checked against the SDK's own shapes, as botocore's Stubber does, which answers in one fixed order.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.validate import validate_parameters

INPAINT = "us.stability.stable-image-inpaint-v1:0"
REMOVE = "us.stability.stable-image-remove-background-v1:0"
CANVAS = "amazon.nova-canvas-v1:0"
REGIONS = ("us-east-1", "us-east-2", "us-west-2")

Reply = Callable[[str], Any]


class Refusal(Exception):
    """An AWS error: code, message, HTTP status."""

    def __init__(self, code: str, message: str = "No.", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


def available(**changes: Any) -> Reply:
    """GetFoundationModelAvailability where all is well, with changes."""

    def reply(name: str) -> dict[str, Any]:
        good = {
            "modelId": name,
            "agreementAvailability": {"status": "AVAILABLE"},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": "AVAILABLE",
            "regionAvailability": "AVAILABLE",
        }
        return {**good, **changes}

    return reply


def foundation(**lifecycle: Any) -> Reply:
    """GetFoundationModel."""

    def reply(name: str) -> dict[str, Any]:
        details = {"modelArn": f"arn:aws:bedrock:us-east-1::foundation-model/{name}", "modelId": name}
        return {"modelDetails": {**details, "modelLifecycle": {"status": "ACTIVE", **lifecycle}}}

    return reply


def profile(**changes: Any) -> Reply:
    """GetInferenceProfile of a `us.` profile."""

    def reply(name: str) -> dict[str, Any]:
        model = name.removeprefix("us.")
        return {
            "inferenceProfileName": "US",
            "inferenceProfileArn": f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{name}",
            "models": [{"modelArn": f"arn:aws:bedrock:{region}::foundation-model/{model}"} for region in REGIONS],
            "inferenceProfileId": name,
            "status": "ACTIVE",
            "type": "SYSTEM_DEFINED",
            **changes,
        }

    return reply


def quotas(**values: float) -> Reply:
    """ListServiceQuotas."""
    return lambda _name: {"Quotas": [{"QuotaName": name, "Value": value} for name, value in values.items()]}


def concurrency(account: int, unreserved: int) -> Reply:
    """GetAccountSettings."""
    limit = {"ConcurrentExecutions": account, "UnreservedConcurrentExecutions": unreserved, "TotalCodeSize": 1}
    return lambda _name: {"AccountLimit": limit, "AccountUsage": {"FunctionCount": 3}}


def refuse(code: str, message: str = "No.", status: int = 400) -> Reply:
    """An AWS error."""

    def reply(_name: str) -> Any:
        raise Refusal(code, message, status)

    return reply


def unreachable(_name: str) -> Any:
    """No way to AWS."""
    raise EndpointConnectionError(endpoint_url="https://bedrock.example")


class Aws:
    """A session whose clients are answered by `replies` (operation -> reply to a model's id). Counts the calls."""

    def __init__(self, region: str = "us-east-1") -> None:
        self.region = region
        self.replies: dict[str, Reply] = {
            "GetFoundationModelAvailability": available(),
            "GetFoundationModel": foundation(),
            "GetInferenceProfile": profile(),
            "ListServiceQuotas": quotas(),
            "GetAccountSettings": concurrency(1000, 1000),
        }
        self.calls: Counter[str] = Counter()
        self._session = _session(region)
        self._lock = threading.Lock()

    def client(self, service: str, config: Any = None) -> Any:
        create: Any = self._session.client
        client = create(service, config=config)
        client.meta.events.register("before-call", self._answer)
        return client

    def _answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        with self._lock:
            self.calls[model.name] += 1
        name = unquote(str(params["url_path"]).rsplit("/", 1)[-1])
        try:
            answer = self.replies[model.name](name)
        except Refusal as refusal:
            error = {"Error": {"Code": refusal.code, "Message": refusal.message}}
            return SimpleNamespace(status_code=refusal.status), error
        validate_parameters(answer, model.output_shape)
        return SimpleNamespace(status_code=200), {**answer, "ResponseMetadata": {}}


@cache
def _session(region: str) -> boto3.session.Session:
    return boto3.session.Session("key", "secret", region_name=region)  # reading its service models takes a while


@pytest.fixture
def aws() -> Aws:
    """AWS where everything is accessible."""
    return Aws()


def day(text: str) -> datetime:
    """Midnight UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
