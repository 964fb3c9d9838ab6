"""Bodies of the REST API about options, reviews and what models and marketplaces have to offer."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from backdrop.api.schemas.base import AnswerBody, RequestBody, Text
from backdrop.core import options as domain
from backdrop.core.options import MAX_VARIATIONS

_Fill = Literal["OUTPAINT", "PAD"]
_Format = Literal["SAME", "JPEG", "PNG", "WEBP", "AVIF"]


class OutputWish(RequestBody):
    """The finished image's shape and file. `aspect` as `4:5`; `width` and `height` in pixels: one given, the other
    follows; never stretched. `format` SAME: the photo's own, JPEG for HEIC."""

    aspect: Text | None = None
    fill: _Fill = "OUTPAINT"
    pad_color: Text = "#ffffff"
    width: int | None = None
    height: int | None = None
    preset: Text | None = None
    format: _Format = "SAME"
    quality: int | None = None


class OptionsWish(RequestBody):
    """Everything has a default. `background`: `generated`, `transparent` or a colour `#rrggbb`; `maskSource` BUILT_IN:
    Backdrop's own cut-out instead of a model call; `varySeed`: another seed for each photo."""

    background: Text = "generated"
    mask_source: Literal["MODEL", "BUILT_IN"] = "MODEL"
    variations: int = Field(default=1, ge=1, le=MAX_VARIATIONS)
    vary_seed: bool = False
    cfg_scale: float | None = Field(default=None, strict=False)
    quality: Text | None = None
    style: Text | None = None
    output: OutputWish = Field(default_factory=OutputWish)

    def chosen(self) -> domain.Options:
        """The domain's options.

        Raises:
            BackdropError: `OPTIONS_INVALID`.
        """
        output = self.output
        return domain.checked(
            domain.Options(
                background=self.background.lower(),
                mask_source=domain.MaskSource(self.mask_source),
                variations=self.variations,
                vary_seed=self.vary_seed,
                cfg_scale=self.cfg_scale,
                quality=self.quality,
                style=self.style,
                output=domain.OutputOptions(
                    aspect=domain.parse_aspect(output.aspect) if output.aspect is not None else None,
                    fill=domain.Fill(output.fill),
                    pad_color=output.pad_color.lower(),
                    width=output.width,
                    height=output.height,
                    preset=output.preset,
                    format=output.format,
                    quality=output.quality,
                ),
            )
        )


class Output(AnswerBody):
    """As in the submission, with the defaults filled in."""

    aspect: str | None = None
    fill: _Fill
    pad_color: str
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    format: _Format
    quality: int | None = None


class Options(AnswerBody):
    """As in the submission, with the defaults filled in."""

    background: str
    mask_source: Literal["MODEL", "BUILT_IN"]
    variations: int
    vary_seed: bool
    cfg_scale: float | None = None
    quality: str | None = None
    style: str | None = None
    output: Output


class Flag(AnswerBody):
    """A reason why a person should look at an image before it is used."""

    code: str
    measured: float
    threshold: float
    meaning: str
    next_step: str


class MarketplaceCheck(AnswerBody):
    """One rule of a marketplace, measured on the finished file."""

    code: str
    passed: bool
    measured: float | str
    wanted: float | str
    meaning: str
    next_step: str


class Marketplace(AnswerBody):
    """The checks of the preset that was chosen."""

    preset: str
    passed: bool
    checks: list[MarketplaceCheck]


class CfgScale(AnswerBody):
    """How closely the model follows the prompt."""

    min: float
    max: float
    default: float


class ModelSettings(AnswerBody):
    """Which optional settings a model has: what is missing or empty it has not, and a job that asks for it is refused.

    `generates` false: it paints no backgrounds, only plain ones can be chosen.
    """

    generates: bool
    cfg_scale: CfgScale | None = None
    qualities: list[str]
    styles: list[str]


class Preset(AnswerBody):
    """A marketplace's rules as a choice. `background`: the only one it takes, if given; `formats`: of its files."""

    id: str
    name: str
    background: str | None = None
    formats: list[str]
    notes: str


def preset_views() -> list[dict[str, Any]]:
    """All presets, as the API shows them."""
    from backdrop.imaging.marketplace import presets

    return [
        {
            "id": one.id,
            "name": one.name,
            **({"background": one.background} if one.background else {}),
            "formats": list(one.rules.formats),
            "notes": one.notes,
        }
        for one in presets().values()
    ]
