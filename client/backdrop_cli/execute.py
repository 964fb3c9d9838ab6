"""A run that makes or fetches a job's images: connected, shown, and told truthfully however it ends."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import httpx

from backdrop_cli.connect import ConnectionOptions, connect
from backdrop_cli.display import Display, display_on
from backdrop_cli.events import Event, Exporting, Resubmitting, Submitted, Submitting
from backdrop_cli.outcome import Outcome
from backdrop_cli.present import outcome_json, outcome_text
from backdrop_cli.run import Runner
from backdrop_cli.terminal import OutputLost, put, put_json, say, tell_failure
from backdrop_client.errors import BackdropClientError, Unexpected, WrongUse
from backdrop_client.stopping import Stopped

ALL_SUCCEEDED, SOME_FAILED, WRONG_USE, SERVICE_FAILED, INTERRUPTED = 0, 1, 2, 3, 130

_WORKERS = 8
_LOCAL_WORKERS = 4  # a laptop does the service's work as well


class _Watch:
    """Remembers how far a run came, to say truthfully what goes on at the service without us."""

    def __init__(self, display: Display, out: Path, local: bool, job_id: str | None) -> None:
        self._display = display
        self._out, self._local = out, local
        self._submitting = False
        self.job_id = job_id
        self.temporary = False

    def __call__(self, event: Event) -> None:
        if isinstance(event, Submitting | Resubmitting | Exporting):
            self._submitting = True
        elif isinstance(event, Submitted):
            self.job_id = event.job.job_id
        self._display(event)

    @property
    def fetch(self) -> str:
        """The command that brings the job's results."""
        command = ["backdrop", "fetch", self.job_id or "", "--out", str(self._out)]
        return shlex.join([*command, *(["--local"] if self._local else [])])

    def what_goes_on(self) -> str:
        """What happens on the server after we leave, and how to get at it."""
        if self.temporary:
            return "The temporary local cloud ends with this command" + (
                f", and the job {self.job_id} with it. In a cloud that goes on (`make run`) one would say: {self.fetch}"
                if self.job_id
                else ", and nothing was submitted."
            )
        if self.job_id:
            return f"The job {self.job_id} goes on. Fetch its results with: {self.fetch}"
        if self._submitting:
            return "The job may have been submitted: `backdrop jobs` shows it."
        return "Nothing was submitted, so nothing has to be paid."

    def where_all_is(self) -> str:
        """Where a run's results are that are there, and its outcome that could not be told."""
        if not self.job_id:
            return "Nothing was submitted, so nothing has to be paid."
        here = f"The results of the job {self.job_id} are in {self._out}."
        if self.temporary:
            return f"{here} Its temporary local cloud has ended: `backdrop fetch` can't tell it again."
        return f"{here} This tells it again, and makes no copies: {self.fetch}"


def run_job(
    work: Callable[[Runner], Outcome],
    options: ConnectionOptions,
    out: Path,
    json_: bool,
    *,
    start_local: bool,
    job_id: str | None = None,
) -> int:
    """Connect, do the work under a display, print the outcome; the exit status."""
    with display_on() as display:
        watch = _Watch(display, out, options.local, job_id)
        try:
            outcome = _worked(work, options, start_local, watch, display)
        except KeyboardInterrupt as stop:
            status = status_of(stop)
            tell_failure(BackdropClientError("INTERRUPTED", "Stopped on request.", watch.what_goes_on()), json_, status)
            return status
        except BackdropClientError as error:
            if not isinstance(error, WrongUse) and error.code != "NOT_FOUND":
                error.next_step = f"{error.next_step} {watch.what_goes_on()}".strip()
            raise
        except Exception as error:
            # Whatever it was: who submitted a job must not lose it.
            raise Unexpected(error, watch.what_goes_on()) from error
    status = SOME_FAILED if outcome.failed or not outcome.results else ALL_SUCCEEDED
    try:
        if json_:
            put_json(outcome_json(outcome, out, status))
        else:
            put(outcome_text(outcome, out))
    except OutputLost as lost:
        say(outcome_text(outcome, out))
        lost.next_step = watch.where_all_is()
        raise
    return status


def _worked(
    work: Callable[[Runner], Outcome], options: ConnectionOptions, start_local: bool, watch: _Watch, display: Display
) -> Outcome:
    with connect(options, display.say, start_local) as connection, httpx.Client() as storage:
        watch.temporary = connection.temporary
        runner = Runner(connection.api, storage, watch, _LOCAL_WORKERS if options.local else _WORKERS)
        return work(runner)


def status_of(stop: BaseException | None) -> int:
    """The exit status after Ctrl-C, or after a signal, as shells count them."""
    return 128 + stop.number if isinstance(stop, Stopped) else INTERRUPTED
