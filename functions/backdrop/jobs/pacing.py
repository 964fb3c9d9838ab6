"""Turns at a model: requests per minute are an account's, shared by all jobs.

Every paid call reserves a turn. The schedule is one number per model, the next free slot; an atomic update moves it
on by the interval, so any number of jobs together never go faster than the quota.
Quotas: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from backdrop.core.errors import ErrorCode, TooManyAttempts, explain

_HEADROOM = 0.98
"""Share of the quota that is used: clocks of Step Functions and Bedrock differ a little."""

# Calls in all that one pass may make when the last one failed so. Validation errors and refusals never come here.
_BUDGET = {
    ErrorCode.MODEL_THROTTLED: 12,
    ErrorCode.MODEL_UNAVAILABLE: 6,
    ErrorCode.MODEL_TIMED_OUT: 3,
    ErrorCode.MODEL_FAILED: 2,
}
_DEFAULT_BUDGET = 1

_FIRST_BACKOFF_SECONDS, _LONGEST_BACKOFF_SECONDS = 2.0, 120.0


@dataclass(frozen=True)
class Pace:
    """How fast a model may be called. `interval_ms` 0: no bound."""

    interval_ms: int

    @classmethod
    def of(cls, requests_per_minute: float) -> Pace:
        """Spread a quota evenly; 0 or less means that there is none."""
        if requests_per_minute <= 0:
            return cls(0)
        return cls(round(60_000 / (requests_per_minute * _HEADROOM)))


def check_budget(attempt: int, error: str | None, cause: str | None) -> None:
    """May a call that failed after `attempt` calls be made again?

    Raises:
        TooManyAttempts: no; its code and cause are those of the last failure.
    """
    if error is None:
        return
    failure = explain(error, cause or "")
    if attempt >= _BUDGET.get(failure.code, _DEFAULT_BUDGET):
        raise TooManyAttempts(failure.code, f"{failure.cause} (after {attempt} attempts)")


def backoff_ms(attempt: int, error: str | None) -> int:
    """Milliseconds to wait beside the turn after a failure: exponential with full jitter, 0 before the first call."""
    if error is None:
        return 0
    longest = min(_LONGEST_BACKOFF_SECONDS, _FIRST_BACKOFF_SECONDS * 2 ** max(0, attempt - 1))
    return round(random.uniform(longest / 2, longest) * 1000)  # noqa: S311 - jitter is no secret
