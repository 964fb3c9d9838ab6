"""Calls of models that the workflow cannot make itself: those in another Region than the stack's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError, IncompleteReadError
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError

from backdrop.aws.failures import FAILURES, Kind, Trouble, trouble_of
from backdrop.core.errors import BackdropError, ErrorCode, code_of, explain

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

_NOT_THERE = "model identifier is invalid"
"""How a ValidationException says that a Region has no such model or profile."""


_BY_KIND = {
    Kind.THROTTLED: "ThrottlingException",
    Kind.UNREACHABLE: "ServiceUnavailableException",
    Kind.DENIED: "AccessDeniedException",
}
_BROKEN_OFF = (HTTPClientError, HTTPError, IncompleteReadError, ResponseParserError)


class ModelCallFailed(Exception):
    """A call that was not answered.

    Its class has the name by which Step Functions' own integration calls such an error: the workflow and `core.errors`
    know one name for each.
    """


@dataclass(frozen=True)
class ModelCalls:
    """Calls models in any Region.

    Args:
        connect: gives a Region's client, which must not call twice.
    """

    connect: Callable[[str], BedrockRuntimeClient]

    def invoke(self, region: str, model_id: str, body: bytes) -> bytes:
        """Call a model, and return its answer: JSON both ways.

        Raises:
            ModelCallFailed: of a class named `Bedrock.` and Bedrock's exception. One that may be paid all the same is a
                `Bedrock.ModelTimeoutException`.
        """
        try:
            answer = self.connect(region).invoke_model(
                modelId=model_id, body=body, contentType="application/json", accept="application/json"
            )
            return answer["body"].read()
        except FAILURES as error:
            trouble = trouble_of(error)
            name = _exception(trouble) if trouble.code else _name_of_silence(error)
            raise _named(name, region, trouble.message) from error

    def ask(self, region: str, model_id: str, body: bytes) -> bytes:
        """Call a model outside of the workflow, as `invoke` does.

        Raises:
            BackdropError: with the code that the workflow would record; `MODEL_TIMED_OUT`: it may be paid all the same.
        """
        try:
            return self.invoke(region, model_id, body)
        except ModelCallFailed as error:
            failure = explain(type(error).__name__, str(error))
            raise BackdropError(failure.code, failure.cause) from error


def _exception(trouble: Trouble) -> str:
    """Bedrock's exception; of a code that is none of Bedrock's, the one that means the same."""
    if trouble.code == "ValidationException" and _NOT_THERE in trouble.message:
        return "ResourceNotFoundException"
    if code_of(f"Bedrock.{trouble.code}") is not ErrorCode.INTERNAL:
        return trouble.code
    return _BY_KIND.get(trouble.kind, trouble.code)


def _name_of_silence(error: Exception) -> str:
    """What was sent may have been answered, and paid."""
    sent = isinstance(error, _BROKEN_OFF) and not isinstance(error, NoConnection)
    return "ModelTimeoutException" if sent else "SdkClientException"


def no_answer(region: str, why: str) -> ModelCallFailed:
    """Return the error of a call that may be paid and has no answer."""
    return _named("ModelTimeoutException", region, why)


def _named(code: str, region: str, message: str) -> ModelCallFailed:
    named: type[ModelCallFailed] = type(f"Bedrock.{code}", (ModelCallFailed,), {})
    return named(f"{message} (in {region})")
