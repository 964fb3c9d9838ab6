"""Cancelling: a note in the job's row. What the workflow makes of it is in tests/integration/test_actions.py."""

from __future__ import annotations

from datetime import timedelta

from backdrop.core import clock
from backdrop.core.vocabulary import JobStatus
from tests.unit.api.conftest import START, Answer, Api


def cancel(api: Api, job: str, user: str = "ann") -> Answer:
    return api.call("POST", f"/jobs/{job}/cancel", None, user)


def test_a_running_job_ends_once_what_is_in_the_air_is_done(api: Api) -> None:
    job = api.job("a.jpg", "b.jpg")
    api.edit_job(job, status=JobStatus.RUNNING, started_at=clock.iso(START))

    answer = cancel(api, job)

    assert answer.status == 202
    assert (answer.body["status"], answer.body["cancelledAt"]) == ("Running", clock.iso(START))
    assert answer.body["counts"] == {"total": 2, "succeeded": 0, "failed": 0, "pending": 2}
    assert "etaSeconds" not in answer.body


def test_a_job_that_does_not_run_yet_has_ended_whether_it_is_ever_started_or_not(api: Api) -> None:
    job = api.job("a.jpg", "b.jpg")

    answer = cancel(api, job)

    assert (answer.status, answer.body["status"]) == (202, "Cancelled")
    assert answer.body["finishedAt"] == answer.body["cancelledAt"] == clock.iso(START)
    assert answer.body["counts"] == {"total": 2, "succeeded": 0, "failed": 2, "pending": 0, "cancelled": 2}
    assert answer.body["costUsd"] == 0
    api.now += timedelta(hours=1)
    later = api.call("GET", f"/jobs/{job}").body
    assert "error" not in later, "nobody waits for it to start"
    images = api.call("GET", f"/jobs/{job}/images").body["images"]
    assert [(image["status"], image["error"]["code"]) for image in images] == [("Failed", "JOB_CANCELLED")] * 2
    assert api.call("GET", f"/jobs/{job}/images", query={"status": "Failed"}).body["images"] == images
    assert cancel(api, job).status == 200


def test_a_cancelled_job_whose_report_lacks_an_image_says_so(api: Api) -> None:
    job = api.job("a.jpg")
    cancel(api, job)
    api.edit_job(job, report_key="r.json", report_csv_key="r.csv")

    (image,) = api.call("GET", f"/jobs/{job}/images").body["images"]

    assert image["error"]["code"] == "OUTCOME_NOT_RECORDED"


def test_once_is_enough(api: Api) -> None:
    job = api.job("a.jpg")
    api.edit_job(job, status=JobStatus.RUNNING)
    first = cancel(api, job)
    api.now += timedelta(seconds=5)

    again = cancel(api, job)

    assert (again.status, again.body["cancelledAt"]) == (200, first.body["cancelledAt"])
    api.edit_job(job, status=JobStatus.CANCELLED)
    assert cancel(api, job).status == 200


def test_a_job_that_has_ended_can_not_be_cancelled(api: Api) -> None:
    job = api.job("a.jpg")
    api.edit_job(job, status=JobStatus.SUCCEEDED)

    answer = cancel(api, job)

    assert (answer.status, answer.code) == (409, "JOB_ENDED")
    assert api.jobs.rows[job].cancelled_at is None


def test_a_cancelled_job_counts_what_was_left_among_the_failed(api: Api) -> None:
    job = api.job("a.jpg", "b.jpg", "c.jpg")
    ids = [line["ImageId"] for line in api.manifest(job)]
    api.finish(job, ids[0])
    api.fail(job, ids[1], "ModelRefused", "MODEL_REFUSED_PROMPT: no")
    api.fail(job, ids[2], "JobCancelled", "JOB_CANCELLED: The job was cancelled before this image was begun.")
    api.edit_job(job, status=JobStatus.CANCELLED, succeeded=1, failed=2, cancelled=1, cancelled_at=clock.iso(START))

    body = api.call("GET", f"/jobs/{job}").body

    assert body["counts"] == {"total": 3, "succeeded": 1, "failed": 2, "pending": 0, "cancelled": 1}
    assert "error" not in body
    image = api.call("GET", f"/jobs/{job}/images", query={"status": "Failed"}).body["images"][1]
    assert image["error"]["code"] == "JOB_CANCELLED"
    assert "as a new job" in image["error"]["nextStep"]


def test_another_users_job_is_not_found_and_goes_on(api: Api) -> None:
    job = api.job("a.jpg")

    assert cancel(api, job, "bob").status == 403
    assert cancel(api, "0" * 26).status == 404
    assert cancel(api, "../jobs").status == 404
    assert api.jobs.rows[job].cancelled_at is None


def test_a_draft_is_no_job(api: Api) -> None:
    assert cancel(api, api.draft()).status == 404
