"""Telling the end of a job that its own run does not tell: an event, and a mail.

What can't be told keeps no job open: it waits in the dead-letter queue for a sweep by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.logging import Logger

from backdrop.aws.messages import DeadLetters, EventBus
from backdrop.core.errors import BackdropError
from backdrop.jobs.model import Job
from backdrop.reports import ending

logger = Logger(child=True)


@dataclass(frozen=True)
class Teller:
    """Tells other systems."""

    bus: EventBus
    dead_letters: DeadLetters
    web_app_url: str

    def event_without_report(self, job: Job, finished_at: str, error: str, cause: str) -> dict[str, Any]:
        """Return the event of a job that failed and has no report."""
        url = ending.job_url(self.web_app_url, job.id)
        return ending.event_without_report(job.id, job.owner_email, finished_at, url, error, cause, trial=job.trial)

    def announce(self, job_id: str, event: Mapping[str, Any]) -> None:
        """Put the event that a job has ended."""
        try:
            self.bus.put(event)
        except BackdropError as error:
            logger.exception("event kept", extra={"job": job_id})
            self.dead_letters.put({"JobId": job_id, "Event": event, "Cause": error.cause})
