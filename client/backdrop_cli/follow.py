"""Watching a submitted job until it is done."""

from __future__ import annotations

import time
from collections.abc import Callable

from backdrop.api.schemas.jobs import Job
from backdrop_cli.events import Listener, Notice, Progress, Stage
from backdrop_client.api import BackdropApi
from backdrop_client.errors import ApiError, ServiceUnreachable

_FIRST_INTERVAL = 0.5
_LAST_INTERVAL = 5.0
_PATIENCE_SECONDS = 300.0
"""How long the service may be away while the job goes on there."""


def follow_job(
    api: BackdropApi,
    job: Job,
    on_event: Listener,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Job:
    """Ask for the job until it is final, from twice a second down to once in five.

    The network may be away for five minutes; the job goes on meanwhile. Raises what `BackdropApi.job` raises.
    """
    interval = _FIRST_INTERVAL
    away_since: float | None = None
    while True:
        _report(job, on_event)
        if job.status.final:
            return job
        sleep(interval)
        interval = min(interval * 1.2, _LAST_INTERVAL)
        try:
            job = api.job(job.job_id)
        except (ServiceUnreachable, ApiError) as error:
            if isinstance(error, ApiError) and error.status < 500:
                raise
            if away_since is None:
                away_since = clock()
                on_event(Notice(f"{error.message} The job goes on; trying again for five minutes."))
            elif clock() - away_since > _PATIENCE_SECONDS:
                raise
        else:
            away_since = None


def _report(job: Job, on_event: Listener) -> None:
    done = job.counts.succeeded + job.counts.failed
    fraction = done / job.counts.total if job.counts.total else 1.0
    on_event(Progress(Stage.PROCESSING, done, job.counts.total, fraction, job.eta_seconds))
