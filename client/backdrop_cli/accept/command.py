"""`backdrop accept`: say what it does and costs, ask once, try everything, take away what it made, tell the table."""

from __future__ import annotations

import click

from backdrop_cli.accept.checks import CHECKS, try_all
from backdrop_cli.accept.price import Price, price_of
from backdrop_cli.accept.trial import Trial
from backdrop_cli.account import NoAnswer, stack_access
from backdrop_cli.doctor.findings import Finding, State, as_dict, as_text, status_of
from backdrop_cli.flag_types import stack_options
from backdrop_cli.terminal import say, tell
from backdrop_client.errors import BackdropClientError
from backdrop_client.stopping import shielded

STAYS = "A signed note of what was erased stays in the chain of reports, as do logs and the run's history (90 days)."


@click.command()
@click.option("--yes", is_flag=True, help="Don't ask.")
@click.option("--dry-run", is_flag=True, help="Only say what would be tried and what it costs.")
@stack_options
def accept(
    *, yes: bool, dry_run: bool, local: bool, stack: str, region: str | None, profile: str | None, json_: bool
) -> int:
    """Try on a deployed stack what AWS documents but we could not see (for operators, once for each account).

    With your own AWS credentials. Makes a user, a queue, state machines and a job of three photos, one of them broken,
    and takes them away again. The exit status is 1 when something does not hold, 3 when something could not be tried.
    """
    with stack_access(stack, region, profile, say, local=local) as access:
        trial = Trial(access)
        try:
            price = price_of(trial)
        except NoAnswer as silence:
            raise BackdropClientError(
                "ACCOUNT_REFUSED", f"{silence}.", "Check --stack and your permissions."
            ) from silence
        if dry_run:
            tell(_plan_dict(price) if json_ else plan_text(access.name, price))
            return 0
        if not yes:
            say(plan_text(access.name, price))
            click.confirm("Try all of it?", abort=True, err=True)
        found = run(trial)
    tell(as_dict(found) if json_ else as_text(found))
    return status_of(found)


def run(trial: Trial) -> list[Finding]:
    """Try everything and take away what was made, also after a failure or Ctrl-C; return what was found."""
    found: list[Finding] = []
    try:
        for one in try_all(trial):
            say(f"{one.check}: {one.state.value.lower().replace('_', ' ')}")
            found.append(one)
    finally:
        say("Taking away what was made ...")
        try:
            with shielded():
                cleaned = clean_up(trial)
        except KeyboardInterrupt:
            say(f"Stopped. Not taken away: {', '.join(what for what, _ in trial.made.things)}. {_by_hand(trial)}")
            raise
        say(f"{cleaned.check}: {cleaned.words}")
    return [*found, cleaned]


def clean_up(trial: Trial) -> Finding:
    """Take away what the trial made; return what is gone and what stays."""
    gone, stayed = trial.made.undo()
    if stayed:
        return Finding("clean-up", State.DOES_NOT_HOLD, f"Still there: {'; '.join(stayed)}.", _by_hand(trial))
    return Finding("clean-up", State.HOLDS, f"Gone again: {', '.join(dict.fromkeys(gone)) or 'nothing'}. {STAYS}")


def _by_hand(trial: Trial) -> str:
    return f"Remove it by hand: names begin with {trial.id}; `backdrop admin erase --person {trial.address}`."


def plan_text(stack: str, price: Price) -> str:
    """What is tried and what it costs."""
    lines = [f"Tried on the stack {stack}, with what is paid for it:"]
    width = max(len(one.name) for one in CHECKS)
    lines += [f"  {one.name:<{width}}  {one.tries} ({one.calls})" for one in CHECKS]
    return "\n".join(
        [
            *lines,
            f"About {price.usd:.2f} USD at list prices, {price.most:.2f} at most: the job has a limit of its own. "
            "Up to 15 minutes.",
            "Made, and taken away again: a user, a queue, a subscription, state machines, a job of three photos. "
            f"The job's mail goes to the stack's recipients as well. {STAYS}",
        ]
    )


def _plan_dict(price: Price) -> dict[str, object]:
    return {
        "checks": [{"check": one.name, "tries": one.tries, "page": one.page, "pays": one.calls} for one in CHECKS],
        "usd": round(price.usd, 2),
        "mostUsd": round(price.most, 2),
    }
