"""Amazon Titan Image Generator G1 v1 and v2: the rules of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families.amazon import answer
from localcloud.models.families.amazon_fields import (
    IMAGE_VARIATION,
    INPAINTING,
    OUTPAINTING,
    PARAMETERS,
    TEXT_IMAGE,
    Rules,
)
from localcloud.models.families.base import Fields
from localcloud.models.images import Header

LONGEST_SIDE = 1408
MOST_BYTES = 5 * 1024 * 1024
# Permitted output sizes; they are checked when sent but do not resize an edited image.
SIZES = frozenset(
    {(1024, 1024), (768, 1152), (1152, 768), (768, 1280), (1280, 768), (896, 1152), (1152, 896)}
    | {(768, 1408), (1408, 768), (640, 1408), (1408, 640), (1152, 640), (1173, 640), (1408, 1408)}
    | {(768, 768), (512, 512), (384, 576), (576, 384), (384, 640), (640, 384), (448, 576), (576, 448)}
    | {(384, 704), (704, 384), (320, 704), (704, 320)}
)


def _check_image(header: Header, size: int, field: str) -> None:
    if max(header.width, header.height) > LONGEST_SIDE:
        raise invalid(
            f"{field}: the longer side must be at most {LONGEST_SIDE} px, is {header.width} x {header.height}"
        )
    if size > MOST_BYTES:
        raise invalid(f"{field}: must have at most {MOST_BYTES} bytes, has {size}")


def _output_size(config: Fields) -> tuple[int, int]:
    # Both sides default to 1408, as documented, although that size is in no table of permitted ones.
    width = config.integer("width", 320, LONGEST_SIDE, LONGEST_SIDE)
    height = config.integer("height", 320, LONGEST_SIDE, LONGEST_SIDE)
    if (width, height) not in SIZES:
        raise invalid(f"imageGenerationConfig: {width} x {height} is not a supported width and height")
    return width, height


def _check_edit_size(config: Fields) -> None:
    if config.has("width") or config.has("height"):
        _output_size(config)


def _refuse_prompt() -> dict[str, Any]:
    return {"images": [], "error": "This request has been blocked by our content filters."}


_MASK_RETURNED = {INPAINTING: ("returnMask",), OUTPAINTING: ("returnMask",)}
_V2 = Rules(
    name="Titan Image Generator v2",
    tasks=tuple(PARAMETERS),
    other_tasks=(),
    fields={**_MASK_RETURNED, TEXT_IMAGE: ("conditionImage", "controlMode", "controlStrength")},
    longest_text=512,
    shortest_text=0,
    default_seed=42,
    default_cfg=8.0,
    check_image=_check_image,
    check_edit_size=_check_edit_size,
    output_size=_output_size,
    refuse_prompt=_refuse_prompt,
)
_V1 = replace(
    _V2,
    name="Titan Image Generator v1",
    tasks=(TEXT_IMAGE, INPAINTING, OUTPAINTING, IMAGE_VARIATION),
    fields=_MASK_RETURNED,
)


def version_1(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `amazon.titan-image-generator-v1`: text to image, inpainting, outpainting, variation."""
    return answer(_V1, body, engine)


def version_2(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `amazon.titan-image-generator-v2:0`: every task, also colour-guided pictures and background removal."""
    return answer(_V2, body, engine)
