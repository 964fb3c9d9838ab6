"""A submitted job starts once; what can't be started is reported and seen."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from backdrop.aws.items import to_item
from backdrop.core.errors import ErrorCode, explain
from backdrop.core.keys import new_job_id
from backdrop.core.options import Options
from backdrop.core.options_json import to_dict
from backdrop.core.vocabulary import JobStatus
from tests.unit.handlers.job_steps.conftest import JobsTwin, QueueTwin, StepFunctionsTwin


def record(job_id: str, event: str = "INSERT", **changes: Any) -> dict[str, Any]:
    """A stream record; a change to None leaves the attribute out."""
    job = {
        "JobId": job_id,
        "Owner": "ada",
        "OwnerEmail": "ada@example.com",
        "CreatedAt": "2026-11-21T04:00:00.000Z",
        "Status": "Submitted",
        "ImageCount": 2,
        "S3Bucket": "b",
        "InputS3Prefix": "in/d",
        "OutputS3Prefix": "out/d",
        "StatusS3Prefix": "status/d",
        "ManifestKey": "in/d/manifest.jsonl",
        "Prompt": 'a 19" monitor\n\\ 🙂 {{x}}',
        "NegativePrompt": "",
        "Mode": "PRECISE",
        "ModelId": "m",
        "Seed": 7,
        "Options": '{"Variations":2,"CfgScale":7.5}',
    }
    return {
        "eventName": event,
        "dynamodb": {
            "SequenceNumber": f"seq-{job_id}",
            "Keys": to_item({"JobId": job_id}),
            "NewImage": to_item({**job, **changes}),
        },
    }


def failures(answer: dict[str, Any]) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "StartExecution")


@pytest.mark.parametrize("status", [one for one in JobStatus if one is not JobStatus.SUBMITTED])
def test_a_row_that_is_restored_from_a_backup_starts_nothing(
    start_job: ModuleType, step_functions: StepFunctionsTwin, queue: QueueTwin, status: JobStatus
) -> None:
    """Step Functions forgets a name after 90 days: it would run, and be paid, again."""
    assert failures(start_job.handler({"Records": [record(new_job_id(), Status=status)]}, None)) == []
    assert step_functions.started == {}
    assert queue.bodies == []


def test_an_inserted_job_starts_an_execution_of_its_own_name_with_its_words_verbatim(
    start_job: ModuleType, step_functions: StepFunctionsTwin
) -> None:
    id_ = new_job_id()
    assert failures(start_job.handler({"Records": [record(id_)]}, None)) == []
    assert json.loads(step_functions.started[id_]) == {
        "Id": id_,
        "S3Bucket": "b",
        "InputS3Prefix": "in/d",
        "OutputS3Prefix": "out/d",
        "StatusS3Prefix": "status/d",
        "Prompt": 'a 19" monitor\n\\ 🙂 {{x}}',
        "NegativePrompt": "",
        "Mode": "PRECISE",
        "Images": {"ManifestKey": "in/d/manifest.jsonl"},
        "ModelId": "m",
        "Seed": 7,
        "Options": to_dict(Options(variations=2, cfg_scale=7.5)),
        "RequestedBy": "ada@example.com",
        "Trial": False,
        "TrialJobId": None,
        "MaxUsd": None,
    }


def test_the_same_record_twice_starts_one_execution_and_succeeds_both_times(
    start_job: ModuleType, step_functions: StepFunctionsTwin
) -> None:
    id_ = new_job_id()
    answers = [start_job.handler({"Records": [record(id_)]}, None) for _ in range(2)]
    assert [failures(answer) for answer in answers] == [[], []]
    assert list(step_functions.started) == [id_]


@pytest.mark.parametrize("event", ["MODIFY", "REMOVE"])
def test_other_events_start_nothing(start_job: ModuleType, step_functions: StepFunctionsTwin, event: str) -> None:
    removed = record(new_job_id(), event)
    if event == "REMOVE":
        del removed["dynamodb"]["NewImage"]
    assert failures(start_job.handler({"Records": [removed]}, None)) == []
    assert step_functions.started == {}


def test_one_poison_record_among_ten_holds_no_other_back_and_its_job_shows_it(
    start_job: ModuleType, step_functions: StepFunctionsTwin, jobs: JobsTwin, queue: QueueTwin
) -> None:
    ids = [f"{number:026d}" for number in range(10)]
    jobs.rows = {id_: {} for id_ in ids}
    records = [record(id_, ManifestKey=None) if id_ == ids[3] else record(id_) for id_ in ids]
    assert failures(start_job.handler({"Records": records}, None)) == [], "it would block the shard for hours"
    assert sorted(step_functions.started) == [id_ for id_ in ids if id_ != ids[3]]
    assert jobs.rows[ids[3]]["status"] is JobStatus.FAILED
    assert explain(jobs.rows[ids[3]]["error"], jobs.rows[ids[3]]["cause"]).code is ErrorCode.JOB_NOT_STARTED
    assert "ManifestKey" in jobs.rows[ids[3]]["cause"]
    assert [(letter["JobId"], "ManifestKey" in letter["Cause"]) for letter in queue.bodies] == [(ids[3], True)]


def test_a_passing_trouble_is_tried_again_and_does_not_touch_the_job(
    start_job: ModuleType, step_functions: StepFunctionsTwin, jobs: JobsTwin, queue: QueueTwin
) -> None:
    id_ = new_job_id()
    jobs.rows = {id_: {}}
    for trouble in (refusal("ThrottlingException"), EndpointConnectionError(endpoint_url="https://states")):
        step_functions.refuse = {id_: trouble}
        assert failures(start_job.handler({"Records": [record(id_)]}, None)) == [f"seq-{id_}"]
    assert (jobs.rows[id_], queue.bodies) == ({}, [])


def test_a_lasting_refusal_is_written_to_the_job_and_laid_down_with_its_id(
    start_job: ModuleType, step_functions: StepFunctionsTwin, jobs: JobsTwin, queue: QueueTwin
) -> None:
    id_ = new_job_id()
    jobs.rows, step_functions.refuse = {id_: {}}, {id_: refusal("AccessDeniedException")}
    queue.refuse = refusal("ThrottlingException")
    assert failures(start_job.handler({"Records": [record(id_)]}, None)) == [f"seq-{id_}"], "nothing is forgotten"
    queue.refuse = None
    assert failures(start_job.handler({"Records": [record(id_)]}, None)) == []
    assert jobs.rows[id_]["status"] is JobStatus.FAILED
    assert [letter["JobId"] for letter in queue.bodies] == [id_]
