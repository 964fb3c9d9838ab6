"""Options as JSON: how they travel in the Jobs table, in the workflow's input and state, and in the report.

No pydantic: the per-image functions read them too.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from backdrop.core.backdrops import Backdrop, Placement, Shadow
from backdrop.core.choices import invalid, read_fields
from backdrop.core.options import (
    GENERATED,
    MAX_VARIATIONS,
    SAME_FORMAT,
    Fill,
    MaskSource,
    Options,
    OutputOptions,
    UnlocatedLabels,
    checked,
)
from backdrop.core.scenes import Scene, Spread

if TYPE_CHECKING:
    from backdrop.core.light import Light
    from backdrop.core.recipes import Recipe


def to_dict(options: Options) -> dict[str, Any]:
    """Return as PascalCase JSON what differs from the defaults."""
    whole = {
        "Background": options.background if options.background != GENERATED else None,
        "Backdrop": _backdrop_to_dict(options.backdrop) if options.backdrop else None,
        "MaskSource": options.mask_source.value if options.mask_source is not MaskSource.MODEL else None,
        "Variations": options.variations if options.variations != 1 else None,
        "VarySeed": options.vary_seed or None,
        "CfgScale": options.cfg_scale,
        "Quality": options.quality,
        "Style": options.style,
        "UnlocatedLabels": options.unlocated_labels.value
        if options.unlocated_labels is not UnlocatedLabels.FLAG
        else None,
        "ReuseAnswers": None if options.reuse_answers else False,
        "ExportOf": options.export_of,
        "Output": output_to_dict(options.output) or None,
        "Outputs": [output_to_dict(one) for one in options.outputs] or None,
        "Scenes": [scene_to_dict(one) for one in options.scenes] or None,
        "Spread": options.spread.value if options.spread is not Spread.ALL else None,
    }
    return {name: value for name, value in whole.items() if value is not None}


def output_to_dict(output: OutputOptions) -> dict[str, Any]:
    """Return as PascalCase JSON what differs from the defaults."""
    plain = OutputOptions()
    made = {
        "Aspect": output.aspect,
        "Fill": output.fill.value if output.fill is not plain.fill else None,
        "PadColor": output.pad_color if output.pad_color != plain.pad_color else None,
        "Width": output.width,
        "Height": output.height,
        "Preset": output.preset,
        "Format": output.format if output.format != plain.format else None,
        "Quality": output.quality,
    }
    return {name: value for name, value in made.items() if value is not None}


def scene_to_dict(scene: Scene) -> dict[str, Any]:
    """Return as PascalCase JSON what differs from the defaults."""
    made = {
        "Prompt": scene.prompt or None,
        "Background": scene.background if not scene.generates else None,
        "Backdrop": _backdrop_to_dict(scene.backdrop) if scene.backdrop else None,
    }
    return {name: value for name, value in made.items() if value is not None}


def from_dict(data: object) -> Options:
    """The options of a `to_dict`, or of what another system wrote by hand.

    Raises:
        BackdropError: `OPTIONS_INVALID`, naming the field that is wrong.
    """
    fields = read_fields("Options", data, _OPTION_FIELDS)
    further, scenes = fields.get("Outputs") or [], fields.get("Scenes") or []
    for name, value in (("Outputs", further), ("Scenes", scenes)):
        if not isinstance(value, list):
            raise invalid(f"Options.{name} is no list.")
    made = Options(
        background=_text(fields, "Background") or GENERATED,
        backdrop=_backdrop_from_dict("Options", fields.get("Backdrop")),
        mask_source=_choice(MaskSource, fields, "MaskSource", MaskSource.MODEL),
        variations=_whole(fields, "Variations", 1, MAX_VARIATIONS) or 1,
        vary_seed=_flag(fields, "VarySeed"),
        cfg_scale=_number(fields, "CfgScale"),
        quality=_text(fields, "Quality"),
        style=_text(fields, "Style"),
        reuse_answers=_flag(fields, "ReuseAnswers", default=True),
        export_of=_text(fields, "ExportOf"),
        unlocated_labels=_choice(UnlocatedLabels, fields, "UnlocatedLabels", UnlocatedLabels.FLAG),
        output=_output_from_dict("Options.Output", fields.get("Output") or {}),
        outputs=tuple(_output_from_dict(f"Options.Outputs[{number}]", one) for number, one in enumerate(further)),
        scenes=tuple(_scene_from_dict(f"Options.Scenes[{number}]", one) for number, one in enumerate(scenes)),
        spread=_choice(Spread, fields, "Spread", Spread.ALL),
    )
    return checked(made)


def _scene_from_dict(name: str, data: object) -> Scene:
    fields = read_fields(name, data, _SCENE_FIELDS)
    return Scene(
        prompt=_text(fields, "Prompt") or "",
        background=_text(fields, "Background") or GENERATED,
        backdrop=_backdrop_from_dict(name, fields.get("Backdrop")),
    )


def _output_from_dict(name: str, data: object) -> OutputOptions:
    fields = read_fields(name, data, _OUTPUT_FIELDS)
    return OutputOptions(
        aspect=_text(fields, "Aspect"),
        fill=_choice(Fill, fields, "Fill", Fill.OUTPAINT),
        pad_color=_text(fields, "PadColor") or "#ffffff",
        width=_whole(fields, "Width", 1, 100_000),
        height=_whole(fields, "Height", 1, 100_000),
        preset=_text(fields, "Preset"),
        format=_text(fields, "Format") or SAME_FORMAT,
        quality=_whole(fields, "Quality", 1, 100),
    )


_Enum = TypeVar("_Enum", bound=StrEnum)

_OPTION_FIELDS = (
    "Background", "Backdrop", "MaskSource", "Variations", "VarySeed", "CfgScale", "Quality", "Style", "UnlocatedLabels",
    "ReuseAnswers", "ExportOf", "Output", "Outputs", "Scenes", "Spread",
)  # fmt: skip
_SCENE_FIELDS = ("Prompt", "Background", "Backdrop")
_BACKDROP_FIELDS = ("Id", "Name", "Key", "Sha256", "Shadow", "Placement", "Recipe", "Light")
_PLACEMENT_FIELDS = ("Share", "Across", "Surface")
_OUTPUT_FIELDS = ("Aspect", "Fill", "PadColor", "Width", "Height", "Preset", "Format", "Quality")


def _backdrop_to_dict(backdrop: Backdrop) -> dict[str, Any]:
    made = {"Id": backdrop.id, "Name": backdrop.name, "Key": backdrop.key, "Sha256": backdrop.sha256}
    found: dict[str, Any] = {name: value for name, value in made.items() if value}
    found["Shadow"] = backdrop.shadow.value
    if backdrop.placement is not None:
        place = {name: getattr(backdrop.placement, name.lower()) for name in _PLACEMENT_FIELDS}
        found["Placement"] = {name: value for name, value in place.items() if value is not None}
    if backdrop.recipe:
        from backdrop.core import recipes  # Here: most jobs have none, and a cold start should not pay for them.

        found["Recipe"] = recipes.to_dict(backdrop.recipe)
    if backdrop.light:
        from backdrop.core import light  # Here: as above.

        found["Light"] = light.to_dict(backdrop.light)
    return found


def _backdrop_from_dict(of: str, data: object) -> Backdrop | None:
    if data is None:
        return None
    fields = read_fields(f"{of}.Backdrop", data, _BACKDROP_FIELDS)
    texts = {name.lower(): _text(fields, name) or "" for name in ("Id", "Name", "Key", "Sha256")}
    return Backdrop(
        **texts,
        shadow=_choice(Shadow, fields, "Shadow", Shadow.SOFT),
        placement=_placement_from_dict(fields.get("Placement")),
        recipe=_recipe_from_dict(fields.get("Recipe")),
        light=_light_from_dict(fields.get("Light")),
    )


def _recipe_from_dict(data: object) -> Recipe | None:
    if data is None:
        return None
    from backdrop.core import recipes  # Here: as above.

    return recipes.from_dict(data)


def _light_from_dict(data: object) -> Light | None:
    if data is None:
        return None
    from backdrop.core import light  # Here: as above.

    fields = read_fields("Options.Backdrop.Light", data, light.FIELDS)
    given = {name: _number(fields, name.capitalize()) for name in light.BOUNDS}
    numbers = {name: value for name, value in given.items() if value is not None}
    return light.Light(guessed=_flag(fields, "Guessed"), **numbers)


def _placement_from_dict(data: object) -> Placement | None:
    if data is None:
        return None
    fields = read_fields("Options.Backdrop.Placement", data, _PLACEMENT_FIELDS)
    given = {name.lower(): _number(fields, name) for name in _PLACEMENT_FIELDS}
    return Placement(**{name: value for name, value in given.items() if value is not None})


def _text(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is not None and not isinstance(value, str):
        raise invalid(f"{name} is {value!r}, no text.")
    return value or None


def _whole(fields: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    # The state machine's own JSON writes whole numbers with a fraction at times.
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise invalid(f"{name} is {value!r}, no whole number.")
    if not least <= value <= most:
        raise invalid(f"{name} is {value:,}.", f"Choose {least:,} to {most:,}.")
    return int(value)


def _number(fields: Mapping[str, Any], name: str) -> float | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"{name} is {value!r}, no number.")
    return float(value)


def _flag(fields: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    value = fields.get(name, default)
    if not isinstance(value, bool):
        raise invalid(f"{name} is {value!r}, neither true nor false.")
    return value


def _choice(kind: type[_Enum], fields: Mapping[str, Any], name: str, default: _Enum) -> _Enum:
    value = fields.get(name, default)
    if value not in [one.value for one in kind]:
        raise invalid(f"{name} is {value!r}.", f"Choose {', '.join(one.value for one in kind)}.")
    return kind(value)
