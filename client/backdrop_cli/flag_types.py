"""Kinds of values that options take, and a --help in groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from backdrop.core import recipes
from backdrop.core.errors import BackdropError
from backdrop.core.options import color, parse_aspect
from backdrop.core.recipes import Coloured, Floor, Gradient
from backdrop_client.colours import EXAMPLES, read_written
from backdrop_client.errors import WrongUse

_FILE = click.Path(path_type=Path, dir_okay=False, exists=True)

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


def declare(options: Iterable[Callable[[Any], Any]], command: Command) -> Command:
    """Return the command with these options, which --help lists in their order."""
    for option in reversed(list(options)):
        command = option(command)
    return command


_OF_AN_ACCOUNT = (
    click.option("--region", envvar="BACKDROP_REGION", show_envvar=True, help="AWS region of the stack."),
    click.option("--profile", help="Profile of your AWS configuration."),
    click.option("--json", "json_", is_flag=True, help="Print one JSON document on standard output."),
    click.option("--debug", is_flag=True, expose_value=False, help="Show the trace of an unexpected error."),
)


def account_options(command: Command) -> Command:
    """Return the command with the options of those that work with one's own AWS credentials."""
    return declare(_OF_AN_ACCOUNT, command)


def stack_options(command: Command) -> Command:
    """Return the command with the options of those that operators use on a whole stack."""
    which = (
        click.option("--local", is_flag=True, help="The local cloud of the repository that runs."),
        click.option("--stack", default="backdrop", show_default=True, help="Name of the deployed stack."),
    )
    return declare((*which, *_OF_AN_ACCOUNT), command)


def check_one_background(named: object) -> None:
    """Raise `WrongUse` for a --background beside --backdrop."""
    if named:
        raise WrongUse(
            "OPTIONS_INVALID", "--backdrop and --background both say what is behind.", "Leave one of them out."
        )


def check_one_fill(fill: str | None, pad_color: str | None) -> None:
    """Raise `WrongUse` for the colour of a border that is not made."""
    if fill == "outpaint" and pad_color:
        raise WrongUse(
            "OPTIONS_INVALID", "--pad-color is of a border, and --fill outpaint makes none.", "Leave one of them out."
        )


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


class Kept(NamedTuple):
    """A backdrop that is kept already."""

    id: str


Behind = Path | Coloured | Kept
"""What --backdrop names."""


class BehindType(click.ParamType[Behind, Any]):
    """The type of --backdrop: a file, a recipe such as `gradient:#fff,#ddd`, or `kept:ID`."""

    name = "file|gradient:...|floor:...|kept:..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Behind:
        """Return the path of the file that is there, the recipe, or the id."""
        if isinstance(value, Path | Gradient | Floor | Kept):
            return value
        text = str(value)
        kind, _, rest = text.partition(":")
        path = Path(text)
        if kind.lower() == "kept" and rest and not path.is_file():
            return Kept(rest)
        written = None if path.is_file() else read_written(text)
        if written is None:
            return _FILE.convert(text, param, ctx)
        if written.colours is None:
            examples = " or ".join(f'"{one}"' for one in EXAMPLES[written.kind])
            self.fail(f"{text!r} has no two colours. Write {examples}.", param, ctx)
        found: dict[str, Any] = {"Kind": written.kind.upper()}
        found |= {name: _colour(self, colour, param, ctx) for name, colour in written.colours.items()}
        if written.line is not None:
            found["Line"] = _number(self, written.line, param, ctx)
        try:
            made = recipes.from_dict(found)
        except BackdropError as error:
            self.fail(f"{error.cause} {error.next_step}", param, ctx)
        assert isinstance(made, Gradient | Floor)
        return made


def _number(
    type_: click.ParamType[Any, Any], text: str, param: click.Parameter | None, ctx: click.Context | None
) -> float:
    try:
        return float(text)
    except ValueError:
        type_.fail(f"{text!r} is no number. Write the line's share of the height, such as 0.7.", param, ctx)


def _colour(
    type_: click.ParamType[Any, Any], text: str, param: click.Parameter | None, ctx: click.Context | None
) -> str:
    colour = f"#{text.removeprefix('#').lower()}"
    try:
        color(colour)
    except BackdropError:
        advice = 'Write it as "#f5f5f0" (in quotes: # starts a comment) or f5f5f0.'
        type_.fail(f"{text!r} is no colour. {advice}", param, ctx)
    return colour
