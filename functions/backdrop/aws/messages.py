"""What is told and handed on: mails through SNS, events through EventBridge, dead letters in SQS, calls of another
function."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from backdrop.aws.failures import Trouble, translated
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient

_MOST_LETTERS = 1_000
"""Letters that are taken at once."""


class FunctionFailed(BackdropError):
    """A function that was called raised an error. `type`: the name of its class, or Lambda's own name for it."""

    def __init__(self, type_: str, message: str) -> None:
        super().__init__(ErrorCode.INTERNAL, f"{type_}: {message}")
        self.type = type_
        self.message = message


@dataclass(frozen=True)
class Function:
    """Another function of the stack.

    Args:
        connect: gives the client.
        name: the function's name or ARN.
    """

    connect: Callable[[], LambdaClient]
    name: str

    def call(self, payload: Mapping[str, Any]) -> Any:
        """Return the function's answer, after it has come.

        Raises:
            FunctionFailed: it raised an error, or ran out of time or memory.
            BackdropError: `INTERNAL`: it could not be called, or its answer broke off.
        """
        with translated(lambda trouble: _failed(f"call the function {self.name}", trouble)):
            answer = self.connect().invoke(FunctionName=self.name, Payload=json.dumps(payload).encode())
            body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise FunctionFailed(str(body.get("errorType", "Unknown")), str(body.get("errorMessage", "")))
        return body


@dataclass(frozen=True)
class Topic:
    """The topic of the mails.

    Args:
        connect: gives the client.
        arn: the topic's.
    """

    connect: Callable[[], SNSClient]
    arn: str

    def publish(self, subject: str, message: str, attributes: Mapping[str, Any]) -> None:
        """Mail to all that have subscribed, for whose filters `attributes` are, in SNS's own shape.

        Raises:
            BackdropError: `INTERNAL`.
        """
        with translated(lambda trouble: _failed("publish the mail", trouble)):
            self.connect().publish(
                TopicArn=self.arn, Subject=subject, Message=message, MessageAttributes=dict(attributes)
            )


@dataclass(frozen=True)
class EventBus:
    """The account's own event bus, the one that is there by itself.

    Args:
        connect: gives the client.
        source: who tells.
        detail_type: what is told.
    """

    connect: Callable[[], Any]
    source: str
    detail_type: str

    def put(self, detail: Mapping[str, Any]) -> None:
        """Put an event.

        Raises:
            BackdropError: `INTERNAL`, also when EventBridge took the call and not the event.
        """
        entry = {"Source": self.source, "DetailType": self.detail_type, "Detail": json.dumps(detail)}
        with translated(lambda trouble: _failed("put the event", trouble)):
            answer = self.connect().put_events(Entries=[{"EventBusName": "default", **entry}])
        if answer["FailedEntryCount"]:
            why = answer["Entries"][0]
            raise BackdropError(
                ErrorCode.INTERNAL, f"Could not put the event: {why.get('ErrorCode')}: {why.get('ErrorMessage')}."
            )


class Letter(NamedTuple):
    """A message of the queue. `body`: empty when it is no JSON object."""

    receipt: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class DeadLetters:
    """The dead-letter queue. Every method raises `BackdropError` with `INTERNAL` when SQS has no good answer.

    Args:
        connect: gives the client.
        url: the queue's.
    """

    connect: Callable[[], SQSClient]
    url: str

    def put(self, body: Mapping[str, Any]) -> None:
        """Lay something down for somebody to look at."""
        with translated(lambda trouble: _failed("write to the dead-letter queue", trouble)):
            self.connect().send_message(QueueUrl=self.url, MessageBody=json.dumps(body))

    def take(self, seconds: int) -> list[Letter]:
        """Return what is there, at most 1,000 letters; nobody else sees them for so many seconds."""
        found: list[Letter] = []
        with translated(lambda trouble: _failed("read the dead-letter queue", trouble)):
            while len(found) < _MOST_LETTERS:
                # Waiting a second asks all of the queue's servers; without it some letters would not be seen.
                answer = self.connect().receive_message(
                    QueueUrl=self.url, MaxNumberOfMessages=10, WaitTimeSeconds=1, VisibilityTimeout=seconds
                )
                if not answer.get("Messages"):
                    break
                found += [Letter(one["ReceiptHandle"], _document(one["Body"])) for one in answer["Messages"]]
        return found

    def remove(self, letter: Letter) -> None:
        """Take a letter out of the queue."""
        with translated(lambda trouble: _failed("delete from the dead-letter queue", trouble)):
            self.connect().delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt)

    def leave(self, letter: Letter) -> None:
        """Let others see a letter again."""
        with translated(lambda trouble: _failed("put back into the dead-letter queue", trouble)):
            self.connect().change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
            )


def _document(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _failed(doing: str, trouble: Trouble) -> BackdropError:
    return BackdropError(ErrorCode.INTERNAL, phrase("Could not {doing}: {reason}.", doing=doing, reason=trouble.reason))
