"""What Titan Image Generator and Nova Canvas share in reading a request, and where their rules differ.

Both are past end of life on AWS. Sources of the rules: https://docs.aws.amazon.com/bedrock/latest/userguide/titan-image-models.html
https://docs.aws.amazon.com/nova/latest/userguide/image-gen-req-resp-structure.html
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
from localcloud.models.images import Alpha, Header, Picture, Pixels, encode

FORMATS = ("JPEG", "PNG")
HIGHEST_SEED = 2_147_483_646
TEXT_IMAGE = "TEXT_IMAGE"
IMAGE_VARIATION = "IMAGE_VARIATION"
COLOR_GUIDED_GENERATION = "COLOR_GUIDED_GENERATION"
INPAINTING = "INPAINTING"
OUTPAINTING = "OUTPAINTING"
BACKGROUND_REMOVAL = "BACKGROUND_REMOVAL"
PARAMETERS = {
    TEXT_IMAGE: "textToImageParams",
    IMAGE_VARIATION: "imageVariationParams",
    COLOR_GUIDED_GENERATION: "colorGuidedGenerationParams",
    INPAINTING: "inPaintingParams",
    OUTPAINTING: "outPaintingParams",
    BACKGROUND_REMOVAL: "backgroundRemovalParams",
}
EDITS = (INPAINTING, OUTPAINTING)
_CONFIG = ("numberOfImages", "quality", "cfgScale", "seed", "width", "height")
_BLOCKED = "All of the generated images have been blocked by our content filters."


@dataclass(frozen=True)
class Rules:
    """Where the two families differ.

    `fields` are those that a task has besides the ones of both families; `other_tasks` are the model's tasks that
    this stand-in does not have. `check_image(header, byte count, field)` and `check_edit_size(config)` raise
    ValidationException; `output_size(config)` does too, and tells width and height of a generated picture;
    `refuse_prompt` answers (or raises) for a prompt that the content filter refuses.
    """

    name: str
    tasks: tuple[str, ...]
    other_tasks: tuple[str, ...]
    fields: Mapping[str, tuple[str, ...]]
    longest_text: int
    shortest_text: int
    default_seed: int
    default_cfg: float
    check_image: Callable[[Header, int, str], None]
    check_edit_size: Callable[[Fields], None]
    output_size: Callable[[Fields], tuple[int, int]]
    refuse_prompt: Callable[[], dict[str, Any]]


@dataclass(frozen=True)
class Request:
    """One request, its configuration checked: `size` is the output's width and height where the task decides them."""

    rules: Rules
    engine: Engine
    fields: Fields
    count: int
    seed: int
    size: tuple[int, int]

    @classmethod
    def read(cls, rules: Rules, envelope: Fields, task: str, known: tuple[str, ...], engine: Engine) -> Request:
        """The task's parameters and `imageGenerationConfig`. Raises ModelError."""
        name = PARAMETERS[task]
        fields = Fields(envelope.value(name), name, (*known, *rules.fields.get(task, ())))
        given = envelope.value("imageGenerationConfig") if envelope.has("imageGenerationConfig") else {}
        config = Fields(given, "imageGenerationConfig", _CONFIG)
        count = config.integer("numberOfImages", 1, 5, 1)
        seed = config.integer("seed", 0, HIGHEST_SEED, rules.default_seed)
        config.number("cfgScale", 1.1, 10.0, rules.default_cfg)
        config.choice("quality", ("standard", "premium"), "standard")
        if task in EDITS:
            rules.check_edit_size(config)
            return cls(rules, engine, fields, count, seed, (0, 0))
        return cls(rules, engine, fields, count, seed, rules.output_size(config))

    def text(self, *, required: bool) -> str:
        """Return `text`; "" where it is absent and not required."""
        least = 1 if required else self._shortest("text")
        return self.fields.text("text", longest=self.rules.longest_text, shortest=least, required=required)

    def negative(self) -> str:
        """Return `negativeText`, or "" where it is absent."""
        least = self._shortest("negativeText")
        return self.fields.text("negativeText", longest=self.rules.longest_text, shortest=least)

    def _shortest(self, field: str) -> int:
        return self.rules.shortest_text if self.fields.has(field) else 0

    def picture(self, field: str) -> Picture:
        """A required image of the request."""
        return self.checked(field, self.fields.image_bytes(field))

    def checked(self, field: str, data: bytes) -> Picture:
        """The picture behind `data`, within the family's limits and opaque."""
        header = self.fields.header(field, data, FORMATS)
        name = self.fields.name(field)
        self.rules.check_image(header, len(data), name)
        picture = self.fields.picture(field, data, FORMATS)
        if picture.alpha is not None and picture.alpha.min() < 255:
            raise invalid(f"{name}: transparent pixels are not supported")
        return picture

    def inside(self, picture: Picture) -> Alpha:
        """What the mask holds, 0..1: the black of `maskImage`, or the objects that `maskPrompt` names."""
        fields, path = self.fields, self.fields.name("")[:-1]
        if fields.has("maskPrompt") == fields.has("maskImage"):
            raise invalid(f"{path}: exactly one of maskPrompt and maskImage must be given")
        if fields.has("maskPrompt"):
            words = fields.text("maskPrompt", longest=self.rules.longest_text, shortest=1)
            return self.engine.named(picture.pixels, words)
        return _black_of(fields, picture)

    def answer(self, text: str, paint: Callable[[int, int], Pixels]) -> dict[str, Any]:
        """The response for `text`: `paint(number, seed)` makes each of the images."""
        if mentions(text, PROMPT_FILTER_WORDS):
            return self.rules.refuse_prompt()
        if mentions(text, OUTPUT_FILTER_WORDS):
            return {"images": [], "error": _BLOCKED}
        seeds = ((self.seed + number) % (HIGHEST_SEED + 1) for number in range(self.count))
        images = [to_base64(encode(paint(number, seed), "png")) for number, seed in enumerate(seeds)]
        return {"images": images, "error": None}


def _black_of(fields: Fields, picture: Picture) -> Alpha:
    """Return H x W: 1 where `maskImage` is black, 0 where it is white."""
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
