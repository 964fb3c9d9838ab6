"""Stability AI Image Services: remove-background and inpaint.

Source of the rules: Amazon Bedrock user guide, "Stability AI Image Services" and the model cards.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families.base import (
    OUTPUT_FILTER_WORDS,
    PROMPT_FILTER_WORDS,
    Fields,
    mentions,
    random_seed,
    to_base64,
)
from localcloud.models.images import Alpha, Picture, encode

FORMATS = ("JPEG", "PNG", "WEBP")
OUTPUT_FORMATS = ("jpeg", "png", "webp")
SHORTEST_SIDE = 64
MOST_PIXELS = 9_437_184
WIDEST_RATIO = 2.5
PROMPT_CHARACTERS = 10_000
HIGHEST_SEED = 4_294_967_294
STYLE_PRESETS = (
    "3d-model",
    "analog-film",
    "anime",
    "cinematic",
    "comic-book",
    "digital-art",
    "enhance",
    "fantasy-art",
    "isometric",
    "line-art",
    "low-poly",
    "modeling-compound",
    "neon-punk",
    "origami",
    "photographic",
    "pixel-art",
    "tile-texture",
)


def remove_background(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """`image`, `output_format` -> the subject on transparency (jpeg: on black, having no alpha)."""
    fields = Fields(body, "", ("image", "output_format"))
    output_format = fields.choice("output_format", OUTPUT_FORMATS, "png")
    picture = _picture(fields)
    colours, alpha = engine.cut_out(picture.pixels)
    return _answer(encode(colours, output_format, None if output_format == "jpeg" else alpha), seed=0)


def inpaint(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """`prompt`, `image`, `mask` -> the image with the mask's white part repainted.

    Mask: black = keep, white = repaint, greys = in part; resized to the image where it differs. Without one
    the image's own alpha is used (transparent = repaint). `style_preset` is checked and has no effect here.
    """
    known = (
        "prompt",
        "image",
        "mask",
        "negative_prompt",
        "seed",
        "output_format",
        "grow_mask",
        "style_preset",
    )
    fields = Fields(body, "", known)
    prompt = fields.text("prompt", longest=PROMPT_CHARACTERS, required=True)
    negative = fields.text("negative_prompt", longest=PROMPT_CHARACTERS)
    seed = fields.integer("seed", 0, HIGHEST_SEED, 0)
    grow = fields.integer("grow_mask", 0, 20, 5)
    output_format = fields.choice("output_format", OUTPUT_FORMATS, "png")
    if fields.has("style_preset"):
        fields.choice("style_preset", STYLE_PRESETS)
    picture = _picture(fields)
    keep = _grown(_keep(fields, picture), grow)
    if mentions(prompt, PROMPT_FILTER_WORDS):
        return {"finish_reasons": ["Filter reason: prompt"]}
    if mentions(prompt, OUTPUT_FILTER_WORDS):
        return {"finish_reasons": ["Filter reason: output image"]}
    seed = seed or random_seed(HIGHEST_SEED)
    painted = engine.repaint(picture.pixels, keep, prompt, negative, seed)
    return _answer(encode(painted, output_format), seed)


def _picture(fields: Fields) -> Picture:
    data = fields.image_bytes("image")
    header = fields.header("image", data, FORMATS)
    width, height = header.width, header.height
    if min(width, height) < SHORTEST_SIDE:
        raise invalid(f"image: each side must be at least {SHORTEST_SIDE} px, is {width} x {height}")
    if width * height > MOST_PIXELS:
        raise invalid(f"image: must have at most {MOST_PIXELS} pixels, has {width * height}")
    if max(width, height) > WIDEST_RATIO * min(width, height):
        raise invalid(f"image: aspect ratio must be between 1:2.5 and 2.5:1, is {width}:{height}")
    return fields.picture("image", data, FORMATS)


def _keep(fields: Fields, picture: Picture) -> Alpha:
    """How much of each pixel stays, 0..1: the mask, inverted."""
    width, height = picture.size
    if not fields.has("mask"):
        if picture.alpha is None:
            raise invalid("mask: required when the image has no alpha channel")
        return np.asarray(picture.alpha.astype(np.float32) / 255, np.float32)
    data = fields.image_bytes("mask")
    header = fields.header("mask", data, FORMATS)
    if header.width * header.height > MOST_PIXELS:
        raise invalid(f"mask: must have at most {MOST_PIXELS} pixels, has {header.width * header.height}")
    mask = cv2.cvtColor(fields.picture("mask", data, FORMATS).pixels, cv2.COLOR_RGB2GRAY)
    if mask.shape != (height, width):
        mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(1 - mask.astype(np.float32) / 255, np.float32)


def _grown(keep: Alpha, pixels: int) -> Alpha:
    """The repainted part grown by `pixels`, its new rim blurred, as `grow_mask` is documented."""
    if pixels == 0:
        return keep
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    eroded = cv2.GaussianBlur(cv2.erode(keep, kernel), (0, 0), pixels / 2)
    return np.minimum(eroded, keep).astype(np.float32)


def _answer(image: bytes, seed: int) -> dict[str, Any]:
    return {"seeds": [seed], "finish_reasons": [None], "images": [to_base64(image)]}
