"""Several Regions at once: a call takes its turn where that comes first, and a Region that fails is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from backdrop.core.errors import explain
from backdrop.jobs.scheduling.outage import Outage, note_failure
from backdrop.jobs.scheduling.pacing import Schedule, ask, failed, leave
from backdrop.jobs.scheduling.regions import ModelRegions, first_turn, in_use, split
from tests.unit.jobs.test_pacing import LocalBedrock, always
from tests.unit.jobs.virtual_jobs import Job, Simulation

NOW = 10**12
DENIED = explain("Bedrock.AccessDeniedException", "You don't have access to the model.")
BUSY = explain("Bedrock.ServiceUnavailableException", "no")
STABILITY, NOVA, TITAN_1 = (
    "us.stability.stable-outpaint-v1:0",
    "amazon.nova-canvas-v1:0",
    "amazon.titan-image-generator-v1",
)


def minutes(run: Simulation, last: float) -> float:
    """Answered calls a minute, from the second minute on until `last`."""
    return sum(call.answered and 60 <= call.at < last for call in run.calls) / (last - 60) * 60


def test_three_regions_serve_three_times_as_many_images() -> None:
    one = Simulation(LocalBedrock(always(20)), 20).run(600, a=Job(0, 2000, 120))
    others: dict[str, Callable[[float], bool] | None] = {name: LocalBedrock(always(20)) for name in ("b", "c")}
    three = Simulation(LocalBedrock(always(20)), 20, elsewhere=others).run(600, a=Job(0, 2000, 120))
    assert minutes(three, 600) / minutes(one, 600) >= 2.9
    assert three.throttled_share() < 0.01
    calls = Counter(call.region for call in three.calls)
    assert max(calls.values()) / min(calls.values()) < 1.05, "each its share"


def test_regions_with_other_quotas_are_used_by_what_they_give() -> None:
    others: dict[str, Callable[[float], bool] | None] = {"b": LocalBedrock(always(10)), "c": LocalBedrock(always(40))}
    run = Simulation(LocalBedrock(always(20)), 20, elsewhere=others).run(2400, a=Job(0, 9000, 120))
    answered = Counter(call.region for call in run.calls if call.answered and 600 <= call.at < 2400)
    assert {name: answered[name] / 30 for name in ("here", "b", "c")} == pytest.approx(
        {"here": 20, "b": 10, "c": 40}, rel=0.05
    )


def test_a_region_that_denies_is_left_out_and_no_image_is_lost() -> None:
    run = Simulation(LocalBedrock(always(20)), 20, elsewhere={"b": None, "c": LocalBedrock(always(20))})
    run.run(1200, a=Job(0, 400, 80))
    assert len(run.finished["a"]) == 400
    denied = [call.at for call in run.calls if call.region == "b"]
    assert 0 < len(denied) < 20, "those under way when it was found out, and again after ten minutes"
    assert not [at for at in denied if 15 < at < 600]
    assert run.by_region[0]["b"].to_come.queue == "", "who waited there waits elsewhere"


def test_jobs_of_different_sizes_each_get_their_share_in_three_regions() -> None:
    others: dict[str, Callable[[float], bool] | None] = {name: LocalBedrock(always(20)) for name in ("b", "c")}
    run = Simulation(LocalBedrock(always(20)), 20, elsewhere=others)
    run.run(900, large=Job(0, 3000), middle=Job(60, 60), small=Job(90, 10))
    assert [len(run.finished[name]) for name in ("middle", "small")] == [60, 10]
    assert run.finished["small"][-1] < 90 + 120, "behind 80 that waited, at 60 a minute, and 8 s for an answer"


def test_a_place_is_given_up_for_a_turn_that_comes_sooner_and_for_no_other() -> None:
    waiting = Schedule.of(20)
    for _ in range(30):
        waiting, turn = ask(waiting, NOW, None)
    assert not turn.now
    idle = Schedule.of(20)
    assert first_turn({"a": waiting, "b": idle}, NOW, "a", turn.place) == "b"
    assert first_turn({"a": idle, "b": idle}, NOW, "b", 1) == "b"
    assert first_turn({"a": idle, "b": idle}, NOW, None, None) == "a", "the first Region where nothing decides"
    left = leave(waiting, NOW)
    assert left.served == waiting.served + 1
    assert len(left.to_come.queue) == len(waiting.to_come.queue) - 1


def test_nobody_is_sent_to_a_region_that_is_left_out_unless_all_are() -> None:
    out = failed(Schedule.of(20), DENIED, NOW)
    full = Schedule.of(20)
    for _ in range(60):
        full, _turn = ask(full, NOW, None)
    assert first_turn({"a": out, "b": full}, NOW, None, None) == "b"
    assert first_turn({"a": out, "b": full}, NOW, "a", 1) == "b", "nor does anybody wait there"
    assert first_turn({"a": out, "b": full}, NOW + 600_000, None, None) == "a", "it is tried again"
    assert in_use({"a": out, "b": failed(full, DENIED, NOW)}, NOW) == ["a", "b"]


def test_a_region_is_down_when_half_of_a_minutes_calls_fail() -> None:
    schedule = Schedule.of(20)._replace(slots=tuple(NOW - 50_000 + 5_000 * number for number in range(8)))
    for number in range(1, 4):
        schedule = failed(schedule, BUSY, NOW + number)
        assert not schedule.outage.lasts(NOW + number), f"{number} of 8"
    schedule = failed(schedule, BUSY, NOW + 4)
    assert (schedule.outage.code, schedule.outage.since) == ("MODEL_UNAVAILABLE", NOW + 4)
    assert schedule.outage.lasts(NOW + 120_000)
    assert not schedule.outage.lasts(NOW + 120_005)
    again = failed(schedule, BUSY, NOW + 1_000)
    assert again.outage.since == NOW + 1_000 or again.outage == schedule.outage._replace(failures=(NOW + 1_000,))
    assert Schedule.read(schedule.text()) == schedule


def test_one_call_that_fails_says_nothing_about_its_region() -> None:
    alone = note_failure(Outage(), BUSY, 1, NOW)
    assert not alone.lasts(NOW)
    refused = note_failure(Outage(), explain("Bedrock.ValidationException", "a mask is missing"), 1, NOW)
    assert refused == Outage(), "what is wrong with an image is no fault of a Region's"


@pytest.mark.parametrize(
    ("listed", "model", "regions"),
    [
        ("", STABILITY, ("us-east-1",)),
        ("us-west-2,us-east-2", STABILITY, ("us-east-1", "us-west-2", "us-east-2")),
        (" us-west-2, us-east-1,us-west-2", STABILITY, ("us-east-1", "us-west-2")),
        ("eu-west-1,us-west-2", STABILITY, ("us-east-1", "us-west-2")),
        ("eu-west-1,us-west-2", NOVA, ("us-east-1", "eu-west-1")),
        ("us-west-2", TITAN_1, ("us-east-1",)),
    ],
)
def test_a_model_is_called_where_it_is_known_to_be_served(listed: str, model: str, regions: tuple[str, ...]) -> None:
    assert ModelRegions.of("us-east-1", listed).of_model(model) == regions


def test_a_stack_where_a_model_is_not_served_calls_it_elsewhere() -> None:
    assert ModelRegions.of("eu-central-1", "us-west-2").of_model(STABILITY) == ("us-west-2",)
    assert ModelRegions.of("eu-central-1", "").of_model(STABILITY) == ("eu-central-1",)


def test_shares_add_up() -> None:
    for calls in range(50):
        found = split(calls, [20, 20, 10])
        assert sum(found) == calls
        assert all(abs(one - calls * share) <= 1 for one, share in zip(found, (0.4, 0.4, 0.2), strict=True))
