"""What is told of the time left, against what becomes true: jobs at a paced model, in virtual time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from backdrop.jobs.scheduling.pacing import Schedule, announce, ask
from backdrop.jobs.scheduling.pools import Pool
from backdrop.jobs.scheduling.time_left import Call, seconds_left
from tests.unit.jobs.test_pacing import LocalBedrock, always
from tests.unit.jobs.virtual_jobs import Job, Simulation

ANSWER = 8.0
AT_ONCE = 40


def told_and_true(
    quota: int, passes: int = 2, elsewhere: int = 0, **jobs: Job
) -> dict[str, list[tuple[float, float, float]]]:
    """Of each job, at its first image and at every tenth: when it was asked, what was told, what came true."""
    told: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}

    def on_finish(now: float, name: str) -> None:
        done, images = len(run.finished[name]), jobs[name].images
        if done == 1 or done % (images // 10) == 0:
            calls = [Call(model, ANSWER) for model in pools(run, now)]
            left = seconds_left(calls, images - done, pools(run, now), AT_ONCE, round(now * 1000), name, images)
            told[name].append((now, left))

    regions = {f"region {number}": LocalBedrock(always(quota)) for number in range(elsewhere)}
    here = LocalBedrock(always(quota))
    run = Simulation(here, quota, passes=passes, answer=ANSWER, elsewhere=regions, on_finish=on_finish)
    run.run(1e6, **jobs)
    assert {name: len(at) for name, at in run.finished.items()} == {name: job.images for name, job in jobs.items()}
    # A throttled call queues again, behind the others. That one of forty will be nobody knows before.
    for name in told:
        if jobs[name].images == 40:
            throttled = max((call.at for call in run.calls if call.job == name and not call.answered), default=0.0)
            told[name] = [(at, left) for at, left in told[name] if at > throttled]
    return {name: [(at, left, run.finished[name][-1] - at) for at, left in found] for name, found in told.items()}


def check(told: list[tuple[float, float, float]], known_from: float = 0) -> None:
    """Within 15 % of the truth, or within 3 s near the end. Before `known_from` nobody could know."""
    wrong = [(at, left, true) for at, left, true in told if at >= known_from and abs(left - true) > max(0.15 * true, 3)]
    assert not wrong


@pytest.mark.parametrize("quota", [20, 60])
@pytest.mark.parametrize("images", [40, 300, 3000])
def test_a_job_alone_is_told_the_truth_from_its_first_image_on(quota: int, images: int) -> None:
    check(told_and_true(quota, a=Job(0, images))["a"])


@pytest.mark.parametrize("quota", [20, 60])
@pytest.mark.parametrize(
    ("first", "second", "starts_at"), [(40, 40, 10), (300, 300, 60), (3000, 40, 300), (300, 40, 30), (40, 300, 5)]
)
def test_jobs_beside_each_other_are_told_the_truth(quota: int, first: int, second: int, starts_at: float) -> None:
    """As soon as both run: of a job that begins later nobody can know."""
    told = told_and_true(quota, a=Job(0, first), b=Job(starts_at, second))
    check(told["b"])
    check(told["a"], starts_at + 1)


@pytest.mark.parametrize("images", [40, 300, 3000])
def test_in_three_regions_a_job_is_told_the_truth(images: int) -> None:
    check(told_and_true(20, elsewhere=2, a=Job(0, images))["a"])
    told = told_and_true(20, elsewhere=2, a=Job(0, images), b=Job(20, 300))
    check(told["b"])
    check(told["a"], 21)


def test_two_jobs_of_thousands_are_told_the_truth() -> None:
    told = told_and_true(60, a=Job(0, 3000), b=Job(100, 3000))
    check(told["b"])
    check(told["a"], 101)


@pytest.mark.parametrize(("stated", "passes"), [(20, 1), (60, 1), (20, 2), (60, 2)])
@pytest.mark.parametrize("images", [40, 300])
def test_a_job_is_told_before_its_start_how_long_it_takes(stated: int, passes: int, images: int) -> None:
    """With nobody there, and behind a job that runs."""
    for busy in (0, 500):
        run = Simulation(LocalBedrock(always(stated)), stated, passes=passes, answer=ANSWER)
        jobs = {"busy": Job(0, busy)} if busy else {}
        run.run(99, **jobs)
        before = {str(number): schedule for number, schedule in enumerate(run.schedules)}
        told = left([Call(model, ANSWER) for model in before], images, before, AT_ONCE, 99_000)
        run = Simulation(LocalBedrock(always(stated)), stated, passes=passes, answer=ANSWER)
        run.run(1e6, **jobs, b=Job(99, images))
        assert told == pytest.approx(run.finished["b"][-1] - 99, rel=0.15)


def test_a_first_minute_at_twice_the_pace_promises_nothing() -> None:
    """Forty images at 20 a minute: the first twenty come in half a minute."""
    told = told_and_true(20, 1, a=Job(0, 40))["a"]
    assert told[0][1] == pytest.approx(95, abs=5)
    assert [left for _, left, _ in told] == sorted((left for _, left, _ in told), reverse=True), "never up again"


def test_a_level_that_is_not_as_stated_counts() -> None:
    slow = Schedule.of(60)._replace(level=20)
    told = [left([Call("m", 0)], 600, {"m": one}, AT_ONCE, 10**9) for one in (Schedule.of(60), slow)]
    assert told[1] == pytest.approx(3 * told[0], rel=0.1)


def test_photos_that_need_no_call_are_seen_by_the_calls_that_were_made() -> None:
    """Of a hundred photos with two calls the first fifty asked for no cut-out: they have a mask."""
    schedules = {name: announce(Schedule.of(20), "a", 100, 1, 10**9) for name in ("cut-out", "paint")}
    for number in range(50):
        schedules["paint"], _ = ask(schedules["paint"], 10**9 + 3_100 * (number + 1), None, job="a")
    schedules["cut-out"] = schedules["cut-out"]._replace(level=1, stated=1)
    now = 10**9 + 3_100 * 50
    calls = [Call("cut-out", 1), Call("paint", 1)]
    told = left(calls, 50, schedules, AT_ONCE, now, "a", 100)
    assert told == pytest.approx(50 * 3.07, rel=0.15)
    assert left(calls, 98, schedules, AT_ONCE, now, "a", 100) > 3000, "two photos tell nothing yet"


def test_variations_share_a_cut_out() -> None:
    """Three paintings of each of ten photos: forty calls in all, thirty of them at one model."""
    schedules = {"cut-out": Schedule.of(20), "paint": Schedule.of(20)}
    calls = [Call("cut-out", 5), *[Call("paint", 5)] * 3]
    told = left(calls, 10, schedules, AT_ONCE, 10**9)
    # Twenty in the first half minute, the rest after it is over.
    assert told == pytest.approx(5 + 61 + 10 * 1.5 + 5, rel=0.15)


def test_slow_answers_bound_a_job_more_than_turns() -> None:
    told = left([Call("m", 100)], 400, {"m": Schedule.of(60)}, AT_ONCE, 10**9)
    assert told == pytest.approx(400 / 40 * 100, rel=0.1)


def test_a_job_that_is_over_or_dead_is_waited_for_no_longer_than_100_seconds() -> None:
    schedule = announce(Schedule.of(20), "dead", 1000, 1, 10**9)
    for _ in range(40):
        schedule, _turn = ask(schedule, 10**9, None, job="dead")
    calls, models = [Call("m", 0)], {"m": schedule}
    both = left(calls, 200, models, AT_ONCE, 10**9 + 50_000)
    alone = left(calls, 200, models, AT_ONCE, 10**9 + 150_000)
    assert both == pytest.approx(400 * 3.07, rel=0.15)
    assert alone < 240 * 3.07 * 1.05


def test_a_row_of_an_earlier_version_tells_its_queue() -> None:
    waiting = Schedule.of(20)
    for _ in range(40):
        waiting, _turn = ask(waiting, 10**9, None)
    text = waiting.text().partition(',"to_come"')[0] + "}"
    found = Schedule.read(text)
    assert not found.to_come.jobs
    (told, new) = (left([Call("m", 0)], 40, {"m": one}, AT_ONCE, 10**9) for one in (found, waiting))
    assert told == new
    assert told > left([Call("m", 0)], 40, {"m": Schedule.of(20)}, AT_ONCE, 10**9) + 60


def test_the_row_stays_small_whatever_began() -> None:
    schedule = Schedule.of(60)
    for number in range(100):
        schedule = announce(schedule, f"{number:026}", 9000, 2, 10**12 + number)
        schedule, _turn = ask(schedule, 10**12 + number, None, job=f"{number:026}")
    assert len(schedule.text()) < 4_500
    assert schedule.to_come.find(f"{99:026}")
    assert Schedule.read(schedule.text()) == schedule


def pools(run: Simulation, now: float) -> dict[str, Pool]:
    return {f"model {number}": Pool.of(one, round(now * 1000)) for number, one in enumerate(run.by_region)}


def left(
    calls: Sequence[Call],
    photos: int,
    schedules: Mapping[str, Schedule],
    at_once: int,
    now_ms: int,
    job: str | None = None,
    total: int | None = None,
) -> float:
    """Of models that are called in one Region."""
    alone = {model: Pool.of({"here": schedule}, now_ms) for model, schedule in schedules.items()}
    return seconds_left(calls, photos, alone, at_once, now_ms, job, total)
