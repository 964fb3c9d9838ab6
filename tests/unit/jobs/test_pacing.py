"""The pace of a model finds its true quota: virtual time, against the local cloud's own rule and a bucket of tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from backdrop.jobs.scheduling.pacing import Schedule, ask, expect, next_turn_ms
from localcloud.emulator.errors import ServiceError
from localcloud.emulator.faults import FaultPlan
from tests.unit.jobs.virtual_jobs import Job, Simulation

Quota = Callable[[float], float]
BIG = Job(0, 1500)


class LocalBedrock:
    """The quota of the local cloud: so many calls are accepted in any 60 seconds."""

    def __init__(self, quota: Quota) -> None:
        self._now, self._quota = 0.0, quota
        self._plan = FaultPlan(clock=lambda: self._now)
        self._plan.replace([{"kind": "quota", "requestsPerMinute": 1}])

    def __call__(self, seconds: float) -> bool:
        self._now = seconds
        # The plan itself, and not a new one, which would have forgotten the calls before.
        self._plan._rules[0].requests_per_minute = round(self._quota(seconds))
        try:
            self._plan.before("model")
        except ServiceError:
            return False
        return True


class Bucket:
    """Another way to count: tokens that come evenly and may be saved up, for so many seconds."""

    def __init__(self, quota: Quota, saved_seconds: float) -> None:
        self._quota, self._saved = quota, saved_seconds / 60
        self._at, self._tokens = 0.0, quota(0) * self._saved

    def __call__(self, seconds: float) -> bool:
        quota = self._quota(seconds)
        self._tokens = min(quota * self._saved, self._tokens + (seconds - self._at) * quota / 60)
        self._at = seconds
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def always(quota: float) -> Quota:
    return lambda _seconds: quota


@pytest.mark.parametrize("stated", [20, 60])
def test_a_quota_that_is_as_stated_is_used_with_less_than_1_per_cent_of_calls_throttled(stated: int) -> None:
    run = Simulation(LocalBedrock(always(stated)), stated).run(480, a=BIG)
    assert run.throttled_share() < 0.01
    assert all(run.answered(minute) >= 0.97 * stated - 1 for minute in range(1, 8))
    assert sum(run.answered(minute) for minute in range(1, 8)) >= 0.97 * 7 * stated


@pytest.mark.parametrize(("stated", "true"), [(60, 20), (20, 15), (60, 30), (20, 30), (20, 40), (20, 60)])
def test_a_quota_that_is_not_as_stated_is_found_within_two_minutes_and_used(stated: int, true: int) -> None:
    run = Simulation(LocalBedrock(always(true)), stated).run(1200, a=BIG)
    assert sum(run.answered(minute) for minute in range(1, 20)) >= 0.97 * 19 * true
    assert run.answered(1) >= 0.85 * true, "found before the second minute is over"


@pytest.mark.parametrize("seconds", [4, 7, 12])
def test_a_throttle_that_is_told_late_takes_a_level_back_that_was_raised(seconds: float) -> None:
    """On a busy machine the word of a throttle took longer than a try was waited for: the level was doubled."""
    run = Simulation(LocalBedrock(always(20)), 20, told_late=seconds).run(600, a=BIG)
    assert run.schedule.level <= 20
    assert sum(run.answered(minute) for minute in range(1, 10)) >= 0.97 * 9 * 20
    assert run.throttled_share() < 0.06


@pytest.mark.parametrize(("before", "after"), [(60, 30), (30, 60)])
def test_a_quota_that_changes_is_found_again(before: int, after: int) -> None:
    run = Simulation(LocalBedrock(lambda seconds: before if seconds < 240 else after), 60).run(720, a=BIG)
    assert sum(run.answered(minute) for minute in (1, 2, 3)) >= 0.97 * 3 * before
    assert sum(run.answered(minute) for minute in range(6, 12)) >= 0.97 * 6 * after


@pytest.mark.parametrize("saved_seconds", [10, 60])
@pytest.mark.parametrize("true", [15, 20, 40])
def test_quotas_may_be_counted_otherwise(true: int, saved_seconds: float) -> None:
    run = Simulation(Bucket(always(true), saved_seconds), 20).run(1200, a=BIG)
    assert sum(run.answered(minute) for minute in range(1, 20)) >= 0.88 * 19 * true
    assert sum(not call.answered for call in run.calls if call.at > 300) < 0.2 * len(run.calls)


@pytest.mark.parametrize("slow_start", [0, 3])
@pytest.mark.parametrize("late", [0.1, 1.3])
def test_a_small_job_is_never_throttled_even_at_its_start(late: float, slow_start: float) -> None:
    """Its first calls may begin seconds after their slots, when all its images are prepared at once."""
    run = Simulation(LocalBedrock(always(20)), 20, late=late, slow_start=slow_start).run(600, a=Job(0, 40))
    assert (len(run.calls), run.throttled_share()) == (40, 0)
    assert run.calls[-1].at <= 125


def test_an_operators_pace_is_never_exceeded() -> None:
    run = Simulation(LocalBedrock(always(60)), 20, fixed=True).run(600, a=BIG)
    at = [call.at for call in run.calls]
    assert all(later - earlier >= 60 for earlier, later in zip(at, at[20:], strict=False))
    assert len(run.calls) >= 0.97 * 20 * 10 - 20


def test_no_job_starves() -> None:
    """A job of ten waits for the forty turns of each other job that were asked for before, not for their thousands."""
    run = Simulation(LocalBedrock(always(60)), 60).run(1200, a=BIG, b=Job(100, 200), c=Job(100, 10))
    a, b, c = (run.answers(name) for name in "abc")
    assert len(b) == 200
    assert len(c) == 10
    assert c[0] < 100 + 90 + 10, "behind two jobs of forty at 60 a minute"
    assert c[-1] < 100 + 150
    during = [at for at in a if b[0] < at < b[-1]]
    assert 0.6 < len(during) / len(b) < 1.6, "two large jobs share alike"


@pytest.mark.parametrize("dies_at", [70, 100, 125])
def test_a_job_that_dies_leaves_its_turns_to_others(dies_at: float) -> None:
    run = Simulation(LocalBedrock(always(20)), 20, fixed=True).run(600, a=Job(0, 1000, dies_at=dies_at), b=BIG)
    lost = 20 * 9 - sum(run.answered(minute) for minute in range(1, 10))
    assert lost <= 0.03 * 20 * 9 + 5, "at most the turns of some seconds"


def test_nobody_waits_for_the_dead() -> None:
    """Of five jobs that died two hundred places are left; twelve images after them still go at the model's pace."""
    died = {f"dead{number}": Job(0, 40, dies_at=5) for number in range(5)}
    run = Simulation(LocalBedrock(always(20)), 20, fixed=True).run(900, **died, b=Job(300, 12))
    assert run.answers("b")[-1] < 300 + 12 * 3.07 + 10


def test_a_day_of_throttles_keeps_a_quarter_of_what_is_stated_and_comes_back() -> None:
    """Throttles have other reasons than the quota, too."""
    run = Simulation(lambda seconds: seconds > 1800, 60).run(3600, a=Job(0, 4000))
    assert run.schedule.level == 60
    assert run.answered(50) >= 55


def test_asking_is_cheap_and_the_row_stays_small() -> None:
    run = Simulation(LocalBedrock(always(60)), 60).run(600, a=BIG, b=BIG, c=BIG)
    assert run.asks < 12 * len(run.calls)
    assert len(run.schedule.text()) < 4_000
    assert Schedule.read(run.schedule.text()) == run.schedule
    fast = Simulation(lambda _seconds: True, 2000, fixed=True, answer=1).run(60, a=Job(0, 9000, 200))
    assert len(fast.schedule.text()) < 8_000
    assert fast.answered(0) >= 0.95 * 2000


def test_the_next_turn_is_told_from_the_row() -> None:
    idle, now = Schedule.of(20), 1_000_000
    assert next_turn_ms(idle, now) == now
    waiting = idle
    for _ in range(30):
        waiting, _turn = ask(waiting, now, None)
    # Some have a slot already; the others wait for theirs.
    assert 30 * 3_070 * 0.7 < next_turn_ms(waiting, now) - now < 30 * 3_070 * 1.1


def test_another_stated_quota_is_begun_with_anew() -> None:
    slow = Schedule.of(60)._replace(level=17)
    assert expect(slow, 60, 0).level == 17
    assert expect(slow, 40, 0).level == 40
