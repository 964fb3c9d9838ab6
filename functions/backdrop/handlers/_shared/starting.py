"""Starting a submitted job, by the table's stream or by the sweeper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backdrop.aws.executions import CannotStart, Executions
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.messages import DeadLetters
from backdrop.core import clock
from backdrop.core.errors import ErrorCode
from backdrop.handlers._shared.telling import Teller
from backdrop.jobs.model import JOB_NOT_STARTED, Job
from backdrop.jobs.workflow_input import execution_input


@dataclass(frozen=True)
class Starter:
    """Starts jobs, each once, and says where that is in vain."""

    executions: Executions
    jobs: JobsTable
    dead_letters: DeadLetters
    teller: Teller

    def start(self, job: Job) -> bool:
        """Start the job's execution. False when there is one already, running or ended.

        Raises:
            CannotStart: it was not started. One that is `lasting` has been given up.
        """
        try:
            return self.executions.start(job.id, execution_input(job))
        except CannotStart as error:
            if error.lasting:
                self.give_up(job, error.cause)
            raise

    def give_up(self, job: Job, cause: str) -> None:
        """Let the job's owner see that it did not start, tell other systems, and lay it into the dead-letter queue,
        where somebody is told and can start it yet.

        One that was cancelled meanwhile stays `Cancelled`: that it never starts is what its owner wanted.

        Args:
            job: the job.
            cause: in words.
        """
        words, at = f"{ErrorCode.JOB_NOT_STARTED}: {cause}", clock.iso(clock.now())
        if self.jobs.fail_start(job.id, cause=words, finished_at=at):
            self.teller.announce(job.id, self.teller.event_without_report(job, at, JOB_NOT_STARTED, words))
        self.dead_letters.put({"JobId": job.id, "Error": JOB_NOT_STARTED, "Cause": cause})

    def give_up_unknown(self, job_id: str | None, cause: str, **more: Any) -> None:
        """The same of a record that is no job: nobody but its own row, if it names one, and the queue can be told.

        Args:
            job_id: None: the record names none.
            cause: in words.
            more: is laid down with it.
        """
        if job_id is not None:
            words = f"{ErrorCode.JOB_NOT_STARTED}: {cause}"
            self.jobs.fail_start(job_id, cause=words, finished_at=clock.iso(clock.now()))
        self.dead_letters.put({"JobId": job_id, "Error": JOB_NOT_STARTED, "Cause": cause, **more})
