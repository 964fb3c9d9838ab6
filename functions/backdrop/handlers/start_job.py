"""StartJob: every job put into the Jobs table starts one execution, named by the job's id.

A record that comes twice finds its execution there and is done. A record that can't be started for a reason that passes
is reported to Lambda, which brings it again for hours; meanwhile the sweeper starts its job as well. One that can't be
started at all goes to the dead-letter queue at once, so that it holds up nobody behind it.
"""

from __future__ import annotations

from typing import Any

from backdrop.api.logs import make_logger
from backdrop.aws.clients import dynamodb, events, sqs, stepfunctions
from backdrop.aws.executions import CannotStart, Executions
from backdrop.aws.items import from_item
from backdrop.aws.jobs_table import JobsTable, job_of
from backdrop.aws.messages import DeadLetters, EventBus
from backdrop.core.errors import BackdropError
from backdrop.core.vocabulary import JobStatus
from backdrop.handlers._shared.observed import observed
from backdrop.handlers._shared.starting import Starter
from backdrop.handlers._shared.telling import Teller
from backdrop.handlers.environment import StartJobEnvironment
from backdrop.jobs.model import Job
from backdrop.reports import ending

logger = make_logger()
_environment = StartJobEnvironment.from_env()
dead_letters = DeadLetters(sqs, _environment.dead_letter_queue_url)
starter = Starter(
    Executions(stepfunctions, _environment.state_machine_arn),
    JobsTable(dynamodb, _environment.jobs_table),
    dead_letters,
    Teller(EventBus(events, ending.SOURCE, ending.DETAIL_TYPE), dead_letters, _environment.web_app_url),
)


class RecordUnusable(Exception):
    """A stream record that is no job."""


@observed("StartJob")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Start the jobs of a batch of the Jobs table's stream; answer `{"batchItemFailures": [{"itemIdentifier": sequence
    number}]}`."""
    failed = [record for record in event["Records"] if not _handled(record)]
    return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in failed]}


def _handled(record: dict[str, Any]) -> bool:
    """Start the record's job. False when Lambda shall bring the record again."""
    # The event source filters too; a change of a job's status must never start anything.
    if record.get("eventName") != "INSERT":
        return True
    sequence = record["dynamodb"]["SequenceNumber"]
    try:
        _start(record)
    except BackdropError:
        logger.exception("job not started, and to be tried again", extra={"sequence": sequence})
        return False
    return True


def _start(record: dict[str, Any]) -> None:
    """Start the record's job, or give it up.

    Raises:
        BackdropError: neither could be done just now.
    """
    try:
        job = _job(record)
        if job.status is not JobStatus.SUBMITTED:
            # A row that was restored from a backup, or copied. Its job has run, and Step Functions forgets the name.
            logger.info("job not started: it is not new", extra={"job": job.id, "status": job.status})
            return
        started = starter.start(job)
    except RecordUnusable as error:
        logger.exception("job not started")
        keys = record["dynamodb"].get("Keys", {})
        starter.give_up_unknown(keys.get("JobId", {}).get("S"), f"The job could not be started: {error}", Keys=keys)
    except CannotStart as error:
        if not error.lasting:
            raise
        logger.exception("job not started")
    else:
        logger.info("job started" if started else "job had been started before", extra={"job": job.id})


def _job(record: dict[str, Any]) -> Job:
    try:
        return job_of(from_item(record["dynamodb"]["NewImage"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise RecordUnusable(f"The stream record is no job: {error!r}") from error
