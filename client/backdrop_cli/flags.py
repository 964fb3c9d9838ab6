"""The options of `backdrop replace` on the command line, in groups, and how they become a job's settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import click

from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.errors import BackdropError
from backdrop.core.light import change_light
from backdrop.core.options import (
    BACKDROP,
    FORMATS,
    GENERATED,
    MAX_VARIATIONS,
    TRANSPARENT,
    Fill,
    MaskSource,
    Options,
    OutputOptions,
)
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Spread
from backdrop.core.vocabulary import Mode
from backdrop_cli import standing_flags
from backdrop_cli.also import FurtherOutput
from backdrop_cli.connect import ConnectionOptions
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
from backdrop_cli.saved.changes import change_saved, has_backdrop
from backdrop_cli.scenes import AlsoBehindType, further_scenes
from backdrop_client.errors import WrongUse

_BACKGROUND, _SUBJECT, _MODEL, _FINISHED = "Background", "What is kept", "Model", "Finished images"
_PEOPLE = "Who sees the job"
_SAVED = "Saved settings"
_SERVICE = "Where the service is, and who you are"

_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    grouped(
        _SAVED,
        "--preset-name",
        metavar="NAME",
        help="Begin with these saved settings of yours or your team's (`backdrop settings` lists them); options that"
        " are given beside count instead.",
    ),
    grouped(_BACKGROUND, "--prompt", default="", help="The new background, in words."),
    grouped(
        _BACKGROUND,
        "--sheet",
        metavar="FILE",
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        help="CSV or .xlsx with prompt or backdrop, labels and SKU of each photo; `backdrop sheet-template` makes one.",
    ),
    grouped(
        _BACKGROUND,
        "--negative-prompt",
        metavar="TEXT",
        help="What the background must not show; '' for nothing.  [default: the model's in `backdrop models`]",
    ),
    grouped(
        _BACKGROUND,
        "--background",
        type=Background(),
        metavar="generated|transparent|#rrggbb",
        default="generated",
        show_default=True,
        help='generated: from the prompt; transparent, or a colour such as "#f5f5f0": then there is no prompt.',
    ),
    grouped(
        _BACKGROUND,
        "--backdrop",
        metavar="FILE|gradient:TOP,BOTTOM|floor:WALL,FLOOR[,LINE]|kept:ID",
        type=BehindType(),
        help="A picture of your own behind every product, which is uploaded once; or one made from colours: "
        '"gradient:#ffffff,#dddddd", "floor:#eeeeee,#cccccc" with the line at 0.7 of the height, or where you say; '
        'or "kept:ID" of `backdrop paint`.',
    ),
    grouped(
        _BACKGROUND,
        "--scene",
        "scenes",
        multiple=True,
        metavar="WORDS",
        help="A further background, in words, in which every photo is finished as well; may be given several times."
        " The cut-out is paid once, each painting by itself.",
    ),
    grouped(
        _BACKGROUND,
        "--also-behind",
        type=AlsoBehindType(),
        multiple=True,
        metavar="FILE|gradient:...|floor:...|kept:ID|transparent|#rrggbb",
        help="A further background that no model paints; may be given several times. Nothing more is paid.",
    ),
    grouped(
        _BACKGROUND,
        "--in-turn",
        is_flag=True,
        help="Give each photo one of the backgrounds that are named, in turn, instead of all of them.",
    ),
    grouped(
        _BACKGROUND,
        "--shadow",
        type=choice(tuple(Shadow)),
        help="What products cast on backdrops; contact is a thin dark line where they stand.  [default: soft]",
    ),
    *standing_flags.LIGHT_OPTIONS,
    grouped(
        _BACKGROUND,
        "--stand",
        is_flag=True,
        help="Stand products on the backdrop's surface, all alike; without it each keeps its place in its photo.",
    ),
    *standing_flags.PLACE_OPTIONS,
    grouped(
        _BACKGROUND,
        "--variations",
        type=click.IntRange(1, MAX_VARIATIONS),
        metavar="N",
        default=1,
        show_default=True,
        help="Images of each photo, each with a seed of its own; the second is named `... (2)`.",
    ),
    grouped(_BACKGROUND, "--seed", type=int, help="Same seed, same photo, same prompt: same result."),
    grouped(_BACKGROUND, "--vary-seed", is_flag=True, help="Another seed for each photo, counted up from the first."),
    grouped(
        _BACKGROUND,
        "--max-usd",
        type=click.FloatRange(min=0),
        help="Refuse the job if it costs more, and call no model beyond that.",
    ),
    grouped(
        _PEOPLE,
        "--team",
        metavar="NAME",
        help="A team of yours, whose members see the job too.  [default: your only team; with several, none]",
    ),
    grouped(_PEOPLE, "--private", is_flag=True, help="No team sees the job; ops and auditors do."),
    grouped(_PEOPLE, "--language", metavar="TAG", help="Of the mail about the job, such as de.  [default: English]"),
    grouped(
        _BACKGROUND,
        "--fresh",
        is_flag=True,
        help="Ask and pay the model again, even for what an earlier job asked in the same words.",
    ),
    grouped(
        _SUBJECT,
        "--mode",
        type=choice(tuple(Mode)),
        default="precise",
        show_default=True,
        help="precise keeps the product's own pixels, default lets the model blend.",
    ),
    grouped(
        _SUBJECT,
        "--label",
        "labels",
        multiple=True,
        metavar="NAME",
        help="Keep only this object; may be repeated. A photo in which none of them is found counts as failed.",
    ),
    grouped(
        _SUBJECT,
        "--mask-source",
        type=choice(tuple(MaskSource)),
        default="model",
        show_default=True,
        help="Whose cut-out tells product and background apart: built-in is Backdrop's own and calls no model.",
    ),
    grouped(
        _SUBJECT,
        "--masks",
        metavar="FOLDER",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        help="Masks of your own: for a/mug.jpg the PNG FOLDER/a/mug.png, if it is there; white is kept, or what is"
        " not transparent. A mask alone decides what is kept.",
    ),
    grouped(_MODEL, "--model", "model_id", metavar="ID", help="Image model; `backdrop models` lists them."),
    grouped(_MODEL, "--cfg-scale", type=float, metavar="NUMBER", help="How closely the model follows the prompt."),
    grouped(_MODEL, "--quality-level", metavar="NAME", help="The model's quality level, which may have its own price."),
    grouped(_MODEL, "--style", metavar="NAME", help="The model's style preset. `backdrop models` lists what each has."),
    grouped(
        _FINISHED,
        "--name",
        default="",
        help="What the job is called.  [default: by the photos' folder and the background]",
    ),
    grouped(
        _FINISHED, "--tag", "tags", multiple=True, metavar="TAG", help="A word to find the job by; may be repeated."
    ),
    grouped(
        _FINISHED,
        "--out",
        required=True,
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder for the results, made if missing. Existing files are never overwritten.",
    ),
    grouped(
        _FINISHED,
        "--also",
        type=FurtherOutput(),
        multiple=True,
        metavar="NAME=VALUE,...",
        help="A further file of every picture, such as preset=ebay or width=800,format=webp; may be given several"
        " times. Nothing more is paid, unless a model must paint another frame for it.",
    ),
    grouped(
        _FINISHED,
        "--names",
        metavar="TEMPLATE",
        default="",
        help="What files are called, such as '{sku}_{n}_{output}'; also {name}, {folder}, {preset}, {scene}."
        "  [default: as the photos]",
    ),
    grouped(_FINISHED, "--aspect", type=Aspect(), help="New aspect ratio, such as 4:5; never stretched."),
    grouped(
        _FINISHED,
        "--fill",
        type=choice(tuple(Fill)),
        help="How a new aspect or a preset's is filled: outpaint (the model goes on; the default) or pad (a border).",
    ),
    grouped(
        _FINISHED,
        "--pad-color",
        type=Colour(),
        metavar="#rrggbb",
        help="Of the border; implies --fill pad.  [default: #ffffff]",
    ),
    grouped(
        _FINISHED,
        "--width",
        type=click.IntRange(1),
        metavar="PIXELS",
        help="Of one side alone the other follows; both sides make the aspect.  [default: the photo's own]",
    ),
    grouped(
        _FINISHED,
        "--height",
        type=click.IntRange(1),
        metavar="PIXELS",
        help="As --width.",
    ),
    grouped(
        _FINISHED,
        "--preset",
        metavar="ID",
        help="Size, shape and file as a marketplace wants them, and checked; `backdrop models` lists the presets.",
    ),
    grouped(
        _FINISHED,
        "--format",
        "format_",
        type=choice(FORMATS),
        default="same",
        show_default=True,
        help="File format; same is the photo's own (JPEG for HEIC, AVIF and TIFF).",
    ),
    grouped(
        _FINISHED,
        "--quality",
        type=click.IntRange(1, 100),
        metavar="1..100",
        help="Of the file's compression.  [default: 95, AVIF 85; PNG is lossless]",
    ),
)


def job_options(command: Command) -> Command:
    """Declare all options that make a job."""
    return declare(_OPTIONS, command)


def connection_options(command: Command) -> Command:
    """The options that every command has: where the service is, who the user is, how to print."""
    options = [
        grouped(
            _SERVICE, "--local", is_flag=True, help="Use the local cloud of the repository; no AWS account needed."
        ),
        grouped(_SERVICE, "--api-url", envvar="BACKDROP_API_URL", show_envvar=True, help="Address of the REST API."),
        grouped(
            _SERVICE, "--user-pool-id", envvar="BACKDROP_USER_POOL_ID", show_envvar=True, help="Cognito user pool."
        ),
        grouped(
            _SERVICE,
            "--client-id",
            envvar="BACKDROP_USER_POOL_CLIENT_ID",
            show_envvar=True,
            help="Client of the user pool.",
        ),
        grouped(
            _SERVICE,
            "--region",
            envvar="BACKDROP_REGION",
            show_envvar=True,
            help="AWS region; default: the user pool's.",
        ),
        grouped(
            _SERVICE,
            "--auth-endpoint",
            envvar="BACKDROP_AUTH_ENDPOINT",
            show_envvar=True,
            help="Address for signing in, where it is not Cognito's own.",
        ),
        grouped(_SERVICE, "--user", envvar="BACKDROP_USER", show_envvar=True, help="User name or e-mail."),
        grouped(
            _SERVICE,
            "--password-stdin",
            is_flag=True,
            help="Read the password from standard input; else from BACKDROP_PASSWORD, else it is asked for.",
        ),
        click.option("--json", "json_", is_flag=True, help="Print one JSON document on standard output."),
        click.option("--debug", is_flag=True, expose_value=False, help="Show the trace of an unexpected error."),
    ]
    return declare(options, command)


def connection_of(flags: Mapping[str, Any]) -> ConnectionOptions:
    """Where the service is, from the values of `connection_options`."""
    return ConnectionOptions(**{one.name: flags[one.name] for one in dataclasses.fields(ConnectionOptions)})


def request_of(
    flags: Mapping[str, Any],
    prompts: Mapping[str, str],
    *,
    sheet_backdrops: bool = False,
    all_behind: bool = False,
    base: JobRequest | None = None,
    given: Collection[str] = (),
) -> JobRequest:
    """What is asked for, from the values of `job_options` and photos' own `prompts`; the labels to keep are each
    photo's, and follow later, as do the negative prompt that the service proposes (`Runner.replace`) and a sheet's
    backdrops. `sheet_backdrops`: there are some; `all_behind`: every photo has one. `base`: saved settings, which
    the options that are `given` change.

    Raises `WrongUse` for what is wrong whatever the model.
    """
    check_one_said(flags["team"], private=flags["private"])
    plain = plain_backdrop(flags, others=sheet_backdrops or has_backdrop(base))
    if (
        base is None
        and all_behind
        and flags["backdrop"] is None
        and flags["background"] == GENERATED
        and not flags["prompt"]
    ):
        # Nobody has it: a backdrop takes its place.
        flags = {**flags, "background": TRANSPARENT}
    backdrop = plain if flags["backdrop"] is not None else None
    request = JobRequest(
        prompt=flags["prompt"],
        negative_prompt=flags["negative_prompt"] or "",
        mode=Mode(flags["mode"].upper()),
        model_id=flags["model_id"],
        seed=flags["seed"],
        max_usd=flags["max_usd"],
        team=flags["team"],
        private=flags["private"],
        prompts=prompts,
        language=flags["language"],
        name=flags["name"],
        tags=flags["tags"],
        options=Options(
            background=BACKDROP if backdrop else flags["background"],
            backdrop=backdrop,
            mask_source=MaskSource(wire(flags["mask_source"])),
            variations=flags["variations"],
            vary_seed=flags["vary_seed"],
            reuse_answers=not flags["fresh"],
            cfg_scale=flags["cfg_scale"],
            quality=flags["quality_level"],
            style=flags["style"],
            output=_output(flags, shaped=base is not None),
            outputs=tuple(flags["also"]),
            scenes=further_scenes(flags["scenes"], flags["also_behind"], plain),
            spread=Spread.TURN if flags["in_turn"] else Spread.ALL,
        ),
    )
    if base is not None:
        request = change_saved(base, request, flags, given)
    try:
        return request.checked()
    except BackdropError as error:
        raise WrongUse(error.code, error.cause, error.next_step) from error


def check_one_said(team: str | None, *, private: bool) -> None:
    """Refuse a job that shall be a team's and private. Raises `WrongUse`."""
    if team is not None and private:
        raise WrongUse("WRONG_USE", "--team and --private are both given.", "Leave one of them out.")


def plain_backdrop(flags: Mapping[str, Any], *, others: bool = False) -> Backdrop:
    """Return a backdrop without its id, which it has once it is uploaded. `others`: a sheet names some."""
    if flags["backdrop"] is not None:
        check_one_background(flags["background"] != GENERATED)
    elif not others and all(isinstance(one, str) for one in flags["also_behind"]):
        for name in ("shadow", "stand", *standing_flags.PLACE, *standing_flags.LIGHT):
            if flags[name] not in (None, False):
                cause = f"--{name.replace('_', '-')} is about a backdrop, and there is none."
                raise WrongUse("OPTIONS_INVALID", cause, "Add --backdrop.")
    asked = standing_flags.light_changes(flags)
    light = change_light(None, asked) if asked else None
    return Backdrop(
        shadow=Shadow(wire(flags["shadow"] or Shadow.SOFT)), placement=standing_flags.placement_of(flags), light=light
    )


def _output(flags: Mapping[str, Any], *, shaped: bool = False) -> OutputOptions:
    fill, pad_color = flags["fill"], flags["pad_color"]
    new_shape = shaped or flags["aspect"] or flags["preset"] or (flags["width"] and flags["height"])
    if (fill or pad_color) and not new_shape:
        raise WrongUse(
            "OPTIONS_INVALID",
            f"{'--fill' if fill else '--pad-color'} is about a new aspect, and none is asked for.",
            "Add --aspect, both --width and --height, or a --preset.",
        )
    check_one_fill(fill, pad_color)
    return OutputOptions(
        aspect=flags["aspect"],
        fill=Fill(wire(fill or ("pad" if pad_color else "outpaint"))),
        pad_color=pad_color or "#ffffff",
        width=flags["width"],
        height=flags["height"],
        preset=flags["preset"],
        format=wire(flags["format_"]),
        quality=flags["quality"],
    )
