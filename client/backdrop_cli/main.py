"""The `backdrop` command.

Exit status: 0 all succeeded, 1 some images failed (or, of `models --account`, the default model can't be used),
2 wrong use, 3 the service can't be reached or refused, 130 interrupted. Progress goes to standard error, the outcome
to standard output.
"""

from __future__ import annotations

import dataclasses
import io
import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
import httpx

from backdrop.api.schemas.models import find_model
from backdrop.api.schemas.wire import to_json
from backdrop_cli.account import account_models
from backdrop_cli.checks import check_labels
from backdrop_cli.connect import ConnectionOptions, connect
from backdrop_cli.display import Display, display_on
from backdrop_cli.events import Event, Submitted, Submitting
from backdrop_cli.flag_types import GroupedCommand
from backdrop_cli.flags import connection_of, connection_options, job_options, request_of
from backdrop_cli.outcome import Outcome
from backdrop_cli.present import (
    account_text,
    as_json,
    cancelled_text,
    catalogue_text,
    error_json,
    error_text,
    job_dict,
    jobs_text,
    outcome_json,
    outcome_text,
)
from backdrop_cli.run import Runner
from backdrop_cli.scan import counted, find_masks, find_photos, left_out_lines
from backdrop_client.errors import BackdropClientError, WrongUse
from backdrop_client.loopback import reach_loopback_directly
from backdrop_client.outputs import OutputFolder

ALL_SUCCEEDED, SOME_FAILED, WRONG_USE, SERVICE_FAILED, INTERRUPTED = 0, 1, 2, 3, 130

_WORKERS = 8
_LOCAL_WORKERS = 4  # a laptop does the service's work as well


out_option = click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the results, made if missing. Existing files are never overwritten.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backdrop")
def cli() -> None:
    """Replace the background of product photos in batches.

    Exit status: 0 all succeeded, 1 some images failed, 2 wrong use, 3 the service can't be reached or refused.
    """


@cli.command(cls=GroupedCommand)
@click.argument("photos", metavar="PHOTO_OR_FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@job_options
@connection_options
def replace(photos: tuple[Path, ...], out: Path, masks: Path | None, json_: bool, **flags: Any) -> int:
    """Replace the background of PHOTO_OR_FOLDER... and put the results into --out.

    Folders are searched recursively for photos, by their names' endings and else by their first bytes; what is left out
    is named. Results are named after their photos and keep their folders, below the one that holds all that is named. A
    photo that fails stops no other.
    """
    connection = connection_of(flags)
    request, labels = request_of(flags), flags["labels"]
    check_labels(labels)
    found = find_photos(photos, out, masks)
    for line in left_out_lines(found.left_out):
        _say(line)
    own_masks, left_over = find_masks(found.photos, masks) if masks else ({}, [])
    if left_over:
        _say(f"Masks that fit no photo's name {counted(left_over)}.")
    folder = OutputFolder(out)

    def work(runner: Runner) -> Outcome:
        outcome = runner.replace(found.photos, request, labels, folder, own_masks)
        return dataclasses.replace(outcome, left_out=found.left_out)

    return _run(work, connection, out, json_, start_local=True)


@cli.command()
@click.argument("job_id")
@out_option
@connection_options
def fetch(job_id: str, out: Path, json_: bool, **connection: Any) -> int:
    """Wait for an earlier job and download its results, under the names that they have in every download."""
    folder = OutputFolder(out)
    options = ConnectionOptions(**connection)

    def work(runner: Runner) -> Outcome:
        return runner.fetch(job_id, folder)

    return _run(work, options, out, json_, start_local=False, job_id=job_id)


@cli.command()
@click.argument("job_id")
@out_option
@click.option("--all", "everything", is_flag=True, help="All photos of the job again, not only those that failed.")
@click.option("--prompt", help="Another description of the background.")
@click.option("--seed", type=int, help="Another seed; without it the job's own.")
@connection_options
def retry(
    job_id: str, out: Path, everything: bool, prompt: str | None, seed: int | None, json_: bool, **connection: Any
) -> int:
    """Run the failed images of an earlier job again, as a new job with the same settings.

    Nothing is uploaded again. The earlier job and its results stay as they are.
    """
    folder = OutputFolder(out)
    options = ConnectionOptions(**connection)

    def work(runner: Runner) -> Outcome:
        return runner.retry(job_id, folder, everything=everything, prompt=prompt, seed=seed)

    return _run(work, options, out, json_, start_local=False)


@cli.command()
@click.argument("job_id")
@connection_options
def cancel(job_id: str, json_: bool, **connection: Any) -> int:
    """Cancel a running job. Images that have not begun are left, the others are finished."""
    with connect(ConnectionOptions(**connection), _say, start_local=False) as connected:
        job = connected.api.cancel_job(job_id)
    click.echo(as_json(job_dict(job)) if json_ else cancelled_text(job))
    return ALL_SUCCEEDED


@cli.command()
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True, help="How many to list.")
@connection_options
def jobs(limit: int, json_: bool, **connection: Any) -> int:
    """List your jobs, newest first."""
    with connect(ConnectionOptions(**connection), _say, start_local=False) as connected:
        listed = connected.api.jobs_page(limit=limit).jobs
    click.echo(as_json({"jobs": [job_dict(job) for job in listed]}) if json_ else jobs_text(listed))
    return ALL_SUCCEEDED


@cli.command()
@click.option(
    "--account",
    is_flag=True,
    help="Before a deploy: ask AWS with your own AWS credentials what this account may do with each model.",
)
@click.option("--profile", help="With --account: profile of your AWS configuration.")
@connection_options
def models(account: bool, profile: str | None, json_: bool, **connection: Any) -> int:
    """List the image models (which can be used, where, their limits, settings and prices) and the presets.

    With --account no Backdrop is needed; the exit status is 1 when the default model can't be used there.
    """
    if account:
        return _account_models(connection["region"], profile, json_)
    if profile is not None:
        raise WrongUse("WRONG_USE", "--profile belongs to --account.", "Add --account, or leave --profile out.")
    with connect(ConnectionOptions(**connection), _say, start_local=True) as connected:
        catalogue = connected.api.models()
    click.echo(as_json(to_json(catalogue)) if json_ else catalogue_text(catalogue))
    return ALL_SUCCEEDED


def _account_models(region: str | None, profile: str | None, json_: bool) -> int:
    catalogue = account_models(region, profile)
    default = find_model(catalogue.models, catalogue.default_model_id)
    click.echo(as_json(to_json(catalogue)) if json_ else account_text(catalogue))
    return ALL_SUCCEEDED if default is not None and default.usable else SOME_FAILED


class _Watch:
    """Remembers how far a run came, to say truthfully what goes on at the service without us."""

    def __init__(self, display: Display, job_id: str | None) -> None:
        self._display = display
        self._submitting = False
        self.job_id = job_id

    def __call__(self, event: Event) -> None:
        if isinstance(event, Submitting):
            self._submitting = True
        elif isinstance(event, Submitted):
            self.job_id = event.job.job_id
        self._display(event)

    def what_goes_on(self, out: Path, local: bool, temporary: bool) -> str:
        """What happens on the server after we leave, and how to get at it."""
        if temporary:
            return "The temporary local cloud ends with this command, and its job with it."
        if self.job_id:
            command = ["backdrop", "fetch", self.job_id, "--out", str(out), *(["--local"] if local else [])]
            return f"The job goes on. Fetch its results with: {shlex.join(command)}"
        if self._submitting:
            return "The job may have been submitted: `backdrop jobs` shows it."
        return "Nothing was submitted, so nothing has to be paid."


def _run(
    work: Callable[[Runner], Outcome],
    options: ConnectionOptions,
    out: Path,
    json_: bool,
    *,
    start_local: bool,
    job_id: str | None = None,
) -> int:
    """Connect, do the work under a display, print the outcome; the exit status."""
    temporary = False
    storage = httpx.Client()
    with display_on() as display, storage:
        watch = _Watch(display, job_id)
        try:
            with connect(options, display.say, start_local) as connection:
                temporary = connection.temporary
                runner = Runner(connection.api, storage, watch, _LOCAL_WORKERS if options.local else _WORKERS)
                outcome = work(runner)
        except KeyboardInterrupt:
            interrupted = BackdropClientError(
                "INTERRUPTED", "Stopped on request.", watch.what_goes_on(out, options.local, temporary)
            )
            _fail(interrupted, json_, INTERRUPTED)
            return INTERRUPTED
        except BackdropClientError as error:
            if not isinstance(error, WrongUse) and error.code != "NOT_FOUND":
                error.next_step = f"{error.next_step} {watch.what_goes_on(out, options.local, temporary)}".strip()
            raise
    status = SOME_FAILED if outcome.failed or not outcome.results else ALL_SUCCEEDED
    click.echo(outcome_json(outcome, out, status) if json_ else outcome_text(outcome, out))
    return status


def _say(text: str) -> None:
    click.echo(text, err=True)


def _fail(error: BackdropClientError, json_: bool, status: int) -> None:
    """Tell a failure of the whole run: in JSON on standard output if asked for, and always in words."""
    if json_:
        click.echo(error_json(error, status))
    click.echo(error_text(error), err=True)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and answer its exit status; no exception gets out."""
    json_, debug = "--json" in arguments, "--debug" in arguments
    reach_loopback_directly()
    try:
        status = cli.main(args=list(arguments), prog_name="backdrop", standalone_mode=False)
    except click.ClickException as error:
        if json_:
            click.echo(error_json(WrongUse("WRONG_USE", error.format_message(), "backdrop --help"), WRONG_USE))
        error.show()
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt):
        _fail(BackdropClientError("INTERRUPTED", "Stopped on request.", ""), json_, INTERRUPTED)
        return INTERRUPTED
    except WrongUse as error:
        _fail(error, json_, WRONG_USE)
        return WRONG_USE
    except BackdropClientError as error:
        _fail(error, json_, SERVICE_FAILED)
        return SERVICE_FAILED
    except Exception as error:  # noqa: BLE001 - the outermost border: people get words, not a stack trace
        if debug:
            traceback.print_exc()
        unexpected = BackdropClientError(
            "UNEXPECTED",
            f"Something unexpected happened: {type(error).__name__}: {error}",
            "This is a fault of the command. Run it again with --debug and report what it prints.",
        )
        _fail(unexpected, json_, SERVICE_FAILED)
        return SERVICE_FAILED
    return status if isinstance(status, int) else ALL_SUCCEEDED


def main() -> None:
    """Entry point of the `backdrop` command."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name that the terminal's encoding lacks must not cost the outcome of a job that was paid for.
        sys.stdout.reconfigure(errors="replace")
    status = run(sys.argv[1:])
    if status == INTERRUPTED:
        # Running calls end by themselves. Who presses Ctrl-C again does not want to wait, nor to read a trace.
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    sys.exit(status)


if __name__ == "__main__":
    main()
