"""What can be known to be wrong with a job's options before anything is uploaded, from what `GET /models` tells.

The service checks all of it again, and more: what depends on a photo, or on numbers that it does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backdrop.api.schemas.models import Model, Models, Preset
from backdrop.core.options import Options, OutputOptions
from backdrop_client.errors import WrongUse

MASK_SOURCES = ("MODEL", "BUILT_IN")
FILLS = ("OUTPAINT", "PAD")
FORMATS = ("SAME", "JPEG", "PNG", "WEBP", "AVIF")
MAX_VARIATIONS = 5
MIN_SIDE, MAX_SIDE = 16, 16_384
"""Pixels of a finished image's side."""

_MAX_ASPECT = 4
_HOLD_ALPHA = {"PNG", "WEBP", "AVIF"}
_COLOUR = re.compile(r"#?([0-9a-fA-F]{6})")
_ASPECT = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")


def colour(text: str) -> str:
    """`#rrggbb` in lower case. The `#` may be left out: shells take it for the start of a comment.

    Raises `ValueError` for what is no such colour.
    """
    found = _COLOUR.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no colour")
    return f"#{found[1].lower()}"


def aspect(text: str) -> tuple[int, int]:
    """`4:5` as (4, 5). Raises `ValueError` for what is none, or is beyond 1:4 to 4:1."""
    found = _ASPECT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no width:height")
    across, down = int(found[1]), int(found[2])
    _check_aspect(across, down)
    return across, down


def check_options(options: Options, model: Model, catalogue: Models) -> None:
    """Raise `WrongUse`, naming what there is, when the model or a preset can't do what is asked for."""
    if not options.generates:
        _check_plain(options)
    else:
        _check_painted(options, model)
    _check_size(options.output, catalogue.limits.max_pixels)
    _check_format(options.output, options.background)
    if options.output.preset is not None:
        _check_preset(_preset(options.output.preset, catalogue.presets), options)


def _check_plain(options: Options) -> None:
    asked = {"--cfg-scale": options.cfg_scale, "--quality-level": options.quality, "--style": options.style}
    for flag, value in asked.items():
        if value is not None:
            raise _invalid(
                f"{flag} is about a background that a model paints; {options.background} is a plain one.",
                f"Leave {flag} out.",
            )
    if options.variations > 1:
        raise _invalid(
            "Variations differ by their seed; a plain background has none.",
            "Leave --variations out, or let the model paint the background.",
        )


def _check_painted(options: Options, model: Model) -> None:
    settings = model.settings
    if not settings.generates:
        raise WrongUse(
            "OPTION_NOT_SUPPORTED",
            f"The model {model.model_id} paints no background.",
            "Add --background transparent or a colour, or choose another model.",
        )
    if options.cfg_scale is not None:
        scale = settings.cfg_scale
        if scale is None:
            raise _has_not(model, "cfgScale", "--cfg-scale")
        if not scale.min <= options.cfg_scale <= scale.max:
            raise _invalid(
                f"The cfgScale {options.cfg_scale:g} is out of range for {model.model_id}.",
                f"Choose {scale.min:g} to {scale.max:g}.",
            )
    _check_name(model, "quality level", "--quality-level", options.quality, settings.qualities)
    _check_name(model, "style", "--style", options.style, settings.styles)


def _check_name(model: Model, what: str, flag: str, name: str | None, known: Sequence[str]) -> None:
    if name is None or name in known:
        return
    if not known:
        raise _has_not(model, f"{what}s", flag)
    raise _invalid(f"The model {model.model_id} has no {what} {name!r}.", f"Choose one of: {', '.join(known)}.")


def _check_size(output: OutputOptions, max_pixels: int) -> None:
    width, height = output.width, output.height
    if width is None or height is None:
        return
    if width * height > max_pixels:
        raise _invalid(
            f"{width:,} x {height:,} are {width * height / 1e6:.1f} megapixels.",
            f"Choose a width and a height of at most {max_pixels / 1e6:.0f} megapixels together.",
        )
    if output.aspect is None:
        try:
            _check_aspect(width, height)
        except ValueError as error:
            raise _invalid(f"The width and height are wrong: {error}.", "Choose sides that differ less.") from error
        return
    across, down = aspect(output.aspect)
    fitting = height * across / down
    if abs(width - fitting) > 1:
        raise _invalid(
            f"{width:,} x {height:,} is not {output.aspect}, and pictures are never stretched.",
            f"Leave --aspect out, or ask for {round(fitting):,} x {height:,}.",
        )


def _check_format(output: OutputOptions, background: str) -> None:
    if background == "transparent" and output.format == "JPEG":
        raise _invalid("JPEG can't be transparent.", "Choose --format png, webp or avif, or a background colour.")
    if output.quality is not None and output.format == "PNG":
        raise _invalid("PNG is lossless and has no quality.", "Leave --quality out, or choose another format.")


def _preset(name: str, presets: Sequence[Preset]) -> Preset:
    found = next((one for one in presets if one.id == name), None)
    if found is None:
        known = ", ".join(one.id for one in presets)
        raise _invalid(
            f"There is no preset {name!r}.", f"Choose one of: {known}." if known else "The service has no presets."
        )
    return found


def _check_preset(preset: Preset, options: Options) -> None:
    output = options.output
    for flag, value in {"--aspect": output.aspect, "--width": output.width, "--height": output.height}.items():
        if value is not None:
            raise _invalid(f"The preset {preset.id} sets the picture's size itself.", f"Leave {flag} out, or --preset.")
    if preset.background is not None and options.background != preset.background:
        raise _invalid(
            f"The preset {preset.id} needs the background {preset.background}, not {options.background}.",
            f'Add --background "{preset.background}", or leave --preset out.',
        )
    if not preset.formats:
        return
    if output.format != "SAME" and output.format not in preset.formats:
        raise _invalid(
            f"{preset.name} takes no {output.format}.",
            f"Choose --format {' or '.join(one.lower() for one in preset.formats)}, or leave it out.",
        )
    if options.background == "transparent" and not _HOLD_ALPHA.intersection(preset.formats):
        raise _invalid(f"{preset.name} takes no transparent picture.", "Choose a background colour.")


def _check_aspect(across: int, down: int) -> None:
    if max(across, down) > _MAX_ASPECT * min(across, down):
        raise ValueError(f"{across}:{down} is beyond 1:{_MAX_ASPECT} to {_MAX_ASPECT}:1")


def _invalid(message: str, next_step: str) -> WrongUse:
    return WrongUse("OPTIONS_INVALID", message, next_step)


def _has_not(model: Model, what: str, flag: str) -> WrongUse:
    return WrongUse(
        "OPTION_NOT_SUPPORTED",
        f"The model {model.model_id} has no {what}.",
        f"Leave {flag} out, or choose a model that has it: `backdrop models` tells.",
    )
