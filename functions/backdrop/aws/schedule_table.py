"""The Schedule table: the next free slot of each model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.backoff import tries
from backdrop.aws.table import Item, Table
from backdrop.core.errors import ErrorCode, StorageUnavailable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class ScheduleTable:
    """Hands out the turns of all jobs. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def reserve(self, model_id: str, earliest_ms: int, interval_ms: int) -> int:
        """Take the model's next free slot at or after `earliest_ms` (epoch milliseconds) and move the schedule on.

        Two conditional updates that exclude each other: behind a queue the slot is its end, else it is `earliest_ms`.
        Both fail only when another caller moved the schedule between them.

        Returns:
            The slot, epoch milliseconds.

        Raises:
            StorageUnavailable: also when others kept moving the schedule.
        """
        rows, key = Table(self.connect, self.table), _key(model_id)
        for _ in tries():
            behind = rows.update(
                key,
                "SET NextSlot = NextSlot + :interval",
                "NextSlot >= :earliest",
                _numbers(interval=interval_ms, earliest=earliest_ms),
                returning="UPDATED_OLD",
            )
            if behind is not None:
                return int(behind["NextSlot"]["N"])
            free = rows.update(
                key,
                "SET NextSlot = :next",
                "attribute_not_exists(NextSlot) OR NextSlot < :earliest",
                _numbers(next=earliest_ms + interval_ms, earliest=earliest_ms),
            )
            if free is not None:
                return earliest_ms
        raise StorageUnavailable(
            ErrorCode.STORAGE_ERROR, f"The schedule of {model_id} was moved by others again and again."
        )

    def next_slot(self, model_id: str) -> int | None:
        """The model's next free slot, epoch milliseconds; None when nobody took one yet. Takes none."""
        item = Table(self.connect, self.table).get(_key(model_id))
        return int(item["NextSlot"]["N"]) if item else None


def _key(model_id: str) -> Item:
    return {"ModelId": {"S": model_id}}


def _numbers(**values: int) -> Item:
    return {f":{name}": {"N": str(value)} for name, value in values.items()}
