"""All checks of `backdrop accept`, in the order in which they are tried: what is free first."""

from __future__ import annotations

from collections.abc import Iterator

from backdrop_cli.accept import functions, job, mail, models, permissions, uploads, workflow
from backdrop_cli.accept.check import Check
from backdrop_cli.accept.trial import Trial
from backdrop_cli.doctor.checks import check_stack
from backdrop_cli.doctor.findings import Finding, State, find

CHECKS: tuple[Check, ...] = (
    *models.CHECKS,
    *permissions.CHECKS,
    *workflow.CHECKS,
    *uploads.CHECKS,
    *job.CHECKS,
    *functions.CHECKS,
    *mail.CHECKS,
)


def try_all(trial: Trial) -> Iterator[Finding]:
    """Yield what each check finds. Of a stack that is not well deployed nothing else is tried."""
    stack = find("stack", lambda each: check_stack(each.patient), trial)
    yield stack
    if stack.state is State.HOLDS:
        for check in CHECKS:
            yield _find(check, trial)


def _find(check: Check, trial: Trial) -> Finding:
    try:
        return find(check.name, check.run, trial)
    except Exception as error:  # noqa: BLE001 - an account may answer in a way that nobody foresaw; the rest is tried
        words = f"The check itself broke: {type(error).__name__}: {error}"
        return Finding(check.name, State.NOT_TRIED, words, "Tell whoever looks after Backdrop: AWS answered otherwise.")
