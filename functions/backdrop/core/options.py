"""What a job may choose besides prompt, mode, model and seed; everything here has a default.

Plain dataclasses without pydantic: the per-image functions read them too. `to_dict` and `from_dict` are the form in
which they travel: in the Jobs table, in the workflow's input and state, and in the report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar

from backdrop.core import recipes
from backdrop.core.backdrops import Backdrop, Shadow
from backdrop.core.choices import color as color
from backdrop.core.choices import invalid as invalid

GENERATED = "generated"
TRANSPARENT = "transparent"
BACKDROP = "backdrop"
SAME_FORMAT = "SAME"
FORMATS = (SAME_FORMAT, "JPEG", "PNG", "WEBP", "AVIF")

MAX_VARIATIONS = 5
"""Images of one photo: as many as Titan and Nova Canvas make at once (`numberOfImages` at
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-titan-image.html)."""

_ASPECT = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")


class MaskSource(StrEnum):
    """Which cut-out makes the mask: the model family's own, or the one that Backdrop brings (no model call)."""

    MODEL = "MODEL"
    BUILT_IN = "BUILT_IN"


class Fill(StrEnum):
    """How a new aspect is filled: the model paints on, or a plain border."""

    OUTPAINT = "OUTPAINT"
    PAD = "PAD"


class UnlocatedLabels(StrEnum):
    """What becomes of an image of whose photo labels are to be kept that nobody can point at."""

    FLAG = "FLAG"
    FAIL = "FAIL"


@dataclass(frozen=True)
class OutputOptions:
    """The finished image's shape and file.

    Attributes:
        aspect: width to height, such as `4:5`; None: the photo's own, or that of `width` and `height`.
        fill: what the added area of a new aspect shows.
        pad_color: `#rrggbb`, of `Fill.PAD`.
        width: pixels; when only one of width and height is given, the other follows.
        height: pixels.
        preset: id of a marketplace preset.
        format: one of `FORMATS`; SAME is the photo's own, JPEG for a HEIC, AVIF or TIFF photo.
        quality: 1..100; None is the format's default.
    """

    aspect: str | None = None
    fill: Fill = Fill.OUTPAINT
    pad_color: str = "#ffffff"
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    format: str = SAME_FORMAT
    quality: int | None = None

    @property
    def shape(self) -> tuple[int, int] | None:
        """The aspect asked for, by itself or by both sides; None: the photo's own."""
        if self.aspect is None and self.width is not None and self.height is not None:
            return self.width, self.height
        return parse_aspect(self.aspect) if self.aspect is not None else None

    @property
    def changes_frame(self) -> bool:
        """Whether the product may lie elsewhere in the finished image than in the photo."""
        return self.preset is not None or self.shape is not None


@dataclass(frozen=True)
class Options:
    """All choices besides prompt, mode, model and seed.

    Attributes:
        background: `generated` (from the prompt), `transparent`, `backdrop`, or a colour `#rrggbb`.
        backdrop: the picture of `backdrop`.
        mask_source: which cut-out makes the mask.
        variations: finished images per photo, 1 to `MAX_VARIATIONS`, each with a seed of its own.
        vary_seed: another seed for each photo; else all photos share the job's.
        cfg_scale: how closely the model follows the prompt; None: the model's default.
        quality: the model's quality level; None: its default.
        style: the model's style preset; None: none.
        unlocated_labels: FLAG makes the image and flags it, FAIL fails it before anything is paid for it.
        reuse_answers: a model's answer to the very same request of an earlier job of the owner's is used again.
    """

    background: str = GENERATED
    mask_source: MaskSource = MaskSource.MODEL
    variations: int = 1
    vary_seed: bool = False
    cfg_scale: float | None = None
    quality: str | None = None
    style: str | None = None
    unlocated_labels: UnlocatedLabels = UnlocatedLabels.FLAG
    reuse_answers: bool = True
    output: OutputOptions = field(default_factory=OutputOptions)
    backdrop: Backdrop | None = None

    @property
    def generates(self) -> bool:
        """Whether a model paints the background."""
        return self.background == GENERATED

    @property
    def is_flat(self) -> bool:
        """Whether there is one colour, or nothing, behind the product: no picture."""
        return self.background not in (GENERATED, BACKDROP)


def parse_aspect(text: str) -> tuple[int, int]:
    """Return `4:5` as (4, 5).

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    match = _ASPECT.fullmatch(text)
    if match is None:
        raise invalid(f"{text!r} is no aspect ratio.", "Write width:height in whole numbers, for example 4:5.")
    return int(match[1]), int(match[2])


def to_dict(options: Options) -> dict[str, Any]:
    """Return as PascalCase JSON what differs from the defaults."""
    output, plain = options.output, OutputOptions()
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
    made = {name: value for name, value in made.items() if value is not None}
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
        "Output": made or None,
    }
    return {name: value for name, value in whole.items() if value is not None}


def from_dict(data: object) -> Options:
    """The options of a `to_dict`, or of what another system wrote by hand.

    Raises:
        BackdropError: `OPTIONS_INVALID`, naming the field that is wrong.
    """
    fields = _mapping("Options", data)
    _known("Options", fields, _OPTION_FIELDS)
    output = _mapping("Options.Output", fields.get("Output") or {})
    _known("Options.Output", output, _OUTPUT_FIELDS)
    made = Options(
        background=_text(fields, "Background") or GENERATED,
        backdrop=_backdrop_from_dict(fields["Backdrop"]) if fields.get("Backdrop") is not None else None,
        mask_source=_choice(MaskSource, fields, "MaskSource", MaskSource.MODEL),
        variations=_whole(fields, "Variations", 1, MAX_VARIATIONS) or 1,
        vary_seed=_flag(fields, "VarySeed"),
        cfg_scale=_number(fields, "CfgScale"),
        quality=_text(fields, "Quality"),
        style=_text(fields, "Style"),
        reuse_answers=_flag(fields, "ReuseAnswers", default=True),
        unlocated_labels=_choice(UnlocatedLabels, fields, "UnlocatedLabels", UnlocatedLabels.FLAG),
        output=OutputOptions(
            aspect=_text(output, "Aspect"),
            fill=_choice(Fill, output, "Fill", Fill.OUTPAINT),
            pad_color=_text(output, "PadColor") or "#ffffff",
            width=_whole(output, "Width", 1, 100_000),
            height=_whole(output, "Height", 1, 100_000),
            preset=_text(output, "Preset"),
            format=_text(output, "Format") or SAME_FORMAT,
            quality=_whole(output, "Quality", 1, 100),
        ),
    )
    return checked(made)


def checked(options: Options) -> Options:
    """The options, when each field by itself makes sense; colours in lower case.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    output = replace(options.output, pad_color=options.output.pad_color.lower())
    options = replace(options, background=options.background.lower(), output=output)
    if options.background not in (GENERATED, TRANSPARENT, BACKDROP):
        color(options.background)
    if (options.background == BACKDROP) != (options.backdrop is not None):
        raise invalid(
            "A backdrop is named, and the background is another."
            if options.backdrop
            else "The background is a backdrop, and none is named.",
            "Name a backdrop together with the background `backdrop`, or neither.",
        )
    color(output.pad_color)
    if output.aspect is not None:
        parse_aspect(output.aspect)
    if output.format not in FORMATS:
        raise invalid(f"There is no output format {output.format!r}.", f"Choose {', '.join(FORMATS)}.")
    if not 1 <= options.variations <= MAX_VARIATIONS:
        raise invalid(f"{options.variations} variations were asked for.", f"Choose 1 to {MAX_VARIATIONS}.")
    if not options.generates and options.variations > 1:
        raise invalid(
            "Variations differ by their seed; a plain background has none.",
            "Ask for one variation, or let the model paint the background.",
        )
    return options


_Enum = TypeVar("_Enum", bound=StrEnum)

_OPTION_FIELDS = (
    "Background", "Backdrop", "MaskSource", "Variations", "VarySeed", "CfgScale", "Quality", "Style", "UnlocatedLabels",
    "ReuseAnswers", "Output",
)  # fmt: skip
_BACKDROP_FIELDS = ("Id", "Name", "Key", "Sha256", "Shadow", "Recipe")
_OUTPUT_FIELDS = ("Aspect", "Fill", "PadColor", "Width", "Height", "Preset", "Format", "Quality")


def _backdrop_to_dict(backdrop: Backdrop) -> dict[str, Any]:
    made = {"Id": backdrop.id, "Name": backdrop.name, "Key": backdrop.key, "Sha256": backdrop.sha256}
    recipe = {"Recipe": recipes.to_dict(backdrop.recipe)} if backdrop.recipe else {}
    return {**{name: value for name, value in made.items() if value}, "Shadow": backdrop.shadow.value, **recipe}


def _backdrop_from_dict(data: object) -> Backdrop:
    fields = _mapping("Options.Backdrop", data)
    _known("Options.Backdrop", fields, _BACKDROP_FIELDS)
    texts = {name.lower(): _text(fields, name) or "" for name in ("Id", "Name", "Key", "Sha256")}
    recipe = recipes.from_dict(fields["Recipe"]) if fields.get("Recipe") is not None else None
    return Backdrop(**texts, shadow=_choice(Shadow, fields, "Shadow", Shadow.SOFT), recipe=recipe)


def _mapping(name: str, data: object) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise invalid(f"{name} is no JSON object.")
    return data


def _known(name: str, fields: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise invalid(f"{name} has no {unknown[0]!r}; there are {', '.join(known)}.")


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
