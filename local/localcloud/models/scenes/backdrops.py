"""What stands upright behind the subject: studio walls, skies, seas, bricks, tiles, lights at night."""

from __future__ import annotations

import cv2
import numpy as np

from localcloud.models.images import Alpha, FloatImage
from localcloud.models.scenes.colours import Colour, hexadecimal, mix
from localcloud.models.scenes.noise import (
    Random,
    blurred,
    clouds,
    filled,
    grid,
    lit,
    ramp,
    smoothstep,
    stretched,
)

Light = tuple[float, float]
_SKIES: dict[str, list[tuple[float, str]]] = {
    "sunset": [(0, "4a5a96"), (0.45, "c07f97"), (0.75, "f4a873"), (1, "ffe2a6")],
    "sunrise": [(0, "7fa9da"), (0.6, "f0c9b0"), (1, "ffe8bd")],
    "night": [(0, "070b1c"), (1, "22305c")],
    "overcast": [(0, "b7bfc8"), (1, "e3e6e9")],
    "day": [(0, "3f86cf"), (0.6, "8fc3ea"), (1, "dcedf6")],
}
_CLOUDS = {"sunset": "ffc9a0", "night": "2c3760", "sunrise": "fff0e2"}


def wall(rng: Random, height: int, width: int, colour: Colour, light: Light) -> FloatImage:
    """A plain wall lit from one side, a little uneven."""
    rows, columns = grid(height, width)
    distance = np.sqrt((columns - (0.5 + 0.32 * light[0])) ** 2 + (rows - (0.38 - 0.2 * abs(light[1]))) ** 2)
    shade = 1.08 - 0.42 * np.clip(distance, 0, 1.2) ** 1.3
    shade *= 0.985 + 0.03 * clouds(rng, height, width, 3, 3, 5)
    return np.asarray(colour * shade[..., None], np.float32)


def sweep(
    rng: Random, height: int, width: int, colour: Colour, light: Light, horizon: float, *, white: bool
) -> FloatImage:
    """A seamless studio paper: the wall curves into the floor at `horizon` pixels from the top."""
    paper = wall(rng, height, width, colour, light)
    rows = np.arange(height, dtype=np.float32)
    curve = 1 / (1 + np.exp(-(rows - horizon) / (height * 0.055)))
    floor = np.clip(colour + 0.06, 0, 1) * (0.90 + 0.10 * np.linspace(0, 1, height, dtype=np.float32))[:, None]
    paper = mix(paper, floor[:, None, :], (curve * 0.75)[:, None, None])
    dip = 1 - 0.08 * np.exp(-(((rows - horizon) / (height * 0.10)) ** 2))
    paper = paper * dip[:, None, None]
    return np.asarray(np.clip(paper * 1.06, 0, 1) if white else paper, np.float32)


def gradient(rng: Random, height: int, width: int, first: Colour, second: Colour) -> FloatImage:
    """Two colours melting into each other along a nearly vertical line."""
    rows, columns = grid(height, width)
    angle = rng.uniform(-0.5, 0.5) + np.pi / 2
    along = (columns - 0.5) * np.float32(np.cos(angle)) + (rows - 0.5) * np.float32(np.sin(angle)) + 0.5
    image = mix(first, second, smoothstep(along.astype(np.float32), 0, 1)[..., None])
    return image * (0.99 + 0.02 * clouds(rng, height, width, 2, 2, 3))[..., None]


def sky(rng: Random, height: int, width: int, time: str, horizon: float) -> FloatImage:
    """Sky and clouds down to `horizon`; below it the horizon's colour goes on."""
    rows = max(2, min(height, int(horizon)))
    stops = [(place, hexadecimal(code)) for place, code in _SKIES[time]]
    down = np.repeat(np.linspace(0, 1, rows, dtype=np.float32)[:, None], width, 1)
    image = ramp(down, stops)
    masses = clouds(rng, rows, width, 5, 2.4, 6, 0.55) * (0.75 + 0.5 * down)
    cover = np.clip((stretched(masses) - 0.52) / 0.40, 0, 1) ** 1.2
    tops = hexadecimal(_CLOUDS.get(time, "ffffff"))
    # Clouds are lit from above: their lower parts are greyer.
    lower = np.clip(cover - np.roll(cover, -max(1, rows // 60), 0), 0, 1)
    image = mix(image, tops * (1 - 0.35 * lower[..., None]), (cover * 0.8)[..., None])
    if time == "sunset":
        _, columns = grid(rows, width)
        sun = np.exp(-(((columns - rng.uniform(0.15, 0.85)) / 0.16) ** 2 + ((down - 0.93) / 0.22) ** 2))
        image = mix(image, hexadecimal("fff0c8"), (0.75 * sun)[..., None])
    out = np.empty((height, width, 3), np.float32)
    out[:rows] = image
    out[rows:] = image[-1:]
    return out


def sea(rng: Random, image: FloatImage, horizon: float, time: str) -> None:
    """Paints a strip of sea with foam into `image`, ending at the shore (`horizon`)."""
    height, width = image.shape[:2]
    top, bottom = int(horizon - height * 0.14), min(height, int(horizon + 1))
    if top < 0 or bottom - top < 2:
        return
    rows = bottom - top
    waves = stretched(clouds(rng, rows, width, 30, 5, 4))
    near_share = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    codes = ("7d5a74", "e0a27e") if time in ("sunset", "sunrise") else ("2c7fa8", "7fd0cf")
    far, near = map(hexadecimal, codes)
    water = mix(far, near, (near_share * 0.75 + 0.25 * waves)[..., None])
    foam = np.clip((waves + near_share * 1.05 - 1.25) / 0.3, 0, 1)
    image[top:bottom] = mix(water, np.ones(3, np.float32), (foam * 0.7)[..., None])


def blocks(rng: Random, height: int, width: int, colour: Colour | None, light: Light, *, tiles: bool) -> FloatImage:
    """A brick wall, or one of glazed tiles."""
    block_height = max(10, int(height * (0.10 if tiles else 0.062)))
    block_width = int(block_height * (2 if tiles else 2.6))
    joint = max(1, int(block_height * (0.035 if tiles else 0.09)))
    rows, columns = np.mgrid[0:height, 0:width]
    course = rows // block_height
    shifted = columns + (course % 2) * (block_width // 2)
    number = shifted // block_width
    in_y, in_x = rows % block_height, shifted % block_width
    inside = np.minimum(np.minimum(in_y, block_height - 1 - in_y), np.minimum(in_x, block_width - 1 - in_x)).astype(
        np.float32
    )
    if not tiles:
        inside += (clouds(rng, height, width, 40, 40, 2) - 0.5) * joint * 1.6
    face = np.clip((inside - joint) / max(1.0, joint * 0.7), 0, 1).astype(np.float32)
    shades = rng.random((height // block_height + 3, width // block_width + 4), dtype=np.float32)
    each = shades[course, number]
    fine = clouds(rng, height, width, 24, 24, 4)
    if tiles:
        base = colour if colour is not None else hexadecimal("f2f2ef")
        body = base * (0.97 + 0.05 * each)[..., None] * (0.985 + 0.03 * fine)[..., None]
        mortar = filled(height, width, hexadecimal("cfcfcb"))
    else:
        clay = hexadecimal("a4553d")
        base = mix(colour, clay, 0.25) if colour is not None else clay
        body = base * (0.68 + 0.5 * each)[..., None] * (0.82 + 0.36 * fine)[..., None]
        mortar = hexadecimal("b9b2a8") * (0.85 + 0.25 * fine)[..., None]
    relief = blurred(face + (0.0 if tiles else 0.3) * fine, 1.1)
    return lit(
        np.clip(mix(mortar, body, face[..., None]), 0, 1).astype(np.float32),
        relief,
        light,
        0.16 if tiles else 0.35,
    )


_NIGHT_LIGHTS = ("ffd28a", "ffb35c", "ff7a59", "8ab6ff", "ffe9c4", "d58bff", "6ff0d8")
# One line a layer: lights, smallest and largest radius (share of the width), opacity, softness.
_LIGHT_LAYERS = (
    (30, 0.035, 0.080, 0.42, 0.0040),
    (44, 0.018, 0.045, 0.62, 0.0022),
    (46, 0.006, 0.018, 0.85, 0.0012),
)


def night_lights(rng: Random, height: int, width: int, base: Colour) -> FloatImage:
    """Out-of-focus city lights in the dark."""
    rows, _ = grid(height, width)
    image = ramp(rows, [(0, base * 0.55), (0.55, base), (1, base * 0.5)])
    image *= (0.85 + 0.3 * clouds(rng, height, width, 2, 2, 2))[..., None]
    palette = [hexadecimal(code) for code in _NIGHT_LIGHTS]
    for count, smallest, largest, opacity, softness in _LIGHT_LAYERS:
        layer = np.zeros((height, width, 3), np.float32)
        for _ in range(count):
            x = rng.uniform(0, width)
            y = height * float(np.clip(rng.normal(0.36, 0.17), 0, 1))
            radius = rng.uniform(smallest, largest) * width
            tint = palette[int(rng.integers(len(palette)))] * np.float32(rng.uniform(0.65, 1.0))
            _add_disc(layer, x, y, radius, tint)
        layer = blurred(layer, max(0.8, width * softness))
        image = 1 - (1 - np.clip(image, 0, 1)) * (1 - np.float32(opacity) * np.clip(layer, 0, 1))
    return np.asarray(image, np.float32)


def _add_disc(layer: FloatImage, x: float, y: float, radius: float, tint: Colour) -> None:
    """A lens's bokeh disc: flat, with a brighter rim."""
    side = int(2 * radius + 5)
    disc: Alpha = np.zeros((side, side), np.float32)
    centre = (int(radius + 2), int(radius + 2))
    cv2.circle(disc, centre, int(radius), 0.72, -1, cv2.LINE_AA)
    cv2.circle(disc, centre, int(radius), 1.0, max(1, int(radius * 0.09)), cv2.LINE_AA)
    left, top = int(x - radius - 2), int(y - radius - 2)
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(layer.shape[1], left + side), min(layer.shape[0], top + side)
    if x1 > x0 and y1 > y0:
        part = disc[y0 - top : y1 - top, x0 - left : x1 - left, None] * tint
        layer[y0:y1, x0:x1] = np.maximum(layer[y0:y1, x0:x1], part)
