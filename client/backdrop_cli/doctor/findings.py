"""What a check of a stack is, for `backdrop doctor` and `backdrop accept`: a small function that says in words what
holds, raises what does not or could not be tried, and is told as a line of a table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from backdrop.core.names import shown
from backdrop_cli.account import NoAnswer
from backdrop_client.errors import BackdropClientError

DEPLOY = "Deploy the template again; `aws cloudformation describe-stack-events` says what failed."

Subject = TypeVar("Subject")


class State(StrEnum):
    """How a check ended."""

    HOLDS = "HOLDS"
    DOES_NOT_HOLD = "DOES_NOT_HOLD"
    NOT_TRIED = "NOT_TRIED"


@dataclass(frozen=True)
class Finding:
    """What a check found. `next_step`: empty where there is nothing to do."""

    check: str
    state: State
    words: str
    next_step: str = ""


class Fault(Exception):
    """Something does not hold."""

    def __init__(self, words: str, next_step: str) -> None:
        super().__init__(words)
        self.next_step = next_step


class NotTried(Exception):
    """Something could not be tried."""


_WORDS = {State.HOLDS: "holds", State.DOES_NOT_HOLD: "DOES NOT HOLD", State.NOT_TRIED: "could not be tried"}
_STATUS = {State.DOES_NOT_HOLD: 1, State.NOT_TRIED: 3}


def find(name: str, check: Callable[[Subject], str], subject: Subject) -> Finding:
    """Return what a check finds of its subject."""
    try:
        return Finding(name, State.HOLDS, check(subject))
    except Fault as fault:
        return Finding(name, State.DOES_NOT_HOLD, str(fault), fault.next_step)
    except NoAnswer as silence:
        if silence.missing:
            return Finding(name, State.DOES_NOT_HOLD, f"It is not there: {silence}.", DEPLOY)
        return Finding(name, State.NOT_TRIED, f"{silence}.", "Check your permissions and the network.")
    except NotTried as reason:
        return Finding(name, State.NOT_TRIED, str(reason), "")
    except BackdropClientError as error:
        return Finding(name, State.NOT_TRIED, str(error), "")


def status_of(found: Sequence[Finding]) -> int:
    """Return the exit status: 1 when something does not hold, 3 when something could not be tried, else 0."""
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
