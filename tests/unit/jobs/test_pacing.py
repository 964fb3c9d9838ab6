"""Turns: spread over the quota; retries bounded and only of what may pass."""

from __future__ import annotations

import pytest

from backdrop.core.errors import ErrorCode, TooManyAttempts
from backdrop.jobs.pacing import Pace, backoff_ms, check_budget


def test_the_interval_uses_at_least_97_per_cent_of_the_quota_and_never_more() -> None:
    per_minute = 60_000 / Pace.of(20).interval_ms
    assert 19.4 <= per_minute <= 20
    assert Pace.of(0).interval_ms == 0


@pytest.mark.parametrize("attempt", range(1, 12))
def test_throttling_is_tried_again(attempt: int) -> None:
    check_budget(attempt, "Bedrock.ThrottlingException", "Too many requests")
    assert 0 < backoff_ms(attempt, "Bedrock.ThrottlingException") <= 120_000


@pytest.mark.parametrize(
    ("error", "attempt", "code"),
    [
        ("Bedrock.ThrottlingException", 12, ErrorCode.MODEL_THROTTLED),
        ("States.Timeout", 3, ErrorCode.MODEL_TIMED_OUT),
        ("Bedrock.ValidationException", 1, ErrorCode.MODEL_REQUEST_INVALID),
        ("Bedrock.AccessDeniedException", 1, ErrorCode.MODEL_ACCESS_DENIED),
        ("Bedrock.SomethingNew", 1, ErrorCode.INTERNAL),
    ],
)
def test_the_budget_ends_with_the_last_failures_own_code(error: str, attempt: int, code: ErrorCode) -> None:
    with pytest.raises(TooManyAttempts) as failure:
        check_budget(attempt, error, "because")
    assert failure.value.code is code
    assert "because" in failure.value.cause


def test_the_first_call_does_not_wait() -> None:
    check_budget(0, None, None)
    assert backoff_ms(0, None) == 0
