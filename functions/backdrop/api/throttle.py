"""So many requests a minute for each person, refused before anything is done for them.

API Gateway throttles a stage and the holders of API keys, not the users of a pool:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase

_MINUTE = 60


class TooManyRequests(BackdropError):
    """The person has sent as many requests as a minute may have. `retry_after`: seconds until the next one."""

    def __init__(self, most: int, retry_after: int) -> None:
        super().__init__(
            ErrorCode.TOO_MANY_REQUESTS,
            phrase(
                "You have sent {most:,} requests that change something in this minute, which is the most.", most=most
            ),
            phrase("Wait {seconds} seconds, then go on; nothing was done or paid for.", seconds=retry_after),
        )
        self.retry_after = retry_after


class Counts(Protocol):
    """Where requests are counted."""

    def count_request(self, owner: str, minute: int, most: int) -> bool:
        """Count one more; False if there were `most` already."""


def check_pace(event: Mapping[str, Any], counts: Counts, most: int, now: float) -> None:
    """Count a request that changes something against its sender's minute. What only looks is not counted: a page asks
    every second or two, and an answer costs no more than the count.

    Args:
        event: API Gateway's. One without a signed-in user is left to the routes, which answer 401.
        counts: of all people.
        most: requests a minute; 0: no limit, and nothing is counted.
        now: seconds since 1970.

    Raises:
        TooManyRequests: there were `most`.
        StorageUnavailable: it can't be counted.
    """
    claims = ((event.get("requestContext") or {}).get("authorizer") or {}).get("claims") or {}
    if most == 0 or event.get("httpMethod") == "GET" or not claims.get("sub"):
        return
    minute, second = divmod(int(now), _MINUTE)
    if not counts.count_request(keys.owner_hash(claims["sub"]), minute, most):
        raise TooManyRequests(most, _MINUTE - second)
