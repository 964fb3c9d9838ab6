"""What is done about a job that is stuck: submitted and never started, or running without a run.

A job's execution has the job's id as its name, so that it can be looked up whatever was or was not recorded, and never
runs twice. There are three ways for a run to end that its own Catch does not see: somebody stopped it, it broke
(`States.Runtime` can't be caught: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html),
or Step Functions knows nothing of it any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backdrop.core import clock
from backdrop.core.errors import ErrorCode
from backdrop.core.vocabulary import JobStatus
from backdrop.core.words.marks import phrase
from backdrop.jobs.model import START_PATIENCE, Job

STARTED_WITHIN = timedelta(days=14)
"""Longest after its submission that a job is started by itself: as long as a message waits in the dead-letter queue,
and far shorter than its photos are kept. Later nobody expects to be charged for it."""

MAX_REDRIVES = 2
"""Step Functions counts them. What breaks three times at the same place does not pass by itself; nothing is paid for
trying, for what is done stays and an answer that is there is used."""

_SETTLING = timedelta(seconds=3)
"""What was being written when a run was stopped is there after this long: writes take milliseconds."""

_SAID_LENGTH = 300
"""Characters of a run's own error that are repeated, for each image that it left."""


class Action(StrEnum):
    """What is done about a job."""

    LEAVE = "LEAVE"
    START = "START"
    REDRIVE = "REDRIVE"
    CLOSE = "CLOSE"
    """Its report is compiled from what there is."""
    GIVE_UP = "GIVE_UP"
    """It is not started any more."""


@dataclass(frozen=True)
class Execution:
    """A job's execution as Step Functions describes it. `redrives`: how often it was redriven."""

    arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    error: str | None
    cause: str | None
    redrivable: bool
    redrives: int

    @property
    def running(self) -> bool:
        """Whether it goes on by itself."""
        return self.status in ("RUNNING", "PENDING_REDRIVE")


@dataclass(frozen=True)
class Decision:
    """What to do about a job; of one that is closed or given up `error` (a name) and `cause` (a code, a colon, words)
    as its row and its report hold them."""

    action: Action
    error: str = ""
    cause: str = ""


_LEAVE = Decision(Action.LEAVE)


def decide(job: Job, execution: Execution | None, now: datetime, patience: timedelta = START_PATIENCE) -> Decision:
    """Return what to do about a job.

    Args:
        job: as it is stored, read after its execution was described: all that a run writes, it writes before it ends.
        execution: None: there is none of its name.
        now: this moment.
        patience: how long a job may wait to be started by the table's stream.
    """
    if job.status.final or (execution is not None and execution.running):
        return _LEAVE
    if execution is None:
        return _without_execution(job, now, patience)
    if execution.status == "ABORTED":
        return _close(job, execution, ErrorCode.RUN_STOPPED, phrase("Somebody stopped the job's run in Step Functions"))
    broke = execution.status in ("FAILED", "TIMED_OUT")
    if broke and execution.redrivable and execution.redrives < MAX_REDRIVES:
        return Decision(Action.REDRIVE)
    happened = (
        phrase(
            "The job's run ended by itself ({status}) and going on with it failed {times} times",
            status=execution.status,
            times=execution.redrives,
        )
        if execution.redrives
        else phrase("The job's run ended by itself ({status})", status=execution.status)
    )
    return _close(job, execution, ErrorCode.RUN_BROKE, happened)


def settling(execution: Execution | None, now: datetime) -> timedelta:
    """Return how long to wait until all is written that a run which just ended still wrote."""
    if execution is None or execution.stopped_at is None:
        return timedelta(0)
    return max(timedelta(0), execution.stopped_at + _SETTLING - now)


def _without_execution(job: Job, now: datetime, patience: timedelta) -> Decision:
    if job.status is JobStatus.RUNNING:
        # One that has just begun may have done so after Step Functions was asked.
        if now - clock.parse(job.started_at or job.created_at) < START_PATIENCE:
            return _LEAVE
        return _close(job, None, ErrorCode.RUN_BROKE, phrase("Step Functions knows no run of this job any more"))
    waited = now - clock.parse(job.created_at)
    if waited > STARTED_WITHIN:
        return Decision(
            Action.GIVE_UP, cause=phrase("It could not be started for {days} days.", days=STARTED_WITHIN.days)
        )
    return Decision(Action.START) if waited > patience else _LEAVE


def _close(job: Job, execution: Execution | None, code: ErrorCode, happened: str) -> Decision:
    if job.cancelled_at is not None:
        words = phrase("The job was cancelled, and its run ended before all was done.")
        return Decision(Action.CLOSE, "JobCancelled", f"{ErrorCode.JOB_CANCELLED}: {words}")
    said = ": ".join(filter(None, (execution.error, execution.cause)))[:_SAID_LENGTH] if execution else ""
    name = "".join(word.capitalize() for word in code.value.split("_"))
    words = (
        phrase(
            "{happened} ({said}). What it paid for images without an outcome is not counted.",
            happened=happened,
            said=said,
        )
        if said
        else phrase("{happened}. What it paid for images without an outcome is not counted.", happened=happened)
    )
    return Decision(Action.CLOSE, name, f"{code}: {words}")
