"""Models are called in three Regions, by a function in those that are not the stack's own."""

from __future__ import annotations

import io
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from localcloud.cloud import LocalCloud
from localcloud.samconfig import read_stack_config
from localcloud.settings import REPOSITORY

pytestmark = pytest.mark.integration

OWN, OTHERS = "us-east-1", ("us-east-2", "us-west-2")
IMAGES = 6


class Stack:
    """The deployed stack: jobs as another system starts them, and what became of them."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._cloud = cloud
        self._control = httpx.Client(base_url=cloud.endpoint)

    def run(self, job_id: str) -> dict[str, Any]:
        """The report of a job of so many photos, no two of them equal."""
        s3, states, outputs = self._cloud.client("s3"), self._cloud.client("stepfunctions"), self._cloud.outputs
        source = Image.open(Path(REPOSITORY) / "samples" / "photos" / "soap_box_grey_sweep.jpg").resize((200, 200))
        for number in range(IMAGES):
            source.paste((25 * number, 120, 10 * len(job_id)), (0, 0, 24, 24))
            photo = io.BytesIO()
            source.save(photo, "PNG")
            s3.put_object(Bucket=outputs.bucket, Key=f"image-files/{job_id}/{number}.png", Body=photo.getvalue())
        job = {
            "Id": job_id,
            "S3Bucket": outputs.bucket,
            "InputS3Prefix": f"image-files/{job_id}",
            "OutputS3Prefix": f"generated-image-files/{job_id}",
            "StatusS3Prefix": f"status-report-files/{job_id}",
            "Prompt": "plain grey studio",
            "Mode": "PRECISE",
            "Options": {"ReuseAnswers": False},
            "Images": [{"ImageName": f"{number}.png", "Labels": ""} for number in range(IMAGES)],
        }
        self._control.delete("/_backdrop/invocations")
        run = states.start_execution(stateMachineArn=outputs.state_machine_arn, name=job_id, input=json.dumps(job))
        until = time.monotonic() + 90
        while (ended := states.describe_execution(executionArn=run["executionArn"]))["status"] == "RUNNING":
            assert time.monotonic() < until
            time.sleep(0.3)
        assert ended["status"] == "SUCCEEDED"
        key = f"status-report-files/{job_id}/status_report_{job_id}.json"
        report: dict[str, Any] = json.load(s3.get_object(Bucket=outputs.bucket, Key=key)["Body"])
        return report

    def calls(self) -> list[dict[str, Any]]:
        """Calls of models since the last job began."""
        return list(self._control.get("/_backdrop/invocations").json()["invocations"])

    def deny(self, *rules: dict[str, Any]) -> None:
        self._control.put("/_backdrop/model-access", json={"rules": rules}).raise_for_status()

    def fail(self, *rules: dict[str, Any]) -> None:
        self._control.put("/_backdrop/faults", json={"rules": rules}).raise_for_status()

    def notes(self, model_id: str) -> str:
        """What people are told about the account's access to a model."""
        headers = {"Authorization": self._cloud.demo_token()}
        found = httpx.get(f"{self._cloud.outputs.api_url}/models", headers=headers, timeout=30).json()["models"]
        (model,) = (one for one in found if one["modelId"] == model_id)
        return " ".join(model["access"]["notes"])


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    config = read_stack_config(REPOSITORY / "samconfig.toml")
    config.parameters.update(ModelRequestsPerMinute="12", ModelRegions=",".join(OTHERS))
    with LocalCloud(tmp_path_factory.mktemp("regions"), 0, 0, config=config) as cloud:
        cloud.start()
        yield Stack(cloud)


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
