"""The tasks of Titan Image Generator and Nova Canvas that make a new picture."""

from __future__ import annotations

import re
from typing import Any

from localcloud.models.errors import invalid
from localcloud.models.families.amazon_fields import Request
from localcloud.models.images import Pixels, covering
from localcloud.models.recolour import in_palette
from localcloud.models.scenes.colours import hexadecimal
from localcloud.models.variation import conditioned, varied

CONTROL_MODES = ("CANNY_EDGE", "SEGMENTATION")
STYLES = (
    "3D_ANIMATED_FAMILY_FILM",
    "DESIGN_SKETCH",
    "FLAT_VECTOR_ILLUSTRATION",
    "GRAPHIC_NOVEL_ILLUSTRATION",
    "MAXIMALISM",
    "MIDCENTURY_RETRO",
    "PHOTOREALISM",
    "SOFT_DIGITAL_PAINTING",
)
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_CONTROL = ("controlMode", "controlStrength")


def text_image(request: Request) -> dict[str, Any]:
    """A scene from `text`; with `conditionImage` it follows that picture's outlines or areas."""
    fields = request.fields
    text, negative = request.text(required=True), request.negative()
    mode = fields.choice("controlMode", CONTROL_MODES, "CANNY_EDGE")
    strength = fields.number("controlStrength", 0, 1, 0.7)
    if fields.has("style"):
        fields.choice("style", STYLES)
    width, height = request.size
    condition: Pixels | None = None
    if fields.has("conditionImage"):
        condition = covering(request.picture("conditionImage").pixels, width, height)
    else:
        for name in _CONTROL:
            if fields.has(name):
                raise invalid(f"{fields.name(name)}: only allowed with a conditionImage")

    def paint(_number: int, seed: int) -> Pixels:
        scene = request.engine.generate(text, negative, seed, width, height)
        if condition is None:
            return scene
        areas = request.engine.segmenter.alpha(condition) if mode == "SEGMENTATION" else None
        return conditioned(scene, condition, areas, strength)

    return request.answer(text, paint)


def image_variation(request: Request) -> dict[str, Any]:
    """Pictures close to `images` (taken in turn), the closer the higher `similarityStrength`."""
    text, negative = request.text(required=False), request.negative()
    similarity = request.fields.number("similarityStrength", 0.2, 1.0, 0.7)
    width, height = request.size
    given = [
        covering(request.checked(f"images[{index}]", data).pixels, width, height)
        for index, data in enumerate(request.fields.image_list("images", 1, 5))
    ]

    def paint(number: int, seed: int) -> Pixels:
        pixels = given[number % len(given)]
        return varied(request.engine, pixels, text, negative, seed, similarity=similarity)

    return request.answer(text, paint)


def colour_guided(request: Request) -> dict[str, Any]:
    """A scene from `text` in the palette `colors`; with `referenceImage` that picture's subject is in it."""
    fields = request.fields
    text, negative = request.text(required=True), request.negative()
    palette = []
    for value in fields.items("colors", 1, 10):
        if not isinstance(value, str) or not _COLOUR.fullmatch(value):
            raise invalid(f"{fields.name('colors')}: {str(value)[:20]!r} is no colour of the form #RRGGBB")
        palette.append(hexadecimal(value))
    width, height = request.size
    reference: Pixels | None = None
    if fields.has("referenceImage"):
        reference = covering(request.picture("referenceImage").pixels, width, height)

    def paint(_number: int, seed: int) -> Pixels:
        engine = request.engine
        if reference is None:
            return in_palette(engine.generate(text, negative, seed, width, height), palette)
        keep = engine.segmenter.alpha(reference)
        return in_palette(engine.repaint(reference, keep, text, negative, seed), palette)

    return request.answer(text, paint)
