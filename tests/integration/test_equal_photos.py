"""Equal photos on the deployed template: one child makes them, its answers are paid once, each name gets its files."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw

from localcloud.cloud import LocalCloud
from tests.integration.people import Person

pytestmark = pytest.mark.integration


def ball(colour: tuple[int, int, int]) -> bytes:
    photo = Image.new("RGB", (480, 360), (225, 225, 220))
    ImageDraw.Draw(photo).ellipse((140, 80, 340, 280), fill=colour)
    out = io.BytesIO()
    photo.save(out, "PNG")
    return out.getvalue()


@pytest.fixture(scope="module")
def job(ann: Person) -> dict[str, Any]:
    """Three names of one photo, and another; two pictures of each."""
    draft = ann.draft()
    red, blue = ball((190, 30, 30)), ball((30, 60, 190))
    for name, data in (("a.png", red), ("Stühle/b.png", red), ("other.png", blue), ("c.png", red)):
        assert ann.inspect(draft, ann.upload(draft, name, data))["status"] == "READY"
    wish = {"prompt": "on a green lawn", "seed": 3, "options": {"variations": 2}}
    told = ann.call("POST", f"/drafts/{draft}/estimate", wish).json()
    assert (told["images"], told["equalPhotos"]) == (8, 2)
    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202
    done = ann.finished(draft)
    assert done["status"] == "Succeeded", done
    return {**done, "told": told}


def test_each_name_gets_its_files_and_they_are_the_same(ann: Person, job: dict[str, Any]) -> None:
    images = ann.call("GET", f"/jobs/{job['jobId']}/images").json()["images"]
    assert [(one["name"], one["variation"]) for one in images] == [
        (name, number) for name in ("a.png", "Stühle/b.png", "other.png", "c.png") for number in (1, 2)
    ]
    files = {(one["name"], one["variation"]): httpx.get(one["downloadUrl"]).content for one in images}
    pixels = {key: Image.open(io.BytesIO(data)).tobytes() for key, data in files.items()}
    for number in (1, 2):
        assert pixels["a.png", number] == pixels["Stühle/b.png", number] == pixels["c.png", number]
    assert len(set(pixels.values())) == 4


def test_models_are_paid_once_and_the_report_says_what_was_taken_over(ann: Person, job: dict[str, Any]) -> None:
    assert job["costUsd"] == pytest.approx(job["told"]["usd"])
    report = httpx.get(job["reportUrls"]["json"]).json()
    assert [one["ImageName"] for one in report["Images"]][::2] == ["a.png", "Stühle/b.png", "other.png", "c.png"]
    assert report["Totals"]["Succeeded"] == 8
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in report["Images"]:
        by_name.setdefault(one["ImageName"], []).append(one)
    assert sum(one["Attempts"] for one in by_name["a.png"]) == 3, "one cut-out, two paintings"
    for name in ("Stühle/b.png", "c.png"):
        assert sum(one["Attempts"] for one in by_name[name]) == 0
        for mine, first in zip(by_name[name], by_name["a.png"], strict=True):
            for own, theirs in zip(mine["Passes"], first["Passes"], strict=True):
                assert own["Reused"]
                assert own["RequestSha256"] == theirs["RequestSha256"]
                assert own["CopiedFrom"] == theirs["ResponseKey"]


def test_one_child_execution_made_all_three(cloud: LocalCloud, job: dict[str, Any]) -> None:
    states = cloud.client("stepfunctions")
    arn = next(
        one["executionArn"]
        for one in states.list_executions(stateMachineArn=cloud.outputs.state_machine_arn)["executions"]
        if one["name"] == job["jobId"]
    )
    (run,) = states.list_map_runs(executionArn=arn)["mapRuns"]
    counts = states.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert (counts["total"], counts["succeeded"]) == (2, 2)
