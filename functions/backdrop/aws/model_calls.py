"""Calls of models that the workflow cannot make itself: those in another Region than the stack's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ConnectionError as NoConnection

from backdrop.aws.failures import FAILURES, trouble_of

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient

_NOT_THERE = "model identifier is invalid"
"""How a ValidationException says that a Region has no such model or profile."""


class ModelCallFailed(Exception):
    """A call that was not answered. Its class has the name by which Step Functions' own integration calls such an error:
    the workflow and `core.errors` know one name for each.
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
            code = trouble.code or _name_of_silence(error)
            if code == "ValidationException" and _NOT_THERE in trouble.message:
                code = "ResourceNotFoundException"
            raise _named(code, region, trouble.message) from error


def _name_of_silence(error: Exception) -> str:
    """What was sent may have been answered, and paid."""
    return "SdkClientException" if isinstance(error, NoConnection) else "ModelTimeoutException"


def _named(code: str, region: str, message: str) -> ModelCallFailed:
    named: type[ModelCallFailed] = type(f"Bedrock.{code}", (ModelCallFailed,), {})
    return named(f"{message} (in {region})")
