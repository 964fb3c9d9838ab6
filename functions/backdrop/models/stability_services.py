"""What all Stability AI Image Services share: answers, limits, and remove-background, the source of our masks.

Reference A1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backdrop.domain.errors import ErrorCode, ResponseInvalid
from backdrop.models.base import Answer, StagedRequest, Staging, Yields, build_body, first_image, jpeg, refused

FAMILY = "Stability Image Services"
REMOVE_BACKGROUND = "us.stability.stable-image-remove-background-v1:0"

MAX_SIDE = 2048
"""Pixels. Inputs may have 9,437,184, but a PNG with alpha of that size may pass the 25 MB answer limit (reference I5):
2048 a side stays at 4.2 megapixels."""

PROMPT_MAX_LENGTH = 10_000
SEED_MIN, SEED_MAX = 1, 4_294_967_294
"""0 asks for a random seed: a picture made with it could never be made again."""

_REASONS = {
    "Filter reason: prompt": ErrorCode.MODEL_REFUSED_PROMPT,
    "Filter reason: input image": ErrorCode.MODEL_REFUSED_INPUT_IMAGE,
    "Filter reason: output image": ErrorCode.MODEL_REFUSED_OUTPUT_IMAGE,
}


def read_answer(response: Mapping[str, Any]) -> Answer:
    """HTTP 200 with a finish reason is a refusal, with or without an `images` field (reference 0.5).

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
class RemoveBackground:
    """The cut-out whose alpha becomes the mask."""

    service_id: str = REMOVE_BACKGROUND
    yields: Yields = Yields.CUT_OUT
    needs_mask: bool = False
    max_side: int = MAX_SIDE

    def request(self, staging: Staging) -> StagedRequest:
        """PNG, because JPEG has no alpha."""
        return build_body({"image": jpeg(staging.image), "output_format": "png"})

    def read(self, response: Mapping[str, Any]) -> Answer:
        """See `read_answer`."""
        return read_answer(response)
