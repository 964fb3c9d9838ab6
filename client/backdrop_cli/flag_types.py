"""Kinds of values that options take, and a --help in groups."""

from __future__ import annotations

from typing import Any

import click

from backdrop_cli import choices


class Grouped(click.Option):
    """An option that --help lists under a heading."""

    def __init__(self, *arguments: Any, group: str, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.group = group


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
    """`generated`, `transparent` or a colour."""

    name = "generated|transparent|#rrggbb"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """In lower case."""
        text = str(value).strip().lower()
        return text if text in {"generated", "transparent"} else _colour(self, text, param, ctx)


class Colour(click.ParamType[str]):
    """`#rrggbb`, with or without the `#`."""

    name = "#rrggbb"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """In lower case, with the `#`."""
        return _colour(self, str(value).strip(), param, ctx)


class Aspect(click.ParamType[str]):
    """`4:5`."""

    name = "W:H"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Without leading zeros or spaces."""
        try:
            across, down = choices.aspect(str(value).strip())
        except ValueError as error:
            self.fail(f"{error}. Write whole numbers, for example 4:5.", param, ctx)
        return f"{across}:{down}"


def _colour(type_: click.ParamType[str], text: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
    try:
        return choices.colour(text)
    except ValueError as error:
        type_.fail(f'{error}. Write it as "#f5f5f0" (in quotes: # starts a comment) or f5f5f0.', param, ctx)
