"""When a job will be done: what is left of it is played forward in virtual time, at the turns that the schedules allow.

The one rule behind every time that is told before a job's end: in the estimate, the API, the web app and the command.
What decides is known, not extrapolated: which calls still need a turn and whose are before them in each model's queue
(`calls_to_come.py`), when the level of the model gives turns (`pacing.py`), and how many images a job has under way at
most. So a job of 40 beside one of 3,000 is told its share while both run, and a first minute's calls,
which come at twice the pace, promise nothing. Measured is only what an image takes after each turn
(`answer_times.py`).

Not known are jobs that begin later, photos that will fail, and answers that will be used again.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from backdrop.jobs.scheduling.calls_to_come import HEARD_OF_MS, UNKNOWN
from backdrop.jobs.scheduling.pools import Pool

_MOST_EVENTS = 4_000
"""Calls that are played one by one, some milliseconds; of a longer job several are played as one."""

_LEAST_PARTS = 8
"""Of the images under way at once: no more of them than this part are played as one."""

_ENOUGH_DONE = 5
"""Finished photos from which the calls that were made say how many are needed."""


class Call(NamedTuple):
    """One call of a photo: at which Bedrock model id, and how many seconds from its turn until the next one is asked
    for, or the image is finished."""

    model_id: str
    seconds: float


Chain = tuple[int, ...]
"""Calls that a photo still needs a turn for, as positions in the job's calls."""


class _Load(NamedTuple):
    """What is left of a job: photos under way, by what each still needs, those that wait in queues, and the rest."""

    waiting: dict[str, deque[Chain]]
    under_way: list[tuple[float, Chain]]
    rest: deque[tuple[Chain, int]]


def seconds_left(
    calls: Sequence[Call],
    photos: int,
    pools: Mapping[str, Pool],
    at_once: int,
    now_ms: int,
    job: str | None = None,
    total: int | None = None,
    needed: Mapping[str, int] | None = None,
) -> float:
    """Return the seconds until the last image of a job is finished.

    Args:
        calls: of a photo with all its images, in order.
        photos: that are not finished.
        pools: the schedules of each paced model of `calls`, by its id.
        at_once: photos of a job that are under way at most.
        now_ms: epoch milliseconds.
        job: its id; None: it does not run yet.
        total: photos of the job; None: none is finished.
        needed: calls that these photos need at each model, if they are counted.
    """
    if photos <= 0:
        return 0.0
    shares = _Shares(calls, pools, now_ms)
    ours = shares.of_job(job, photos, total or photos, needed)
    others = [shares.of_other(name) for name in shares.others(job)]
    lot = max(1, min(at_once // _LEAST_PARTS, photos * len(calls) * (1 + len(others)) // _MOST_EVENTS))
    loads = {job: shares.load(job, ours, photos, at_once, lot)}
    for name, left, number in others:
        loads[name] = shares.load(name, left, number, at_once, lot)
    return (_played(calls, pools, loads, job, photos, at_once, now_ms) - now_ms) / 1000


class _Shares:
    """Finds out from the schedules what is left of each job."""

    def __init__(self, calls: Sequence[Call], pools: Mapping[str, Pool], now_ms: int) -> None:
        self._calls, self._pools, self._now_ms = calls, pools, now_ms
        self._each = {model: sum(call.model_id == model for call in calls) for model in pools}

    def of_job(self, job: str | None, photos: int, total: int, needed: Mapping[str, int] | None) -> dict[str, int]:
        """Calls at each model that so many photos of the job still need a turn for."""
        found = {}
        for model, pool in self._pools.items():
            most = photos * self._each[model]
            if needed is not None:
                most = min(most, needed.get(model, 0))
            known = pool.find(job)
            if known is None:
                found[model] = most
                continue
            left = min(known.left, most)
            if (done := total - photos) >= _ENOUGH_DONE:
                # Some photos need no call here: they have a mask, or the answer is there already.
                share = min(1.0, (known.calls - known.left) / (done * self._each[model]))
                left = min(left, round(most * share))
            found[model] = left
        return found

    def others(self, job: str | None) -> list[str]:
        """The other jobs that still have calls to make, and were heard of lately at one of the models."""
        heard: dict[str, int] = {}
        for pool in self._pools.values():
            for one in pool.jobs:
                heard[one.job] = max(heard.get(one.job, 0), one.seen)
        return [
            name
            for name, seen in heard.items()
            if name != job and seen > self._now_ms - HEARD_OF_MS and any(self._left(name))
        ]

    def _left(self, name: str) -> Iterator[int]:
        return (known.left for pool in self._pools.values() if (known := pool.find(name)))

    def of_other(self, name: str) -> tuple[str, dict[str, int], int]:
        """The same of another job, with its name and its photos, as far as the schedules tell."""
        found = {model: pool.find(name) for model, pool in self._pools.items()}
        left = {model: one.left if one else 0 for model, one in found.items()}
        return name, left, max(-(-one.left // max(1, one.each)) for one in found.values() if one)

    def load(self, job: str | None, left: dict[str, int], photos: int, at_once: int, lot: int) -> _Load:
        """Lay out what is left: the oldest photos are furthest, the newest have everything before them."""
        chains = self._chains(left, photos)
        waits = {model: pool.count_waiting(job) for model, pool in self._pools.items()}
        waiting: dict[str, deque[Chain]] = {model: deque() for model in self._pools}
        served: dict[int, list[Chain]] = {}
        for chain in chains[:at_once]:
            model = self._calls[chain[0]].model_id if chain else ""
            if chain and len(waiting.get(model, ())) < waits.get(model, 0):
                waiting[model].append(chain)
            else:
                served.setdefault(chain[0] if chain else len(self._calls), []).append(chain)
        under_way = [one for position, found in served.items() for one in self._served(job, position, found)]
        rest = deque((chains[start], min(lot, photos - start)) for start in range(at_once, photos, lot))
        return _Load(waiting, under_way, rest)

    def _chains(self, left: dict[str, int], photos: int) -> list[Chain]:
        """What each photo still needs a turn for."""
        counts = {}
        for model, number in left.items():
            each = self._each[model]
            if each:
                # The newest need all of it; what is over is of those under way.
                untouched = min(number // each, min(left.values()) if each > 1 else number)
                over, touched = number - untouched * each, photos - untouched
                counts[model] = [
                    over * (index + 1) // touched - over * index // touched if index < touched else each
                    for index in range(photos)
                ]
        touched = max((photos - count.count(self._each[model]) for model, count in counts.items()), default=0)
        chains = []
        for index in range(touched):
            need = {model: count[index] for model, count in counts.items()}
            chain = []
            for position in reversed(range(len(self._calls))):
                model = self._calls[position].model_id
                if model not in need or need[model] > 0:
                    chain.append(position)
                    need[model] = need.get(model, 1) - 1
            chains.append(tuple(reversed(chain)))
        return chains + [tuple(range(len(self._calls)))] * (photos - touched)

    def _served(self, job: str | None, position: int, found: list[Chain]) -> Iterator[tuple[float, Chain]]:
        """When photos that wait in no queue come to need their next turn: some time after that of their last call."""
        call = self._calls[position - 1] if position else None
        pool = self._pools.get(call.model_id) if call else None
        known = pool.find(job) if pool else None
        slots = tuple(slot for slot in pool.slots if slot <= known.last) if pool and known else ()
        slots = slots[-len(found) :]
        # A slot that nobody remembers is long ago.
        slots = (0,) * (len(found) - len(slots)) + slots
        for slot, chain in zip(slots, found, strict=True):
            yield max(self._now_ms, slot + call.seconds * 1000 if call else 0), chain


def _played(
    calls: Sequence[Call],
    pools: Mapping[str, Pool],
    loads: Mapping[str | None, _Load],
    ours: str | None,
    photos: int,
    at_once: int,
    now_ms: int,
) -> float:
    """Play the jobs until the last photo of ours is finished, and return when that is."""
    turns = {model: pool.turns(now_ms) for model, pool in pools.items()}
    number = itertools.count()
    events: list[tuple[float, int, str | None, Chain, int]] = []
    room = dict.fromkeys(loads, at_once)

    def call(at_ms: float, job: str | None, chain: Chain, lot: int) -> None:
        model_id, seconds = calls[chain[0]]
        if model_id in turns:
            for _ in range(lot):
                at_ms = turns[model_id].take(at_ms)
        heapq.heappush(events, (at_ms + seconds * 1000, next(number), job, chain[1:], lot))

    def begin(at_ms: float, job: str | None) -> None:
        rest = loads[job].rest
        while rest and rest[0][1] <= room[job]:
            chain, lot = rest.popleft()
            room[job] -= lot
            heapq.heappush(events, (at_ms, next(number), job, chain, lot))

    for job, load in loads.items():
        for at_ms, chain in load.under_way:
            heapq.heappush(events, (at_ms, next(number), job, chain, 1))
        room[job] -= len(load.under_way) + sum(map(len, load.waiting.values()))
    for model, pool in pools.items():
        for job in pool.queued(loads):
            if job is UNKNOWN:
                turns[model].take(now_ms)
            elif loads[job].waiting[model]:
                call(now_ms, job, loads[job].waiting[model].popleft(), 1)
    for job in loads:
        begin(now_ms, job)
    end: float = now_ms
    while events:
        end, _, job, chain, lot = heapq.heappop(events)
        if chain:
            call(end, job, chain, lot)
            continue
        room[job] += lot
        if job == ours:
            photos -= lot
            if photos <= 0:
                break
        begin(end, job)
    return end
