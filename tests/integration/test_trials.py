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
from tests.integration.test_actions import _faults, draft_with

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
