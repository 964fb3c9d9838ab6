"""How many requests a person has sent in a minute, rows of the Images table (docs/contracts.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEPT_MINUTES = 60


@dataclass(frozen=True)
class RequestCounts:
    """Counts by `keys.owner_hash` and minute. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the Images table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def count_request(self, owner: str, minute: int, most: int) -> bool:
        """Count one more request; False, and nothing counted, if there were `most` in that minute.

        Args:
            owner: as `keys.owner_hash` gives it.
            minute: minutes since 1970.
            most: how many there may be.
        """
        changed = Table(self.connect, self.table).update(
            # No job's or draft's id can begin so.
            {"JobId": {"S": f"requests-{owner}"}, "ImageId": {"S": str(minute)}},
            "ADD #Count :one SET ExpiresAt = :expires",
            "attribute_not_exists(#Count) OR #Count < :most",
            {
                ":one": {"N": "1"},
                ":most": {"N": str(most)},
                ":expires": {"N": str((minute + _KEPT_MINUTES) * 60)},
            },
            {"#Count": "Requests"},
        )
        return changed is not None
