"""Which failed model calls are made again, and when: each kind of error has a count of its own.

A throttle costs nothing and says nothing about the image, so it never ends one while the patience lasts, and uses up
nothing of what the other kinds have. A call that timed out, or whose answer was lost, may have been paid: those are
few, and each is counted as paid. Of 2,000 images with two calls each, of which 5 % time out, six time-outs in a row
meet 4,000 x 0.05^6 = 0.00006; three would meet 0.5.

A child of the Distributed Map is a Standard execution, whose history ends at 25,000 events
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). So waits grow with the time that an image
has been throttled: `tests/unit/jobs/test_retries.py` counts the events of a whole patience.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import NamedTuple

from backdrop.core.errors import FUNCTION_DIED, ErrorCode, Failure, TooManyAttempts, explain, next_step_of
from backdrop.core.words.marks import phrase
from backdrop.jobs.scheduling.outage import DENIALS

# Failures of a kind that a pass may meet; the last one ends the image. Validation errors and refusals never come here.
_BUDGET = {
    ErrorCode.MODEL_UNAVAILABLE: 12,
    ErrorCode.MODEL_TIMED_OUT: 6,
    ErrorCode.MODEL_FAILED: 3,
}
_DEFAULT_BUDGET = 1

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 2.0, 600.0
"""Twelve failures of the kind that lasts longest are spread over half an hour."""

_SHARE_OF_THROTTLED_TIME = 1 / 4
_SHARE_OF_PATIENCE = 1 / 24
"""Longest wait after a throttle: so much of the time since the first one, and of the patience."""

_JITTER = 1 / 4
"""Share of a wait that is left to chance. More is not needed: the schedule spreads calls."""


class Turn(NamedTuple):
    """What the state's `Turn` tells of a pass's calls.

    Attributes:
        attempt: calls that were made, or are about to be.
        failures: how many of them failed, by error code.
        throttled_since_ms: when the pass was throttled for the first time, epoch milliseconds; None: never.
        place: in the model's queue; None: it has none.
        slot_ms: of the latest call; None: there was none, or no pace is kept.
        asks: how often a turn was asked for.
        region: where its place is, or its latest call is made; None: nowhere yet.
        waited: 1 when another image asked the very same: its answer is looked for before the model is asked.
        restaged: 1 when it was looked once whether another image's answer to the same request is of use.
        regions: calls by Region, that which is about to be made among them, those that were throttled not.
        since_ms: when a turn was asked for first since the latest call, epoch milliseconds; None: not yet.
    """

    attempt: int = 0
    failures: Mapping[str, int] = {}
    throttled_since_ms: int | None = None
    place: int | None = None
    slot_ms: int | None = None
    asks: int = 0
    region: str | None = None
    regions: Mapping[str, int] = {}
    waited: int = 0
    restaged: int = 0
    since_ms: int | None = None

    @classmethod
    def of(cls, state: Mapping[str, object]) -> Turn:
        """Read what `to_state` wrote, or `{"Attempt": n}`."""
        found = {field: state[name] for field, name in _NAMES.items() if name in state}
        return cls(**found)  # type: ignore[arg-type]

    def to_state(self) -> dict[str, object]:
        """Return it as the state holds it."""
        return {"Attempt": self.attempt, **{_NAMES[name]: value for name, value in self._asdict().items() if value}}

    def failed(self, code: ErrorCode, now_ms: int) -> Turn:
        """Count a failed call."""
        since, regions = self.throttled_since_ms, self.regions
        if code is ErrorCode.MODEL_THROTTLED:
            since = now_ms if since is None else since
            regions = _add(regions, self.region, -1) if self.region else regions
        failures = _add(self.failures, code.value, 1)
        return self._replace(failures=failures, throttled_since_ms=since, regions=regions)

    def called(self, region: str, slot_ms: int | None) -> Turn:
        """Count a call that is about to be made there."""
        regions = _add(self.regions, region, 1)
        return self._replace(
            attempt=self.attempt + 1, place=None, slot_ms=slot_ms, region=region, regions=regions, since_ms=None
        )


def _add(counts: Mapping[str, int], name: str, number: int) -> dict[str, int]:
    return {**counts, name: counts.get(name, 0) + number}


_NAMES = {
    "attempt": "Attempt",
    "failures": "Failures",
    "throttled_since_ms": "ThrottledSince",
    "place": "Place",
    "slot_ms": "Slot",
    "asks": "Asks",
    "region": "Region",
    "regions": "Regions",
    "waited": "Waited",
    "restaged": "Restaged",
    "since_ms": "Since",
}


def explain_call(error: str, cause: str) -> Failure:
    """Tell why a model call failed, by what Step Functions says of it.

    A function that was to make it and died may have made it: it is counted as one that timed out.
    """
    failure = explain(error, cause)
    if error not in FUNCTION_DIED:
        return failure
    words = phrase("The function that calls the model died: {cause}", cause=failure.cause)
    return Failure(ErrorCode.MODEL_TIMED_OUT, words, next_step_of(ErrorCode.MODEL_TIMED_OUT))


def after_failure(turn: Turn, failure: Failure, now_ms: int, patience_ms: int, regions: int = 1) -> tuple[Turn, int]:
    """Count the failure of the last call, and decide whether another is made.

    Args:
        turn: before that failure.
        failure: of the call.
        now_ms: epoch milliseconds.
        patience_ms: how long throttles are waited out, from the pass's first one on.
        regions: in which the model may be called: where one denies it, the next one is asked at once.

    Returns:
        The turn with the failure counted, and the milliseconds that the image waits before it asks for its next one.

    Raises:
        TooManyAttempts: no other call is made; its code and cause are those of this failure.
    """
    turn = turn.failed(failure.code, now_ms)
    number = turn.failures[failure.code.value]
    if failure.code is ErrorCode.MODEL_THROTTLED:
        assert turn.throttled_since_ms is not None
        return turn, _wait_for_quota(turn, failure, number, now_ms - turn.throttled_since_ms, patience_ms)
    if failure.code in DENIALS:
        if sum(turn.failures.get(code.value, 0) for code in DENIALS) >= regions:
            raise TooManyAttempts(failure.code, failure.cause)
        return turn, 0
    if number >= _BUDGET.get(failure.code, _DEFAULT_BUDGET):
        raise _given_up(
            failure,
            phrase(
                "{cause} ({number} such failures in {calls} calls)",
                cause=failure.cause,
                number=number,
                calls=turn.attempt,
            ),
        )
    return turn, _jittered_ms(min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** (number - 1)))


def _wait_for_quota(turn: Turn, failure: Failure, number: int, throttled_ms: int, patience_ms: int) -> int:
    """Milliseconds until the next call after a throttle: the last one is made when the patience ends."""
    left = patience_ms - throttled_ms
    if left <= 0:
        hours = patience_ms / 3_600_000
        raise _given_up(
            failure,
            phrase(
                "{cause} (throttled for {hours:g} hours, {number} of {calls} calls)",
                cause=failure.cause,
                hours=hours,
                number=number,
                calls=turn.attempt,
            ),
        )
    longest = min(throttled_ms * _SHARE_OF_THROTTLED_TIME, patience_ms * _SHARE_OF_PATIENCE) / 1000
    return min(left, _jittered_ms(max(_FIRST_WAIT_SECONDS, longest)))


def _given_up(failure: Failure, cause: str) -> TooManyAttempts:
    return TooManyAttempts(failure.code, cause)


def _jittered_ms(seconds: float) -> int:
    return round(seconds * 1000 * random.uniform(1 - _JITTER, 1))  # noqa: S311 - jitter is no secret
