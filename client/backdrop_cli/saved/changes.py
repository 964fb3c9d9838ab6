"""Saved settings as a job of the command begins with them: options that are given beside count instead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.light import change_light
from backdrop.core.options import GENERATED, SAME_FORMAT, Options, OutputOptions
from backdrop.core.request import JobRequest
from backdrop_cli import standing_flags
from backdrop_cli.flag_types import wire

_PLAIN = {
    "variations": "variations",
    "vary_seed": "vary_seed",
    "fresh": "reuse_answers",
    "cfg_scale": "cfg_scale",
    "quality_level": "quality",
    "style": "style",
    "mask_source": "mask_source",
    "also": "outputs",
}
"""Name of a command's option -> the field of `Options` that it says by itself."""

_PAINTED = ("variations", "vary_seed", "cfg_scale", "quality_level", "style")
"""Of these, those that are about painted backgrounds."""

_SHAPE = ("aspect", "width", "height", "preset")
_SHAPE_FIELDS = (*_SHAPE, "fill", "pad_color")


def has_backdrop(request: JobRequest | None) -> bool:
    """Return whether saved settings have a backdrop of the job's own."""
    return request is not None and request.options.backdrop is not None


def change_saved(saved: JobRequest, asked: JobRequest, flags: Mapping[str, Any], given: Collection[str]) -> JobRequest:
    """Return what saved settings ask for, but for what options say that were given.

    Args:
        saved: what the settings ask for.
        asked: what the options ask for by themselves, as `flags.request_of` has it; whose job it is, and what it is
            called, are theirs alone.
        flags: values of all options.
        given: names of those that somebody gave.
    """
    fields = [name for name in ("negative_prompt", "mode", "model_id", "seed", "tags") if name in given]
    options = _change_options(saved.options, asked.options, flags, given)
    prompt = asked.prompt if "prompt" in given else saved.prompt if options.generates else ""
    own = {name: getattr(saved, name) for name in ("negative_prompt", "mode", "model_id", "seed", "tags")}
    own |= {name: getattr(asked, name) for name in fields}
    return replace(asked, prompt=prompt, options=options, settings=saved.settings, **own)


def _change_options(saved: Options, asked: Options, flags: Mapping[str, Any], given: Collection[str]) -> Options:
    changed: dict[str, Any] = {field: getattr(asked, field) for name, field in _PLAIN.items() if name in given}
    changed["background"], changed["backdrop"] = saved.background, _change_standing(saved.backdrop, flags, given)
    if {"background", "backdrop"} & set(given):
        changed["background"], changed["backdrop"] = asked.background, asked.backdrop
    elif "prompt" in given and not saved.generates:
        changed["background"], changed["backdrop"] = GENERATED, None
    if {"scenes", "also_behind", "in_turn"} & set(given):
        changed["spread"] = asked.spread
    if {"scenes", "also_behind"} & set(given):
        changed["scenes"] = asked.scenes
    made = replace(saved, **changed, output=_change_output(saved.output, asked.output, given))
    plain = Options()
    # Variations differ by what is painted; with nothing painted, nothing of the model's is left to say.
    empty = () if all(one.generates for one in made.by_scene()) else ("variations",) if made.paints else _PAINTED
    unsaid = [_PLAIN[name] for name in empty if name not in given]
    return replace(made, **{field: getattr(plain, field) for field in unsaid})


def _change_standing(saved: Backdrop | None, flags: Mapping[str, Any], given: Collection[str]) -> Backdrop | None:
    """The saved backdrop, with another shadow, light or place where that is said."""
    if saved is None:
        return None
    changes = standing_flags.light_changes(flags)
    if "shadow" in given:
        saved = replace(saved, shadow=Shadow(wire(flags["shadow"])))
    if changes:
        saved = replace(saved, light=change_light(saved.light, changes))
    placement = standing_flags.placement_of(flags)
    return saved if placement is None else replace(saved, placement=placement)


def _change_output(saved: OutputOptions, asked: OutputOptions, given: Collection[str]) -> OutputOptions:
    """The saved size and file; where another size or shape is said, nothing is left of the saved one."""
    changed: dict[str, Any] = {}
    if set(_SHAPE) & set(given):
        changed = {field: getattr(asked, field) for field in _SHAPE_FIELDS}
    elif {"fill", "pad_color"} & set(given):
        changed = {"fill": asked.fill, "pad_color": asked.pad_color}
    if "preset" in given:
        # It has a file of its own.
        changed |= {"format": SAME_FORMAT, "quality": None}
    if "format_" in given:
        changed |= {"format": asked.format, "quality": None}
    if "quality" in given:
        changed["quality"] = asked.quality
    return replace(saved, **changed)
