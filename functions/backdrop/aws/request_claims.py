"""Who asks a model right now: of two images with the very same request one calls, and the other waits for its answer.

Rows of the Schedule table, beside the schedules: `request#<folder of answers><SHA-256 of the request>`. A claim ends by
itself, so nobody waits for long for an image that died.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS = 86_400
"""After its end a row is of no use; DynamoDB deletes it some time later."""


@dataclass(frozen=True)
class RequestClaims:
    """Claims requests. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def claim(self, request: str, by: str, now_ms: int, until_ms: int) -> bool:
        """Claim a request, or go on with one's claim; False: another has it.

        Args:
            request: owner's folder of answers and the request's SHA-256.
            by: key of the answer that is to be written: an image's pass has one, whatever happens to it.
            now_ms, until_ms: epoch milliseconds.
        """
        written = Table(self.connect, self.table).update(
            {"ModelId": {"S": f"request#{request}"}},
            "SET ClaimedBy = :by, ClaimedUntil = :until, ExpiresAt = :expires",
            "attribute_not_exists(ClaimedBy) OR ClaimedBy = :by OR ClaimedUntil <= :now",
            {
                ":by": {"S": by},
                ":until": {"N": str(until_ms)},
                ":now": {"N": str(now_ms)},
                ":expires": {"N": str(until_ms // 1000 + _KEPT_SECONDS)},
            },
        )
        return written is not None
