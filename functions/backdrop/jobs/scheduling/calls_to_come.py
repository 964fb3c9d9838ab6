"""Whose turns a model's queue holds, and how many calls each running job still has to make there.

Part of a model's schedule (`pacing.py`), kept for the time that is told (`time_left.py`): no turn is given or refused
by it. Nobody tells it that a job has ended: of a job that makes fewer calls than it said, because answers are
used again or it was cancelled, what is left counts until it was not heard of for 100 s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Names of jobs in the queue. More jobs than this at once are not told apart."""

UNKNOWN = "?"
"""Of a turn whose job nobody announced."""

HEARD_OF_MS = 100_000
"""Who waits asks again sooner than that."""

_KEPT_MS = 20 * 60_000
"""A job whose turns are all given is remembered for as long as its calls may take."""


class JobCalls(NamedTuple):
    """A job's calls at the model.

    Attributes:
        job: its id.
        letter: stands for it in the queue.
        calls: that it was said to make.
        each: of them for a photo, with all its variations.
        left: that had no turn yet. Below 0: more than were expected here had one; fewer have elsewhere, then.
        seen: when it was heard of, epoch milliseconds.
        last: its latest slot; 0: it had none.
    """

    job: str
    letter: str
    calls: int
    each: int
    left: int
    seen: int
    last: int = 0


class CallsToCome(NamedTuple):
    """The jobs, and the queue: a letter for each turn that is waited for, in order."""

    jobs: tuple[JobCalls, ...] = ()
    queue: str = ""

    @classmethod
    def of(cls, found: Iterable[object]) -> CallsToCome:
        """Return what JSON made of it."""
        jobs, queue = found
        return cls(tuple(JobCalls(*job) for job in jobs), str(queue))  # type: ignore[attr-defined]

    def find(self, job: str | None) -> JobCalls | None:
        """Return the job's calls; None: it was not announced."""
        return next((one for one in self.jobs if one.job == job), None)

    def announced(self, job: str, calls: int, each: int, now_ms: int) -> CallsToCome:
        """Note that a job begins. Told again, it has not begun anew. Room is made for it where it is needed."""
        if self.find(job):
            return self
        kept = [one for one in self.jobs if one.letter in self.queue or now_ms < one.seen + _KEPT_MS]
        kept = sorted(kept, key=lambda one: one.seen)[-(len(_LETTERS) - 1) :]
        letter = next(one for one in _LETTERS if one not in {other.letter for other in kept})
        queue = "".join(one if one != letter else UNKNOWN for one in self.queue)
        return CallsToCome((*kept, JobCalls(job, letter, calls, each, calls, now_ms)), queue)

    def asked(self, job: str | None, now_ms: int, *, joins: bool, again: bool) -> CallsToCome:
        """Note that a call of the job asks for a turn. `joins`: for the first time; `again`: it had one, and failed."""
        known = self.find(job)
        queue = self.queue + (known.letter if known else UNKNOWN) if joins else self.queue
        return self._replace(queue=queue)._changed(known, int(joins and again), now_ms)

    def served(self, job: str | None, slot: int, gone: int, now_ms: int) -> CallsToCome:
        """Note that a call of the job has its turn at `slot`, and that `gone` of the others are thought to be dead."""
        known = self.find(job)
        return self._replace(queue=self._without(known)[gone:])._changed(known, -1, now_ms, slot)

    def gone(self, job: str | None, now_ms: int) -> CallsToCome:
        """Note that a call of the job waits for its turn elsewhere."""
        known = self.find(job)
        return self._replace(queue=self._without(known))._changed(known, 0, now_ms)

    def _without(self, job: JobCalls | None) -> str:
        letter = job.letter if job else UNKNOWN
        return self.queue.replace(letter, "", 1) if letter in self.queue else self.queue[1:]

    def _changed(self, job: JobCalls | None, by: int, now_ms: int, slot: int = 0) -> CallsToCome:
        if job is None:
            return self
        changed = job._replace(left=job.left + by, seen=now_ms, last=max(job.last, slot))
        return self._replace(jobs=tuple(changed if one is job else one for one in self.jobs))
