"""StartJob: every job put into the Jobs table starts one execution, named by the job's id.

A record that comes twice finds its execution there and is done. A record that can't be started is reported to
Lambda, which tries it again a bounded number of times and then sends it to the dead-letter queue.
"""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.logging import Logger

from backdrop.aws.clients import dynamodb, stepfunctions
from backdrop.aws.executions import CannotStart, Executions
from backdrop.aws.items import from_item
from backdrop.aws.jobs_table import JobsTable
from backdrop.core import clock
from backdrop.core.errors import ErrorCode
from backdrop.handlers.environment import StartJobEnvironment

logger = Logger()
_environment = StartJobEnvironment.from_env()
_executions = Executions(stepfunctions, _environment.state_machine_arn)

_FIELDS = ("S3Bucket", "InputS3Prefix", "OutputS3Prefix", "StatusS3Prefix", "Prompt", "NegativePrompt", "Mode")


class RecordUnusable(Exception):
    """A stream record that is no job."""


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start the jobs of a batch of the Jobs table's stream; answer `{"batchItemFailures": [{"itemIdentifier": sequence
    number}]}`."""
    failed = [record for record in event["Records"] if not _handled(record)]
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failed]}


def execution_input(record: dict[str, Any]) -> dict[str, Any]:
    """Return the state machine's input (docs/contracts.md, Workflow) of a stream record.

    Raises:
        RecordUnusable: the new image lacks what a job needs.
    """
    try:
        job = from_item(record["dynamodb"]["NewImage"])
        return {
            "Id": job["JobId"],
            **{name: job[name] for name in _FIELDS},
            "Images": {"ManifestKey": job["ManifestKey"]},
            "ModelId": job["ModelId"],
            "Seed": job["Seed"],
            "Options": json.loads(job.get("Options", "{}")),
            "RequestedBy": job["OwnerEmail"],
            "Trial": bool(job.get("Trial")),
            "TrialJobId": job.get("TrialJobId"),
        }
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RecordUnusable(f"The stream record is no job: {error!r}") from error


def _handled(record: dict[str, Any]) -> bool:
    """Start the record's job. False when Lambda shall bring the record again."""
    # The event source filters too; a change of a job's status must never start anything.
    if record.get("eventName") != "INSERT":
        return True
    sequence = record["dynamodb"]["SequenceNumber"]
    try:
        input_ = execution_input(record)
        started = _executions.start(input_["Id"], input_)
    except RecordUnusable as error:
        logger.exception("job not started", extra={"sequence": sequence})
        _mark_failed(record, f"The job could not be started: {error}")
        return False
    except CannotStart as error:
        logger.exception("job not started", extra={"sequence": sequence})
        if error.lasting:
            _mark_failed(record, error.cause)
        return False
    logger.info("job started" if started else "job had been started before", extra={"job": input_["Id"]})
    return True


def _mark_failed(record: dict[str, Any], cause: str) -> None:
    """Let the job's owner see that it did not start; the record goes to the dead-letter queue all the same.

    One that was cancelled meanwhile stays `Cancelled`: that it never starts is what its owner wanted.
    """
    job_id = record["dynamodb"].get("Keys", {}).get("JobId", {}).get("S")
    if not job_id:
        return
    JobsTable(dynamodb, _environment.jobs_table).fail(
        job_id, error="JobNotStarted", cause=f"{ErrorCode.JOB_NOT_STARTED}: {cause}", finished_at=clock.iso(clock.now())
    )
