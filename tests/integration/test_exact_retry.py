"""A retry makes the images that are missing, each once and with its own seed, on the deployed template."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import httpx
import pytest

from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.test_actions import _backdrop, _faults, draft_with, images

pytestmark = pytest.mark.integration

CUT_OUT, INPAINT = "us.stability.stable-image-remove-background-v1:0", "us.stability.stable-image-inpaint-v1:0"


def test_what_is_missing_of_several_variations_is_made_and_nothing_else(
    cloud: LocalCloud, ann: Person, tmp_path: Path
) -> None:
    draft = draft_with(ann, "a.jpg", "b.jpg", "c.jpg")
    _faults(cloud, {"model": "*inpaint*", "kind": "filter", "count": 4})
    body = {"prompt": "a beach", "seed": 50, "options": {"variations": 3, "reuseAnswers": False}}
    assert ann.call("POST", f"/drafts/{draft}/submit", body).status_code == 202
    assert ann.finished(draft)["counts"]["failed"] == 4
    failed = [image for image in images(ann, draft) if image["status"] == "Failed"]
    photos = Counter(image["name"] for image in failed)
    _faults(cloud)

    assert _backdrop(cloud, "retry", draft, "--out", tmp_path / "out").returncode == 0

    newest = ann.call("GET", "/jobs", limit=1).json()["jobs"][0]
    assert (newest["status"], newest["counts"]["total"], newest["counts"]["succeeded"]) == ("Succeeded", 4, 4), newest
    made = images(ann, newest["jobId"])
    # What the filter refused takes another seed.
    wanted = sorted((one["name"], one["seed"] + 100) for one in failed)
    assert sorted((one["name"], one["seed"]) for one in made) == wanted
    report = httpx.get(newest["reportUrls"]["json"]).json()
    calls = {one["ModelId"]: one["Calls"] for one in report["Cost"]["Models"]}
    assert calls == {CUT_OUT: len(photos), INPAINT: 4}, "one cut-out a photo"
    assert newest["costUsd"] == pytest.approx(newest["estimatedCostUsd"]) == pytest.approx(0.07 * (4 + len(photos)))


def test_photos_of_one_job_have_as_many_images_as_was_asked_of_each(cloud: LocalCloud, ann: Person) -> None:
    draft = draft_with(ann, "a.jpg", "b.jpg")
    body = {"prompt": "a beach", "seed": 60, "seeds": {"00000001": [7, 9, 8]}}
    _faults(cloud)
    told = ann.call("POST", f"/drafts/{draft}/estimate", body).json()
    assert (told["problems"], told["images"]) == ([], 4)

    assert ann.call("POST", f"/drafts/{draft}/submit", body).status_code == 202

    job = ann.finished(draft)
    assert (job["status"], job["counts"]["succeeded"]) == ("Succeeded", 4), job
    assert [(one["imageId"], one["variation"], one["seed"]) for one in images(ann, draft)] == [
        ("00000000", 1, 60),
        ("00000001", 1, 7),
        ("00000001-2", 2, 9),
        ("00000001-3", 3, 8),
    ]
    assert job["costUsd"] == pytest.approx(told["usd"])
