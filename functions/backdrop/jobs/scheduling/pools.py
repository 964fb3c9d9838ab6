"""The schedules of one model in each Region where it is called, as one queue: what the time left is told from."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from backdrop.jobs.scheduling import pacing, regions
from backdrop.jobs.scheduling.calls_to_come import UNKNOWN, JobCalls
from backdrop.jobs.scheduling.pacing import Schedule, Turns


class Pool(NamedTuple):
    """One schedule for each Region, and of these the ones that are not left out.

    Every Region knows a part of what a job still has to ask: only the sum is true.
    """

    every: tuple[Schedule, ...]
    in_use: tuple[Schedule, ...]

    @classmethod
    def of(cls, schedules: Mapping[str, Schedule], now_ms: int) -> Pool:
        """Return that of these schedules by Region, not empty."""
        usable = regions.in_use(schedules, now_ms)
        return cls(tuple(schedules.values()), tuple(schedules[region] for region in usable))

    @property
    def jobs(self) -> Iterator[JobCalls]:
        """Return what each Region knows of each job."""
        return itertools.chain.from_iterable(one.to_come.jobs for one in self.every)

    @property
    def slots(self) -> list[int]:
        """Return the turns that were given, in order."""
        return sorted(itertools.chain.from_iterable(one.slots for one in self.every))

    def find(self, job: str | None) -> JobCalls | None:
        """Return the job's calls; None: it was not announced."""
        found = [known for one in self.every if (known := one.to_come.find(job))]
        if not found:
            return None
        return found[0]._replace(
            calls=sum(one.calls for one in found),
            each=max(one.each for one in found),
            left=max(0, sum(one.left for one in found)),
            seen=max(one.seen for one in found),
            last=max(one.last for one in found),
        )

    def count_waiting(self, job: str | None) -> int:
        """Return how many of the job's calls wait for a turn."""
        known = ((one, one.to_come.find(job)) for one in self.every)
        return sum(one.to_come.queue.count(found.letter) for one, found in known if found)

    def queued(self, jobs: Iterable[str | None]) -> Iterator[str | None]:
        """Return whose turns are waited for, in order; `UNKNOWN`: not one of these jobs'."""
        named = set(jobs)
        for line in itertools.zip_longest(*(_queued(one, named) for one in self.every)):
            yield from (one.job for one in line if one is not None)

    def next_turn_ms(self, now_ms: int) -> int:
        """Return when who joins now gets a turn."""
        return min(pacing.next_turn_ms(one, now_ms) for one in self.in_use)

    def turns(self, now_ms: int) -> PoolTurns:
        """Return the turns to come, each where it comes first."""
        return PoolTurns([Turns(one, now_ms) for one in self.in_use])


class PoolTurns:
    """The turns of several schedules, each taken where it comes first."""

    def __init__(self, turns: list[Turns]) -> None:
        self._turns = turns

    def take(self, at_ms: float) -> float:
        """Take the next turn, not before `at_ms`, and return its time."""
        if len(self._turns) == 1:
            return self._turns[0].take(at_ms)
        return min(self._turns, key=lambda one: one.next(at_ms)).take(at_ms)


class _Waiting(NamedTuple):
    """A place in a queue, and whose it is."""

    job: str


def _queued(schedule: Schedule, jobs: set[str | None]) -> Iterator[_Waiting]:
    known = {one.letter: one.job for one in schedule.to_come.jobs if one.job in jobs}
    # A row of an earlier version does not tell whose they are.
    untold = max(0, schedule.joined - schedule.served - len(schedule.to_come.queue))
    yield from itertools.repeat(_Waiting(UNKNOWN), untold)
    for letter in schedule.to_come.queue:
        yield _Waiting(known.get(letter, UNKNOWN))
