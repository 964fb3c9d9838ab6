"""What operators are told of a model's schedule."""

from __future__ import annotations

from backdrop.jobs.scheduling.pacing import Schedule

_MINUTE_MS = 60_000


def quota_used(schedule: Schedule) -> float:
    """Return the calls of the minute that ends with the latest slot, in per cent of what the quota is stated to let
    pass. Over 100: more than that was found to pass, or is being tried."""
    last = max(schedule.slots, default=0)
    calls = sum(slot > last - _MINUTE_MS for slot in schedule.slots)
    return round(100 * calls / schedule.stated, 1) if schedule.stated else 0.0
