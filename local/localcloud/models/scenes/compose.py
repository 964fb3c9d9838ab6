"""Puts the subject into its scene: shadows, reflection, then the blend at full size."""

from __future__ import annotations

import cv2
import numpy as np

from backdrop_cutout.regions import Box, bounding_box
from localcloud.models.images import Alpha, FloatImage, Pixels, shrink
from localcloud.models.scenes.noise import blurred
from localcloud.models.scenes.scene import Scene
from localcloud.models.scenes.shadows import shadow_of

# The picture is put together in bands of so many rows: float copies of a 9-megapixel picture would take
# hundreds of megabytes.
BAND_ROWS = 256
_SHADOW_SIDE = 640
_GRAIN_SIDE = 512
_GRAIN = 0.0045
# Shadows take less of the blue: they are filled by the sky's or the room's cool light.
_SHADOW_TINT = np.array([0.98, 0.95, 0.90], np.float32)


def compose(pixels: Pixels, keep: Alpha, colours: Pixels, scene: Scene, *, exact: bool) -> Pixels:
    """The finished picture, H x W x 3 uint8.

    pixels: the source; keep: how much of each pixel stays, 0..1; colours: the subject's own colours at soft
    edges. Pixels with keep = 1 are the source's when `exact`.
    """
    ground = _grounded(scene, keep, colours)
    wrap = _wrap(scene, keep) if not exact else None
    height, width = keep.shape
    out = np.empty_like(pixels)
    grain = _grain(scene, width)
    for top in range(0, height, BAND_ROWS):
        rows = slice(top, min(height, top + BAND_ROWS))
        band = _enlarged(ground, width, height, rows)
        if grain is not None:
            band += grain[: band.shape[0], :, None]
        share = keep[rows]
        if share.max() > 0:
            front = colours[rows].astype(np.float32) * np.float32(1 / 255)
            if wrap is not None:
                glow = _enlarged(wrap, width, height, rows) * share[..., None]
                front = 1 - (1 - front) * (1 - glow)
            band += share[..., None] * (front - band)
        out[rows] = cv2.convertScaleAbs(np.clip(band, 0, 1), alpha=255.0)
        if exact:
            whole = share >= 1
            out[rows][whole] = pixels[rows][whole]
    return out


def _enlarged(image: FloatImage, width: int, height: int, rows: slice) -> FloatImage:
    """Rows of `image` resized to `width` x `height`."""
    scale_x, scale_y = image.shape[1] / width, image.shape[0] / height
    matrix = np.array(
        [
            [scale_x, 0, 0.5 * scale_x - 0.5],
            [0, scale_y, (rows.start + 0.5) * scale_y - 0.5],
        ],
        np.float64,
    )
    size = (width, rows.stop - rows.start)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _grain(scene: Scene, width: int) -> Alpha | None:
    """A band of film grain: it hides the steps of 8-bit gradients and matches a camera's own noise."""
    if scene.wish.pure_white:
        return None
    rng = np.random.Generator(np.random.PCG64(scene.wish.digest))
    tile = rng.standard_normal((BAND_ROWS, _GRAIN_SIDE), dtype=np.float32) * np.float32(_GRAIN)
    return np.tile(tile, (1, -(-width // _GRAIN_SIDE)))[:, :width]


def _grounded(scene: Scene, keep: Alpha, colours: Pixels) -> FloatImage:
    """The scene with the subject's shadow and reflection, at the scene's own size."""
    h, w = scene.image.shape[:2]
    small = shrink(keep, w, h)
    box = bounding_box(small)
    if box is None or not scene.grounded:
        return scene.image
    image = scene.image
    if scene.wish.shadow:
        image = image * (1 - _shadow(scene, small)[..., None] * _SHADOW_TINT)
    if scene.gloss > 0.05:
        image = image.copy()
        _reflect(image, small, colours, box, scene.gloss)
    return np.asarray(image, np.float32)


def _shadow(scene: Scene, keep: Alpha) -> Alpha:
    """The subject's shadow, worked out small: it has no detail that a larger one would show."""
    h, w = keep.shape
    scale = min(1.0, _SHADOW_SIDE / max(h, w))
    small = shrink(keep, max(1, round(w * scale)), max(1, round(h * scale)))
    dark = shadow_of(small, scene.wish, scene.stance.flat if scene.stance else 0.0)
    return np.asarray(cv2.resize(dark, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)


def _reflect(image: FloatImage, keep: Alpha, colours: Pixels, box: Box, gloss: float) -> None:
    """The subject upside down under its base, fading."""
    h, w = keep.shape
    rows = min(h - box.bottom, int((box.bottom - box.top) * 0.45))
    if rows <= 4:
        return
    small = cv2.resize(colours, (w, h), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    upside_down = slice(box.bottom - rows, box.bottom)
    fade = np.linspace(1, 0, rows, dtype=np.float32)[:, None] ** 1.5 * min(0.5, gloss)
    front = blurred(np.ascontiguousarray(small[upside_down][::-1]), max(1.0, w * 0.0035))
    share = blurred(np.ascontiguousarray(keep[upside_down][::-1]) * fade, max(1.0, w * 0.0035))
    below = image[box.bottom : box.bottom + rows]
    below += share[..., None] * (front - below)


def _wrap(scene: Scene, keep: Alpha) -> FloatImage:
    """The scene's light that bends around the subject's rim (small size, 0..1)."""
    h, w = max(8, scene.image.shape[0] // 4), max(8, scene.image.shape[1] // 4)
    small = shrink(keep, w, h)
    around = blurred(shrink(scene.image, w, h), max(1.0, w * 0.012))
    rim = blurred(1 - small, max(1.0, w * 0.006)) * small
    return np.asarray(0.35 * rim[..., None] * around, np.float32)
