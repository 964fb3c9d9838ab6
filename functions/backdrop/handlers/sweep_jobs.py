"""SweepJobs: no job stays where it got stuck. Runs every few minutes, when a run of the workflow has failed, and when
somebody asks for it.

What is done about a job is decided in `backdrop.jobs.sweeping`. Sweeps may meet each other, and the run's own last
writes: a name starts once, a run is gone on with once, and who ends the job's row sends its mail.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from backdrop.api.logs import make_logger
from backdrop.aws.clients import dynamodb, events, functions, sns, sqs, stepfunctions
from backdrop.aws.executions import CannotStart, Executions
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.messages import DeadLetters, EventBus, Function, FunctionFailed, Letter, Topic
from backdrop.aws.telemetry.writing import measure
from backdrop.core import clock
from backdrop.core.errors import BackdropError
from backdrop.core.vocabulary import JobStatus
from backdrop.handlers._shared.observed import observed
from backdrop.handlers._shared.starting import Starter
from backdrop.handlers._shared.telling import Teller
from backdrop.handlers.environment import SweepJobsEnvironment
from backdrop.jobs.model import START_PATIENCE, Job
from backdrop.jobs.sweeping import Action, Decision, Execution, decide, settling
from backdrop.jobs.workflow_input import state_of
from backdrop.models.retirement import days_left
from backdrop.reports import ending, mail

logger = make_logger()
_environment = SweepJobsEnvironment.from_env()
executions = Executions(stepfunctions, _environment.state_machine_arn)
jobs = JobsTable(dynamodb, _environment.jobs_table)
images = ImagesTable(dynamodb, _environment.images_table)
dead_letters = DeadLetters(sqs, _environment.dead_letter_queue_url)
compile_report = Function(functions, _environment.compile_report_function)
topic = Topic(sns, _environment.topic_arn)
bus = EventBus(events, ending.SOURCE, ending.DETAIL_TYPE)

_AT_MOST = timedelta(seconds=900)
"""As long as the function may run."""

_DONE = {
    Action.START: "Started",
    Action.REDRIVE: "Redriven",
    Action.CLOSE: "Closed",
    Action.GIVE_UP: "GivenUp",
}


class SweepIncomplete(Exception):
    """Something could not be done about some jobs. Lambda tries the sweep again, and then lays it into the dead-letter
    queue."""


@observed("SweepJobs")
def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look after one job (an event of its execution), or all that are open.

    `{"Retry": true}`: also those that a dead letter is about, and jobs that were submitted just now; what could not be
    done is answered then, and raised otherwise.

    Returns:
        Ids of the jobs that were `Started`, `Redriven`, `Closed`, `GivenUp`; `Failed`: `{"JobId", "Cause"}` of each
        that nothing could be done about; `DeadLetters`: `{"Retried", "Left"}`.

    Raises:
        SweepIncomplete: naming the jobs.
        BackdropError: the jobs could not be listed.
    """
    sweep = Sweep(timedelta(0) if event.get("Retry") else START_PATIENCE)
    if event.get("Retry"):
        sweep.letters()
        return sweep.answer
    if name := event.get("detail", {}).get("name"):
        sweep.look_after([name])
    else:
        found = jobs.open_jobs()
        sweep.look_after(found)
        _measure(found)
    if failed := sweep.answer["Failed"]:
        raise SweepIncomplete("; ".join(f"{one['JobId']}: {one['Cause']}" for one in failed[:10]))
    return sweep.answer


class Sweep:
    """One sweep, and what it has done so far.

    Args:
        patience: how long a job may wait to be started.
    """

    def __init__(self, patience: timedelta) -> None:
        self._patience = patience
        self._given_up: set[str] = set()
        """Of those that failed: a new letter is in the queue."""
        self.answer: dict[str, Any] = {**{done: [] for done in _DONE.values()}, "Failed": []}

    def letters(self) -> None:
        """Try again what is in the dead-letter queue, mails and events too, and look after all open jobs."""
        taken = dead_letters.take(int(_AT_MOST.total_seconds()))
        letters = [(letter, _job_of(letter)) for letter in taken if not _is_told(letter)]
        for job_id in dict.fromkeys(about for _, about in letters if about):
            self._one(job_id, reopen=True)
        self.look_after(jobs.open_jobs())
        failed = {one["JobId"] for one in self.answer["Failed"]}
        left = [letter for letter, about in letters if about in failed]
        for letter, about in letters:
            if about in failed - self._given_up:
                dead_letters.leave(letter)
            else:
                dead_letters.remove(letter)
        # Last: a mail or an event that can't be sent says nothing against its job.
        left += [letter for letter in taken if _is_told(letter) and not self._tell(letter)]
        self.answer["DeadLetters"] = {"Retried": len(taken) - len(left), "Left": len(left)}

    def _tell(self, letter: Letter) -> bool:
        """Send a mail, or put an event, that could not be before. False when it can't now either: its letter stays."""
        try:
            if "Mail" in letter.body:
                kept = letter.body["Mail"]
                # Letters of earlier versions have no attributes.
                topic.publish(kept["Subject"], kept["Message"], kept.get("Attributes") or {})
            else:
                bus.put(letter.body["Event"])
        except (BackdropError, KeyError, TypeError) as error:
            logger.exception("not told", extra={"job": letter.body.get("JobId")})
            cause = error.cause if isinstance(error, BackdropError) else f"Its letter is no mail: {error!r}"
            self.answer["Failed"].append({"JobId": str(letter.body.get("JobId")), "Cause": cause})
            dead_letters.leave(letter)
            return False
        dead_letters.remove(letter)
        return True

    def look_after(self, job_ids: Iterable[str]) -> None:
        """Do about each job what is to be done; one that it fails for holds up no other."""
        failed = {one["JobId"] for one in self.answer["Failed"]}
        for job_id in job_ids:
            if job_id not in failed:
                self._one(job_id)

    def _one(self, job_id: str, *, reopen: bool = False) -> None:
        try:
            if reopen:
                jobs.reopen(job_id)
            action = _look_after(job_id, self._patience)
        except (BackdropError, KeyError, TypeError, ValueError) as error:
            # The last three: a row that is no job.
            logger.exception("job not looked after", extra={"job": job_id})
            if isinstance(error, CannotStart) and error.lasting:
                self._given_up.add(job_id)
            cause = error.cause if isinstance(error, BackdropError) else f"Its row is no job: {error!r}"
            self.answer["Failed"].append({"JobId": job_id, "Cause": cause})
            return
        if action is not Action.LEAVE:
            logger.info("job looked after", extra={"job": job_id, "action": action.value})
            self.answer[_DONE[action]].append(job_id)


def _look_after(job_id: str, patience: timedelta) -> Action:
    """Do about a job what is to be done, and return what was done."""
    # In this order: what a run writes, it writes before it ends.
    execution = executions.describe(job_id)
    if execution is not None and execution.running:
        return Action.LEAVE
    time.sleep(settling(execution, clock.now()).total_seconds())
    job = jobs.get(job_id)
    if job is None:  # another system started the execution
        return Action.LEAVE
    decision = decide(job, execution, clock.now(), patience)
    match decision.action:
        case Action.START:
            done = _starter().start(job)
        case Action.REDRIVE:
            done = executions.redrive(job_id)
        case Action.CLOSE:
            done = _close(job, execution, decision)
        case Action.GIVE_UP:
            _starter().give_up(job, decision.cause)
            done = True
        case _:
            done = False
    return decision.action if done else Action.LEAVE


def _close(job: Job, execution: Execution | None, decision: Decision) -> bool:
    """End a job whose run has ended: with its report, of what there is, and its mail. False when somebody else was
    first, or is at it."""
    now = clock.now()
    if not jobs.claim_closing(job.id, now=clock.iso(now), until=clock.iso(now + _AT_MOST)):
        return False
    try:
        return _close_claimed(job, execution, decision)
    finally:
        jobs.release_closing(job.id)


def _close_claimed(job: Job, execution: Execution | None, decision: Decision) -> bool:
    run = state_of(job, _environment.stack) | {"MapError": {"Error": decision.error, "Cause": decision.cause}}
    started = clock.iso(execution.started_at) if execution else job.started_at or job.created_at
    arn = execution.arn if execution else job.execution_arn or ""
    try:
        answer = compile_report.call({"Run": run, "ExecutionArn": arn, "StartedAt": started, "Closing": True})
    except FunctionFailed as error:
        # By this name the function says what another try won't change; all else may pass, or be repaired.
        if error.type != BackdropError.__name__:
            raise
        return _close_without_report(job, decision, error)
    # Telling comes first: a crash in between tells it twice, the other way round never.
    _teller().announce(job.id, answer["Event"])
    if not job.trial:
        _send(job.id, mail.Mail(answer["Subject"], answer["Message"]), answer["Attributes"])
    row = answer["Row"]
    return jobs.finish(job.id, **row | {"status": JobStatus(row["status"])}, still_open=True)


def _close_without_report(job: Job, decision: Decision, why: FunctionFailed) -> bool:
    logger.error("no report", extra={"job": job.id, "cause": why.cause})
    now = clock.iso(clock.now())
    event = _teller().event_without_report(job, now, decision.error, decision.cause)
    _teller().announce(job.id, event)
    words = mail.without_report(job.id, decision.cause, why.message, _environment.web_app_url, job.language)
    _send(job.id, words, ending.attributes_of(event))
    return jobs.fail_run(job.id, error=decision.error, cause=decision.cause, finished_at=now)


def _send(job_id: str, words: mail.Mail, attributes: Mapping[str, Any]) -> None:
    """Mail them. A mail that can't be sent keeps no job open: it waits in the dead-letter queue for a sweep by hand."""
    try:
        topic.publish(words.subject, words.message, attributes)
    except BackdropError as error:
        logger.exception("mail kept", extra={"job": job_id})
        kept = {"Subject": words.subject, "Message": words.message, "Attributes": attributes}
        dead_letters.put({"JobId": job_id, "Mail": kept, "Cause": error.cause})


def _measure(open_jobs: list[str]) -> None:
    """Tell CloudWatch of the open jobs and of the models that end. It is worth no sweep."""
    now = clock.now()
    try:
        minutes = [_minutes_without_progress(job_id, now) for job_id in open_jobs]
    except BackdropError:
        logger.exception("progress not measured")
    else:
        longest, slowest = max(zip(minutes, open_jobs, strict=True), default=(0.0, None))
        about = {"job": slowest} if slowest else {}
        values = {"OpenJobs": len(open_jobs), "MinutesWithoutProgress": longest}
        measure(values, None, message="open jobs", **about)
    for model_id, days in days_left(_environment.default_model_id, now.date()).items():
        measure({"ModelDaysLeft": days}, {"Model": model_id}, message="model ends")


def _minutes_without_progress(job_id: str, now: datetime) -> float:
    """How long no image of a job has ended; 0 of one that has not begun."""
    counted = images.counted(job_id)
    since = jobs.note_progress(job_id, sum(counted), clock.iso(now)) if counted else None
    return round((now - clock.parse(since)).total_seconds() / 60, 1) if since else 0.0


def _starter() -> Starter:
    return Starter(executions, jobs, dead_letters, _teller())


def _teller() -> Teller:
    return Teller(bus, dead_letters, _environment.web_app_url)


def _is_told(letter: Letter) -> bool:
    """Whether a dead letter is a mail or an event, and about no job that is stuck."""
    return "Mail" in letter.body or "Event" in letter.body


def _job_of(letter: Letter) -> str | None:
    """The job that a dead letter is about: one that did not start, or a sweep of one job that failed. None: it was
    about jobs that it does not name, and all open ones are looked after."""
    event = letter.body.get("requestPayload")
    name = event.get("detail", {}).get("name") if isinstance(event, dict) else letter.body.get("JobId")
    return name if isinstance(name, str) and name else None
