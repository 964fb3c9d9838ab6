"""Models are called in three Regions, by a function in those that are not the stack's own."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.bench.quick_cloud import QuickCloud, quick_cloud

pytestmark = pytest.mark.integration

OWN, OTHERS = "us-east-1", ("us-east-2", "us-west-2")
IMAGES = 6


class Stack:
    """The deployed stack: jobs as another system starts them, and what became of them."""

    def __init__(self, quick: QuickCloud) -> None:
        self._quick = quick
        self._control = httpx.Client(base_url=quick.cloud.endpoint)

    def run(self, job_id: str) -> dict[str, Any]:
        """The report of a job of so many photos, no two of them equal."""
        self._control.delete("/_backdrop/invocations")
        execution = self._quick.start(job_id, IMAGES)
        until = time.monotonic() + 90
        while self._quick.runs(execution):
            assert time.monotonic() < until
            time.sleep(0.3)
        ended = self._quick.cloud.client("stepfunctions").describe_execution(executionArn=execution)
        assert ended["status"] == "SUCCEEDED"
        return self._quick.report(job_id)

    def calls(self) -> list[dict[str, Any]]:
        """Calls of models since the last job began."""
        return self._quick.invocations()

    def deny(self, *rules: dict[str, Any]) -> None:
        self._control.put("/_backdrop/model-access", json={"rules": rules}).raise_for_status()

    def fail(self, *rules: dict[str, Any]) -> None:
        self._quick.faults(*rules)

    def notes(self, model_id: str) -> str:
        """What people are told about the account's access to a model."""
        headers = {"Authorization": self._quick.cloud.demo_token()}
        found = httpx.get(f"{self._quick.cloud.outputs.api_url}/models", headers=headers, timeout=30).json()["models"]
        (model,) = (one for one in found if one["modelId"] == model_id)
        return " ".join(model["access"]["notes"])


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with quick_cloud(ModelRequestsPerMinute=12, ModelRegions=",".join(OTHERS)) as quick:
        yield Stack(quick)


def test_each_image_is_called_where_its_turn_comes_first(stack: Stack) -> None:
    report = stack.run("three")
    assert report["Totals"]["Succeeded"] == IMAGES

    calls = stack.calls()
    made = Counter(call["region"] for call in calls)
    assert set(made) == {OWN, *OTHERS}
    assert {one["Region"]: one["Calls"] for one in report["Cost"]["Regions"]} == made
    assert sum(one["Usd"] for one in report["Cost"]["Regions"]) == pytest.approx(report["Cost"]["Usd"])
    assert len({(call["modelId"], call["requestSha256"]) for call in calls}) == len(calls) == 2 * IMAGES
    assert report["RegionsLeftOut"] == []
    for image in report["Images"]:
        for one in image["Passes"]:
            (call,) = (call for call in calls if call["requestSha256"] == one["RequestSha256"])
            assert (one["Region"], one["Regions"]) == (call["region"], {call["region"]: 1})
    assert "It is called in us-east-1, us-east-2, us-west-2" in stack.notes(report["Images"][0]["ModelId"])


def test_a_function_that_dies_after_its_call_pays_nothing_twice(stack: Stack) -> None:
    stack.fail({"kind": "crash-after", "model": "lambda:*-InvokeElsewhereFunction-*", "count": 2})
    report = stack.run("dies")
    stack.fail()
    assert report["Totals"]["Succeeded"] == IMAGES
    calls = stack.calls()
    assert len({(call["modelId"], call["requestSha256"]) for call in calls}) == len(calls) == 2 * IMAGES
    assert sum(one["Calls"] for one in report["Cost"]["Models"]) == len(calls)


def test_a_region_that_denies_is_left_out_and_its_images_go_elsewhere(stack: Stack) -> None:
    stack.deny({"kind": "not-authorized", "region": "us-west-2"})
    report = stack.run("denied")
    assert report["Totals"]["Succeeded"] == IMAGES

    denied = [call for call in stack.calls() if call["region"] == "us-west-2"]
    assert denied, "it was tried"
    assert not any(call["paid"] for call in denied)
    left_out = {(one["Region"], one["Code"]) for one in report["RegionsLeftOut"]}
    assert left_out == {("us-west-2", "MODEL_ACCESS_DENIED")}
    passes = [one for image in report["Images"] for one in image["Passes"]]
    assert {one["Region"] for one in passes} == {OWN, "us-east-2"}
    again = stack.run("again")
    assert again["Totals"]["Succeeded"] == IMAGES
    found_out = {call["modelId"] for call in denied}
    asked = {call["modelId"] for call in stack.calls() if call["region"] == "us-west-2"}
    assert not asked & found_out, "nobody asks there now"
    assert found_out <= {one["ModelId"] for one in again["RegionsLeftOut"]}, "and that is told"
