"""Turns: spread over the quota."""

from __future__ import annotations

from backdrop.jobs.pacing import Pace


def test_the_interval_uses_at_least_97_per_cent_of_the_quota_and_never_more() -> None:
    per_minute = 60_000 / Pace.of(20).interval_ms
    assert 19.4 <= per_minute <= 20
    assert Pace.of(0).interval_ms == 0
