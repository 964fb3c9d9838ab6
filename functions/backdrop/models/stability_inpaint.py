"""Stability remove-background, then inpaint (reference A1, recipe R1). The default.

Mask sense of inpaint: black = keep, white = repaint, greys = partly. Ours is the opposite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ImageChops

from backdrop.domain.errors import BackdropError, ErrorCode
from backdrop.domain.jobs import Mode
from backdrop.models.base import Answer, ModelPass, StagedRequest, Staging, Yields, build_body, jpeg, png
from backdrop.models.stability_services import (
    FAMILY,
    MAX_SIDE,
    PROMPT_MAX_LENGTH,
    SEED_MAX,
    SEED_MIN,
    RemoveBackground,
    read_answer,
)

INPAINT = "us.stability.stable-image-inpaint-v1:0"

# The default of 5 grows the repainted area over the subject's rim (reference A1).
_GROW_MASK = {Mode.PRECISE: 0, Mode.DEFAULT: 5}


@dataclass(frozen=True)
class _Inpaint:
    service_id: str = INPAINT
    yields: Yields = Yields.PICTURE
    needs_mask: bool = True
    max_side: int = MAX_SIDE

    def request(self, staging: Staging) -> StagedRequest:
        if staging.mask is None:
            raise BackdropError(ErrorCode.INTERNAL, "Inpaint was staged without a mask.")
        fields: dict[str, Any] = {
            "prompt": staging.prompt,
            "image": jpeg(staging.image),
            "mask": png(ImageChops.invert(staging.mask)),
            "seed": staging.seed,
            "output_format": "png",
            "grow_mask": _GROW_MASK[staging.mode],
        }
        if staging.negative_prompt:
            fields["negative_prompt"] = staging.negative_prompt
        return build_body(fields, (staging.prompt, staging.negative_prompt))

    def read(self, response: Mapping[str, Any]) -> Answer:
        return read_answer(response)


@dataclass(frozen=True)
class StabilityInpaint:
    """remove-background -> mask from its alpha -> inpaint."""

    model_id: str = INPAINT
    family: str = FAMILY
    modes: tuple[Mode, ...] = (Mode.PRECISE, Mode.DEFAULT)
    prompt_max_length: int = PROMPT_MAX_LENGTH
    negative_prompt_max_length: int = PROMPT_MAX_LENGTH
    seed_min: int = SEED_MIN
    seed_max: int = SEED_MAX

    def plan(self, mode: Mode) -> tuple[ModelPass, ...]:  # noqa: ARG002 - both modes have one plan
        """Two passes in both modes."""
        return (RemoveBackground(), _Inpaint())
