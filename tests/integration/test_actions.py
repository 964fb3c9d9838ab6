"""What people do with jobs on the deployed template: estimate, copy, cancel, judge."""

from __future__ import annotations

import email
import email.policy
import io
import itertools
import json
import os
import subprocess
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from PIL import Image

from localcloud.cloud import LocalCloud
from localcloud.settings import REPOSITORY
from tests.bench.quick_cloud import quick_cloud
from tests.command import run_backdrop
from tests.integration.people import Person
from tests.integration.shared import keys_of

pytestmark = pytest.mark.integration

_numbers = itertools.count()


def photo(name: str = "soap_box_grey_sweep.jpg", side: int = 640) -> bytes:
    out = io.BytesIO()
    with Image.open(Path(REPOSITORY) / "samples" / "photos" / name) as source:
        source.thumbnail((side, side))
        source.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


def another_photo() -> bytes:
    """A photo like no other of this run: what was asked about one is not paid for again. The next run has the same, and
    the labels of what the local models know are kept beside their weights.

    The mark that it has is so small that the local models look once at all of them: half a second of CPU each.
    """
    out = io.BytesIO()
    with Image.open(io.BytesIO(photo())) as image:
        image.paste(tuple(sha256(str(next(_numbers)).encode()).digest()[:3]), (0, 0, 4, 4))
        image.save(out, "JPEG", quality=90)
    return out.getvalue()


def draft_with(person: Person, *names: str) -> str:
    draft = person.draft()
    for name in names:
        assert person.inspect(draft, person.upload(draft, name, another_photo()))["status"] == "READY"
    return draft


def images(person: Person, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.call("GET", f"/jobs/{job}/images").json()["images"]
    return found


def picture(url: str) -> Image.Image:
    answer = httpx.get(url)
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


@pytest.fixture(scope="module")
def job(ann: Person) -> str:
    """A finished job of ann's with two photos, transparent."""
    draft = draft_with(ann, "Soap été.jpg", "box.jpg")
    answer = ann.call("POST", f"/drafts/{draft}/submit", {"options": {"background": "transparent"}})
    assert answer.status_code == 202, answer.text
    assert ann.finished(draft)["status"] == "Succeeded"
    return draft


def test_photos_and_results_have_thumbnails(ann: Person, job: str) -> None:
    for image in images(ann, job):
        for field in ("thumbnailUrl", "beforeThumbnailUrl"):
            small = picture(image[field])
            assert (small.format, max(small.size)) == ("JPEG", 480)
        assert picture(image["afterUrl"]).mode == "RGBA"


def test_copies_are_ready_to_submit_and_cost_no_label_call(cloud: LocalCloud, ann: Person, job: str) -> None:
    draft = ann.draft()
    ids = [image["imageId"] for image in images(ann, job)]

    answer = ann.call("POST", f"/drafts/{draft}/copies", {"jobId": job, "imageIds": ids})

    assert answer.status_code == 201, answer.text
    copied = answer.json()["photos"]
    assert [(one["name"], one["status"]) for one in copied] == [("Soap été.jpg", "READY"), ("box.jpg", "READY")]
    assert picture(copied[0]["previewUrl"]).size
    assert max(picture(copied[0]["thumbnailUrl"]).size) == 480
    assert _tags(cloud, draft) == {"draft"}, "copies expire like uploads"
    kept = [copied[0]["labels"][0]["name"]]
    body = {"prompt": "a wooden table", "labels": {copied[0]["photoId"]: kept}}
    assert ann.call("POST", f"/drafts/{draft}/estimate", body).json()["problems"] == []
    assert ann.call("POST", f"/drafts/{draft}/submit", body).status_code == 202
    done = ann.finished(draft)
    assert (done["status"], done["counts"]["succeeded"]) == ("Succeeded", 2), done
    assert images(ann, draft)[0]["labelsKept"] == kept
    assert images(ann, draft)[0]["labelsChosen"] == kept


def test_the_estimate_is_what_the_report_then_says(ann: Person) -> None:
    draft = draft_with(ann, "a.jpg")
    body = {"prompt": "a beach", "options": {"variations": 2}}

    told = ann.call("POST", f"/drafts/{draft}/estimate", body)

    assert told.status_code == 200, told.text
    assert (told.json()["images"], told.json()["problems"], told.json()["queueSeconds"]) == (2, [], 0)
    assert ann.call("POST", f"/drafts/{draft}/submit", body).status_code == 202
    assert ann.finished(draft)["costUsd"] == pytest.approx(told.json()["usd"])


def test_a_running_job_is_cancelled_and_everybody_is_told_the_truth(cloud: LocalCloud, ann: Person, job: str) -> None:
    draft = ann.draft()
    ids = [image["imageId"] for image in images(ann, job)]
    for _ in range(10):
        ann.call("POST", f"/drafts/{draft}/copies", {"jobId": job, "imageIds": ids})
    _faults(cloud, {"model": "*", "kind": "slow", "delaySeconds": 3})
    try:
        assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"}).status_code == 202
        _until_called(cloud)

        answer = ann.call("POST", f"/jobs/{draft}/cancel")

        assert answer.status_code == 202, answer.text
        assert (answer.json()["status"], bool(answer.json()["cancelledAt"])) == ("Running", True)
        assert ann.call("POST", f"/jobs/{draft}/cancel").status_code == 200
        done = ann.finished(draft)
    finally:
        _faults(cloud)

    counts = done["counts"]
    assert done["status"] == "Cancelled", done
    assert counts["succeeded"] + counts["cancelled"] == counts["total"] == 20, "what had begun was finished"
    assert counts["succeeded"] >= 1
    assert counts["cancelled"] >= 10, "eight run at once"
    assert "error" not in done
    _check_told(cloud, ann, draft, done)
    left = ann.call("GET", f"/jobs/{draft}/images", status="Failed").json()["images"]
    assert {image["error"]["code"] for image in left} == {"JOB_CANCELLED"}
    again = ann.draft()
    copied = ann.call("POST", f"/drafts/{again}/copies", {"jobId": draft, "imageIds": [i["imageId"] for i in left]})
    assert len(copied.json()["photos"]) == counts["cancelled"], "what was left can be run again"


def test_a_job_is_cancelled_before_it_begins(cloud: LocalCloud, ann: Person) -> None:
    draft = draft_with(ann, "a.jpg")
    before = _calls(cloud)
    assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"}).status_code == 202

    assert ann.call("POST", f"/jobs/{draft}/cancel").status_code == 202

    done = ann.finished(draft)
    deadline = time.monotonic() + 60
    while "reportUrls" not in done:
        # One that did not run yet has ended at once; its report follows.
        assert time.monotonic() < deadline, done
        time.sleep(0.2)
        done = ann.call("GET", f"/jobs/{draft}").json()
    assert (done["status"], done["counts"]["cancelled"], done["costUsd"]) == ("Cancelled", 1, 0), done
    assert _calls(cloud) == before
    _check_told(cloud, ann, draft, done)
    assert ann.call("POST", f"/jobs/{draft}/cancel").status_code == 200


_WAITING = 12
"""Photos whose turns take so long that some are left when a busy machine cancels at last."""


def test_photos_that_wait_for_their_turn_are_left_too() -> None:
    with quick_cloud(ModelRequestsPerMinute=20) as quick:
        paced = quick.cloud
        with httpx.Client(base_url=paced.outputs.api_url) as client:
            ann = Person(client, paced.demo_token())
            draft = draft_with(ann, *(f"{number}.jpg" for number in range(_WAITING)))
            another = draft_with(ann, "next.jpg")
            told = ann.call("POST", f"/drafts/{draft}/estimate", {"prompt": "a beach"}).json()
            assert told["seconds"] == pytest.approx((_WAITING - 1) * 1.535, abs=0.1), (
                "twice the pace in the first minute"
            )
            assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"}).status_code == 202
            _until_called(paced)

            queue = ann.call("POST", f"/drafts/{another}/estimate", {"prompt": "a beach"}).json()
            assert ann.call("POST", f"/jobs/{draft}/cancel").status_code == 202

            assert queue["queueSeconds"] > 1, "turns are taken"
            done = ann.finished(draft)
            assert done["status"] == "Cancelled"
            assert done["counts"]["succeeded"] >= 1
            assert done["counts"]["cancelled"] >= 2
            calls = _calls(paced)
            assert calls == 2 * done["counts"]["succeeded"], "a turn that was given back is no call"
            assert done["costUsd"] == pytest.approx(0.07 * calls)


def test_a_verdict_is_kept_with_the_image(ann: Person, bob: Person, job: str) -> None:
    path = f"/jobs/{job}/images/{images(ann, job)[0]['imageId']}/verdict"

    approved = ann.call("PUT", path, {"verdict": "APPROVED"})
    assert (approved.status_code, approved.json()["verdict"]) == (200, "APPROVED"), approved.text
    assert ann.call("PUT", path, {"verdict": "REJECTED"}).status_code == 200
    assert bob.call("PUT", path, {"verdict": "APPROVED"}).status_code == 403
    assert [image.get("verdict") for image in images(ann, job)] == ["REJECTED", None]
    assert ann.call("PUT", path, {"verdict": None}).status_code == 200
    assert [image.get("verdict") for image in images(ann, job)] == [None, None]


def test_the_command_runs_failed_images_again_and_cancels(cloud: LocalCloud, tmp_path: Path) -> None:
    (tmp_path / "soap.jpg").write_bytes(photo())
    _faults(cloud, {"model": "*inpaint*", "kind": "filter", "count": 1})
    failed = _backdrop(cloud, "replace", tmp_path / "soap.jpg", "--prompt", "a beach", "--out", tmp_path / "1")
    _faults(cloud)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    job = json.loads(failed.stdout)["job"]["jobId"]

    again = _backdrop(cloud, "retry", job, "--out", tmp_path / "2")

    assert again.returncode == 0, again.stdout + again.stderr
    document = json.loads(again.stdout)
    assert Path(document["images"][0]["file"]).name == "soap.jpg"
    assert (document["job"]["prompt"], document["job"]["jobId"] != job) == ("a beach", True)
    late = _backdrop(cloud, "cancel", document["job"]["jobId"])
    assert (late.returncode, json.loads(late.stdout)["error"]["code"]) == (3, "JOB_ENDED")


def _backdrop(cloud: LocalCloud, *arguments: object) -> subprocess.CompletedProcess[str]:
    outputs = cloud.outputs
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BACKDROP_")} | {
        "BACKDROP_API_URL": outputs.api_url,
        "BACKDROP_USER_POOL_ID": outputs.user_pool_id,
        "BACKDROP_USER_POOL_CLIENT_ID": outputs.user_pool_client_id,
        "BACKDROP_AUTH_ENDPOINT": outputs.endpoint,
        "BACKDROP_USER": outputs.demo_user,
        "BACKDROP_PASSWORD": outputs.demo_password,
    }
    return run_backdrop(*arguments, "--json", environment=environment)


def _check_told(cloud: LocalCloud, person: Person, job: str, done: dict[str, Any]) -> None:
    """Report, mail and execution say what the job says."""
    counts = done["counts"]
    report = httpx.get(done["reportUrls"]["json"]).json()
    schema = json.loads((REPOSITORY / "docs" / "status-report.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(report)
    assert report["Job"]["Status"] == "Cancelled"
    told = {name: report["Totals"][name] for name in ("Images", "Succeeded", "Failed", "Cancelled")}
    assert told == {
        "Images": counts["total"],
        "Succeeded": counts["succeeded"],
        "Failed": counts["failed"],
        "Cancelled": counts["cancelled"],
    }
    machine = cloud.client("stepfunctions")
    arn = f"{cloud.outputs.state_machine_arn.replace(':stateMachine:', ':execution:')}:{job}"
    deadline = time.monotonic() + 60
    while (status := machine.describe_execution(executionArn=arn)["status"]) == "RUNNING":
        assert time.monotonic() < deadline, "the mail comes after the job's last status"
        time.sleep(0.2)
    assert status == "SUCCEEDED"
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in Path(cloud.outputs.mailbox).glob("*.eml")
    ]
    (subject,) = [str(mail["Subject"]) for mail in mails if job in str(mail["Subject"])]
    assert f"cancelled, {counts['succeeded']} of {counts['total']}" in subject


def _faults(cloud: LocalCloud, *rules: dict[str, Any]) -> None:
    httpx.put(f"{cloud.outputs.endpoint}/_backdrop/faults", json={"rules": list(rules)}).raise_for_status()
    httpx.delete(f"{cloud.outputs.endpoint}/_backdrop/invocations").raise_for_status()


def _calls(cloud: LocalCloud) -> int:
    models = httpx.get(f"{cloud.outputs.endpoint}/_backdrop/invocations").json()["models"]
    return sum(int(model["calls"]) for model in models.values())


def _until_called(cloud: LocalCloud, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not _calls(cloud):
        assert time.monotonic() < deadline, "no model was called"
        time.sleep(0.1)


def test_nobody_reaches_what_is_somebody_elses(ann: Person, bob: Person, job: str) -> None:
    mine, hers = bob.draft(), ann.draft()
    ids = [image["imageId"] for image in images(ann, job)]

    for path, body, refused in (
        (f"/drafts/{mine}/copies", {"jobId": job, "imageIds": ids}, (403, "NOT_SHARED")),
        (f"/drafts/{hers}/copies", {"jobId": job, "imageIds": ids}, (404, "NOT_FOUND")),
        (f"/drafts/{hers}/estimate", {"prompt": "a beach"}, (404, "NOT_FOUND")),
    ):
        answer = bob.call("POST", path, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == refused, (path, answer.text)
    assert bob.call("POST", f"/jobs/{job}/cancel").status_code == 403


def _tags(cloud: LocalCloud, draft: str) -> set[str]:
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    keys = keys_of(cloud, draft)
    assert len(keys) == 8, keys  # photo, preview, thumbnail, cut-out
    return {tag["Value"] for key in keys for tag in s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]}
