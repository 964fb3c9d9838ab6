"""Who asks a model right now: of two images with the very same request one calls, and the other waits for its answer.

Rows of the Schedule table, beside the schedules: `request#<folder of answers><SHA-256 of the request>`. A claim ends by
itself, and with the image that has it, so nobody waits for long for one that failed or died.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from backdrop.aws.table import Item, Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_KEPT_SECONDS = 86_400
"""After its end a row is of no use; DynamoDB deletes it some time later."""

_ENDED = ("Succeeded", "Failed")


class Claimant(NamedTuple):
    """An image's pass. `response_key`: of the answer that is to be written, which stays whatever happens to it."""

    response_key: str
    job_id: str
    image_id: str


@dataclass(frozen=True)
class RequestClaims:
    """Claims requests. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the Schedule table's name.
        images: the Images table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str
    images: str

    def claim(self, request: str, by: Claimant, now_ms: int, until_ms: int) -> bool:
        """Claim a request, or go on with one's claim; False: another image has it, which has not ended.

        Args:
            request: owner's folder of answers and the request's SHA-256.
            by: who asks.
            now_ms, until_ms: epoch milliseconds.
        """
        key: Item = {"ModelId": {"S": f"request#{request}"}}
        free = "attribute_not_exists(ClaimedBy) OR ClaimedBy = :by OR ClaimedUntil <= :now"
        if self._write(key, by, until_ms, free, {":now": {"N": str(now_ms)}}):
            return True
        other = self._ended(key)
        return other is not None and self._write(key, by, until_ms, "ClaimedBy = :other", {":other": other})

    def release(self, request: str, by: Claimant) -> None:
        """Let others claim a request before one's own claim ends by itself."""
        table = Table(self.connect, self.table)
        values = {":by": {"S": by.response_key}, ":now": {"N": "0"}}
        table.update({"ModelId": {"S": f"request#{request}"}}, "SET ClaimedUntil = :now", "ClaimedBy = :by", values)

    def _write(self, key: Item, by: Claimant, until_ms: int, condition: str, values: Item) -> bool:
        written = Table(self.connect, self.table).update(
            key,
            "SET ClaimedBy = :by, JobId = :job, ImageId = :image, ClaimedUntil = :until, ExpiresAt = :expires",
            condition,
            {
                ":by": {"S": by.response_key},
                ":job": {"S": by.job_id},
                ":image": {"S": by.image_id},
                ":until": {"N": str(until_ms)},
                ":expires": {"N": str(until_ms // 1000 + _KEPT_SECONDS)},
                **values,
            },
        )
        return written is not None

    def _ended(self, key: Item) -> Item | None:
        """Who has the claim, if that image has ended."""
        claim = Table(self.connect, self.table).get(key)
        if claim is None:
            return None
        image = Table(self.connect, self.images).get({name: claim[name] for name in ("JobId", "ImageId")}) or {}
        return claim["ClaimedBy"] if image.get("Status", {}).get("S") in _ENDED else None


@dataclass(frozen=True)
class CallClaims:
    """The same of calls that no job makes: whoever calls names itself by a word of its own."""

    claims: RequestClaims

    def claim(self, request: str, by: str, now_ms: int, until_ms: int) -> bool:
        """Claim a request; False: another call has it."""
        return self.claims.claim(request, _caller(by), now_ms, until_ms)

    def release(self, request: str, by: str) -> None:
        """Let others claim it at once."""
        self.claims.release(request, _caller(by))


def _caller(by: str) -> Claimant:
    # No image has such a place, so the claim ends by its time alone.
    return Claimant(by, "no-job", by)
