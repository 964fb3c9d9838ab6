"""What all Stability AI models share: field rules, limits, filtered answers and the shape of an answer.

Sources of the rules: https://docs.aws.amazon.com/bedrock/latest/userguide/stable-image-services.html
and the model cards at
https://docs.aws.amazon.com/bedrock/latest/userguide/model-cards-stability-ai.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from localcloud.models.errors import invalid
from localcloud.models.families.base import (
    OUTPUT_FILTER_WORDS,
    PROMPT_FILTER_WORDS,
    Fields,
    mentions,
    random_seed,
    to_base64,
)
from localcloud.models.images import Alpha, Header, Picture, Pixels, encode

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


@dataclass(frozen=True)
class Order:
    """The fields that most services have in common; what a service does not know keeps its default.

    `prompt`, `negative_prompt`, `seed` (0: random), `output_format`, `grow_mask` (0-20), `style_preset`
    (checked, without effect here).
    """

    fields: Fields
    prompt: str
    negative: str
    seed: int
    output_format: str
    grow: int

    @classmethod
    def read(cls, body: Mapping[str, Any], known: Collection[str], *, prompt_required: bool = True) -> Order:
        """Checks everything but the pictures. Raises ModelError."""
        fields = Fields(body, "", known)
        order = cls(
            fields,
            prompt=fields.text("prompt", longest=PROMPT_CHARACTERS, required=prompt_required and "prompt" in known),
            negative=fields.text("negative_prompt", longest=PROMPT_CHARACTERS),
            seed=fields.integer("seed", 0, HIGHEST_SEED, 0) or random_seed(HIGHEST_SEED),
            output_format=fields.choice("output_format", OUTPUT_FORMATS, "png"),
            grow=fields.integer("grow_mask", 0, 20, 5),
        )
        if fields.has("style_preset"):
            fields.choice("style_preset", STYLE_PRESETS)
        return order

    def filtered(self, *more: str) -> dict[str, Any] | None:
        """The answer to a prompt (or `more` texts) that the content filter refuses; None when it passes."""
        texts = (self.prompt, *more)
        if any(mentions(text, PROMPT_FILTER_WORDS) for text in texts):
            return {"finish_reasons": ["Filter reason: prompt"]}
        if any(mentions(text, OUTPUT_FILTER_WORDS) for text in texts):
            return {"finish_reasons": ["Filter reason: output image"]}
        return None

    def answer(self, pixels: Pixels, alpha: npt.NDArray[np.uint8] | None = None) -> dict[str, Any]:
        """The response with a finished picture; jpeg has no alpha."""
        image = encode(pixels, self.output_format, None if self.output_format == "jpeg" else alpha)
        return {"seeds": [self.seed], "finish_reasons": [None], "images": [to_base64(image)]}


def check_edited(header: Header, field: str) -> None:
    """The geometry that all edit services take."""
    width, height = header.width, header.height
    if min(width, height) < SHORTEST_SIDE:
        raise invalid(f"{field}: each side must be at least {SHORTEST_SIDE} px, is {width} x {height}")
    if width * height > MOST_PIXELS:
        raise invalid(f"{field}: must have at most {MOST_PIXELS} pixels, has {width * height}")
    if max(width, height) > WIDEST_RATIO * min(width, height):
        raise invalid(f"{field}: aspect ratio must be between 1:2.5 and 2.5:1, is {width}:{height}")


def edited_picture(fields: Fields) -> Picture:
    """The required `image` of an edit service."""
    data = fields.image_bytes("image")
    check_edited(fields.header("image", data, FORMATS), "image")
    return fields.picture("image", data, FORMATS)


def masked(fields: Fields, picture: Picture) -> Alpha:
    """How much of each pixel stays, 0..1: the `mask` (black = keep, white = change), resized to the image where it
    differs; without one the image's own alpha (transparent = change)."""
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
