"""The type of --also: a further output of every picture, as `preset=ebay` or `aspect=1:1,width=800,format=webp`."""

from __future__ import annotations

from typing import Any

import click

from backdrop.core.errors import BackdropError
from backdrop.core.options import Fill, Options, OutputOptions, checked
from backdrop_cli.flag_types import Colour

_WHOLE = ("width", "height", "quality")
_NAMES = ("preset", "aspect", *_WHOLE, "format", "fill", "pad-color")


class FurtherOutput(click.ParamType[OutputOptions]):
    """The type of a further output."""

    name = "name=value,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> OutputOptions:
        """Return the output; every part is checked as the option of that name is."""
        found: dict[str, Any] = {}
        for part in filter(None, (one.strip() for one in str(value).split(","))):
            name, equals, given = (one.strip() for one in part.partition("="))
            if name not in _NAMES or not equals or not given:
                self.fail(f"{part!r}: write name=value; the names are {', '.join(_NAMES)}.", param, ctx)
            if name in found:
                self.fail(f"{name} stands there twice.", param, ctx)
            found[name] = self._whole(name, given, param, ctx) if name in _WHOLE else given
        if not found:
            self.fail(f"nothing is asked for; the names are {', '.join(_NAMES)}.", param, ctx)
        color = found.pop("pad-color", None)
        fill = found.pop("fill", "pad" if color else "outpaint").upper()
        if fill not in tuple(Fill):
            self.fail("fill is outpaint or pad.", param, ctx)
        if color:
            found["pad_color"] = Colour().convert(color, param, ctx)
        found["format"] = found.get("format", "same").upper()
        try:
            return checked(Options(output=OutputOptions(**found, fill=Fill(fill)))).output
        except BackdropError as error:
            self.fail(f"{error.cause} {error.next_step}", param, ctx)

    def _whole(self, name: str, given: str, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if not given.isascii() or not given.isdigit() or int(given) < 1:
            self.fail(f"{name} is {given!r}, no whole number.", param, ctx)
        return int(given)
