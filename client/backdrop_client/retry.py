"""Retries for calls that may be repeated: exponential backoff with full jitter, within a budget.

Rule: AWS Architecture Blog, "Exponential Backoff And Jitter" (full jitter).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import httpx

from backdrop.core.words.marks import phrase

Answer = TypeVar("Answer")

TRANSIENT_STATUS = frozenset({429, 500, 502, 503, 504})


class TryAgain(Exception):
    """A signal to `retrying`, never shown to anybody.

    Raised by an attempt to ask for another one; `error` is what the caller gets when none is left.
    """

    def __init__(self, error: Exception, wait_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long: `attempts` in total, waits up to `base * 2**n` seconds, at most `cap` each."""

    attempts: int = 5
    base: float = 0.3
    cap: float = 8.0

    def wait_seconds(self, attempt: int) -> float:
        """Seconds to wait after attempt number `attempt` (from 0) failed."""
        return random.uniform(0, min(self.cap, self.base * 2**attempt))  # noqa: S311 - jitter, no secret


DEFAULT_POLICY = RetryPolicy()


def retrying(
    attempt: Callable[[], Answer], policy: RetryPolicy, sleep: Callable[[float], object] = time.sleep
) -> Answer:
    """Call `attempt` until it answers, raises anything but `TryAgain`, or the policy's attempts are spent.

    Raises the `error` of the last `TryAgain` when no attempt is left.
    """
    for number in range(policy.attempts):
        try:
            return attempt()
        except TryAgain as again:
            if number + 1 == policy.attempts:
                raise again.error from again
            wait = again.wait_seconds if again.wait_seconds is not None else policy.wait_seconds(number)
            sleep(min(wait, policy.cap))
    raise AssertionError("a retry policy needs at least one attempt")


def retry_after(response: httpx.Response) -> float | None:
    """Seconds the service asks to wait (`Retry-After` in its numeric form), or None."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None


def reason_of(error: httpx.HTTPError) -> str:
    """A transport error in words."""
    if isinstance(error, httpx.ConnectTimeout):
        return phrase("no connection in time")
    if isinstance(error, httpx.TimeoutException):
        return phrase("no answer in time")
    return str(error) or type(error).__name__
