"""What `backdrop verify` asks where it may: the bucket, and the stack's note of the newest numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop_cli.account import NoAnswer, StackAccess, ask, stack_access
from backdrop_client.errors import BackdropClientError, WrongUse

if TYPE_CHECKING:
    from backdrop.aws.objects import Objects
    from backdrop.aws.proof.heads_table import HeadsTable
    from backdrop.jobs.proof.series import Head

_HEAD = re.compile(r"([1-9][0-9]{0,7}):([0-9a-f]{64})", re.IGNORECASE)


@dataclass(frozen=True)
class Reached:
    """The services that can be asked; None: not this one."""

    objects: Objects | None = None
    heads: HeadsTable | None = None


@contextmanager
def reach(
    say: Callable[[str], object],
    *,
    bucket: bool,
    stack: str | None,
    local: bool,
    region: str | None,
    profile: str | None,
) -> Iterator[Reached]:
    """Connect to what is needed: the bucket, and the stack's table (of the local cloud always).

    Raises `BackdropClientError`: no credentials, no such stack, or no local cloud runs.
    """
    if not local and not bucket and stack is None:
        yield Reached()
        return
    with stack_access(stack or "", region, profile, say, local=local) as access:
        yield _reached(access, bucket=bucket)


def read_noted(text: str | None) -> Head | None:
    """Return a link that somebody noted, as `NUMBER:SHA256`.

    Raises `WrongUse`: it is none.
    """
    if text is None:
        return None
    from backdrop.jobs.proof.series import Head

    match = _HEAD.fullmatch(text.strip())
    if match is None:
        raise WrongUse(
            "HEAD_INVALID",
            f"{text!r} is no place in a chain of reports.",
            "Write it as the job's mail does: the number, a colon, and the 64 digits of the SHA-256.",
        )
    return Head(int(match[1]), match[2].lower())


def _reached(access: StackAccess, *, bucket: bool) -> Reached:
    from backdrop.aws.objects import Objects

    objects = Objects(lambda: access.connect("s3")) if bucket else None
    return Reached(objects, _heads(access) if access.name else None)


def _heads(access: StackAccess) -> HeadsTable:
    from backdrop.aws.proof.heads_table import HeadsTable

    describe = access.connect("cloudformation").describe_stack_resource
    try:
        found = ask(lambda: describe(StackName=access.name, LogicalResourceId="HeadsTable"))
    except NoAnswer as silence:
        raise BackdropClientError(
            "STACK_UNREADABLE",
            f"The table of newest numbers of the stack {access.name} could not be found: {silence}.",
            "Check the stack's name and Region, and that you may call cloudformation:DescribeStackResource; or leave"
            " --stack out.",
        ) from silence
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    return HeadsTable(lambda: access.connect("dynamodb"), name)
