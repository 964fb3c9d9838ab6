"""Stability AI Image Services that change a part of a picture: remove-background, inpaint, search-and-replace,
search-and-recolor, erase.

Source of the rules: `stability_fields`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.families.base import grown
from localcloud.models.families.stability_fields import PROMPT_CHARACTERS, Order, edited_picture, masked
from localcloud.models.fill import filled
from localcloud.models.images import Alpha, Pixels
from localcloud.models.named import means_background
from localcloud.models.recolour import recoloured

_PAINTED = ("prompt", "image", "negative_prompt", "seed", "output_format", "grow_mask", "style_preset")


def remove_background(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `image`, `output_format` with the subject on transparency (jpeg: on black, having no alpha)."""
    order = Order.read(body, ("image", "output_format"))
    colours, alpha = engine.cut_out(edited_picture(order.fields).pixels)
    return {**order.answer(colours, alpha), "seeds": [0]}


def inpaint(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `prompt`, `image`, `mask` with the image, the mask's white part repainted."""
    order = Order.read(body, (*_PAINTED, "mask"))
    picture = edited_picture(order.fields)
    keep = grown(masked(order.fields, picture), order.grow)
    return order.filtered() or order.answer(
        engine.repaint(picture.pixels, keep, order.prompt, order.negative, order.seed)
    )


def search_replace(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `prompt`, `image`, `search_prompt` with the image, repainted where `search_prompt` names it: the
    background, or the objects it fits (the main subject where it fits none)."""
    order = Order.read(body, (*_PAINTED, "search_prompt"))
    search = order.fields.text("search_prompt", longest=PROMPT_CHARACTERS, required=True)
    picture = edited_picture(order.fields)
    refused = order.filtered(search)
    if refused:
        return refused
    keep = grown(1 - _searched(engine, picture.pixels, search), order.grow)
    return order.answer(engine.repaint(picture.pixels, keep, order.prompt, order.negative, order.seed))


def search_recolor(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `prompt`, `image`, `select_prompt` with the image, in it what `select_prompt` names in the colour of
    `prompt`.

    `grow_mask` is checked only: the found outline is exact, and a grown one would colour a rim of the background.
    """
    order = Order.read(body, (*_PAINTED, "select_prompt"))
    select = order.fields.text("select_prompt", longest=PROMPT_CHARACTERS, required=True)
    picture = edited_picture(order.fields)
    refused = order.filtered(select)
    if refused:
        return refused
    share = _searched(engine, picture.pixels, select)
    with engine.room_for(picture.pixels):
        return order.answer(recoloured(picture.pixels, share, order.prompt, order.seed))


def erase(body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
    """Answer `image`, `mask` with the image, the mask's white part filled from its surroundings."""
    order = Order.read(body, ("image", "mask", "seed", "output_format", "grow_mask"))
    picture = edited_picture(order.fields)
    keep = grown(masked(order.fields, picture), order.grow)
    with engine.room_for(picture.pixels):
        return order.answer(filled(picture.pixels, (1 - keep).astype(np.float32)))


def _searched(engine: Engine, pixels: Pixels, words: str) -> Alpha:
    """Return how much of each pixel `words` mean, 0..1."""
    if means_background(words):
        return np.asarray(1 - engine.segmenter.alpha(pixels), np.float32)
    return engine.named(pixels, words)
