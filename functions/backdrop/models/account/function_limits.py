"""What an account's Lambda limits mean for the stack. Pure: `aws/function_limits.py` asks.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backdrop.core.limits import IMAGES_AT_ONCE, LARGEST_FUNCTION_MB
from backdrop.models.account.access import Unanswered

_MEMORY = (
    "AWS tells nobody an account's memory limit: it could not be checked. New accounts are held to 3,008 MB a function,"
    f" and the stack's largest has {LARGEST_FUNCTION_MB:,} MB."
)


@dataclass(frozen=True)
class FunctionLimits:
    """Answer of GetAccountSettings: functions at once in the Region, and those of them reserved for no function."""

    at_once: int
    unreserved: int


def limits_view(answer: FunctionLimits | Unanswered) -> dict[str, Any]:
    """The limits as `backdrop models --account` shows them, with a reason and a next step where they are too low."""
    view = {"wantedConcurrentExecutions": IMAGES_AT_ONCE, "largestMemoryMb": LARGEST_FUNCTION_MB, "memory": _MEMORY}
    if isinstance(answer, Unanswered):
        return {**view, "reason": answer.words, "nextStep": answer.next_step}
    view |= {"concurrentExecutions": answer.at_once, "unreservedConcurrentExecutions": answer.unreserved}
    if answer.unreserved >= IMAGES_AT_ONCE:
        return view
    # Half of what there is: the other half is for pages and uploads.
    bearable = max(1, answer.unreserved // 2)
    return {
        **view,
        "reason": f"A job has up to {IMAGES_AT_ONCE} images under way at once. Where that makes more than"
        f" {answer.unreserved:,} function calls at once, Lambda refuses some: they are repeated, jobs take longer, and"
        " pages can fail meanwhile.",
        "nextStep": f"Deploy with MapMaxConcurrency={bearable}, or ask Service Quotas for more (AWS Lambda, Concurrent"
        " executions, L-B99A9384).",
    }
