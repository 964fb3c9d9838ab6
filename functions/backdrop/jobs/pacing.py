"""Turns at a model: requests per minute are an account's, shared by all jobs.

Every paid call reserves a turn. The schedule is one number per model, the next free slot; an atomic update moves it
on by the interval, so any number of jobs together never go faster than the quota.
Quotas: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

from __future__ import annotations

from dataclasses import dataclass

_HEADROOM = 0.98
"""Share of the quota that is used: clocks of Step Functions and Bedrock differ a little."""


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
