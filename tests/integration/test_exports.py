"""Exports on the deployed template: finished images once more, with calls that the models count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.shared import wait_until_idle
from tests.integration.test_actions import _backdrop, _faults, draft_with, images
from tests.integration.test_answers_again import asked
from tests.integration.test_trials import report_of

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def job(cloud: LocalCloud, ann: Person) -> str:
    """Two photos with two variations each, of which the first failed; `b (2)` is approved."""
    draft = draft_with(ann, "a.jpg", "b.jpg")
    wait_until_idle(cloud)
    _faults(cloud, {"model": "*inpaint*", "kind": "filter", "count": 1})
    wish = {"prompt": "on a beach", "seed": 21, "options": {"variations": 2}}
    assert ann.call("POST", f"/drafts/{draft}/submit", wish).status_code == 202
    counts = ann.finished(draft)["counts"]
    assert (counts["succeeded"], counts["failed"]) == (3, 1), counts
    assert sum(asked(cloud).values()) >= 5
    path = f"/jobs/{draft}/images/00000001-2/verdict"
    assert ann.call("PUT", path, {"verdict": "APPROVED"}).status_code == 200
    return draft


def files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir() if not path.name.startswith("status_report_")}


def export(cloud: LocalCloud, job: str, out: Path, *flags: str) -> tuple[int, dict[str, Any], str]:
    """Exit status, the command's document and what it said; no model was called."""
    wait_until_idle(cloud)
    _faults(cloud)
    done = _backdrop(cloud, "export", job, "--out", out, "--json", *flags)
    assert asked(cloud) == {}, "an export calls no model"
    return done.returncode, json.loads(done.stdout), done.stderr


def alike(one: Path, other: Path) -> float:
    """Mean difference of the two pictures' channels, the second in the size of the first."""
    with Image.open(one) as first, Image.open(other) as second:
        size = first.size
        difference = ImageChops.difference(first.convert("RGB"), second.convert("RGB").resize(size))
    return max(ImageStat.Stat(difference).mean)


def test_painted_images_in_another_file_and_size(cloud: LocalCloud, ann: Person, job: str, tmp_path: Path) -> None:
    assert _backdrop(cloud, "fetch", job, "--out", tmp_path / "first").returncode == 1
    first = files(tmp_path / "first")

    status, document, said = export(cloud, job, tmp_path / "small", "--format", "png", "--width", "300")

    assert (status, document["counts"]) == (0, {"total": 3, "succeeded": 3, "failed": 0, "notBegun": 0}), said
    assert "no model is called" in said
    assert "never finished: 1" in said
    small = files(tmp_path / "small")
    assert {Path(name).stem for name in small} == {Path(name).stem for name in first} > {"a (2)", "b (2)"}
    for name, path in small.items():
        with Image.open(path) as picture:
            assert (picture.format, picture.width) == ("PNG", 300)
        assert alike(path, first[f"{Path(name).stem}.jpg"]) < 4, "the very same picture"
    made = ann.call("GET", f"/jobs/{document['job']['jobId']}").json()
    assert (made["costUsd"], made["estimatedCostUsd"], made["options"]["exportOf"]) == (0, 0, job)
    report = report_of(ann, made["jobId"])
    assert (report["Totals"]["ModelCalls"], report["Job"]["Options"]["ExportOf"]) == (0, job)
    assert {image["MaskFrom"] for image in report["Images"]} == {"CutOut"}
    before = {(image["ImageName"], image["Seed"]): image["LabelsKept"] for image in report_of(ann, job)["Images"]}
    for image in report["Images"]:
        assert image["LabelsKept"] == before[image["ImageName"], image["Seed"]], "they had the effect that they had"


def test_the_approved_on_a_plain_colour_even_when_no_answer_is_kept(
    cloud: LocalCloud, ann: Person, job: str, tmp_path: Path
) -> None:
    assert _backdrop(cloud, "fetch", job, "--approved", "--out", tmp_path / "approved").returncode == 0
    assert set(files(tmp_path / "approved")) == {"b (2).jpg"}
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    paid = [one for image in report_of(ann, job)["Images"] for one in image["Passes"] or () if not one["Reused"]]
    for one in paid:
        s3.delete_object(Bucket=bucket, Key=one["ResponseKey"])

    status, document, said = export(
        cloud, job, tmp_path / "white", "--approved", "--background", "#ffffff", "--format", "png"
    )

    assert (status, document["counts"]) == (0, {"total": 1, "succeeded": 1, "failed": 0, "notBegun": 0}), said
    (path,) = files(tmp_path / "white").values()
    assert path.name == "b (2).png"
    with Image.open(path) as white, Image.open(tmp_path / "approved" / "b (2).jpg") as before:
        assert white.size == before.size
        assert white.convert("RGB").getpixel((2, white.height - 3)) == (255, 255, 255)
        centre = (white.width // 2, white.height // 2)
        assert white.convert("RGB").getpixel(centre) == pytest.approx(before.convert("RGB").getpixel(centre), abs=12)

    # The painted pictures went with their answers.
    status, document, said = export(cloud, job, tmp_path / "webp", "--format", "webp")

    assert (status, document["counts"]) == (1, {"total": 3, "succeeded": 0, "failed": 3, "notBegun": 0}), said
    codes = {image["error"]["code"] for image in images(ann, document["job"]["jobId"])}
    assert codes == {"ANSWER_NOT_KEPT"}
    assert "No model was called" in images(ann, document["job"]["jobId"])[0]["error"]["message"]
    assert report_of(ann, document["job"]["jobId"])["Cost"]["Usd"] == 0


def test_what_would_need_a_model_is_refused_before_anything_is_done(
    cloud: LocalCloud, ann: Person, job: str, tmp_path: Path
) -> None:
    before = ann.call("GET", "/jobs", limit=1).json()["jobs"][0]["jobId"]
    status, document, said = export(cloud, job, tmp_path / "wide", "--aspect", "2:1")
    assert (status, document["error"]["code"]) == (3, "OPTIONS_INVALID")
    assert "PAD" in said
    assert ann.call("GET", "/jobs", limit=1).json()["jobs"][0]["jobId"] == before


def test_a_product_is_moved_by_hand_without_any_call(cloud: LocalCloud, ann: Person, job: str, tmp_path: Path) -> None:
    white = ("--background", "#ffffff", "--format", "png")
    status, _, said = export(cloud, job, tmp_path / "still", *white)
    assert status == 0, said

    placed = ("--place", "a.jpg=0.25,0", "--place", "b.jpg=0,0,0.5,90")
    status, document, said = export(cloud, job, tmp_path / "moved", *white, *placed)

    assert (status, document["counts"]["succeeded"]) == (0, 2), said
    assert "--place" not in said
    still, moved = files(tmp_path / "still"), files(tmp_path / "moved")
    assert set(still) == set(moved)
    boxes = {name: (_product(still[name]), _product(moved[name])) for name in still}
    (before, after), (upright, turned) = (boxes[name] for name in sorted(boxes))
    assert after[0] > before[0] + 0.15, "it is further to the right"
    wide, high = upright[2] - upright[0], upright[3] - upright[1]
    assert (turned[2] - turned[0], turned[3] - turned[1]) == pytest.approx((high / 2, wide / 2), abs=0.03)
    report = report_of(ann, document["job"]["jobId"])
    assert report["Totals"]["ModelCalls"] == 0
    done = {image["ImageName"]: image["ByHand"] for image in report["Images"]}
    assert (done["a.jpg"]["Resampled"], done["a.jpg"]["Across"]) == (False, pytest.approx(0.25, abs=0.01))
    assert done["b.jpg"] == {"Across": 0, "Down": 0, "Scale": 0.5, "Turn": 90, "Resampled": True}
    told = {image["name"]: image["byHand"] for image in images(ann, document["job"]["jobId"])}
    assert told["b.jpg"]["resampled"] is True


def _product(path: Path) -> tuple[float, float, float, float]:
    """The box of what is not white, in shares of the height."""
    with Image.open(path) as picture:
        box = picture.convert("L").point([255] * 245 + [0] * 11).getbbox()
        assert box is not None
        return box[0] / picture.height, box[1] / picture.height, box[2] / picture.height, box[3] / picture.height
