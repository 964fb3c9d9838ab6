"""The Schedule table: the next free slot of each model."""

from __future__ import annotations

from botocore.exceptions import ClientError

from backdrop.aws.clients import dynamodb
from backdrop.domain.errors import BackdropError, ErrorCode

_TRIES = 20


def reserve(table: str, model_id: str, earliest_ms: int, interval_ms: int) -> int:
    """Take the model's next free slot at or after `earliest_ms` (epoch milliseconds) and move the schedule on.

    Two conditional updates that exclude each other: behind a queue the slot is its end, else it is `earliest_ms`.
    Both fail only when another caller moved the schedule between them.

    Returns:
        The slot, epoch milliseconds.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    key = {"ModelId": {"S": model_id}}
    for _ in range(_TRIES):
        try:
            answer = dynamodb().update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET NextSlot = NextSlot + :interval",
                ConditionExpression="NextSlot >= :earliest",
                ExpressionAttributeValues=_numbers(interval=interval_ms, earliest=earliest_ms),
                ReturnValues="UPDATED_OLD",
            )
            return int(answer["Attributes"]["NextSlot"]["N"])
        except ClientError as error:
            _raise_unless_condition(error)
        try:
            dynamodb().update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET NextSlot = :next",
                ConditionExpression="attribute_not_exists(NextSlot) OR NextSlot < :earliest",
                ExpressionAttributeValues=_numbers(next=earliest_ms + interval_ms, earliest=earliest_ms),
            )
        except ClientError as error:
            _raise_unless_condition(error)
        else:
            return earliest_ms
    raise BackdropError(ErrorCode.STORAGE_ERROR, f"The schedule of {model_id} was moved {_TRIES} times by others.")


def next_slot(table: str, model_id: str) -> int | None:
    """The model's next free slot, epoch milliseconds; None when nobody took one yet. Takes none.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    try:
        item = dynamodb().get_item(TableName=table, Key={"ModelId": {"S": model_id}}).get("Item")
    except ClientError as error:
        message = error.response["Error"].get("Message")
        raise BackdropError(ErrorCode.STORAGE_ERROR, f"Could not read the schedule: {message}") from error
    return int(item["NextSlot"]["N"]) if item else None


def _numbers(**values: int) -> dict[str, dict[str, str]]:
    return {f":{name}": {"N": str(value)} for name, value in values.items()}


def _raise_unless_condition(error: ClientError) -> None:
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        message = error.response["Error"].get("Message")
        raise BackdropError(ErrorCode.STORAGE_ERROR, f"Could not reserve a turn: {message}") from error
