"""Stable Image Core, Stable Image Ultra and Stable Diffusion 3.5 Large: pictures from text (and a picture).

Served by their bare ids, in us-west-2 only on AWS; this stand-in does not look at the region.
Sources of the rules:
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-3-5-large.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-stable-ultra-text-image-request-response.html
https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-diffusion-stable-image-core-text-image-request-response.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families.base import Fields, random_seed
from localcloud.models.families.stability_fields import (
    FORMATS,
    PROMPT_CHARACTERS,
    SHORTEST_SIDE,
    Order,
)
from localcloud.models.variation import varied

# Width and height for each `aspect_ratio`: about a megapixel, sides of 640 to 1536 px.
SIZES = {
    "1:1": (1024, 1024),
    "16:9": (1344, 768),
    "9:16": (768, 1344),
    "21:9": (1536, 640),
    "9:21": (640, 1536),
    "3:2": (1216, 832),
    "2:3": (832, 1216),
    "5:4": (1088, 896),
    "4:5": (896, 1088),
}
_TEXT_TO_IMAGE, _IMAGE_TO_IMAGE = "text-to-image", "image-to-image"
_TEXT = ("prompt", "negative_prompt", "aspect_ratio", "seed", "output_format")
_IMAGE = ("mode", "image", "strength")
_CORE_HIGHEST_SEED = 4_294_967_295
_SD3_HIGHEST_SEED = 4_294_967_294
_ULTRA_STRENGTH = 0.35


def core(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `stability.stable-image-core-v1:1`: text to image."""
    return _generate(_order(body, _TEXT, ("jpeg", "png"), _CORE_HIGHEST_SEED), engine)


def ultra(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `stability.stable-image-ultra-v1:1`: text to image, or with `image` and `strength` (0.35)."""
    order = _order(body, (*_TEXT, *_IMAGE), ("jpeg", "png"), _CORE_HIGHEST_SEED)
    mode = order.fields.choice("mode", (_TEXT_TO_IMAGE, _IMAGE_TO_IMAGE), _mode_of(order.fields))
    return _from_image(order, engine) if mode == _IMAGE_TO_IMAGE else _generate(order, engine)


def diffusion_3_5(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `stability.sd3-5-large-v1:0`: text to image, or with `mode` image-to-image, `image` and `strength`."""
    order = _order(body, (*_TEXT, *_IMAGE), ("jpeg", "png", "webp"), _SD3_HIGHEST_SEED)
    if order.fields.choice("mode", (_TEXT_TO_IMAGE, _IMAGE_TO_IMAGE), _TEXT_TO_IMAGE) == _IMAGE_TO_IMAGE:
        order.fields.value("strength")
        return _from_image(order, engine)
    return _generate(order, engine)


def _mode_of(fields: Fields) -> str:
    return _IMAGE_TO_IMAGE if fields.has("image") else _TEXT_TO_IMAGE


def _order(body: Mapping[str, Any], known: tuple[str, ...], formats: tuple[str, ...], highest: int) -> Order:
    fields = Fields(body, "", known)
    prompt = fields.text("prompt", longest=PROMPT_CHARACTERS, shortest=1, required=True)
    negative = fields.text("negative_prompt", longest=PROMPT_CHARACTERS)
    # The parameter pages of Core and Ultra write the formats in capitals.
    asked = fields.choice("output_format", (*formats, *(name.upper() for name in formats)), "png").lower()
    seed = fields.integer("seed", 0, highest, 0) or random_seed(highest)
    fields.choice("aspect_ratio", SIZES, "1:1")
    return Order(fields, prompt, negative, seed, asked, grow=0)


def _generate(order: Order, engine: Engine) -> dict[str, Any]:
    for field in ("image", "strength"):
        if order.fields.has(field):
            raise invalid(f"{field}: not allowed with mode {_TEXT_TO_IMAGE}")
    width, height = SIZES[order.fields.choice("aspect_ratio", SIZES, "1:1")]
    return order.filtered() or order.answer(engine.generate(order.prompt, order.negative, order.seed, width, height))


def _from_image(order: Order, engine: Engine) -> dict[str, Any]:
    fields = order.fields
    if fields.has("aspect_ratio"):
        raise invalid(f"aspect_ratio: not allowed with mode {_IMAGE_TO_IMAGE}")
    strength = fields.number("strength", 0, 1, _ULTRA_STRENGTH)
    data = fields.image_bytes("image")
    header = fields.header("image", data, FORMATS)
    if min(header.width, header.height) < SHORTEST_SIDE:
        raise invalid(f"image: each side must be at least {SHORTEST_SIDE} px, is {header.width} x {header.height}")
    pixels = fields.picture("image", data, FORMATS).pixels
    return order.filtered() or order.answer(
        varied(engine, pixels, order.prompt, order.negative, order.seed, similarity=1 - strength)
    )
