"""The Schedule table: the pace of each model in each Region, shared by all jobs (`jobs/scheduling/pacing.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from backdrop.aws.backoff import tries
from backdrop.aws.table import Item, Table
from backdrop.core.errors import ErrorCode, StorageUnavailable
from backdrop.jobs.scheduling.pacing import Schedule

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ScheduleTable:
    """Reads schedules, and changes them one change after the other. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def read(self, model_id: str, region: str) -> Schedule | None:
        """Return the model's schedule in a Region; None when nobody asked for a turn there yet."""
        return self._read(_key(model_id, region))[0]

    def change(self, model_id: str, region: str, step: Callable[[Schedule | None], tuple[Schedule, Answer]]) -> Answer:
        """Replace a schedule by what `step` makes of it, if nobody else did meanwhile, else begin again.

        Args:
            model_id, region: which model's, and where it is called.
            step: answers the next schedule and what is returned; called once for each try.

        Raises:
            StorageUnavailable: also when others kept changing the schedule.
        """
        key = _key(model_id, region)
        for _ in tries():
            schedule, version = self._read(key)
            changed, answer = step(schedule)
            if self._replace(key, changed, version):
                return answer
        raise StorageUnavailable(
            ErrorCode.STORAGE_ERROR, f"The schedule of {model_id} in {region} was changed by others again and again."
        )

    def _read(self, key: Item) -> tuple[Schedule | None, int]:
        item = Table(self.connect, self.table).get(key)
        # Rows of earlier versions hold no more than a slot.
        if not item or "Schedule" not in item:
            return None, 0
        return Schedule.read(item["Schedule"]["S"]), int(item["Version"]["N"])

    def _replace(self, key: Item, schedule: Schedule, version: int) -> bool:
        written = Table(self.connect, self.table).update(
            key,
            "SET Schedule = :schedule, Version = :next",
            "Version = :version" if version else "attribute_not_exists(Version)",
            {
                ":schedule": {"S": schedule.text()},
                ":next": {"N": str(version + 1)},
                **({":version": {"N": str(version)}} if version else {}),
            },
        )
        return written is not None


def _key(model_id: str, region: str) -> Item:
    return {"ModelId": {"S": f"{model_id}@{region}"}}
