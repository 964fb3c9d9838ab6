"""The `backdrop` command.

Exit status: 0 all succeeded, 1 some images failed (or, of `models --account`, the default model can't be used; of
`sweep` and `admin erase`, something is left; of `verify`, `doctor` and `accept`, something does not hold; of `explain`,
the file is not just what Backdrop made), 2 wrong use, 3 the service can't be reached or refused, or the outcome could
not be printed, 128 and its number after a signal (Ctrl-C: 130). Progress goes to standard error, the outcome to
standard output.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import httpx

from backdrop.api.schemas.models import find_model
from backdrop.api.schemas.wire import to_json
from backdrop.core.request import JobRequest
from backdrop_cli.accept.command import accept
from backdrop_cli.account import account_models, sweep_local, sweep_stack
from backdrop_cli.admin.group import admin
from backdrop_cli.checks import check_labels, checked_job_id
from backdrop_cli.connect import ConnectionOptions, connect
from backdrop_cli.cost.command import cost
from backdrop_cli.doctor.command import doctor
from backdrop_cli.execute import (
    ALL_SUCCEEDED,
    INTERRUPTED,
    SERVICE_FAILED,
    SOME_FAILED,
    WRONG_USE,
    run_job,
    status_of,
)
from backdrop_cli.export_flags import changes_of, export_options, places_of_flags, which_options
from backdrop_cli.finding import commands as finding
from backdrop_cli.finding.settings import given_options, settings
from backdrop_cli.flag_types import Behind, GroupedCommand, account_options, stack_options
from backdrop_cli.flags import connection_of, connection_options, job_options, plain_backdrop, request_of
from backdrop_cli.library import backdrops_text, change_of, library_options
from backdrop_cli.outcome import Outcome
from backdrop_cli.paint import order_of, outcome_dict, outcome_text, painting_options, run_order
from backdrop_cli.people.teams import share
from backdrop_cli.present import (
    account_text,
    cancelled_text,
    catalogue_text,
    job_dict,
    swept_dict,
    swept_text,
)
from backdrop_cli.proof.explain import explain, told_dict, told_text
from backdrop_cli.proof.verify import Wish
from backdrop_cli.proof.verify import verify as check_report
from backdrop_cli.run import Runner
from backdrop_cli.saved.changes import has_backdrop
from backdrop_cli.scan import counted, find_masks, find_photos, left_out_lines
from backdrop_cli.sheets import are_all_behind, by_place, prompts_of, read_wishes, refuse_faults, save_template
from backdrop_cli.terminal import OutputLost, put, say, tell, tell_failure, tell_wrong_use
from backdrop_cli.web.command import web
from backdrop_client.download import Downloader
from backdrop_client.errors import BackdropClientError, Unexpected, WrongUse
from backdrop_client.loopback import reach_loopback_directly
from backdrop_client.output_names import plan_files
from backdrop_client.outputs import OutputFolder
from backdrop_client.sheets.sheet import write_template
from backdrop_client.stopping import stop_on_signals
from backdrop_client.streams import fill_closed, use_utf8
from backdrop_client.tries.redo import Changes as RedoChanges

_SIGNALLED = 128
"""Shells, and this command, count a signal's number from here."""

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
def replace(
    photos: tuple[Path, ...],
    out: Path,
    masks: Path | None,
    backdrop: Behind | None,
    sheet: Path | None,
    json_: bool,
    **flags: Any,
) -> int:
    """Replace the background of PHOTO_OR_FOLDER... and put the results into --out.

    Folders are searched recursively for photos, by their names' endings and else by their first bytes; what is left out
    is named. Results are named after their photos and keep their folders, below the one that holds all that is named. A
    photo that fails stops no other.
    """
    connection = connection_of(flags)
    labels = flags["labels"]
    check_labels(labels)
    found = find_photos(photos, out, masks)
    wishes = read_wishes(sheet, found.photos) if sheet else {}
    behind = {**flags, "backdrop": backdrop}
    named = any(wish.backdrop for wish in wishes.values())
    all_behind = are_all_behind(wishes, len(found.photos))
    naming, given = flags["names"], given_options()

    def ask(base: JobRequest | None) -> JobRequest:
        words = prompts_of(wishes)
        request = request_of(behind, words, sheet_backdrops=named, all_behind=all_behind, base=base, given=given)
        refuse_faults(plan_files(naming, by_place(found.photos, wishes), request).faults)
        return request

    # What is wrong is refused before anybody signs in, but for what saved settings say.
    asked = None if flags["preset_name"] else ask(None)
    for line in left_out_lines(found.left_out):
        say(line)
    own_masks, left_over = find_masks(found.photos, masks) if masks else ({}, [])
    if left_over:
        say(f"Masks that fit no photo's name {counted(left_over)}.")
    folder = OutputFolder(out)

    def work(runner: Runner) -> Outcome:
        base = runner.begin_with(flags["preset_name"]) if flags["preset_name"] else None
        request = asked or ask(base)
        plain = plain_backdrop(behind, others=named or has_backdrop(base))
        propose = flags["negative_prompt"] is None and base is None
        outcome = runner.replace(
            found.photos,
            request,
            labels,
            folder,
            own_masks,
            backdrop,
            wishes,
            naming,
            also=flags["also_behind"],
            propose=propose,
            plain=plain,
        )
        return dataclasses.replace(outcome, left_out=found.left_out)

    return run_job(work, connection, out, json_, start_local=True)


@cli.command("sheet-template")
@click.argument("photos", metavar="PHOTO_OR_FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write, made anew; without it standard output.",
)
def sheet_template(photos: tuple[Path, ...], out: Path | None) -> int:
    """Write a sheet (CSV) with a row for each photo, to fill in for `backdrop replace --sheet`."""
    text = write_template([photo.name for photo in find_photos(photos).photos])
    if out is None:
        put(text.rstrip("\r\n"))
    else:
        save_template(out, text)
    return ALL_SUCCEEDED


@cli.command(cls=GroupedCommand)
@click.argument("words")
@painting_options
@connection_options
def paint(words: str, out: Path | None, json_: bool, **flags: Any) -> int:
    """Have a model paint backdrops from WORDS, and keep the one that you like.

    The same words and --seed are painted, and paid, once: look at the candidates in --out, then keep one with its seed
    and --keep. `--backdrop kept:ID` of `backdrop replace` puts it behind products.
    """
    order = order_of(words, flags)
    with connect(connection_of(flags), say, start_local=True) as connected:
        outcome = run_order(connected.api, order, out, say)
    tell(outcome_dict(outcome) if json_ else outcome_text(outcome))
    return ALL_SUCCEEDED


@cli.command()
@click.argument("backdrop_id", required=False)
@library_options
@connection_options
def backdrops(backdrop_id: str | None, json_: bool, **flags: Any) -> int:
    """List the backdrops that you may use, or rename, share or delete BACKDROP_ID, one of your own.

    One that is shared can be seen and used by everybody who may sign in. Jobs keep copies of what they began with.
    """
    change = change_of(backdrop_id, flags)
    with connect(connection_of(flags), say, start_local=False) as connected:
        found = change(connected.api)
    tell({"backdrops": [to_json(one) for one in found]} if json_ else backdrops_text(found))
    return ALL_SUCCEEDED


@cli.command()
@click.argument("job_id")
@out_option
@click.option("--approved", is_flag=True, help="Only the images that somebody approved on the job's page.")
@connection_options
def fetch(job_id: str, out: Path, approved: bool, json_: bool, **connection: Any) -> int:
    """Wait for an earlier job and download its results, under the names that they have in every download."""
    job_id = checked_job_id(job_id)
    folder = OutputFolder(out)
    options = ConnectionOptions(**connection)

    def work(runner: Runner) -> Outcome:
        return runner.fetch(job_id, folder, approved=approved)

    return run_job(work, options, out, json_, start_local=False, job_id=job_id)


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
    job_id = checked_job_id(job_id)
    folder = OutputFolder(out)
    options = ConnectionOptions(**connection)

    def work(runner: Runner) -> Outcome:
        return runner.retry(job_id, folder, everything=everything, prompt=prompt, seed=seed)

    return run_job(work, options, out, json_, start_local=False)


@cli.command()
@click.argument("job_id")
@out_option
@click.option("--rejected", is_flag=True, help="All images of the job that are rejected; so it is without --only, too.")
@click.option("--only", multiple=True, metavar="FILE", help="This image, as list.csv calls it; again for more.")
@click.option("--prompt", help="Another description of the background, for all of them.")
@click.option("--seed", type=int, help="A seed; without it one that no try of an image had.")
@click.option("--scene", type=click.IntRange(1), help="Another of the job's scenes, for all of them; 1 is its own.")
@click.option("--max-usd", type=click.FloatRange(0), help="US dollars that it may cost at most.")
@connection_options
def redo(
    job_id: str, out: Path, rejected: bool, only: tuple[str, ...], max_usd: float | None, json_: bool, **flags: Any
) -> int:
    """Make new tries of a job's rejected images, for the same set.

    The earlier tries stay, and no finished cut-out is paid again. The set has the try of each image that was approved
    last, else the newest that is not rejected; it is put into the folder.
    """
    job_id = checked_job_id(job_id)
    if rejected and only:
        raise click.UsageError("Say --rejected or --only, not both.")
    changes = RedoChanges(flags.pop("prompt"), flags.pop("seed"), flags.pop("scene"))
    if changes.prompt is not None and changes.scene is not None:
        raise click.UsageError("Say --prompt or --scene, not both.")
    folder = OutputFolder(out)

    def work(runner: Runner) -> Outcome:
        return runner.redo(job_id, folder, changes, only=only, max_usd=max_usd)

    return run_job(work, ConnectionOptions(**flags), out, json_, start_local=False)


@cli.command(cls=GroupedCommand)
@click.argument("job_id")
@out_option
@which_options
@export_options
@connection_options
def export(job_id: str, out: Path, backdrop: Behind | None, json_: bool, **flags: Any) -> int:
    """Finish the images of an earlier job once more, in other sizes and files or on another background.

    No model is called and nothing is paid: the product is cut out as it was, and a painted background is the very same.
    What is not said stays as in the job. It becomes a job of its own; the earlier one stays as it is.
    """
    job_id = checked_job_id(job_id)
    changes, places = changes_of(flags, backdrop=backdrop is not None), places_of_flags(flags)
    which = {name: flags[name] for name in ("approved", "only", "skus")}
    folder = OutputFolder(out)

    def work(runner: Runner) -> Outcome:
        return runner.export(job_id, folder, changes, **which, backdrop=backdrop, places=places)

    return run_job(work, connection_of(flags), out, json_, start_local=False)


@cli.command("explain")
@click.argument("what", metavar="FILE|SHA256|JOB_ID|NAME")
@click.option("--job", "job_id", help="With a SHA-256 or a name: the job to look in, instead of all of yours.")
@connection_options
def explain_command(what: str, job_id: str | None, json_: bool, **connection: Any) -> int:
    """Tell in plain words how an image, or a whole job, was made.

    From a finished file, its SHA-256, the name of a photo or an image, or a job's id. The exit status is 1 when
    Backdrop did not make the file, when it was changed since, or when nothing is found.
    """
    with connect(ConnectionOptions(**connection), say, start_local=False) as connected, httpx.Client() as storage:
        told = explain(connected.api, Downloader(storage), what, job_id, say)
    tell(told_dict(told) if json_ else told_text(told))
    return ALL_SUCCEEDED if told.sound else SOME_FAILED


@cli.command()
@click.argument("job_id")
@connection_options
def cancel(job_id: str, json_: bool, **connection: Any) -> int:
    """Cancel a running job. Images that have not begun are left, the others are finished."""
    job_id = checked_job_id(job_id)
    with connect(ConnectionOptions(**connection), say, start_local=False) as connected:
        job = connected.api.cancel_job(job_id)
    tell(job_dict(job) if json_ else cancelled_text(job))
    return ALL_SUCCEEDED


@cli.command()
@click.argument("what", type=click.Choice(["on", "off", "status"]), default="status")
@connection_options
def notify(what: str, json_: bool, **connection: Any) -> int:
    """Say whether you are mailed when a job of yours ends, or turn that on or off.

    On goes to the address that you sign in with; AWS first mails it a link, to confirm that it is yours.
    """
    with connect(ConnectionOptions(**connection), say, start_local=False) as connected:
        api = connected.api
        setting = {"on": api.turn_mail_on, "off": api.turn_mail_off, "status": api.mail}[what]()
    tell(to_json(setting) if json_ else f"{setting.state.value.lower()}: {setting.message}")
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
    with connect(ConnectionOptions(**connection), say, start_local=True) as connected:
        catalogue = connected.api.models()
    tell(to_json(catalogue) if json_ else catalogue_text(catalogue))
    return ALL_SUCCEEDED


@cli.command()
@stack_options
def sweep(local: bool, stack: str, region: str | None, profile: str | None, json_: bool) -> int:
    """Try again now what is in the dead-letter queue, and look after all open jobs (for operators).

    With your own AWS credentials. Jobs that could not be started are started, each once; jobs whose run broke are gone
    on with, or closed with report and mail. The exit status is 1 when something is left.
    """
    swept = sweep_local(say) if local else sweep_stack(stack, region, profile)
    tell(swept_dict(swept) if json_ else swept_text(swept))
    return SOME_FAILED if swept["Failed"] else ALL_SUCCEEDED


@cli.command()
@click.argument("report")
@click.option("--from", "source", help="Where photos and results lie: a folder, or s3. Default: where REPORT lies.")
@click.option("--chain", is_flag=True, help="Check the chain of all the stack's reports, too.")
@click.option("--key", type=click.Path(path_type=Path, dir_okay=False), help="The stack's public key (PEM).")
@click.option("--stack", metavar="NAME", help="Ask this stack whether the newest links or approvals were taken away.")
@click.option("--head", metavar="N:SHA256", help="A link of the chain that you noted, from a job's mail: is it there?")
@click.option("--local", is_flag=True, help="S3 and stack of the local cloud of the repository that runs.")
@account_options
def verify(json_: bool, **wish: Any) -> int:
    """Check that a job's REPORT (a file, or s3://BUCKET/KEY) and all that it speaks of is what it was.

    Signature, photos, masks, results, totals, cost, approvals; every model request is made again and compared. No
    service of Backdrop's is asked. The exit status is 1 when something does not hold, 3 when nothing could be proven.
    """
    verdict = check_report(Wish(**wish), say)
    tell(verdict.to_dict() if json_ else verdict.to_text())
    if not verdict.holds:
        return SOME_FAILED
    return ALL_SUCCEEDED if verdict.proven else SERVICE_FAILED


def _account_models(region: str | None, profile: str | None, json_: bool) -> int:
    catalogue = account_models(region, profile)
    default = find_model(catalogue.models, catalogue.default_model_id)
    tell(to_json(catalogue) if json_ else account_text(catalogue))
    return ALL_SUCCEEDED if default is not None and default.usable else SOME_FAILED


cli.add_command(accept)
cli.add_command(admin)
cli.add_command(cost)
cli.add_command(doctor)
cli.add_command(settings)
cli.add_command(share)
cli.add_command(web)
for command in (finding.jobs, finding.rename, finding.drafts):
    cli.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and answer its exit status; no exception gets out."""
    json_, debug = "--json" in arguments, "--debug" in arguments
    reach_loopback_directly()
    try:
        status = cli.main(args=list(arguments), prog_name="backdrop", standalone_mode=False)
    except click.ClickException as error:
        if json_:
            tell_failure(WrongUse("WRONG_USE", error.format_message(), "backdrop --help"), json_, WRONG_USE)
        else:
            tell_wrong_use(error)
        return WRONG_USE
    except (click.Abort, KeyboardInterrupt) as stop:
        # click makes an Abort of every KeyboardInterrupt.
        status = status_of(stop.__cause__ if isinstance(stop, click.Abort) else stop)
        tell_failure(BackdropClientError("INTERRUPTED", "Stopped on request.", ""), json_, status)
        return status
    except SystemExit:
        # click's way out when the reader of --help has had enough.
        return ALL_SUCCEEDED
    except WrongUse as error:
        tell_failure(error, json_, WRONG_USE)
        return WRONG_USE
    except Exception as error:  # noqa: BLE001 - the outermost border: people get words, not a stack trace
        known = error if isinstance(error, BackdropClientError) else _unforeseen(error)
        if debug and isinstance(known, Unexpected):
            say(traceback.format_exc())
        tell_failure(known, json_, SERVICE_FAILED)
        return SERVICE_FAILED
    return status if isinstance(status, int) else ALL_SUCCEEDED


def _unforeseen(error: Exception) -> BackdropClientError:
    # Only --help and --version are written by click; an error of a file would name it.
    written = isinstance(error, OSError) and error.filename is None and error.errno in (errno.ENOSPC, errno.EIO)
    return OutputLost(error) if written else Unexpected(error)


def main() -> None:
    """Entry point of the `backdrop` command."""
    use_utf8()
    fill_closed()
    stop_on_signals()
    status = run(sys.argv[1:])
    if status == INTERRUPTED:
        # Running calls end by themselves. Who presses Ctrl-C again does not want to wait, nor to read a trace.
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    elif status > _SIGNALLED:
        # Nobody waits for running calls after a signal: a terminal that was closed, a machine that is shut down.
        os._exit(status)
    sys.exit(status)


if __name__ == "__main__":
    main()
