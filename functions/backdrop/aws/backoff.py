"""Waiting between tries of what AWS left undone."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from itertools import count

PATIENCE_SECONDS = 6.0
"""Longest that one step is tried again: API Gateway gives up after 29 s, and a call of the API takes several steps."""

_FIRST_WAIT_SECONDS = 0.05
_LONGEST_WAIT_SECONDS = 1.0


def tries(seconds: float = PATIENCE_SECONDS) -> Iterator[int]:
    """Counts tries from 0 and waits between them, ever longer and jittered, until `seconds` are over."""
    deadline = time.monotonic() + seconds
    for number in count():
        yield number
        longest = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2**number)
        wait = random.uniform(longest / 2, longest)  # noqa: S311 - spreads callers, keeps no secret
        if time.monotonic() + wait > deadline:
            return
        time.sleep(wait)
