"""Further scenes on the command line: words by --scene, and what --also-behind names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from backdrop.core.backdrops import Backdrop
from backdrop.core.options import Options
from backdrop.core.scenes import BACKDROP, TRANSPARENT, Scene
from backdrop_cli.flag_types import Behind, BehindType, Colour, Kept

Also = str | Behind
"""What --also-behind names: `transparent`, a colour `#rrggbb`, or a backdrop."""


class AlsoBehindType(click.ParamType[Also, Any]):
    """The type of --also-behind: a backdrop as --backdrop takes it, `transparent` or a colour."""

    name = "file|gradient:...|floor:...|kept:...|transparent|#rrggbb"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Also:
        """Return `transparent`, the colour in lower case, or what `BehindType` makes of it."""
        text = str(value).strip()
        if isinstance(value, str) and not Path(text).is_file():
            if text.lower() == TRANSPARENT:
                return TRANSPARENT
            if text.startswith("#"):
                return Colour().convert(text, param, ctx)
        return BehindType().convert(value, param, ctx)


def further_scenes(words: Sequence[str], behind: Sequence[Also], plain: Backdrop) -> tuple[Scene, ...]:
    """The scenes in the order of the job: first those in words.

    Args:
        words: of each painted scene.
        behind: what stands there instead. A backdrop has no id until `bring_scenes` gives it one.
        plain: shadow and place of products on all backdrops.
    """
    painted = [Scene(prompt=one) for one in words]
    return (*painted, *(_scene(one, plain) for one in behind))


def _scene(one: Also, plain: Backdrop) -> Scene:
    if isinstance(one, str):
        return Scene(background=one)
    # Until it has an id it is told apart by what was named, so that none is there twice.
    named = one.id if isinstance(one, Kept) else str(one)
    return Scene(background=BACKDROP, backdrop=replace(plain, id=named))


def bring_scenes(options: Options, behind: Sequence[Also], bring: Callable[[Behind], str]) -> Options:
    """The options with the ids of their further scenes' backdrops.

    Args:
        options: with `further_scenes`.
        behind: as `further_scenes` had it.
        bring: uploads a backdrop, or makes it, where it is not there yet, and returns its id.
    """
    if not behind:
        # Those of saved settings have their ids.
        return options
    ids: Iterator[str] = (bring(one) for one in behind if not isinstance(one, str))
    scenes = tuple(
        replace(scene, backdrop=replace(scene.backdrop, id=next(ids))) if scene.backdrop else scene
        for scene in options.scenes
    )
    return replace(options, scenes=scenes)
