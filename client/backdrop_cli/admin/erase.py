"""`backdrop admin erase`: show what goes, ask once, remove it, say what stayed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from backdrop.core.names import shown
from backdrop_cli.account import erase_local, erase_stack
from backdrop_cli.checks import checked_job_id
from backdrop_cli.flag_types import stack_options
from backdrop_cli.terminal import say, tell
from backdrop_client.errors import WrongUse

_DONE, _LEFT = 0, 1

_Call = Callable[[Mapping[str, Any]], dict[str, Any]]


@click.command()
@click.option(
    "--person", metavar="EMAIL", help="All jobs, drafts, labels and backdrops of a person (or a Cognito sub)."
)
@click.option("--job", metavar="JOB_ID", help="One job, or a draft.")
@click.option("--reason", default="", help="Is written into the note that stays.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@stack_options
def erase(
    person: str | None,
    job: str | None,
    reason: str,
    yes: bool,
    dry_run: bool,
    local: bool,
    stack: str,
    region: str | None,
    profile: str | None,
    json_: bool,
) -> int:
    """Remove for good what is kept of a person or a job: photos, images, reports, rows, old versions too.

    A signed note of what went stays in the chain of reports; it names no person. There is no way back. The exit status
    is 1 when something stayed, such as a report under Object Lock.
    """
    if (person is None) == (job is None):
        raise WrongUse(
            "WRONG_USE", "Name either --person or --job.", "Try: backdrop admin erase --job JOB_ID --dry-run"
        )
    wish = {"Person": person} if person else {"JobId": checked_job_id(job or "")}

    def call(more: Mapping[str, Any]) -> dict[str, Any]:
        event = {**wish, **more}
        return erase_local(say, event) if local else erase_stack(stack, region, profile, event)

    plan = call({"Plan": True})
    if dry_run:
        tell(_as_dict(plan) if json_ else plan_text(plan))
        return _DONE
    if not yes:
        say(plan_text(plan))
        click.confirm("Remove all of it for good?", abort=True, err=True)
    done = erase_all(call, reason)
    tell(_as_dict(done) if json_ else done_text(done))
    return _LEFT if done["Stayed"] else _DONE


def erase_all(call: _Call, reason: str) -> dict[str, Any]:
    """Call Erase until nothing is left for want of time; return what all calls did."""
    total: dict[str, Any] = {}
    while True:
        done = call({"Reason": reason})
        counts = {name: total.get(name, 0) + done[name] for name in ("Objects", "Bytes", "Rows")}
        total = {**done, **counts}
        if not done["Left"]:
            return total
        say(f"{counts['Objects']:,} files are gone; going on ...")


def plan_text(plan: Mapping[str, Any]) -> str:
    """What would go."""
    jobs = plan["Jobs"]
    named = f": {', '.join(jobs[:5])}{' ...' if len(jobs) > 5 else ''}" if jobs else ""
    return (
        f"{_count(len(jobs), 'job')}{named}\n{_count(plan['Drafts'], 'draft')} (each job was one), "
        f"{_count(plan['Objects'], 'file')} with old versions, {plan['Bytes'] / 1e6:,.1f} MB"
    )


def done_text(done: Mapping[str, Any]) -> str:
    """What went, and what stayed."""
    lines = [
        f"Removed: {_count(len(done['Jobs']), 'job')}, {_count(done['Objects'], 'file')} "
        f"({done['Bytes'] / 1e6:,.1f} MB), {_count(done['Rows'], 'row')}. A signed note stays in the chain of reports."
    ]
    if done["Stayed"]:
        lines.append(f"{_count(done['Stayed'], 'file')} could not be removed; the job's rows stay with them:")
        lines += [f"  {one['key']}: {shown(one['reason'])}" for one in done["Why"]]
        lines.append("Under Object Lock a file goes when its time is over: erase once more then.")
    lines.append("Not reached from here: mails that were sent, logs, and the history of executions (90 days).")
    return "\n".join(lines)


def _as_dict(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in answer.items()}


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
