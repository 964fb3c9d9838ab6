"""Amazon Nova Canvas: the rules of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families.amazon import BACKGROUND_REMOVAL, OUTPAINTING, Rules, answer
from localcloud.models.families.base import Fields
from localcloud.models.images import Header

SIDES = (320, 4096)
PIXELS_BELOW = 4_194_304
WIDEST_RATIO = 4


def _check_image(header: Header, size: int, field: str) -> None:  # noqa: ARG001 - no byte limit of its own
    width, height = header.width, header.height
    if min(width, height) < SIDES[0] or max(width, height) > SIDES[1]:
        raise invalid(f"{field}: each side must be {SIDES[0]} to {SIDES[1]} px, is {width} x {height}")
    if width * height >= PIXELS_BELOW:
        raise invalid(f"{field}: must have fewer than {PIXELS_BELOW} pixels, has {width * height}")
    if max(width, height) > WIDEST_RATIO * min(width, height):
        raise invalid(f"{field}: aspect ratio must be between 1:4 and 4:1, is {width}:{height}")
    if header.mode.startswith("I"):
        raise invalid(f"{field}: must have 8 bits per channel")


def _check_size(config: Fields) -> None:
    for field in ("width", "height"):
        if config.has(field):
            raise invalid(f"imageGenerationConfig.{field}: not allowed with taskType OUTPAINTING")


def _refuse_prompt() -> dict[str, Any]:
    raise invalid(
        "This request has been blocked by our content filters. Please adjust your text prompt to submit a new request."
    )


_RULES = Rules(
    name="Nova Canvas",
    tasks=(OUTPAINTING, BACKGROUND_REMOVAL),
    other_tasks=(
        "TEXT_IMAGE",
        "INPAINTING",
        "IMAGE_VARIATION",
        "COLOR_GUIDED_GENERATION",
        "VIRTUAL_TRY_ON",
    ),
    longest_text=1024,
    shortest_text=1,
    default_seed=12,
    default_cfg=6.5,
    outpainting_fields=("outPaintingMode",),
    check_image=_check_image,
    check_size=_check_size,
    refuse_prompt=_refuse_prompt,
)


def canvas(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """`amazon.nova-canvas-v1:0`: OUTPAINTING and BACKGROUND_REMOVAL."""
    return answer(_RULES, body, engine)
