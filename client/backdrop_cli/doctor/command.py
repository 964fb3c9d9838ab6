"""`backdrop doctor`: whether a stack is well, told check by check."""

from __future__ import annotations

import click

from backdrop_cli.account import stack_access
from backdrop_cli.doctor.checks import Patient, examine
from backdrop_cli.doctor.findings import as_dict, as_text, status_of
from backdrop_cli.flag_types import stack_options
from backdrop_cli.terminal import say, tell


@click.command()
@stack_options
def doctor(local: bool, stack: str, region: str | None, profile: str | None, json_: bool) -> int:
    """Look whether a stack is well: what is deployed, what the account may do, who gets mails, what waits (for
    operators).

    With your own AWS credentials; nothing is changed. The exit status is 1 when something does not hold, 3 when
    something could not be tried.
    """
    with stack_access(stack, region, profile, say, local=local) as access:
        found = list(examine(Patient(access)))
    tell(as_dict(found) if json_ else as_text(found))
    return status_of(found)
