"""What Titan Image Generator and Nova Canvas share: the envelope, OUTPAINTING and BACKGROUND_REMOVAL.

Source of the rules: Amazon Bedrock user guide, "Amazon Titan Image Generator models"; Amazon Nova user guide,
"Request and response structure for image generation". Both are past end of life on AWS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families.base import (
    OUTPUT_FILTER_WORDS,
    PROMPT_FILTER_WORDS,
    Fields,
    mentions,
    to_base64,
)
from localcloud.models.images import Alpha, Header, Picture, encode

FORMATS = ("JPEG", "PNG")
HIGHEST_SEED = 2_147_483_646
OUTPAINTING = "OUTPAINTING"
BACKGROUND_REMOVAL = "BACKGROUND_REMOVAL"
_CONFIG = ("numberOfImages", "quality", "cfgScale", "seed", "width", "height")
_SUBJECT = 0.5


@dataclass(frozen=True)
class Rules:
    """Where the two families differ.

    `check_image(header, byte count, field)` and `check_size(config)` raise ValidationException;
    `refuse_prompt` answers (or raises) for a prompt that the content filter refuses.
    """

    name: str
    tasks: tuple[str, ...]
    other_tasks: tuple[str, ...]
    longest_text: int
    shortest_text: int
    default_seed: int
    default_cfg: float
    outpainting_fields: tuple[str, ...]
    check_image: Callable[[Header, int, str], None]
    check_size: Callable[[Fields], None]
    refuse_prompt: Callable[[], dict[str, Any]]


def answer(rules: Rules, body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """The response body for a request body. Raises ModelError."""
    parameters = {OUTPAINTING: "outPaintingParams", BACKGROUND_REMOVAL: "backgroundRemovalParams"}
    envelope = Fields(body, "", ("taskType", "imageGenerationConfig", *parameters.values()))
    task = envelope.choice("taskType", (*rules.tasks, *rules.other_tasks))
    if task not in rules.tasks:
        raise invalid(f"taskType: {task} is a task of {rules.name} that this local stand-in does not have")
    for other, name in parameters.items():
        if other != task and envelope.has(name):
            raise invalid(f"{name}: not allowed with taskType {task}")
    if task == BACKGROUND_REMOVAL:
        return _remove_background(rules, envelope, engine)
    return _outpaint(rules, envelope, engine)


def _remove_background(rules: Rules, envelope: Fields, engine: Engine) -> dict[str, Any]:
    if envelope.has("imageGenerationConfig"):
        raise invalid("imageGenerationConfig: not allowed with taskType BACKGROUND_REMOVAL")
    fields = Fields(envelope.value("backgroundRemovalParams"), "backgroundRemovalParams", ("image",))
    picture = _picture(rules, fields)
    colours, alpha = engine.cut_out(picture.pixels)
    return {"images": [to_base64(encode(colours, "png", alpha))], "error": None}


def _outpaint(rules: Rules, envelope: Fields, engine: Engine) -> dict[str, Any]:
    fields = Fields(
        envelope.value("outPaintingParams"),
        "outPaintingParams",
        ("image", "maskPrompt", "maskImage", "text", "negativeText", *rules.outpainting_fields),
    )
    config = Fields(
        envelope.value("imageGenerationConfig") if envelope.has("imageGenerationConfig") else {},
        "imageGenerationConfig",
        _CONFIG,
    )
    text = fields.text("text", longest=rules.longest_text, shortest=1, required=True)
    negative = fields.text(
        "negativeText", longest=rules.longest_text, shortest=rules.shortest_text if fields.has("negativeText") else 0
    )
    exact = fields.choice("outPaintingMode", ("DEFAULT", "PRECISE"), "DEFAULT") == "PRECISE"
    count = config.integer("numberOfImages", 1, 5, 1)
    seed = config.integer("seed", 0, HIGHEST_SEED, rules.default_seed)
    config.number("cfgScale", 1.1, 10.0, rules.default_cfg)
    config.choice("quality", ("standard", "premium"), "standard")
    rules.check_size(config)
    if fields.has("maskPrompt") == fields.has("maskImage"):
        raise invalid("outPaintingParams: exactly one of maskPrompt and maskImage must be given")
    fields.text("maskPrompt", longest=rules.longest_text, shortest=1 if fields.has("maskPrompt") else 0)
    return_mask = "returnMask" in rules.outpainting_fields and fields.flag("returnMask")
    picture = _picture(rules, fields)
    keep = _keep(fields, picture, engine)
    if mentions(text, PROMPT_FILTER_WORDS):
        return rules.refuse_prompt()
    if mentions(text, OUTPUT_FILTER_WORDS):
        message = "All of the generated images have been blocked by our content filters."
        return {"images": [], "error": message}
    images = [
        encode(
            engine.repaint(picture.pixels, keep, text, negative, (seed + index) % (HIGHEST_SEED + 1), exact=exact),
            "png",
        )
        for index in range(count)
    ]
    response: dict[str, Any] = {"images": [to_base64(image) for image in images], "error": None}
    if return_mask:
        grey = np.where(keep > _SUBJECT, 0, 255).astype(np.uint8)
        response["maskImage"] = to_base64(encode(np.dstack([grey, grey, grey]), "png"))
    return response


def _picture(rules: Rules, fields: Fields) -> Picture:
    data = fields.image_bytes("image")
    header = fields.header("image", data, FORMATS)
    rules.check_image(header, len(data), fields.name("image"))
    picture = fields.picture("image", data, FORMATS)
    if picture.alpha is not None and picture.alpha.min() < 255:
        raise invalid(f"{fields.name('image')}: transparent pixels are not supported")
    return picture


def _keep(fields: Fields, picture: Picture, engine: Engine) -> Alpha:
    """How much of each pixel stays, 0..1. Black of `maskImage` stays; a `maskPrompt` cannot be read by the
    local segmentation, which takes the photo's main subject for it."""
    if not fields.has("maskImage"):
        return engine.segmenter.alpha(picture.pixels)
    name = fields.name("maskImage")
    data = fields.image_bytes("maskImage")
    header = fields.header("maskImage", data, FORMATS)
    if (header.width, header.height) != picture.size:
        width, height = picture.size
        raise invalid(f"{name}: must have the image's size {width} x {height}, has {header.width} x {header.height}")
    mask = fields.picture("maskImage", data, FORMATS)
    if mask.alpha is not None or header.mode != "RGB":
        raise invalid(f"{name}: must be RGB without an alpha channel, is {header.mode}")
    black = (mask.pixels == 0).all(-1)
    if not (black | (mask.pixels == 255).all(-1)).all():
        raise invalid(f"{name}: may only hold pure black (0,0,0) and pure white (255,255,255) pixels")
    return np.asarray(black, np.float32)
