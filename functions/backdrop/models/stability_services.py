"""What all Stability AI Image Services share: answers, limits, and remove-background, the source of our masks.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from backdrop.core.errors import ErrorCode, ResponseInvalid
from backdrop.core.vocabulary import Mode
from backdrop.models.base import Answer, PassContext, PassInput, PassOutput, Settings, StagedRequest
from backdrop.models.bodies import build_body, first_image, jpeg, refused

REMOVE_BACKGROUND = "us.stability.stable-image-remove-background-v1:0"

MAX_SIDE = 2048
"""Pixels. Inputs may have 9,437,184, but a PNG with alpha of that size may pass the 25 MB answer limit (a PNG's
size is not known before): 2048 a side stays at 4.2 megapixels."""

STYLES = (
    "3d-model", "analog-film", "anime", "cinematic", "comic-book", "digital-art", "enhance", "fantasy-art", "isometric",
    "line-art", "low-poly", "modeling-compound", "neon-punk", "origami", "photographic", "pixel-art", "tile-texture",
)  # fmt: skip

_REASONS = {
    "Filter reason: prompt": ErrorCode.MODEL_REFUSED_PROMPT,
    "Filter reason: input image": ErrorCode.MODEL_REFUSED_INPUT_IMAGE,
    "Filter reason: output image": ErrorCode.MODEL_REFUSED_OUTPUT_IMAGE,
}


@dataclass(frozen=True)
class StabilityPass:
    """One call of a service: what it is asked for and how its answer is read."""

    service_id: str
    output: PassOutput = PassOutput.PICTURE
    input: PassInput = PassInput.PHOTO
    needs_mask: bool = False
    names_subject: bool = False
    max_side: int = MAX_SIDE
    max_pixels: int = MAX_SIDE * MAX_SIDE
    built_in: bool = False

    def read(self, response: Mapping[str, Any]) -> Answer:
        """Return the picture; HTTP 200 with a finish reason is a refusal, with or without an `images` field.

        Raises:
            ModelRefused, ResponseInvalid: there is no picture.
        """
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
class RemoveBackground(StabilityPass):
    """The cut-out whose alpha becomes the mask."""

    service_id: str = REMOVE_BACKGROUND
    output: PassOutput = PassOutput.CUT_OUT

    def request(self, context: PassContext) -> StagedRequest:
        """Return the request, which asks for PNG, because JPEG has no alpha."""
        return build_body({"image": jpeg(context.image), "output_format": "png"})


def painting_request(context: PassContext, fields: Mapping[str, Any], *, negative: bool = True) -> StagedRequest:
    """Return a request of prompt, photo, `fields`, seed and, where there are any, style preset and negative prompt.

    `negative`: whether the service takes a negative prompt.
    """
    body = {
        "prompt": context.prompt,
        "image": jpeg(context.image),
        **fields,
        "seed": context.seed,
        "output_format": "png",
    }
    if negative and context.negative_prompt:
        body["negative_prompt"] = context.negative_prompt
    if context.options.style:
        body["style_preset"] = context.options.style
    return build_body(body, (context.prompt, context.negative_prompt))


@dataclass(frozen=True)
class StabilityModel:
    """What the models of this family have in common."""

    model_id: str
    family: str = "Stability Image Services"
    modes: tuple[Mode, ...] = (Mode.PRECISE, Mode.DEFAULT)
    settings: Settings = field(default_factory=lambda: Settings(styles=STYLES))
    prompt_max_length: int = 10_000
    negative_prompt_max_length: int = 10_000
    # 0 asks for a random seed: a picture made with it could never be made again.
    seed_min: int = 1
    seed_max: int = 4_294_967_294

    def cut_out(self) -> RemoveBackground:
        """Return the pass remove-background."""
        return RemoveBackground()
