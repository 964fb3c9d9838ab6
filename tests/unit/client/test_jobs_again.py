"""What people do with a job after it was submitted: cancel it, judge its images, run it again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backdrop.core.vocabulary import JobStatus, Verdict
from backdrop_client.api import BackdropApi
from tests.unit.client.conftest import Command, files
from tests.unit.client.fake import FakeBackdrop, with_defaults
from tests.unit.client.test_api import submit_one


def image(number: int, status: str, variation: int = 1, **fields: Any) -> dict[str, Any]:
    id_ = f"{number:08}" + (f"-{variation}" if variation > 1 else "")
    told = {"labelsKept": [], "labelsChosen": [], "seed": variation, "modelId": "model.good"}
    return {"imageId": id_, "name": f"{number}.jpg", "status": status, "variation": variation, **told, **fields}


@pytest.fixture
def earlier(fake: FakeBackdrop) -> FakeBackdrop:
    """Job d0: two of its three photos failed."""
    fake.earlier = {
        "jobId": "d0",
        "trial": False,
        "mine": True,
        "allowed": ["CANCEL", "JUDGE", "REUSE", "SEE", "SHARE"],
        "thumbnailUrls": [],
        "estimatedCostUsd": 0.42,
        "status": "PartlyFailed",
        "createdAt": "2026-11-20T04:00:00.000Z",
        "prompt": "a beach",
        "negativePrompt": "people",
        "mode": "DEFAULT",
        "modelId": "model.good",
        "seed": 7,
        "options": with_defaults({"variations": 2, "output": {"aspect": "4:5"}}),
        "counts": {"total": 6, "succeeded": 3, "failed": 3, "pending": 0},
    }
    fake.earlier_images = [
        image(0, "Succeeded"),
        image(0, "Succeeded", 2),
        image(1, "Failed", labelsChosen=["Mug"], seed=7),
        image(1, "Failed", 2, labelsChosen=["Mug"], seed=8),
        image(2, "Succeeded", labelsChosen=[], seed=7),
        image(2, "Failed", 2, labelsChosen=[], seed=8),
    ]
    return fake


def test_retry_runs_what_failed_again_with_the_same_settings(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path
) -> None:
    status, out, _ = backdrop("retry", "d0", "--out", tmp_path / "out")

    assert status == 0, out
    assert earlier.submitted == {
        "prompt": "a beach",
        "negativePrompt": "people",
        "mode": "DEFAULT",
        "modelId": "model.good",
        "seed": 7,
        "options": {"variations": 2, "output": {"aspect": "4:5"}},
        "labels": {"p0000000": ["Mug"]},
        "seeds": {"p0000000": [7, 8], "p0000001": [8]},
        "private": True,
    }
    assert [photo.name for photo in earlier.photos.values()] == ["1.jpg", "2.jpg"], "each photo once"
    assert earlier.count("POST /s3/upload") == 0
    made = {name for name in files(tmp_path / "out") if name.endswith(".png")}
    assert made == {"1.png", "1 (2).png", "2 (2).png"}, "no image more than failed, and each by its own name"


def test_a_retry_makes_all_files_of_a_picture_again_and_calls_them_as_before(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path
) -> None:
    assert earlier.earlier is not None
    further = {"outputs": [{"width": 300, "format": "PNG"}]}
    earlier.earlier["options"] = with_defaults({"variations": 2, **further})
    outcomes = ["Succeeded", "Succeeded", "Succeeded", "Failed"]
    earlier.earlier_images = [
        image(number, "Succeeded" if number else outcome, variation + 1, labelsChosen=[], seed=7 + variation // 2)
        for number in range(2)
        for variation, outcome in enumerate(outcomes)
    ]

    status, out, _ = backdrop("retry", "d0", "--out", tmp_path / "out")

    assert status == 0, out
    assert earlier.submitted is not None
    assert earlier.submitted["seeds"] == {"p0000000": [8]}
    (again,) = earlier.submitted["options"]["outputs"]
    assert (again["width"], again["format"]) == (300, "PNG")
    made = {name for name in files(tmp_path / "out") if name.endswith(".png")}
    assert made == {"0 (3).png", "0 (4).png"}, "both files of the second picture, by their own names"


def test_a_retry_makes_only_the_scenes_that_failed(backdrop: Command, earlier: FakeBackdrop, tmp_path: Path) -> None:
    assert earlier.earlier is not None
    scenes = [{"prompt": "a forest", "background": "generated"}, {"prompt": "", "background": "#ffffff"}]
    earlier.earlier["options"] = with_defaults({"scenes": scenes, "style": "anime"})
    earlier.earlier_images = [
        image(0, "Succeeded", seed=7, scene=1, prompt="its own"),
        image(0, "Failed", 2, seed=7, scene=2, prompt="its own"),
        image(0, "Failed", 3, seed=7, scene=3, prompt="its own"),
        image(1, "Succeeded", seed=7, scene=1),
        image(1, "Succeeded", 2, seed=7, scene=2),
        image(1, "Failed", 3, seed=7, scene=3),
    ]

    status, out, _ = backdrop("retry", "d0", "--out", tmp_path / "out")

    assert status == 0, out
    assert earlier.submitted is not None
    assert earlier.submitted["prompt"] == "a forest"
    assert earlier.submitted["options"] == {"style": "anime", "scenes": [{"background": "#ffffff"}]}
    assert earlier.submitted["seeds"] == {"p0000000": [7], "p0000001": [7]}
    assert "prompts" not in earlier.submitted, "they are for the first scene"
    made = {name for name in files(tmp_path / "out") if name.endswith(".png")}
    assert made == {"0 (2).png", "0 (3).png", "1 (2).png", "1 (3).png"}


def test_a_retry_calls_each_file_as_the_job_did_whatever_else_failed(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path
) -> None:
    earlier.earlier["options"] = with_defaults({})
    earlier.earlier_images = [
        image(0, "Succeeded", name="SKU-A/front.jpg"),
        image(1, "Failed", name="SKU-A/front.jpg"),
        image(2, "Failed", name="SKU-B/front.jpg"),
    ]
    backdrop("retry", "d0", "--out", tmp_path / "out")

    made = {name for name in files(tmp_path / "out") if name.endswith(".png")}
    assert made == {"SKU-A/front (2).png", "SKU-B/front.png"}
    assert [photo.file_names for photo in earlier.photos.values()] == [["SKU-A/front (2)"], []], "no more than needed"

    backdrop("fetch", "d1", "--out", tmp_path / "later")
    assert {name for name in files(tmp_path / "later") if name.endswith(".png")} == made


def test_retry_with_another_seed_makes_as_many_as_failed(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path
) -> None:
    backdrop("retry", "d0", "--seed", 90, "--out", tmp_path / "out")

    assert earlier.submitted
    assert earlier.submitted["seeds"] == {"p0000000": [90, 91], "p0000001": [90]}


@pytest.mark.parametrize(("seed", "other"), [(8, 108), (2_147_483_646, 2_147_483_546)])
def test_what_the_models_filter_refused_takes_another_seed(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path, seed: int, other: int
) -> None:
    error = {"code": "MODEL_REFUSED_OUTPUT_IMAGE", "message": "Content filtered.", "nextStep": "Again.", "pass": 1}
    earlier.earlier_images[3] = image(1, "Failed", 2, labelsChosen=["Mug"], seed=seed, error=error)

    backdrop("retry", "d0", "--out", tmp_path / "out")

    assert earlier.submitted is not None
    assert earlier.submitted["seeds"] == {"p0000000": [7, other], "p0000001": [8]}


def test_retry_takes_all_and_other_words_and_seed(backdrop: Command, earlier: FakeBackdrop, tmp_path: Path) -> None:
    status, _, _ = backdrop("retry", "d0", "--all", "--prompt", "a forest", "--seed", 9, "--out", tmp_path / "out")

    assert status == 0
    assert earlier.submitted
    assert (earlier.submitted["prompt"], earlier.submitted["seed"], len(earlier.photos)) == ("a forest", 9, 3)
    assert "seeds" not in earlier.submitted, "all variations of all photos"


def test_more_photos_than_a_call_takes_are_copied_in_several(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path
) -> None:
    earlier.earlier_images = [image(number, "Failed", labelsChosen=[f"L{number}"]) for number in range(230)]

    backdrop("retry", "d0", "--out", tmp_path / "out")

    assert earlier.count("POST /v1/drafts/d1/copies") == 3
    assert earlier.submitted
    names = {id_: photo.name for id_, photo in earlier.photos.items()}
    assert {names[id_]: kept for id_, kept in earlier.submitted["labels"].items()} == {
        f"{number}.jpg": [f"L{number}"] for number in range(230)
    }


@pytest.mark.parametrize(
    ("changes", "code"), [({"status": "Running"}, "JOB_RUNNING"), ({"status": "Succeeded"}, "NOTHING_TO_RETRY")]
)
def test_what_can_not_be_run_again_is_wrong_use_and_starts_nothing(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    earlier.earlier |= changes
    earlier.earlier_images = earlier.earlier_images[:2]

    status, out, err = backdrop("retry", "d0", "--out", tmp_path / "out", "--json")

    assert (status, json.loads(out)["error"]["code"]) == (2, code)
    assert "->" in err
    assert earlier.submitted is None
    assert earlier.count("POST /v1/drafts") == 0


def test_cancel_says_what_is_being_finished_and_what_was_left(
    backdrop: Command, fake: FakeBackdrop, api: BackdropApi
) -> None:
    submit_one(api)
    status, out, _ = backdrop("cancel", "d1")
    assert (status, "is cancelled" in out, "0 of 1 image done so far" in out) == (0, True, True)

    fake.failing = {"mug.jpg"}
    fake.polls_until_done = 0
    status, out, _ = backdrop("cancel", "d1")
    assert "has ended: 0 of 1 image done, 1 not begun." in out
    document = json.loads(backdrop("cancel", "d1", "--json")[1])
    assert (document["status"], document["counts"]["cancelled"]) == ("Cancelled", 1)


def test_cancelling_what_is_not_there_fails(backdrop: Command) -> None:
    status, _, err = backdrop("cancel", "d9")
    assert status == 3
    assert "NOT_FOUND" in err


def test_a_cancelled_job_is_fetched_and_what_was_left_is_counted_not_listed(
    backdrop: Command, fake: FakeBackdrop, photos: Path, tmp_path: Path
) -> None:
    fake.failing = {"mug.jpg"}
    fake.cancelled = True
    status, out, _ = backdrop("replace", photos, "--prompt", "x", "--out", tmp_path / "out")

    assert status == 1
    assert "The job was cancelled: 1 image was not begun." in out
    assert "failed:" not in out


def test_cancel_and_verdict_are_typed(fake: FakeBackdrop, api: BackdropApi) -> None:
    job_id = submit_one(api)

    cancelled = api.cancel_job(job_id)
    approved = api.set_verdict(job_id, "p0000000", Verdict.APPROVED)
    taken_back = api.set_verdict(job_id, "p0000000", None)

    assert cancelled.cancelled_at
    assert (approved.verdict, bool(approved.verdict_at)) == (Verdict.APPROVED, True)
    assert taken_back.verdict is None
    fake.polls_until_done = 0
    assert api.job(job_id).status is JobStatus.CANCELLED


def test_photos_own_prompts_go_along_unless_there_is_another_for_all(
    backdrop: Command, earlier: FakeBackdrop, tmp_path: Path
) -> None:
    earlier.earlier_images[2]["prompt"] = earlier.earlier_images[3]["prompt"] = "a forest"

    assert backdrop("retry", "d0", "--out", tmp_path / "out")[0] == 0
    assert earlier.submitted
    assert list(earlier.submitted["prompts"].values()) == ["a forest"]
    assert earlier.photos[next(iter(earlier.submitted["prompts"]))].name == "1.jpg"

    assert backdrop("retry", "d0", "--prompt", "a desk", "--out", tmp_path / "again")[0] == 0
    assert (earlier.submitted["prompt"], earlier.submitted.get("prompts")) == ("a desk", None)
