"""Stability AI Image Services that change the frame: outpaint and fast upscale.

Source of the rules: `stability_fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families.stability_fields import FORMATS, Order, edited_picture
from localcloud.models.frame import UPSCALE, extended, upscaled, upscaled_alpha

SIDES = ("left", "right", "up", "down")
FARTHEST = 2000
# Fast upscale: each side, and the picture.
UPSCALE_SIDES = (32, 1536)
UPSCALE_PIXELS = (1024, 1_048_576)


def outpaint(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `image`, some of `left`, `right`, `up`, `down` (px), `prompt`, `creativity` with the image in a larger
    frame."""
    known = ("image", *SIDES, "prompt", "creativity", "seed", "output_format", "style_preset")
    order = Order.read(body, known, prompt_required=False)
    left, right, up, down = (order.fields.integer(side, 0, FARTHEST, 0) for side in SIDES)
    if not (left or right or up or down):
        raise invalid("at least one of left, right, up and down must be greater than 0")
    creativity = order.fields.number("creativity", 0.1, 1.0, 0.5)
    picture = edited_picture(order.fields)
    refused = order.filtered()
    if refused:
        return refused
    width, height = picture.size[0] + left + right, picture.size[1] + up + down
    subject = engine.segmenter.alpha(picture.pixels)
    # Without a prompt nothing but the photo says what surrounds it.
    scene = engine.scene(order.prompt, "", order.seed, width, height).image if order.prompt.strip() else None
    with engine.room_for(np.empty((height, width, 0), np.uint8)):
        return order.answer(extended(picture.pixels, subject, (left, right, up, down), scene, creativity))


def fast_upscale(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `image` with the image at four times its sides."""
    order = Order.read(body, ("image", "output_format"))
    data = order.fields.image_bytes("image")
    header = order.fields.header("image", data, FORMATS)
    width, height = header.width, header.height
    if min(width, height) < UPSCALE_SIDES[0] or max(width, height) > UPSCALE_SIDES[1]:
        raise invalid(f"image: each side must be {UPSCALE_SIDES[0]} to {UPSCALE_SIDES[1]} px, is {width} x {height}")
    if not UPSCALE_PIXELS[0] <= width * height <= UPSCALE_PIXELS[1]:
        raise invalid(f"image: must have {UPSCALE_PIXELS[0]} to {UPSCALE_PIXELS[1]} pixels, has {width * height}")
    picture = order.fields.picture("image", data, FORMATS)
    with engine.room_for(np.empty((UPSCALE * height, UPSCALE * width, 0), np.uint8)):
        alpha = None if picture.alpha is None else upscaled_alpha(picture.alpha)
        return {**order.answer(upscaled(picture.pixels), alpha), "seeds": [0]}
