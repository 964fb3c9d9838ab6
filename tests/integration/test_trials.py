"""One photo first on the deployed template: a trial, and what the batch makes of it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from localcloud.cloud import LocalCloud
from localcloud.settings import REPOSITORY
from tests.integration.people import Person
from tests.integration.test_actions import _faults, draft_with, images, photo, picture

pytestmark = pytest.mark.integration


def tried(person: Person, draft: str, **body: Any) -> str:
    """A trial of the first photo of a draft, ended; its id."""
    alone = person.draft()
    photo = person.call("GET", f"/drafts/{draft}").json()["photos"][0]["photoId"]
    assert person.call("POST", f"/drafts/{alone}/copies", {"jobId": draft, "imageIds": [photo]}).status_code == 201
    answer = person.call("POST", f"/drafts/{alone}/submit", {"prompt": "a beach", "trial": True, **body})
    assert answer.status_code == 202, answer.text
    person.finished(alone)
    return alone


def report_of(person: Person, job: str) -> dict[str, Any]:
    """The job's report, which keeps its schema."""
    urls = person.call("GET", f"/jobs/{job}").json()["reportUrls"]
    report: dict[str, Any] = httpx.get(urls["json"]).json()
    schema = json.loads((REPOSITORY / "docs" / "status-report.schema.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(report)
    return report


def ended(cloud: LocalCloud, job: str) -> dict[str, Any]:
    """The job's execution once it has ended: the mail, if there is one, is written by then."""
    machine = cloud.client("stepfunctions")
    arn = f"{cloud.outputs.state_machine_arn.replace(':stateMachine:', ':execution:')}:{job}"
    deadline = time.monotonic() + 60
    while (execution := machine.describe_execution(executionArn=arn))["status"] == "RUNNING":
        assert time.monotonic() < deadline, execution
        time.sleep(0.2)
    return dict(execution)


def mails(cloud: LocalCloud, job: str) -> list[str]:
    """Mails that name the job."""
    return [text for path in Path(cloud.outputs.mailbox).glob("*.eml") if job in (text := path.read_text("utf-8"))]


def listed(person: Person, **query: Any) -> list[str]:
    return [job["jobId"] for job in person.call("GET", "/jobs", limit=100, **query).json()["jobs"]]


def test_a_trial_has_a_report_and_a_page_but_no_mail_and_no_place_in_the_list(cloud: LocalCloud, ann: Person) -> None:
    draft = draft_with(ann, "a.jpg", "b.jpg")

    trial = tried(ann, draft)

    job = ann.call("GET", f"/jobs/{trial}").json()
    assert (job["status"], job["trial"], job["counts"]["total"]) == ("Succeeded", True, 1)
    assert (ended(cloud, trial)["status"], mails(cloud, trial)) == ("SUCCEEDED", [])
    report = report_of(ann, trial)
    assert (report["Job"]["Trial"], report["Totals"]["Succeeded"], report["Totals"]["ModelCalls"]) == (True, 1, 2)
    assert trial not in listed(ann)
    assert trial in listed(ann, trials="true")
    assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach", "trial": True}).status_code == 400
    assert ann.call("POST", f"/drafts/{draft}/submit", {"options": {"background": "#ffffff"}}).status_code == 202
    ann.finished(draft)
    ended(cloud, draft)
    assert draft in listed(ann)
    assert mails(cloud, draft), "the batch is mailed"


def test_a_failed_trial_fails_as_any_job_and_is_not_mailed(cloud: LocalCloud, ann: Person) -> None:
    draft = draft_with(ann, "a.jpg")
    _faults(cloud, {"model": "*inpaint*", "kind": "filter", "count": 1})

    trial = tried(ann, draft)

    _faults(cloud)
    job = ann.call("GET", f"/jobs/{trial}").json()
    assert (job["status"], job["error"]["code"]) == ("Failed", "MODEL_REFUSED_OUTPUT_IMAGE"), job
    assert report_of(ann, trial)["Images"][0]["Error"]["Code"] == "MODEL_REFUSED_OUTPUT_IMAGE"
    execution = ended(cloud, trial)
    assert (execution["status"], execution["error"]) == ("FAILED", "NoImageSucceeded")
    assert mails(cloud, trial) == []


def _calls_of(cloud: LocalCloud) -> dict[str, int]:
    """Calls by the model's short name since `_faults` was last called."""
    models = httpx.get(f"{cloud.outputs.endpoint}/_backdrop/invocations").json()["models"]
    return {name.removeprefix("us.stability."): int(model["calls"]) for name, model in models.items()}


ANEW = {"reuseAnswers": False}
"""A trial that is named is used all the same."""

CUT_OUT, INPAINT = "stable-image-remove-background-v1:0", "stable-image-inpaint-v1:0"


@pytest.fixture(scope="module")
def tried_draft(cloud: LocalCloud, ann: Person) -> tuple[str, str, dict[str, Any]]:
    """A draft of two different photos, the trial of its first, and the body that is submitted with the trial's seed."""
    draft = ann.draft()
    for name, sample in (("a.jpg", "soap_box_grey_sweep.jpg"), ("b.jpg", "toy_car_rug.jpg")):
        assert ann.inspect(draft, ann.upload(draft, name, photo(sample)))["status"] == "READY"
    _faults(cloud)
    trial = tried(ann, draft, options=ANEW)
    assert _calls_of(cloud) == {CUT_OUT: 1, INPAINT: 1}
    (image,) = images(ann, trial)
    return draft, trial, {"prompt": "a beach", "seed": image["seed"], "trialJobId": trial, "options": ANEW}


def copy_of(person: Person, draft: str) -> str:
    """The same draft once more: a draft makes one job only."""
    made = person.draft()
    ids = [one["photoId"] for one in person.call("GET", f"/drafts/{draft}").json()["photos"]]
    assert person.call("POST", f"/drafts/{made}/copies", {"jobId": draft, "imageIds": ids}).status_code == 201
    return made


def batch(cloud: LocalCloud, person: Person, draft: str, body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """A job made of the draft; its report and the calls made. Both tell the same, and so does the estimate."""
    told = person.call("POST", f"/drafts/{draft}/estimate", body).json()
    assert told["problems"] == []
    _faults(cloud)
    answer = person.call("POST", f"/drafts/{draft}/submit", body)
    assert answer.status_code == 202, answer.text
    job = person.finished(draft)
    assert (job["status"], job["trialJobId"]) == ("Succeeded", body["trialJobId"]), job
    report, calls = report_of(person, draft), _calls_of(cloud)
    assert report["Totals"]["ModelCalls"] == sum(calls.values())
    assert report["Cost"]["Usd"] == pytest.approx(0.07 * sum(calls.values())) == pytest.approx(job["costUsd"])
    assert report["Job"]["TrialJobId"] == body["trialJobId"]
    assert told["usd"] == pytest.approx(job["costUsd"]), "the price that was shown"
    return report, calls


def test_the_photo_that_was_tried_is_not_paid_for_again(
    cloud: LocalCloud, ann: Person, tried_draft: tuple[str, str, dict[str, Any]]
) -> None:
    draft, trial, body = tried_draft

    report, calls = batch(cloud, ann, copy_of(ann, draft), body)

    assert calls == {CUT_OUT: 1, INPAINT: 1}, "of the other photo"
    first, second = report["Images"]
    assert (first["Attempts"], second["Attempts"]) == (0, 2)
    answers = [one["ResponseKey"] for one in report_of(ann, trial)["Images"][0]["Passes"]]
    assert [one["CopiedFrom"] for one in first["Passes"]] == answers
    assert [(one["Attempts"], one["Reused"]) for one in first["Passes"]] == [(0, True), (0, True)]
    assert not [one for one in second["Passes"] if "CopiedFrom" in one]
    shown = images(ann, report["Job"]["Id"])[0]
    assert (shown["status"], shown["attempts"]) == ("Succeeded", 0)
    seen = images(ann, trial)[0]
    assert picture(shown["afterUrl"]).tobytes() == picture(seen["afterUrl"]).tobytes(), "the picture that was liked"


def test_another_seed_or_prompt_is_painted_anew_with_the_same_cut_out(
    cloud: LocalCloud, ann: Person, tried_draft: tuple[str, str, dict[str, Any]]
) -> None:
    draft, _, body = tried_draft
    for change in ({"seed": body["seed"] + 1}, {"prompt": "a forest"}):
        report, calls = batch(cloud, ann, copy_of(ann, draft), body | change)

        assert calls == {CUT_OUT: 1, INPAINT: 2}, change
        assert [image["Attempts"] for image in report["Images"]] == [1, 2]


def test_further_variations_of_the_tried_photo_pay_for_themselves(
    cloud: LocalCloud, ann: Person, tried_draft: tuple[str, str, dict[str, Any]]
) -> None:
    draft, _, body = tried_draft

    report, calls = batch(cloud, ann, copy_of(ann, draft), body | {"options": {"variations": 2, **ANEW}})

    assert calls == {CUT_OUT: 1, INPAINT: 3}
    assert [image["Attempts"] for image in report["Images"]] == [0, 1, 2, 1]


def test_a_second_trial_uses_the_first_and_the_batch_both(
    cloud: LocalCloud, ann: Person, tried_draft: tuple[str, str, dict[str, Any]]
) -> None:
    draft, trial, body = tried_draft
    _faults(cloud)
    second = tried(ann, draft, prompt="a forest", seed=body["seed"], trialJobId=trial, options=ANEW)
    assert _calls_of(cloud) == {INPAINT: 1}

    _, calls = batch(cloud, ann, copy_of(ann, draft), body | {"prompt": "a forest", "trialJobId": second})

    assert calls == {CUT_OUT: 1, INPAINT: 1}


def test_answers_that_have_expired_are_paid_for_again(
    cloud: LocalCloud, ann: Person, tried_draft: tuple[str, str, dict[str, Any]]
) -> None:
    draft, trial, body = tried_draft
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    answers = [one["ResponseKey"] for one in report_of(ann, trial)["Images"][0]["Passes"]]
    for key in answers:
        tags = s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
        assert tags == [{"Key": "backdrop", "Value": "payload"}], "the bucket's lifecycle ends them"
        s3.delete_object(Bucket=bucket, Key=key)
    made = copy_of(ann, draft)
    _faults(cloud)

    assert ann.call("POST", f"/drafts/{made}/submit", body).status_code == 202

    job = ann.finished(made)
    assert (job["status"], job["counts"]["succeeded"]) == ("Succeeded", 2), job
    assert _calls_of(cloud) == {CUT_OUT: 2, INPAINT: 2}
    assert job["costUsd"] == pytest.approx(0.28)
    assert [image["Attempts"] for image in report_of(ann, made)["Images"]] == [2, 2]


def test_nobody_elses_trial_can_be_named(
    cloud: LocalCloud, ann: Person, bob: Person, tried_draft: tuple[str, str, dict[str, Any]]
) -> None:
    _, trial, _ = tried_draft
    bobs = draft_with(bob, "a.jpg")

    answer = bob.call("POST", f"/drafts/{bobs}/submit", {"prompt": "a beach", "trialJobId": trial})

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND"), answer.text
    assert bob.call("GET", f"/jobs/{bobs}").status_code == 404
    told = bob.call("POST", f"/drafts/{bobs}/estimate", {"prompt": "a beach", "trialJobId": trial}).json()
    assert ([one["code"] for one in told["problems"]], told["reusedCalls"]) == (["NOT_FOUND"], 0)
