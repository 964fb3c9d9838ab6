"""`backdrop backdrops`: what there is to stand behind products; renamed, shared, deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from backdrop.api.schemas.backdrops import Backdrop
from backdrop.core.names import shown
from backdrop_cli.flag_types import Command, declare
from backdrop_client.api import BackdropApi
from backdrop_client.errors import WrongUse

_OPTIONS = (
    click.option("--rename", metavar="NAME", help="Call it so."),
    click.option("--share", is_flag=True, help="Let everybody who may sign in see it and use it."),
    click.option("--private", is_flag=True, help="Keep it to yourself again; jobs that have it keep it."),
    click.option("--delete", is_flag=True, help="Delete it; jobs that have it keep it."),
)


def library_options(command: Command) -> Command:
    """Declare what can be done with a backdrop."""
    return declare(_OPTIONS, command)


def change_of(backdrop_id: str | None, flags: Mapping[str, Any]) -> Callable[[BackdropApi], list[Backdrop]]:
    """What is to be done: a function that does it, and returns the backdrops that are to be told.

    Raises `WrongUse` for changes of no backdrop, none of one, or two that don't go together.
    """
    name, share, private, delete = (flags[one] for one in ("rename", "share", "private", "delete"))
    asked = name is not None or share or private or delete
    if bool(backdrop_id) != asked:
        raise WrongUse(
            "WRONG_USE",
            "Which backdrop is meant is not said." if asked else "What shall become of the backdrop is not said.",
            "`backdrop backdrops` lists them with their ids; --rename, --share, --private and --delete change one.",
        )
    if (share and private) or (delete and (name is not None or share or private)):
        raise WrongUse("WRONG_USE", "These changes don't go together.", "Leave one of them out.")
    if backdrop_id is None:
        return lambda api: api.backdrops()
    id_ = backdrop_id.strip().removeprefix("kept:")

    def change(api: BackdropApi) -> list[Backdrop]:
        if delete:
            api.delete_backdrop(id_)
            return []
        return [api.change_backdrop(id_, name=name, shared=True if share else False if private else None)]

    return change


def backdrops_text(found: Sequence[Backdrop]) -> str:
    """Return a line for each: what `--backdrop` takes, its size, whose it is, its name."""
    lines = [
        f"kept:{one.backdrop_id}  {_size(one):>11}  {_whose(one)}  {shown(one.name)}"
        + (f": {shown(one.error.message)}" if one.error else "")
        for one in found
    ]
    return "\n".join(lines or ["No backdrops."])


def _size(one: Backdrop) -> str:
    return f"{one.width} x {one.height}" if one.width and one.height else one.status.value.lower()


def _whose(one: Backdrop) -> str:
    if one.mine:
        return "shared " if one.shared else "private"
    return f"shared by {shown(one.shared_by or 'somebody')}"
