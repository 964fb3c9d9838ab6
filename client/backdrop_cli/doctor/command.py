"""`backdrop doctor`: whether a stack is well, told check by check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from backdrop.core.names import shown
from backdrop_cli.account import stack_access
from backdrop_cli.doctor.checks import Finding, Patient, State, examine
from backdrop_cli.flag_types import stack_options
from backdrop_cli.terminal import say, tell

_WORDS = {State.HOLDS: "holds", State.DOES_NOT_HOLD: "DOES NOT HOLD", State.NOT_TRIED: "could not be tried"}
_STATUS = {State.DOES_NOT_HOLD: 1, State.NOT_TRIED: 3}


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
    return next((status for state, status in _STATUS.items() if any(one.state is state for one in found)), 0)


def as_text(found: Sequence[Finding]) -> str:
    """Return a line for each check, and one more where there is something to do."""
    width = max(len(one.check) for one in found)
    lines = []
    for one in found:
        lines.append(f"{one.check:<{width}}  {_WORDS[one.state]}: {shown(one.words)}")
        if one.next_step:
            lines.append(f"{'':<{width}}  -> {shown(one.next_step)}")
    return "\n".join(lines)


def as_dict(found: Sequence[Finding]) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "checks": [
            {"check": one.check, "state": one.state.value, "words": one.words, "nextStep": one.next_step}
            for one in found
        ]
    }
