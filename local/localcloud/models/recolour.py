"""New colours for a part of a picture, or for all of it: light and texture stay."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from localcloud.models.images import Alpha, Pixels
from localcloud.models.scenes.colours import Colour
from localcloud.models.scenes.noise import ramp, stretched
from localcloud.models.scenes.prompt import read_prompt


def recoloured(pixels: Pixels, share: Alpha, prompt: str, seed: int) -> Pixels:
    """Return `pixels` with what is under `share` (0..1) in the first colour that `prompt` names, or in one from
    `seed`."""
    colours = read_prompt(prompt).colours
    if colours:
        target = colours[0]
    else:
        hue = np.random.Generator(np.random.PCG64(seed & 0xFFFFFFFF)).uniform(0, 360)
        target = cv2.cvtColor(np.array([[[hue, 0.6, 0.7]]], np.float32), cv2.COLOR_HSV2RGB)[0, 0]
    out = pixels.copy()
    inside = share > 0
    if not inside.any():
        return out
    lab = cv2.cvtColor((pixels[inside][None] / np.float32(255)).astype(np.float32), cv2.COLOR_RGB2LAB)[0]
    aim = cv2.cvtColor(np.asarray(target, np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2LAB)[0, 0]
    weight = share[inside]
    middle = float(np.average(lab[:, 0], weights=weight))
    # Half way to the target's lightness: shading and highlights stay, and so does what is black or white.
    lab[:, 0] = np.clip(lab[:, 0] * (0.5 + 0.5 * float(aim[0]) / max(middle, 5.0)), 0, 100)
    vivid = np.clip(np.minimum(lab[:, 0], 100 - lab[:, 0]) / 20, 0, 1)
    lab[:, 1:] = aim[1:] * vivid[:, None]
    new = cv2.cvtColor(np.ascontiguousarray(lab[None], np.float32), cv2.COLOR_LAB2RGB)[0] * 255
    old = pixels[inside].astype(np.float32)
    out[inside] = np.clip(old + (new - old) * weight[:, None] + 0.5, 0, 255).astype(np.uint8)
    return out


def in_palette(pixels: Pixels, palette: Sequence[Colour]) -> Pixels:
    """Return `pixels` drawn towards a palette: its darkest colour for the shadows, its lightest for the highlights."""
    stops = sorted(palette, key=lambda colour: float(colour @ np.array([0.299, 0.587, 0.114], np.float32)))
    grey = stretched(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32), 2, 98)
    places = [(index / max(1, len(stops) - 1), colour) for index, colour in enumerate(stops)]
    image = pixels.astype(np.float32) / 255
    detail = image - cv2.GaussianBlur(image, (0, 0), max(1.0, pixels.shape[1] * 0.01))
    mapped = ramp(grey, places) * 0.85 + image * 0.15 + 0.5 * detail
    return np.asarray(np.clip(mapped * 255 + 0.5, 0, 255), np.uint8)
