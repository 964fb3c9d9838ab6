"""Paints a whole scene without its subject: backdrop, floor in perspective, light, finish."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from localcloud.models.images import FloatImage
from localcloud.models.scenes import backdrops, places
from localcloud.models.scenes.colours import Colour, hexadecimal, mix
from localcloud.models.scenes.materials import SIDE, TONED, Material, material
from localcloud.models.scenes.noise import Random, blurred, grid
from localcloud.models.scenes.prompt import FLOOR_OF_PLACE, Wish
from localcloud.models.scenes.stance import Stance

# Scenes are painted with at most this many pixels on the longer side and enlarged: they are out of focus
# behind the subject, and a 4-megapixel answer must not take seconds.
WORKING_SIDE = 1280
# Of the height: subjects that stand nearly alike stand in the same scene.
_HORIZON_STEP = 0.04
# Kept at once: 15 MB each.
MOST_SCENES = 4
_WALL_BEHIND = {
    "wood": "e6e0d6",
    "marble": "dfe1e3",
    "concrete": "c9c8c4",
    "terrazzo": "e3ded6",
    "linen": "e7dfd1",
    "slate": "8b9096",
    "sand": "e9d8b8",
    "snow": "dfe8f2",
    "grass": "cfe3c0",
    "water": "bfe2ea",
    "moss": "b9c4a4",
    "plain": "e9e9ea",
}
_STUDIO_GREY = "e8e8ea"


@dataclass(frozen=True)
class Scene:
    """A painted scene: `image` (working size, H x W x 3, 0..1), the wish behind it, the floor's gloss (0..1),
    how the subject stands, and whether the scene can take its shadow."""

    image: FloatImage
    wish: Wish
    gloss: float
    stance: Stance | None
    grounded: bool


def paint(wish: Wish, seed: int, width: int, height: int, stance: Stance | None) -> Scene:
    """The scene for a picture of `width` x `height` whose subject stands as `stance` says.

    Scenes painted lately are kept: those of a job have one prompt, mostly one seed and a few sizes.
    """
    scale = min(1.0, WORKING_SIDE / max(width, height))
    w, h = max(8, round(width * scale)), max(8, round(height * scale))
    if wish.pure_white:
        return Scene(np.ones((h, w, 3), np.float32), wish, 0.0, stance, grounded=False)
    place = _Place(seed, w, h, _horizon(stance, wish), cropped=stance is None or stance.cut_off)
    image, gloss = _kept.find(wish, place)
    return Scene(image, wish, gloss, stance, grounded=not place.cropped)


class _Place(NamedTuple):
    """What a scene depends on besides the wish; `horizon` is a share of the height."""

    seed: int
    width: int
    height: int
    horizon: float
    cropped: bool


class _Kept:
    """The latest scenes, whose pixels nobody may change, and the gloss of their floors."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._scenes: OrderedDict[tuple[str, _Place], tuple[FloatImage, float]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, wish: Wish, place: _Place) -> tuple[FloatImage, float]:
        """A scene, painted now if it is not here."""
        key = (repr(wish), place)
        with self._lock:
            if key in self._scenes:
                self._scenes.move_to_end(key)
                return self._scenes[key]
        image, gloss = _painted(wish, place)
        image.setflags(write=False)
        with self._lock:
            self._scenes[key] = image, gloss
            while len(self._scenes) > self._most:
                self._scenes.popitem(last=False)
        return image, gloss


_kept = _Kept(MOST_SCENES)


def _painted(wish: Wish, place: _Place) -> tuple[FloatImage, float]:
    rng, (_, w, h, share, cropped) = wish.random(place.seed), place
    horizon = h * (share + rng.uniform(-0.035, 0.035))
    if wish.place is None and wish.floor is None:
        image, gloss = _studio(rng, wish, w, h, horizon), 0.18 if wish.glossy else 0.0
    else:
        image, gloss = _place(rng, wish, w, h, horizon, cropped=cropped)
    return _finished(image, wish), gloss


def _horizon(stance: Stance | None, wish: Wish) -> float:
    """Where the floor ends, as a share of the height from the top.

    Behind what stands up it lies a little above the base; a flat thing is seen from above, so the floor goes
    up behind all of it. Where a place is painted (a kitchen, a beach), the floor leaves it a quarter of the height.
    """
    if stance is None or stance.cut_off:
        return 0.60
    standing = float(np.clip(stance.bottom - 0.20, 0.42, 0.78))
    lowest = 0.24 if wish.place is not None else 0.06
    lying = float(np.clip(stance.top - 0.06, lowest, standing))
    return round((standing + (lying - standing) * stance.flat) / _HORIZON_STEP) * _HORIZON_STEP


def _studio(rng: Random, wish: Wish, w: int, h: int, horizon: float) -> FloatImage:
    colour = wish.colours[0] if wish.colours else hexadecimal("ffffff" if wish.white else _STUDIO_GREY)
    if wish.gradient:
        other = wish.colours[1] if len(wish.colours) > 1 else np.clip(colour * 0.55 + 0.05, 0, 1)
        return backdrops.gradient(rng, h, w, colour, other)
    light = (wish.light[0] + rng.uniform(-0.35, 0.35), wish.light[1] + rng.uniform(-0.25, 0.25))
    shifted = horizon + h * rng.uniform(-0.07, 0.05)
    return backdrops.sweep(rng, h, w, colour, light, shifted, white=wish.white)


def _place(rng: Random, wish: Wish, w: int, h: int, horizon: float, *, cropped: bool) -> tuple[FloatImage, float]:
    image = _backdrop(rng, wish, w, h, horizon)
    floor = wish.floor or FLOOR_OF_PLACE.get(wish.place or "")
    if wish.place == "kitchen" and floor is None:
        floor = "marble" if rng.random() < 0.5 else "wood"
    if floor is None:
        return image, 0.0
    made = material(floor, rng, _tone(wish), _floor_colour(wish, floor))
    if cropped:
        # A subject that the frame cuts off stands on nothing we could show: the material becomes a wall.
        if wish.place is not None:
            return image, 0.0
        upright = cv2.resize(made.texture, (w, h), interpolation=cv2.INTER_AREA)
        shade = backdrops.wall(rng, h, w, np.ones(3, np.float32), wish.light)
        return blurred(np.asarray(upright * shade, np.float32), w * 0.003), 0.0
    _lay_floor(rng, image, made, wish, horizon)
    return image, made.gloss + (0.25 if wish.glossy else 0.0)


def _tone(wish: Wish) -> str | None:
    return "dark" if wish.tone is None and wish.moody else wish.tone


def _floor_colour(wish: Wish, floor: str) -> Colour | None:
    if wish.floor_colour is not None:
        return wish.floor_colour
    if floor == "linen" and wish.colours:
        return wish.colours[0]
    return None


def _backdrop(rng: Random, wish: Wish, w: int, h: int, horizon: float) -> FloatImage:
    kind = wish.place
    if kind is None:
        return blurred(backdrops.wall(rng, h, w, _wall_colour(wish), wish.light), w * 0.004)
    if kind == "night":
        base = hexadecimal("3a3f66") if not wish.colours else wish.colours[0] * 0.5
        return backdrops.night_lights(rng, h, w, base)
    if kind == "brick":
        colour = wish.colours[0] if wish.colours else None
        bricks = blurred(backdrops.blocks(rng, h, w, colour, wish.light, tiles=False), w * wish.blur * 0.12)
        return bricks * backdrops.wall(rng, h, w, np.ones(3, np.float32), wish.light)
    if kind in ("kitchen", "bathroom"):
        tiles = backdrops.blocks(rng, h, w, None, wish.light, tiles=True)
        tiles *= backdrops.wall(rng, h, w, np.ones(3, np.float32), wish.light)
        return blurred(places.with_window(rng, tiles, horizon), w * wish.blur * 0.28)
    if kind in ("beach", "sunset", "sky"):
        time = "sunset" if kind == "sunset" and wish.time == "day" else wish.time
        bare = kind != "beach" and wish.floor is None
        image = backdrops.sky(rng, h, w, time, h if bare else horizon)
        if kind == "beach":
            backdrops.sea(rng, image, horizon, time)
        return blurred(image, w * wish.blur * 0.22)
    return places.paint(kind, rng, w, h, horizon, wish)


def _wall_colour(wish: Wish) -> Colour:
    floor = wish.floor or "plain"
    if wish.colours and floor in ("concrete", "slate", "plain", "terrazzo", "water"):
        colour = wish.colours[0]
    elif wish.colours and floor not in TONED and len(wish.colours) > 1:
        colour = wish.colours[-1]
    elif wish.colours and floor in TONED and wish.tone is None:
        colour = wish.colours[0]
    else:
        colour = hexadecimal(_WALL_BEHIND[floor])
    return np.asarray(colour * 0.42 if wish.moody else colour, np.float32)


def _lay_floor(rng: Random, image: FloatImage, made: Material, wish: Wish, horizon: float) -> None:
    """Lays `made` into `image` below the horizon: perspective, depth of field, light, mirrored backdrop."""
    h, w = image.shape[:2]
    top = max(0, int(horizon))
    rows = h - top
    depth = (h * 0.55) / (np.arange(rows, dtype=np.float32) + 0.5 + h * 0.05)
    across = (np.arange(w, dtype=np.float32)[None] - w / 2) / w * depth[:, None]
    map_x = (across * (0.33 * SIDE) + SIDE * 0.5).astype(np.float32)
    start = rng.uniform(0, SIDE * 0.25)
    map_y = np.repeat(((depth - depth.min()) * (0.36 * SIDE) + start)[:, None], w, 1).astype(np.float32)
    near = cv2.remap(made.texture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    coarse = blurred(cv2.resize(made.texture, (SIDE // 4, SIDE // 4), interpolation=cv2.INTER_AREA), 1.2)
    far = cv2.remap(coarse, map_x / 4, map_y / 4, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    far = blurred(far, w * 0.005)
    distance = (depth - depth.min()) / (float(np.percentile(depth, 75)) - float(depth.min()) + 1e-6) * 0.9
    far_share = np.clip((np.clip(distance, 0, 1) - 0.35) / 0.65, 0, 1)[:, None, None]
    floor = mix(np.asarray(near, np.float32), far, far_share)

    down, columns = grid(rows, w)
    pool = np.exp(-(((columns - 0.5 - 0.22 * wish.light[0]) / 0.62) ** 2 + ((down - 0.35) / 0.95) ** 2))
    floor *= (0.78 + 0.30 * pool)[..., None]
    mirrored = _mirrored(image, top, rows)
    fresnel = (made.gloss + (0.18 if wish.glossy else 0.0)) * (0.55 + 0.45 * (1 - down))
    floor = mix(floor, mirrored, (fresnel * 0.55)[..., None])
    if wish.place == "night":
        floor = floor * 0.8 + 0.25 * mirrored
    elif wish.moody:
        floor *= 0.8
    _tint_by_surroundings(floor, image, top, wish)
    outdoors = wish.place is not None and wish.place not in ("brick", "kitchen", "bathroom")
    edge = h * (0.014 if outdoors else 0.006)
    rise = np.clip((np.arange(rows, dtype=np.float32) + 1) / edge, 0, 1)[:, None, None]
    crease = 1 - 0.16 * np.exp(-np.arange(rows, dtype=np.float32) / (h * 0.03))
    image[top:] = mix(image[top:], floor * crease[:, None, None], rise)


def _mirrored(image: FloatImage, top: int, rows: int) -> FloatImage:
    """The backdrop upside down, blurred, `rows` high: what a floor mirrors."""
    w = image.shape[1]
    found = image[max(0, top - rows) : top][::-1]
    if not len(found):
        found = image[:1]
    if len(found) < rows:
        found = np.concatenate([found, np.repeat(found[-1:], rows - len(found), 0)])
    return blurred(np.ascontiguousarray(found), w * 0.02)


def _tint_by_surroundings(floor: FloatImage, image: FloatImage, top: int, wish: Wish) -> None:
    """Light that the surroundings throw onto the floor."""
    if top <= 4:
        return
    ambient = image[max(0, top - int(image.shape[0] * 0.1)) : top].reshape(-1, 3).mean(0)
    tint = ambient / max(float(ambient.max()), 1e-3)
    pale = wish.floor in ("sand", "snow") or wish.place in ("beach", "snowy")
    floor *= mix(np.ones(3, np.float32), tint, 0.12 if pale and wish.time != "sunset" else 0.35)


def _finished(image: FloatImage, wish: Wish) -> FloatImage:
    """Vignette, warmth, mood."""
    rows, columns = grid(*image.shape[:2])
    falloff = 0.06 if wish.white else 0.16
    vignette = 1 - falloff * np.clip(((columns - 0.5) ** 2 + (rows - 0.5) ** 2) * 2.0, 0, 1)
    out = image * vignette[..., None]
    if wish.warmth:
        out *= np.array([1 + wish.warmth, 1, 1 - wish.warmth], np.float32)
    if wish.moody and wish.place != "night":
        out = np.clip(out, 0, 1) ** 1.2 * 0.92
    return np.clip(out, 0, 1).astype(np.float32)
