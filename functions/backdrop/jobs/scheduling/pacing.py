"""Turns at a model: its calls a minute are an account's, shared by all jobs, and found out as calls are made.

One row of the Schedule table per model and Region holds a `Schedule`. Each function here takes one and answers the
next; `aws/schedule_table.py` writes it if nobody else wrote in between. The rule:

- **A minute's worth.** `level` calls in any window of 61.4 s: the quota's minute, and 1.4 s for calls that begin a
  little after their slot. That is 97.7 % of a quota. A minute that is not full may be filled at twice the pace.
- **Late.** A slot is given at most 8 s before it comes; who is further behind is told when to ask again, and keeps its
  place. So a change of pace is felt at once, and a job that is cancelled or dies takes nothing along but those seconds:
  who asks while the schedule idles is served, whatever places before it are left unused.
- **Down.** A call that was throttled did not use the quota: its slot is taken out. One throttle in a minute changes no
  more; of a minute that was not full it is blamed on the pace: for a day calls are spread evenly. A second one lowers
  the level by 2 %. If it comes within 20 s, what is left of the last minute is what the quota gave, and one more is the
  new level; never less than seven tenths of it at a time, nor than a quarter of what is stated, for throttles have
  other reasons, too.
- **Up.** When the minute is full, a call or two more are made than the level allows. Are they not throttled within 5 s,
  the level is doubled. Below what is stated that is tried every 40 to 160 s. Above it each try takes one of the calls
  that may be throttled, of which a job brings 0.8 for every 100 of its own: under 1 % where the quota is as stated. A
  try that passed because other calls were late is found out by the next throttle, and takes the level back.

A job has at most MapMaxConcurrency images that wait, and places are served in their order, so a job of ten waits for
as many turns of a job of ten thousand, not for all of them.
Quotas: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
"""

from __future__ import annotations

import json
from collections import deque
from typing import NamedTuple

from backdrop.core.errors import Failure
from backdrop.jobs.scheduling.calls_to_come import CallsToCome
from backdrop.jobs.scheduling.outage import Outage, note_failure

_MINUTE_MS = 60_000
_LATENESS_MS = 1_400
"""How much later than another a call may begin after its slot."""

_FIRST_LATENESS_MS, _START_MS = 3_500, 5_000
"""The same of the first calls after a rest: dozens of images are prepared then, by functions that start cold."""

AHEAD_MS = 8_000
"""Longest before its time that a slot is given."""

_CAREFUL_MS = 2_000
"""The same just after the level was raised: was that wrong, few calls are throttled."""

_BEGUN_MS, _BEGINNING_MS = 60_000, 4_000
"""After a rest for so long a try waits until every call is made: so long after the last slot."""

_IDLE_MS = 1_000
"""A slot so near that nobody took is for whoever asks."""

_VERDICT_MS = 5_000
"""After so long a call that was throttled has told so."""

_TRY_AGAIN_MS, _MOST_DOUBLINGS, _CALLS_BETWEEN_TRIES = 40_000, 2, 250
"""Between a try that failed and the next one: below what is known to pass, how often that is doubled, and above it."""

_PROVEN_MS, _TRY_AFTER_REFUTED_MS = 180_000, 150_000
"""A level that is throttled so soon after it was raised was no level: a bucket of calls saved up let it pass."""

_BETWEEN_CUTS_MS, _ALONE_MS = 6_000, 20_000
_EVEN_MS = 24 * 3600_000
_MOST_SLOTS = 240
"""Remembered, so that a row stays small: a faster model than this is paced by its interval alone."""

_BARELY_MORE = 1.15
"""Of the level before: a minute that held no more when a call was throttled says that the new one was wrong."""

_LEAST_OF_LEVEL, _LEAST_OF_STATED, _SHAVED = 0.7, 0.25, 0.98
_TRIES_PER_CALL, _MOST_TRIES, _FEWEST_TRIES = 0.008, 20.0, -100.0

_SHORTEST_WAIT_MS, _LONGEST_WAIT_MS, _SHARE_OF_WAIT = 1_000, 60_000, 0.75

_RESTED_MS = 75_000
"""Longer than anybody waits before asking again."""

_HURRIED, _EVEN = 2.0, 1.1
"""How much faster than a minute goes by its calls may come: evenly is a little faster, too, to make up for slots that
nobody took in time."""


class Schedule(NamedTuple):
    """What is known of a model's quota, and the turns that were given. Times are epoch milliseconds.

    Attributes:
        stated: calls a minute that the account's quota, the catalogue or the operator says.
        known: calls a minute that are stated, or have been measured where more than that passed.
        level: calls a minute that are believed to pass.
        slots: of the last minute's calls, but for those that were throttled, and of those to come.
        last: the latest slot ever given.
        joined: places in the queue given out.
        served: places that had their turn or are thought to be dead.
        tries: calls that may still be throttled for a try above what is known; below 0: more were than may.
        tried: the first slot of a try that is not judged yet; 0: there is none.
        decisive: its last slot, 0 before that is given.
        try_after: no other try before.
        even_until: until then a minute is not filled faster than it goes by.
        cut: throttles of slots until this one are allowed for already.
        throttled_at: when the latest throttle was noted.
        raised_at: when the level was raised.
        raised_from: the level before that.
        raised_by: first and last slot of the try that raised it: a throttle of one of them may be told late.
        failed: tries that failed since.
        to_come: whose calls the queue holds, and what running jobs still have to ask.
        outage: whether the model is called in this Region.
    """

    stated: float
    known: float
    level: float
    slots: tuple[int, ...] = ()
    last: int = 0
    joined: int = 0
    served: int = 0
    tries: float = 0.0
    tried: int = 0
    decisive: int = 0
    try_after: int = 0
    even_until: int = 0
    cut: int = 0
    throttled_at: int = 0
    raised_at: int = 0
    raised_from: float = 0.0
    raised_by: tuple[int, int] = (0, 0)
    failed: int = 0
    to_come: CallsToCome = CallsToCome()
    outage: Outage = Outage()

    @classmethod
    def of(cls, stated: float) -> Schedule:
        """Return that of a model of which nothing is known but what is stated."""
        return cls(stated, stated, stated)

    @classmethod
    def read(cls, text: str) -> Schedule:
        """Return what `text` holds; fields of other versions are left out or have their defaults."""
        found = {name: value for name, value in json.loads(text).items() if name in cls._fields}
        to_come = CallsToCome.of(found.get("to_come", ((), "")))
        outage = Outage.of(found.get("outage") or Outage())
        for name in ("slots", "raised_by"):
            if name in found:
                found[name] = tuple(found[name])
        return cls(**{**found, "to_come": to_come, "outage": outage})

    def text(self) -> str:
        """Return it as JSON text."""
        return json.dumps(self._asdict(), separators=(",", ":"))


class Turn(NamedTuple):
    """An answer to who asks: its place in the queue, and its slot, or when to ask again."""

    place: int
    at_ms: int
    now: bool


def next_turn_ms(schedule: Schedule, now_ms: int, place: int | None = None) -> int:
    """Tell from a schedule when who has this place in its queue, or joins it now, gets a turn, those before it
    served."""
    before = schedule.joined if place is None else place - 1
    waiting = max(0, before - schedule.served)
    return round(max(_slot(schedule, now_ms), now_ms) + waiting * _interval_ms(schedule))


class Turns:
    """Turns that a schedule will give, asked for in the order of their times: nothing is tried or throttled."""

    def __init__(self, schedule: Schedule, now_ms: int) -> None:
        self._full, self._window = _full(schedule), _window_ms(schedule)
        self._even_until = schedule.even_until
        self._even, self._hurried = _spacing_ms(schedule, 0), _spacing_ms(schedule, schedule.even_until)
        kept = [slot for slot in schedule.slots if slot > now_ms - 2 * self._window]
        self._slots: deque[float] = deque(kept, maxlen=self._full)
        self._bounded = self._full <= _MOST_SLOTS
        self._began: float | None = kept[0] - _FIRST_LATENESS_MS if kept else None
        self._last: float = schedule.last

    def next(self, at_ms: float) -> float:
        """Return the time of the next turn, not before `at_ms`."""
        spacing = self._hurried if at_ms >= self._even_until else self._even
        slot = max(at_ms, self._last + spacing)
        if self._bounded and len(self._slots) == self._full:
            slot = max(slot, self._slots[0] + self._window)
        return slot

    def take(self, at_ms: float) -> float:
        """Take the next turn, not before `at_ms`, and return its time."""
        slot = self.next(at_ms)
        if self._bounded:
            if self._began is None:
                self._began = slot
            # As `ask` counts them.
            self._slots.append(slot + _FIRST_LATENESS_MS if slot < self._began + _START_MS else slot)
        self._last = slot
        return slot


def expect(schedule: Schedule, stated: float, calls: int) -> Schedule:
    """Note what the quota is stated to be now, and that a job will make about so many calls."""
    if stated != schedule.stated:
        schedule = schedule._replace(stated=stated, known=stated, level=stated, try_after=0, tried=0, decisive=0)
    return schedule._replace(tries=min(_MOST_TRIES, schedule.tries + calls * _TRIES_PER_CALL))


def announce(schedule: Schedule, job: str, calls: int, each: int, now_ms: int) -> Schedule:
    """Note that a job begins that will make about so many calls, `each` for a photo."""
    return schedule._replace(to_come=schedule.to_come.announced(job, calls, each, now_ms))


def ask(
    schedule: Schedule,
    now_ms: int,
    place: int | None,
    *,
    fixed: bool = False,
    job: str | None = None,
    again: bool = False,
) -> tuple[Schedule, Turn]:
    """Ask for a turn.

    Args:
        schedule: as it is.
        now_ms: epoch milliseconds.
        place: from an earlier answer; None: who asks has none yet.
        fixed: what is stated is never exceeded.
        job: whose call it is; None: not told.
        again: the call had a turn before, and failed.

    Returns:
        The schedule as it is then, and the turn.
    """
    schedule = _judged(schedule, now_ms)
    if schedule.last < now_ms - _RESTED_MS:
        # Whoever waits would have asked and been served.
        schedule = schedule._replace(served=schedule.joined, to_come=schedule.to_come._replace(queue=""))
    to_come = schedule.to_come.asked(job, now_ms, joins=place is None, again=again)
    schedule = schedule._replace(to_come=to_come)
    if place is None:
        place = schedule.joined + 1
        schedule = schedule._replace(joined=place)
    ahead = max(0, place - schedule.served - 1)
    slot = _slot(schedule, now_ms)
    tried = _try_slot(schedule, now_ms, slot, fixed=fixed)
    first = slot if tried is None else tried
    expected = max(first, _slot(schedule, now_ms, ahead)) if ahead else first
    raised = schedule.raised_at and now_ms < schedule.raised_at + _ALONE_MS
    ahead_ms = _CAREFUL_MS if raised else AHEAD_MS
    near = now_ms + (ahead_ms if expected <= now_ms + ahead_ms else _IDLE_MS)
    if first > near:
        return schedule, Turn(place, _ask_again(now_ms, first, expected), now=False)
    # A slot that went by untaken was of somebody who is gone; half of those before this place are thought to be, then.
    gone = ahead // 2 if _slot(schedule, 0) < now_ms - _IDLE_MS else 0
    # Counted as late as it may begin.
    begins = first + (_FIRST_LATENESS_MS if _starts(schedule, first) else 0)
    schedule = schedule._replace(
        slots=tuple(sorted((*schedule.slots, begins)))[-_MOST_SLOTS:],
        last=max(schedule.last, first),
        served=min(schedule.joined, schedule.served + 1 + gone),
        to_come=schedule.to_come.served(job, first, gone, now_ms),
    )
    if tried is not None:
        decisive = tried if _passed(schedule, tried) > _full(schedule) else 0
        schedule = schedule._replace(tried=schedule.tried or tried, decisive=decisive)
    return schedule, Turn(place, first, now=True)


def leave(schedule: Schedule, now_ms: int, job: str | None = None) -> Schedule:
    """Give a place in the queue back: those behind it move up. `job`: whose it was."""
    served = min(schedule.joined, schedule.served + 1)
    return schedule._replace(served=served, to_come=schedule.to_come.gone(job, now_ms))


def failed(schedule: Schedule, failure: Failure, now_ms: int) -> Schedule:
    """Note that a call failed for another reason than a throttle: the Region may be left out for it."""
    calls = sum(now_ms - _MINUTE_MS < slot <= now_ms for slot in schedule.slots)
    return schedule._replace(outage=note_failure(schedule.outage, failure, calls, now_ms))


def spread(now_ms: int, at_ms: int, asks: int) -> int:
    """When to ask again after so many asks of a pass, of which the next would be at `at_ms`: ever less often, so that
    235 of them last a day. A history has room for so many (`tests/unit/jobs/test_retries.py`)."""
    return max(at_ms, now_ms + 20 * asks * asks)


def throttled(schedule: Schedule, now_ms: int, slot: int) -> Schedule:
    """Note that the call of that slot was throttled."""
    slots = list(schedule.slots)
    for begins in (slot, slot + _FIRST_LATENESS_MS):
        if begins in slots:
            slots.remove(begins)
            break
    since = now_ms - schedule.throttled_at
    schedule = schedule._replace(slots=tuple(slots), tries=max(_FEWEST_TRIES, schedule.tries - 1), throttled_at=now_ms)
    refuted = _refutes(schedule, now_ms, slot)
    if refuted:
        schedule = schedule._replace(level=schedule.raised_from, raised_by=(0, 0))
    if refuted or (schedule.tried and slot >= schedule.tried):
        again = _TRY_AGAIN_MS << min(schedule.failed, _MOST_DOUBLINGS)
        if schedule.level >= schedule.known:
            again = max(again, round(_CALLS_BETWEEN_TRIES * _interval_ms(schedule)))
        failed = schedule.failed + 1
        return schedule._replace(tried=0, decisive=0, failed=failed, try_after=now_ms + again, cut=schedule.last)
    if slot <= schedule.cut:
        return schedule
    passed = _before(schedule, slot)
    if since > _MINUTE_MS:
        if passed < _LEAST_OF_LEVEL * schedule.level and now_ms >= schedule.even_until:
            return schedule._replace(even_until=now_ms + _EVEN_MS, cut=schedule.last)
        # One in a minute is of a call that came late, or early: the level is right to a call.
        return schedule._replace(cut=schedule.last)
    again = _TRY_AFTER_REFUTED_MS if now_ms < schedule.raised_at + _PROVEN_MS else _TRY_AGAIN_MS
    cut = max(schedule.last, slot + _BETWEEN_CUTS_MS)
    schedule = schedule._replace(cut=cut, try_after=max(schedule.try_after, now_ms + again), failed=0)
    lowest = max(1.0, schedule.stated * _LEAST_OF_STATED)
    level = schedule.level * _SHAVED
    if since < _ALONE_MS:
        level = min(level, max(passed + 1, schedule.level * _LEAST_OF_LEVEL))
    level = max(lowest, level)
    known = max(schedule.stated, level) if schedule.level > schedule.known else schedule.known
    return schedule._replace(level=level, known=known)


def _refutes(schedule: Schedule, now_ms: int, slot: int) -> bool:
    """Whether the throttle of that slot's call says that the level was raised wrongly: the word came late, or the try
    passed because other calls were late."""
    first, last = schedule.raised_by
    if not first:
        return False
    return first <= slot <= last or (
        now_ms < schedule.raised_at + _ALONE_MS and _before(schedule, slot) < _BARELY_MORE * schedule.raised_from + 1
    )


def _before(schedule: Schedule, slot: int) -> int:
    return sum(slot - _MINUTE_MS < one < slot for one in schedule.slots)


def _judged(schedule: Schedule, now_ms: int) -> Schedule:
    """Forget what is over, and raise the level if a try has passed."""
    oldest = now_ms - 2 * _window_ms(schedule)
    schedule = schedule._replace(slots=tuple(slot for slot in schedule.slots if slot > oldest))
    if not schedule.decisive or now_ms < schedule.decisive + _VERDICT_MS:
        return schedule
    judged = schedule._replace(tried=0, decisive=0)
    if _passed(schedule, schedule.decisive) <= _full(schedule):
        # Calls before it were throttled in the meantime: it told nothing.
        return judged._replace(try_after=now_ms + _TRY_AGAIN_MS)
    level = schedule.level * 2
    if schedule.level < schedule.known:
        level = min(schedule.known, level)
    return judged._replace(
        level=level,
        try_after=0,
        raised_at=now_ms,
        raised_from=schedule.level,
        raised_by=(schedule.tried, schedule.decisive),
        failed=0,
    )


def _slot(schedule: Schedule, now_ms: int, ahead: int = 0) -> int:
    """The next slot that the level allows, not before now; or the one after so many that others will take."""
    spacing, window, full = _spacing_ms(schedule, now_ms), _window_ms(schedule), _full(schedule)
    slots, last = list(schedule.slots), schedule.last
    for _ in range(ahead + 1):
        slot = max(now_ms, round(last + spacing))
        if len(slots) >= full <= _MOST_SLOTS:
            slot = max(slot, round(slots[-full] + window))
        slots.append(slot)
        last = slot
    return last


def _try_slot(schedule: Schedule, now_ms: int, slot: int, *, fixed: bool) -> int | None:
    """A slot beside those that the level allows, to find out whether more pass; None: it is not the time."""
    if schedule.decisive or now_ms < schedule.try_after or _full(schedule) > _MOST_SLOTS:
        return None
    if schedule.level >= schedule.known and (fixed or schedule.tries < 1):
        return None
    # Calls that are late make room for a try: dozens are, when all images of a job are prepared at once.
    begun = not schedule.slots or schedule.slots[0] > now_ms - _BEGUN_MS
    tried = max(now_ms, round(schedule.last + max(_interval_ms(schedule) / 2, _BEGINNING_MS if begun else 0)))
    # Of a minute that is not full nothing can be learnt.
    return tried if tried < slot and _passed(schedule, tried) >= _full(schedule) - 2 else None


def _passed(schedule: Schedule, slot: int) -> int:
    return sum(slot - (_MINUTE_MS - _LATENESS_MS) < one <= slot for one in schedule.slots)


def _starts(schedule: Schedule, slot: int) -> bool:
    """Whether the schedule has rested until just before that slot."""
    return not schedule.slots or schedule.slots[0] - _FIRST_LATENESS_MS > slot - _START_MS


def _full(schedule: Schedule) -> int:
    """Calls that fill a window."""
    return max(1, int(schedule.level))


def _window_ms(schedule: Schedule) -> float:
    return _full(schedule) * _interval_ms(schedule)


def _interval_ms(schedule: Schedule) -> float:
    return (_MINUTE_MS + _LATENESS_MS) / schedule.level


def _spacing_ms(schedule: Schedule, now_ms: int) -> float:
    if _full(schedule) > _MOST_SLOTS:
        return _interval_ms(schedule)
    return _interval_ms(schedule) / (_HURRIED if now_ms >= schedule.even_until else _EVEN)


def _ask_again(now_ms: int, first: int, expected: float) -> int:
    """When to ask again: often enough to notice that the pace has changed, and just before the turn."""
    left = max(first, expected) - now_ms
    wait = left - AHEAD_MS * 0.75 if left <= 2 * AHEAD_MS else left * _SHARE_OF_WAIT
    return now_ms + round(min(_LONGEST_WAIT_MS, max(_SHORTEST_WAIT_MS, wait)))
