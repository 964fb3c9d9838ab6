"""What an account may run in Lambda at once: what `aws/function_limits.py` asks for.

Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FunctionLimits:
    """Answer of GetAccountSettings: functions at once in the Region, and those of them reserved for no function."""

    at_once: int
    unreserved: int
