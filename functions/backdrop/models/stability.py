"""Stability AI Image Services: remove-background, then inpaint (reference A1, recipe R1). The default.

Mask sense of inpaint: black = keep, white = repaint, greys = partly. Ours is the opposite.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PIL import ImageChops

from backdrop.domain.errors import BackdropError, ErrorCode, ResponseInvalid
from backdrop.domain.jobs import Mode
from backdrop.models.base import (
    Answer,
    ModelPass,
    StagedRequest,
    Staging,
    Yields,
    build_body,
    first_image,
    jpeg,
    png,
    refused,
)

REMOVE_BACKGROUND = "us.stability.stable-image-remove-background-v1:0"
INPAINT = "us.stability.stable-image-inpaint-v1:0"

# Inputs may have 9,437,184 pixels, but a PNG with alpha of that size may pass the 25 MB answer limit
# (reference I5): 2048 a side stays at 4.2 megapixels.
_MAX_SIDE = 2048

_REASONS = {
    "Filter reason: prompt": ErrorCode.MODEL_REFUSED_PROMPT,
    "Filter reason: input image": ErrorCode.MODEL_REFUSED_INPUT_IMAGE,
    "Filter reason: output image": ErrorCode.MODEL_REFUSED_OUTPUT_IMAGE,
}

# The default of 5 grows the repainted area over the subject's rim (reference A1).
_GROW_MASK = {Mode.PRECISE: 0, Mode.DEFAULT: 5}


def _read(response: Mapping[str, Any]) -> Answer:
    """HTTP 200 with a finish reason is a refusal, with or without an `images` field (reference 0.5)."""
    reasons = response.get("finish_reasons")
    reason = reasons[0] if isinstance(reasons, list) and reasons else None
    if reason is not None:
        if reason in _REASONS:
            raise refused(_REASONS[reason], str(reason))
        raise ResponseInvalid(ErrorCode.MODEL_FAILED, f"The model answered: {reason}.")
    seeds = response.get("seeds")
    seed = seeds[0] if isinstance(seeds, list) and seeds and isinstance(seeds[0], int) else None
    return Answer(first_image(response), seed)


@dataclass(frozen=True)
class _RemoveBackground:
    service_id: str = REMOVE_BACKGROUND
    yields: Yields = Yields.CUT_OUT
    needs_mask: bool = False
    max_side: int = _MAX_SIDE

    def request(self, staging: Staging) -> StagedRequest:
        return build_body({"image": jpeg(staging.image), "output_format": "png"})

    def read(self, response: Mapping[str, Any]) -> Answer:
        return _read(response)


@dataclass(frozen=True)
class _Inpaint:
    service_id: str = INPAINT
    yields: Yields = Yields.PICTURE
    needs_mask: bool = True
    max_side: int = _MAX_SIDE

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
        return _read(response)


@dataclass(frozen=True)
class StabilityInpaint:
    """remove-background -> mask from its alpha -> inpaint."""

    model_id: str = INPAINT
    family: str = "Stability Image Services"
    modes: tuple[Mode, ...] = (Mode.PRECISE, Mode.DEFAULT)
    prompt_max_length: int = 10_000
    negative_prompt_max_length: int = 10_000
    # 0 asks for a random seed (reference A1): a picture made with it could never be made again.
    seed_min: int = 1
    seed_max: int = 4_294_967_294

    def plan(self, mode: Mode) -> tuple[ModelPass, ...]:  # noqa: ARG002 - both modes have one plan
        """Two passes in both modes."""
        return (_RemoveBackground(), _Inpaint())
