"""The tasks of Titan Image Generator and Nova Canvas that edit a picture, and the way to all tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.families import amazon_generation
from localcloud.models.families.amazon_fields import (
    BACKGROUND_REMOVAL,
    COLOR_GUIDED_GENERATION,
    IMAGE_VARIATION,
    INPAINTING,
    OUTPAINTING,
    PARAMETERS,
    TEXT_IMAGE,
    Request,
    Rules,
)
from localcloud.models.families.base import Fields, grown, to_base64
from localcloud.models.fill import filled
from localcloud.models.images import Alpha, Pixels, encode

_SUBJECT = 0.5
# A named object goes with its rim: the mask's soft edge would leave a line of its colours behind.
_RIM = 4
_FIELDS = {
    TEXT_IMAGE: ("text", "negativeText"),
    IMAGE_VARIATION: ("images", "text", "negativeText", "similarityStrength"),
    COLOR_GUIDED_GENERATION: ("text", "negativeText", "colors", "referenceImage"),
    INPAINTING: ("image", "maskPrompt", "maskImage", "text", "negativeText"),
    OUTPAINTING: ("image", "maskPrompt", "maskImage", "text", "negativeText", "outPaintingMode"),
}


def answer(rules: Rules, body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """The response body for a request body. Raises ModelError."""
    envelope = Fields(body, "", ("taskType", "imageGenerationConfig", *PARAMETERS.values()))
    task = envelope.choice("taskType", (*rules.tasks, *rules.other_tasks))
    if task not in rules.tasks:
        raise invalid(f"taskType: {task} is a task of {rules.name} that this local stand-in does not have")
    for other, name in PARAMETERS.items():
        if other != task and envelope.has(name):
            raise invalid(f"{name}: not allowed with taskType {task}")
    if task == BACKGROUND_REMOVAL:
        return _remove_background(rules, envelope, engine)
    request = Request.read(rules, envelope, task, _FIELDS[task], engine)
    return _TASKS[task](request)


def _remove_background(rules: Rules, envelope: Fields, engine: Engine) -> dict[str, Any]:
    if envelope.has("imageGenerationConfig"):
        raise invalid("imageGenerationConfig: not allowed with taskType BACKGROUND_REMOVAL")
    fields = Fields(envelope.value("backgroundRemovalParams"), "backgroundRemovalParams", ("image",))
    picture = Request(rules, engine, fields, 1, 0, (0, 0)).picture("image")
    colours, alpha = engine.cut_out(picture.pixels)
    return {"images": [to_base64(encode(colours, "png", alpha))], "error": None}


def _outpaint(request: Request) -> dict[str, Any]:
    """What the mask holds (black) stays, the rest becomes the scene of `text`."""
    text, negative = request.text(required=True), request.negative()
    exact = request.fields.choice("outPaintingMode", ("DEFAULT", "PRECISE"), "DEFAULT") == "PRECISE"
    picture = request.picture("image")
    keep = request.inside(picture)

    def paint(_number: int, seed: int) -> Pixels:
        return request.engine.repaint(picture.pixels, keep, text, negative, seed, exact=exact)

    return _with_mask(request, request.answer(text, paint), keep)


def _inpaint(request: Request) -> dict[str, Any]:
    """What the mask holds (black) is painted anew from `text`; without a text it is filled from around it."""
    text, negative = request.text(required=False), request.negative()
    picture = request.picture("image")
    inside = request.inside(picture)
    keep = (1 - inside).astype(np.float32)
    if request.fields.has("maskPrompt"):
        keep = grown(keep, _RIM)

    def paint(_number: int, seed: int) -> Pixels:
        if not text:
            return filled(picture.pixels, (1 - keep).astype(np.float32))
        return request.engine.repaint(picture.pixels, keep, text, negative, seed)

    return _with_mask(request, request.answer(text, paint), inside)


def _with_mask(request: Request, response: dict[str, Any], inside: Alpha) -> dict[str, Any]:
    """The response with `maskImage` (black: inside) where the request asks for it by `returnMask`."""
    if "returnMask" in request.rules.fields.get(OUTPAINTING, ()) and request.fields.flag("returnMask"):
        grey = np.where(inside > _SUBJECT, 0, 255).astype(np.uint8)
        response["maskImage"] = to_base64(encode(np.dstack([grey, grey, grey]), "png"))
    return response


_TASKS = {
    TEXT_IMAGE: amazon_generation.text_image,
    IMAGE_VARIATION: amazon_generation.image_variation,
    COLOR_GUIDED_GENERATION: amazon_generation.colour_guided,
    INPAINTING: _inpaint,
    OUTPAINTING: _outpaint,
}
