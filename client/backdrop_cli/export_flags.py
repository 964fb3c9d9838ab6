"""The options of `backdrop export` on the command line, and how they become what is to be otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from backdrop.core.backdrops import Placement, Shadow
from backdrop.core.by_hand import ByHand
from backdrop.core.errors import BackdropError
from backdrop.core.options import FORMATS, Fill, MaskSource, check_placement
from backdrop_cli import standing_flags
from backdrop_cli.flag_types import (
    Aspect,
    Background,
    BehindType,
    Colour,
    Command,
    check_one_background,
    check_one_fill,
    choice,
    declare,
    grouped,
    wire,
)
from backdrop_client.errors import WrongUse
from backdrop_client.export import Changes
from backdrop_client.places import parse_place, read_places

_WHICH, _BACKGROUND, _FINISHED = "Which images", "Background", "Finished images"

_WHICH_OPTIONS = (
    grouped(_WHICH, "--approved", is_flag=True, help="Only the images that somebody approved on the job's page."),
    grouped(
        _WHICH,
        "--only",
        multiple=True,
        metavar="NAME",
        help='Only this image: its file as in list.csv ("shoes/front (2).jpg"), or its id. May be given again.',
    ),
    grouped(
        _WHICH,
        "--sku",
        "skus",
        multiple=True,
        metavar="SKU",
        help="Only the images of this SKU, as its sheet or else its folder says. May be given again, also with --only.",
    ),
)

_OPTIONS = (
    grouped(
        _BACKGROUND,
        "--background",
        type=Background(),
        metavar="generated|transparent|#rrggbb",
        help='transparent, or a colour such as "#ffffff"; generated is the painted one that the images have.',
    ),
    grouped(
        _BACKGROUND,
        "--backdrop",
        metavar="FILE|gradient:TOP,BOTTOM|floor:WALL,FLOOR[,LINE]|kept:ID",
        type=BehindType(),
        help="A picture of your own behind every product, or one from colours, or one that is kept, as of `replace`.",
    ),
    grouped(_BACKGROUND, "--shadow", type=choice(tuple(Shadow)), help="What products cast on the backdrop."),
    *standing_flags.LIGHT_OPTIONS,
    grouped(
        _BACKGROUND,
        "--stand/--in-photo",
        default=None,
        help="Stand products on the backdrop's surface, all alike, or keep each where it is in its photo; else as they "
        "stood, or in their photos' place on another backdrop.",
    ),
    *standing_flags.PLACE_OPTIONS,
    grouped(
        _BACKGROUND,
        "--place",
        "place",
        multiple=True,
        metavar="PHOTO=ACROSS,DOWN[,SCALE[,TURN]]",
        help='Move one product by shares of the picture, scale and turn it by degrees; "mug.jpg=0.1,0,1.2,15". '
        "May be given again.",
    ),
    grouped(
        _BACKGROUND,
        "--places",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        metavar="FILE",
        help="The same for many: CSV or XLSX with the columns File, Across, Down, Scale and Turn.",
    ),
    grouped(
        _BACKGROUND,
        "--mask-source",
        type=choice(tuple(MaskSource)),
        help="Where the job made no cut-out: built-in is Backdrop's own, which calls no model.",
    ),
    grouped(
        _FINISHED,
        "--preset",
        metavar="ID",
        help="Size, shape and file as a marketplace wants them, and checked; `backdrop models` lists the presets.",
    ),
    grouped(_FINISHED, "--own-size", is_flag=True, help="The photo's own size and shape, whatever the job had."),
    grouped(
        _FINISHED,
        "--aspect",
        type=Aspect(),
        help="Another aspect ratio, such as 4:5; of a painted background with --fill pad: no model paints on.",
    ),
    grouped(_FINISHED, "--fill", type=choice(tuple(Fill)), help="pad: a new aspect is filled with a border."),
    grouped(_FINISHED, "--pad-color", type=Colour(), metavar="#rrggbb", help="Of the border; implies --fill pad."),
    grouped(
        _FINISHED,
        "--width",
        type=click.IntRange(1),
        metavar="PIXELS",
        help="Of one side alone the other follows, in the job's shape.",
    ),
    grouped(_FINISHED, "--height", type=click.IntRange(1), metavar="PIXELS", help="As --width."),
    grouped(_FINISHED, "--format", "format_", type=choice(FORMATS), help="File format; same is the photo's own."),
    grouped(_FINISHED, "--quality", type=click.IntRange(1, 100), metavar="1..100", help="Of the file's compression."),
)


def which_options(command: Command) -> Command:
    """Declare which images of its job an export has."""
    return declare(_WHICH_OPTIONS, command)


def export_options(command: Command) -> Command:
    """Declare what an export may have otherwise than its job."""
    return declare(_OPTIONS, command)


def changes_of(flags: Mapping[str, Any], *, backdrop: bool) -> Changes:
    """What is to be otherwise, from the values of `export_options`. `backdrop`: a picture is named as well.

    Raises `WrongUse` for options that contradict each other.
    """
    if backdrop:
        check_one_background(flags["background"])
    sized = flags["aspect"] or flags["width"] or flags["height"]
    if flags["preset"] and (sized or flags["own_size"]):
        raise WrongUse(
            "OPTIONS_INVALID",
            "--preset sets the size, and another size is asked for as well.",
            "Leave one of them out.",
        )
    check_one_fill(flags["fill"], flags["pad_color"])
    return Changes(
        background=flags["background"],
        placement=_placement(flags),
        in_photo=flags["stand"] is False,
        shadow=Shadow(wire(flags["shadow"])) if flags["shadow"] else None,
        light=standing_flags.light_changes(flags),
        mask_source=MaskSource(wire(flags["mask_source"])) if flags["mask_source"] else None,
        own_size=flags["own_size"],
        preset=flags["preset"],
        aspect=flags["aspect"],
        fill=Fill(wire(flags["fill"])) if flags["fill"] else None,
        pad_color=flags["pad_color"],
        width=flags["width"],
        height=flags["height"],
        format=wire(flags["format_"]) if flags["format_"] else None,
        quality=flags["quality"],
    )


def places_of_flags(flags: Mapping[str, Any]) -> dict[str, ByHand]:
    """Photo's name -> its place by hand, from the values of `export_options`.

    Raises `WrongUse` for what is no place, and a photo that is placed twice.
    """
    found = read_places(_read(flags["places"])) if flags["places"] else {}
    for name, place in map(parse_place, flags["place"]):
        if name in found:
            raise WrongUse("PLACE_INVALID", f"{name!r} is placed twice.", "Name each photo once.")
        found[name] = place
    return found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WrongUse("SHEET_UNREADABLE", f"{path} can't be read: {error.strerror or error}.", "Check it.") from error


def _placement(flags: Mapping[str, Any]) -> Placement | None:
    placement = standing_flags.placement_of(flags)
    try:
        check_placement(placement or Placement())
    except BackdropError as error:
        raise WrongUse(error.code, error.cause, error.next_step) from error
    return placement
