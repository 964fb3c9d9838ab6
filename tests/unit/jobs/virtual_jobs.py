"""Jobs that share a schedule, in virtual time: what the workflow does with turns, without the workflow."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from backdrop.core.errors import ErrorCode, Failure, explain
from backdrop.jobs.scheduling.pacing import Schedule, announce, ask, expect, failed, leave, throttled
from backdrop.jobs.scheduling.regions import first_turn, split
from backdrop.jobs.scheduling.retries import Turn, after_failure

_DAY_MS = 24 * 3_600_000


class Job(NamedTuple):
    """So many images, of which so many are in the air at once. `dies_at`: seconds; nothing of it happens after that."""

    starts_at: float
    images: int
    at_once: int = 40
    dies_at: float = float("inf")


class Call(NamedTuple):
    """A call that was made: when, in seconds, by which job, whether it was answered, and in which Region."""

    at: float
    job: str
    answered: bool
    region: str = "here"


class Simulation:
    """Runs jobs against a Bedrock that is asked `accepts(seconds)` for each call.

    Args:
        stated: requests a minute that the account's quota is said to be.
        late: seconds that a call, or whoever asks for a turn, is late at most.
        answer: seconds that an answered call takes.
        slow_start: seconds that calls of the first five seconds are late besides.
        passes: calls of an image, each at a model of its own with the same quota; only the first one's can be refused.
        elsewhere: further Regions, and what accepts calls there; None: the model is denied there.
        told_late: seconds until a throttle is told to the schedule.
        on_finish: called with the seconds and the job of each image that is finished.
    """

    def __init__(
        self,
        accepts: Callable[[float], bool],
        stated: float,
        *,
        fixed: bool = False,
        late: float = 0.5,
        answer: float = 8.0,
        slow_start: float = 0.0,
        passes: int = 1,
        elsewhere: Mapping[str, Callable[[float], bool] | None] | None = None,
        told_late: float = 0.3,
        on_finish: Callable[[float, str], None] = lambda _now, _job: None,
    ) -> None:
        self._regions = {"here": accepts, **(elsewhere or {})}
        self.by_region = [{region: Schedule.of(stated) for region in self._regions} for _ in range(passes)]
        self.finished: dict[str, list[float]] = {}
        self._on_finish = on_finish
        self.calls: list[Call] = []
        self.asks = 0
        self._stated, self._fixed = stated, fixed
        self._late, self._answer, self._slow_start, self._told_late = late, answer, slow_start, told_late
        self._random = random.Random(12)
        self._events: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []

    @property
    def schedules(self) -> list[Schedule]:
        """Those of the passes, in the first Region."""
        return [schedules["here"] for schedules in self.by_region]

    @property
    def schedule(self) -> Schedule:
        """That of the first pass."""
        return self.schedules[0]

    def run(self, seconds: float, **jobs: Job) -> Simulation:
        """Let the jobs begin, and stop after so many seconds."""
        left = {name: job.images for name, job in jobs.items()}
        for name, job in jobs.items():
            self._at(job.starts_at, self._start, name, job, left)
        while self._events and self._events[0][0] <= seconds:
            now, _, what, arguments = heapq.heappop(self._events)
            what(now, *arguments)
        return self

    def answered(self, minute: int) -> int:
        """Answered calls of a minute, from 0."""
        return sum(call.answered for call in self.calls if minute * 60 <= call.at < (minute + 1) * 60)

    def throttled_share(self) -> float:
        """Share of the calls that were throttled."""
        return sum(not call.answered for call in self.calls) / len(self.calls)

    def answers(self, job: str) -> list[float]:
        """When calls of a job were answered."""
        return [call.at for call in self.calls if call.job == job and call.answered]

    def _at(self, when: float, what: Callable[..., None], *arguments: Any) -> None:
        heapq.heappush(self._events, (when, len(self._events) + self.asks * 1000 + len(self.calls), what, arguments))

    def _soon(self, now: float) -> float:
        return now + self._random.uniform(0, self._late)

    def _start(self, now: float, name: str, job: Job, left: dict[str, int]) -> None:
        for schedules in self.by_region:
            shares = split(job.images, [self._stated] * len(schedules))
            for (region, schedule), calls in zip(schedules.items(), shares, strict=True):
                expected = expect(schedule, self._stated, calls)
                schedules[region] = announce(expected, name, calls, 1, round(now * 1000))
        for _ in range(min(job.images, job.at_once)):
            self._next(self._soon(now), name, job, left)

    def _next(self, now: float, name: str, job: Job, left: dict[str, int]) -> None:
        if left[name]:
            left[name] -= 1
            self._at(now, self._ask, name, job, left, Turn(), 0)

    def _ask(self, now: float, name: str, job: Job, left: dict[str, int], turn: Turn, number: int) -> None:
        if now >= job.dies_at:
            return
        self.asks += 1
        now_ms, schedules, place = round(now * 1000), self.by_region[number], turn.place
        region = first_turn(schedules, now_ms, turn.region, place)
        moves = place is not None and region != turn.region
        if moves:
            assert turn.region is not None
            schedules[turn.region] = leave(schedules[turn.region], now_ms, name)
            place = None
        again = turn.attempt > 0 and not moves
        schedules[region], given = ask(schedules[region], now_ms, place, fixed=self._fixed, job=name, again=again)
        then = self._soon(given.at_ms / 1000)
        if given.now:
            then += self._slow_start if given.at_ms < 5_000 else 0
            self._at(then, self._call, name, job, left, turn.called(region, given.at_ms), number)
        else:
            self._at(then, self._ask, name, job, left, turn._replace(place=given.place, region=region), number)

    def _call(self, now: float, name: str, job: Job, left: dict[str, int], turn: Turn, number: int) -> None:
        if now >= job.dies_at:
            return
        assert turn.region is not None
        accepts = self._regions[turn.region]
        self.calls.append(Call(now, name, accepts is not None and (number > 0 or accepts(now)), turn.region))
        if not self.calls[-1].answered:
            error = "Bedrock.AccessDeniedException" if accepts is None else "Bedrock.ThrottlingException"
            self._at(self._soon(now) + self._told_late, self._failed, name, job, left, turn, number, explain(error, ""))
        elif number + 1 < len(self.schedules):
            self._at(now + self._answer, self._ask, name, job, left, Turn(), number + 1)
        else:
            self._at(now + self._answer, self._finish, name, job, left)

    def _finish(self, now: float, name: str, job: Job, left: dict[str, int]) -> None:
        self.finished.setdefault(name, []).append(now)
        self._on_finish(now, name)
        self._next(now, name, job, left)

    def _failed(
        self, now: float, name: str, job: Job, left: dict[str, int], turn: Turn, number: int, failure: Failure
    ) -> None:
        assert turn.slot_ms is not None
        assert turn.region is not None
        now_ms, schedules = round(now * 1000), self.by_region[number]
        schedule = schedules[turn.region]
        if failure.code is ErrorCode.MODEL_THROTTLED:
            schedules[turn.region] = throttled(schedule, now_ms, turn.slot_ms)
        else:
            schedules[turn.region] = failed(schedule, failure, now_ms)
        turn, wait_ms = after_failure(turn, failure, now_ms, _DAY_MS, len(self._regions))
        self._at(now + wait_ms / 1000, self._ask, name, job, left, turn, number)
