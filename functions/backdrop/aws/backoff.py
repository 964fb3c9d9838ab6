"""Waiting between tries of what AWS left undone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 6.0
"""Longest that one step is tried again without getting on: API Gateway gives up after 29 s, and a call of the API takes
several steps."""

_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 1.0


def tries(seconds: float = PATIENCE_SECONDS, progress: Callable[[], object] = lambda: None) -> Iterator[int]:
    """Counts tries from 0 and waits between them, ever longer and jittered.

    Args:
        seconds: ends after so long.
        progress: what it answers changes with each step forward; time, number and waits begin anew then.
    """
    reached, number, deadline = progress(), 0, time.monotonic() + seconds
    while True:
        yield number
        if progress() != reached:
            reached, number, deadline = progress(), 0, time.monotonic() + seconds
        longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**number)
        wait = random.uniform(longest / 2, longest)  # noqa: S311 - spreads callers, keeps no secret
        if time.monotonic() + wait > deadline:
            return
        time.sleep(wait)
        number += 1
