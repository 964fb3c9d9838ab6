"""Waiting costs no time here."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from backdrop.aws import backoff


@dataclass
class Clock:
    """Stands in for `time` in `aws.backoff`."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(backoff, "time", made)
    return made
