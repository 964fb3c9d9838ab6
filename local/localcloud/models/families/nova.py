"""Amazon Nova Canvas: the rules of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families.amazon import answer
from localcloud.models.families.amazon_fields import PARAMETERS, TEXT_IMAGE, Rules
from localcloud.models.families.base import Fields
from localcloud.models.images import Header

SIDES = (320, 4096)
PIXELS_BELOW = 4_194_304
WIDEST_RATIO = 4
SIDE_STEP = 16
DEFAULT_SIDE = 1024


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


def _check_edit_size(config: Fields) -> None:
    for field in ("width", "height"):
        if config.has(field):
            raise invalid(f"{config.name(field)}: not allowed with taskType INPAINTING and OUTPAINTING")


def _output_size(config: Fields) -> tuple[int, int]:
    width = config.integer("width", *SIDES, DEFAULT_SIDE)
    height = config.integer("height", *SIDES, DEFAULT_SIDE)
    for field, side in (("width", width), ("height", height)):
        if side % SIDE_STEP:
            raise invalid(f"{config.name(field)}: must be a multiple of {SIDE_STEP}, is {side}")
    if width * height >= PIXELS_BELOW:
        raise invalid(f"imageGenerationConfig: width x height must be less than {PIXELS_BELOW}, is {width * height}")
    if max(width, height) > WIDEST_RATIO * min(width, height):
        raise invalid(f"imageGenerationConfig: aspect ratio must be between 1:4 and 4:1, is {width}:{height}")
    return width, height


def _refuse_prompt() -> dict[str, Any]:
    raise invalid(
        "This request has been blocked by our content filters. Please adjust your text prompt to submit a new request."
    )


_RULES = Rules(
    name="Nova Canvas",
    tasks=tuple(PARAMETERS),
    other_tasks=("VIRTUAL_TRY_ON",),
    fields={TEXT_IMAGE: ("style", "conditionImage", "controlMode", "controlStrength")},
    longest_text=1024,
    shortest_text=1,
    default_seed=12,
    default_cfg=6.5,
    check_image=_check_image,
    check_edit_size=_check_edit_size,
    output_size=_output_size,
    refuse_prompt=_refuse_prompt,
)


def canvas(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `amazon.nova-canvas-v1:0`: every task but VIRTUAL_TRY_ON."""
    return answer(_RULES, body, engine)
