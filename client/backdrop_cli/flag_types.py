"""Kinds of values that options take, and a --help in groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from backdrop.core.errors import BackdropError
from backdrop.core.options import color, parse_aspect

Command = TypeVar("Command", bound=Callable[..., Any])


class Grouped(click.Option):
    """An option that --help lists under a heading."""

    def __init__(self, *arguments: Any, group: str, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.group = group


def grouped(group: str, *names: str, **keywords: Any) -> Callable[[Command], Command]:
    """Return an option that --help lists under the group's heading."""
    return click.option(*names, cls=Grouped, group=group, **keywords)


def choice(values: tuple[str, ...]) -> click.Choice[str]:
    """Return a choice between values as people write them: in lower case, with hyphens."""
    return click.Choice([value.lower().replace("_", "-") for value in values], case_sensitive=False)


def wire(chosen: str) -> str:
    """Return a value of `choice` as the service writes it."""
    return chosen.upper().replace("-", "_")


class GroupedCommand(click.Command):
    """A command whose --help lists `Grouped` options under their headings, and the others last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections, in the order in which their first options were declared."""
        sections: dict[str, list[tuple[str, str]]] = {}
        others: list[tuple[str, str]] = []
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                rows = sections.setdefault(parameter.group, []) if isinstance(parameter, Grouped) else others
                rows.append(record)
        for heading, rows in (*sections.items(), ("Other options", others)):
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


class Background(click.ParamType[str]):
    """The type of --background: `generated`, `transparent` or a colour."""

    name = "generated|transparent|#rrggbb"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value in lower case."""
        text = str(value).strip().lower()
        return text if text in {"generated", "transparent"} else _colour(self, text, param, ctx)


class Colour(click.ParamType[str]):
    """The type of a colour: `#rrggbb`, with or without the `#`, which shells take for the start of a comment."""

    name = "#rrggbb"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value in lower case, with the `#`."""
        return _colour(self, str(value).strip(), param, ctx)


class Aspect(click.ParamType[str]):
    """The type of --aspect, such as `4:5`."""

    name = "W:H"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value without leading zeros or spaces."""
        try:
            across, down = parse_aspect(str(value).strip())
        except BackdropError as error:
            self.fail(f"{error.cause} {error.next_step}", param, ctx)
        return f"{across}:{down}"


def _colour(type_: click.ParamType[str], text: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
    colour = f"#{text.removeprefix('#').lower()}"
    try:
        color(colour)
    except BackdropError:
        advice = 'Write it as "#f5f5f0" (in quotes: # starts a comment) or f5f5f0.'
        type_.fail(f"{text!r} is no colour. {advice}", param, ctx)
    return colour
