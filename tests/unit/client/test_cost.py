"""`backdrop cost`: what is counted, and that each part of the bill is there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backdrop.core.options import MaskSource, Options
from backdrop_cli import main
from backdrop_cli.cost.bill import Bill, Order, make_bill
from backdrop_cli.cost.command import read_stack
from backdrop_cli.cost.models import default_model, painted
from backdrop_cli.cost.prices import read_prices
from backdrop_cli.cost.sample import orchestration_of_sample
from backdrop_cli.cost.usage import Sizes, use_of_a_job, use_of_a_photo
from backdrop_cli.cost.ways import Step, Way, states_of_a_photo, walk

STACK = read_stack()
CALLS = [Step.CALL, Step.CALL]


def bill(jobs: int = 1, photos: int = 1_000, options: Options | None = None, asks: tuple[int, ...] = ()) -> Bill:
    wanted = painted(default_model(), options or Options())
    return make_bill(
        Order(jobs, photos, Way(wanted.images, asks), wanted, Sizes(3.0, 2.0)), STACK, read_prices(), metrics=30
    )


@pytest.mark.parametrize(
    ("way", "states"),
    [
        (Way([[Step.BUILT_IN]]), 13),
        (Way([CALLS]), 26),
        (Way([CALLS], asks=(3,)), 26 + 2 * 5),
        (Way([CALLS], asks=(1, 3)), 26 + 2 * 3),
        (Way([CALLS], signed=True), 27),
        (Way([CALLS, [Step.ANSWERED, Step.CALL]]), 26 + 21),
    ],
    ids=["built in", "called", "waits at first", "waits later", "signed", "two variations"],
)
def test_states_are_counted_along_the_definition(way: Way, states: int) -> None:
    assert len(states_of_a_photo(STACK.machine, way)) == states


def test_a_way_that_the_workflow_does_not_go_is_refused() -> None:
    states: dict[str, dict[str, Any]] = {
        "A": {"Type": "Choice", "Choices": [{"Next": "B"}], "Default": "C"},
        "B": {"Type": "Pass", "Next": "A"},
        "C": {"Type": "Pass", "End": True},
        "D": {"Type": "Fail"},
    }
    assert walk(states, "A", {"A": ["B", ""]}) == ["A", "B", "A", "C"]
    for turns, words in (({"A": ["D"]}, "does not go to D"), ({"A": ["", "B"]}, "ends before A")):
        with pytest.raises(ValueError, match=words):
            walk(states, "A", turns)
    with pytest.raises(ValueError, match="failure D"):
        walk(states, "D", {})
    circle = {"B": {"Type": "Pass", "Next": "B"}}
    with pytest.raises(ValueError, match="does not end"):
        walk(circle, "B", {})


def test_everything_that_is_used_has_a_price_and_every_price_its_page() -> None:
    prices = read_prices().prices
    used = {*use_of_a_photo(STACK, Way([CALLS]), Sizes(3.0, 2.0)), *use_of_a_job(STACK, 10)}
    assert used <= set(prices)
    assert all(one.page.startswith("https://aws.amazon.com/") and one.usd > 0 for one in prices.values())


def test_a_month_is_its_jobs_and_what_stands_anyway() -> None:
    one, four = bill(), bill(jobs=4)
    idle = one.month - one.job
    assert 5 < idle < 20, "a key, a dashboard, alarms, metrics and the sweeps"
    assert four.month == pytest.approx(4 * one.job + idle)
    assert {line.service for line in one.lines} >= {"Bedrock", "Lambda", "Step Functions", "KMS", "CloudWatch", "SNS"}


def test_the_models_are_nearly_all_of_it_and_half_with_the_built_in_cut_out() -> None:
    painted_twice, once = bill(), bill(options=Options(mask_source=MaskSource.BUILT_IN))
    assert painted_twice.model_calls == dict.fromkeys(
        ("us.stability.stable-image-remove-background-v1:0", "us.stability.stable-image-inpaint-v1:0"), 1_000
    )
    (bedrock,) = [line for line in painted_twice.lines if line.service == "Bedrock"]
    assert painted_twice.model_share == pytest.approx(bedrock.job / painted_twice.job)
    assert 0.9 < painted_twice.model_share < 1
    assert sum(once.model_calls.values()) == 1_000


def test_waiting_costs_transitions_and_the_sample_has_four_a_photo() -> None:
    designs = bill(asks=(13,)).designs
    waits, quick, sample = (
        designs[name] for name in ("Backdrop, as asked", "Backdrop, nothing waits", "public sample")
    )
    assert waits.transitions - quick.transitions == 12 * 5 * 1_000
    assert sample.transitions == 4_003 == orchestration_of_sample(1_000)["transitions"]
    assert sample.usd < quick.usd < waits.usd


def test_the_command_says_date_region_pages_and_what_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["cost", "--jobs", "2", "--images", "10"]) == 0
    text = capsys.readouterr().out
    assert "us-east-1" in text
    assert read_prices().as_of in text
    assert "https://aws.amazon.com/lambda/pricing/" in text
    assert "Not counted:" in text
    assert main.run(["cost", "--jobs", "2", "--images", "10", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["usd"]["month"] > 2 * told["usd"]["job"]
    assert told["useOfAJob"]["moderation"] == 10


def test_a_model_that_is_not_there_is_wrong_use_and_one_that_paints_nothing_calls_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main.run(["cost", "--model", "nope"]) == 2
    assert "MODEL_UNKNOWN" in capsys.readouterr().err
    assert main.run(["cost", "--model", "backdrop.cut-out", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["modelShare"] == 0
