"""A job that is cancelled before its execution starts, on the deployed template: it ends, whether it starts or not.

The stream's records are held back, so that the cancelling surely comes first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from localcloud.cloud import LocalCloud
from tests.integration.people import Person
from tests.integration.test_actions import _calls, _check_told, draft_with, images
from tests.integration.test_workflow import Stack

pytestmark = pytest.mark.integration


class Starter:
    """StartJob and the stream that brings it the submitted jobs."""

    def __init__(self, cloud: LocalCloud) -> None:
        self._lambda, self._machine = cloud.client("lambda"), cloud.outputs.state_machine_arn
        self._sqs, self._queue = cloud.client("sqs"), cloud.outputs.dead_letter_queue_url
        mappings = self._lambda.list_event_source_mappings()["EventSourceMappings"]
        # The stack that signs may stand beside this one.
        (mapping,) = (one for one in mappings if f":{cloud.outputs.stack_name}-StartJob" in one["FunctionArn"])
        self._mapping, self._function = mapping["UUID"], mapping["FunctionArn"]

    def hold(self) -> None:
        """Records wait from now on."""
        self._lambda.update_event_source_mapping(UUID=self._mapping, Enabled=False)

    def go_on(self, *, broken: bool = False) -> None:
        """Records come again; `broken`: to a StartJob whose state machine does not exist."""
        variables = self._lambda.get_function_configuration(FunctionName=self._function)["Environment"]["Variables"]
        variables["STATE_MACHINE_ARN"] = f"{self._machine}-gone" if broken else self._machine
        self._lambda.update_function_configuration(FunctionName=self._function, Environment={"Variables": variables})
        self._lambda.update_event_source_mapping(UUID=self._mapping, Enabled=True)

    def dead_letter(self, job: str, seconds: float = 60) -> dict[str, Any]:
        """What lies in the queue about a job, taken out of it."""
        deadline = time.monotonic() + seconds
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, WaitTimeSeconds=2, MaxNumberOfMessages=1)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                letter = dict(json.loads(message["Body"]))
                if letter.get("JobId") == job:
                    return letter
            assert time.monotonic() < deadline, "nothing arrived in the dead-letter queue"


@pytest.fixture
def starter(cloud: LocalCloud) -> Iterator[Starter]:
    Stack(cloud).when_idle()  # no other job's calls are counted
    made = Starter(cloud)
    made.hold()
    yield made
    made.go_on()


def cancelled(person: Person) -> str:
    """A job of two photos, cancelled while it waits to be started."""
    draft = draft_with(person, "a.jpg", "b.jpg")
    assert person.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"}).json()["status"] == "Submitted"
    answer = person.call("POST", f"/jobs/{draft}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "Cancelled"), answer.text
    return draft


def check_ended(person: Person, job: str) -> dict[str, Any]:
    """What the job says of itself, with or without a report."""
    body: dict[str, Any] = person.call("GET", f"/jobs/{job}").json()
    assert body["status"] == "Cancelled", body
    assert body["counts"] | {"needReview": 0} == {
        "total": 2,
        "succeeded": 0,
        "failed": 2,
        "pending": 0,
        "cancelled": 2,
        "needReview": 0,
    }
    assert (body["costUsd"], "error" in body, bool(body["finishedAt"])) == (0, False, True)
    assert [(one["status"], one["error"]["code"]) for one in images(person, job)] == [("Failed", "JOB_CANCELLED")] * 2
    return body


def test_it_ends_at_once_and_its_run_only_writes_the_report(cloud: LocalCloud, ann: Person, starter: Starter) -> None:
    before = _calls(cloud)
    job = cancelled(ann)
    assert "reportUrls" not in check_ended(ann, job), "it waits to be started, and has ended all the same"

    starter.go_on()

    deadline = time.monotonic() + 60
    while "reportUrls" not in (body := check_ended(ann, job)):
        assert time.monotonic() < deadline, body
        time.sleep(0.1)
    _check_told(cloud, ann, job, body)
    assert _calls(cloud) == before
    assert ann.call("POST", f"/jobs/{job}/cancel").status_code == 200


def test_a_start_that_fails_for_good_leaves_it_cancelled_and_is_not_forgotten(
    cloud: LocalCloud, ann: Person, starter: Starter
) -> None:
    before = _calls(cloud)
    job = cancelled(ann)

    starter.go_on(broken=True)

    assert "states:StartExecution" in starter.dead_letter(job)["Cause"], "somebody has to repair it"
    assert "reportUrls" not in check_ended(ann, job)
    assert _calls(cloud) == before
    again = ann.draft()
    ids = [one["imageId"] for one in images(ann, job)]
    copied = ann.call("POST", f"/drafts/{again}/copies", {"jobId": job, "imageIds": ids})
    assert [photo["status"] for photo in copied.json()["photos"]] == ["READY"] * 2, "what was left can be run again"


def test_a_job_that_nobody_cancelled_fails_when_it_can_not_be_started(ann: Person, starter: Starter) -> None:
    draft = draft_with(ann, "a.jpg")
    assert ann.call("POST", f"/drafts/{draft}/submit", {"prompt": "a beach"}).status_code == 202

    starter.go_on(broken=True)

    job = ann.finished(draft)
    assert (job["status"], job["error"]["code"]) == ("Failed", "JOB_NOT_STARTED"), job
    late = ann.call("POST", f"/jobs/{draft}/cancel")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "JOB_ENDED")
    starter.dead_letter(draft)
