"""A Region that does not serve a model: noted in the model's schedule there, and left out where there are others.

- **Denied.** The account may not use the model there, or it is not served there. No call is paid for, and another one
  would be refused as well: the Region is left out for ten minutes.
- **Down.** Of the last minute's calls at least half, and at least three, were not answered: it is left out for two
  minutes. What those calls had to do is counted where an image's own failures are (`jobs/scheduling/retries.py`).

After that its next calls try it again. When every Region is left out, none is: calls are made as if there were one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from backdrop.core.errors import ErrorCode, Failure

DENIALS = frozenset({ErrorCode.MODEL_ACCESS_DENIED, ErrorCode.MODEL_NOT_SERVED})
_SILENCES = frozenset({ErrorCode.MODEL_UNAVAILABLE, ErrorCode.MODEL_TIMED_OUT})

_DENIED_MS, _DOWN_MS = 600_000, 120_000
_MINUTE_MS = 60_000
_FEWEST_FAILURES = 3
_SHARE_OF_CALLS = 0.5
_CAUSE_LENGTH = 300
"""A schedule's row stays small."""


class Outage(NamedTuple):
    """What is known of a model's failures in a Region. Times are epoch milliseconds.

    Attributes:
        until: when the Region is tried again; in the past: it is in use.
        since: when it was left out, the last time.
        code, cause: why.
        failures: when calls of the last minute were found to have failed.
    """

    until: int = 0
    since: int = 0
    code: str = ""
    cause: str = ""
    failures: tuple[int, ...] = ()

    @classmethod
    def of(cls, found: Sequence[Any]) -> Outage:
        """Return what JSON made of it."""
        until, since, code, cause, failures = found
        return cls(until, since, code, cause, tuple(failures))

    def lasts(self, now_ms: int) -> bool:
        """Whether the Region is left out."""
        return now_ms < self.until


def note_failure(outage: Outage, failure: Failure, calls: int, now_ms: int) -> Outage:
    """Note that a call failed.

    Args:
        outage: as it is.
        failure: of the call. Others than denials and silences say nothing about the Region.
        calls: whose turns were in the last minute.
        now_ms: epoch milliseconds.
    """
    if failure.code in DENIALS:
        return _left_out(outage, failure, now_ms, _DENIED_MS)
    if failure.code not in _SILENCES:
        return outage
    lately = (*(at for at in outage.failures if at > now_ms - _MINUTE_MS), now_ms)
    if len(lately) < max(_FEWEST_FAILURES, calls * _SHARE_OF_CALLS):
        return outage._replace(failures=lately)
    return _left_out(outage, failure, now_ms, _DOWN_MS)


def _left_out(outage: Outage, failure: Failure, now_ms: int, for_ms: int) -> Outage:
    # Calls that were under way when it was left out fail a little later: it was left out once.
    since = outage.since if outage.lasts(now_ms) else now_ms
    return Outage(now_ms + for_ms, since, failure.code.value, failure.cause[:_CAUSE_LENGTH])
