"""Work on a picture's frame: extending it to any side, and enlarging the picture."""

from __future__ import annotations

import cv2
import numpy as np

from localcloud.models.fill import filled
from localcloud.models.images import Alpha, FloatImage, Pixels
from localcloud.models.scenes.noise import blurred

UPSCALE = 4
_FAR_SIDE = 640
_BAND_ROWS = 256


def extended(
    pixels: Pixels, subject: Alpha, sides: tuple[int, int, int, int], scene: FloatImage | None, creativity: float
) -> Pixels:
    """The picture with `sides` (left, right, up, down; pixels) more of its surroundings.

    The background goes on mirrored at the frame, ever softer with distance, the subject left out of the mirror.
    `scene` (any size, 0..1, covers the new frame) colours what is far from the frame, more with `creativity` (0..1).
    Every pixel of `pixels` is kept as it is.
    """
    left, right, up, down = sides
    height, width = pixels.shape[:2]
    plate = filled(pixels, _room_around(subject))
    wide = cv2.copyMakeBorder(plate, up, down, left, right, cv2.BORDER_REFLECT_101)
    out_height, out_width = wide.shape[:2]
    scale = min(1.0, _FAR_SIDE / max(out_height, out_width))
    size = (max(2, round(out_width * scale)), max(2, round(out_height * scale)))
    shrunk = cv2.resize(wide, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    far = blurred(shrunk, max(1.0, max(size) * 0.022))
    if scene is not None:
        far = _coloured(far, scene, sides, (width, height), creativity)
    reach = max(sides)
    columns = np.arange(out_width, dtype=np.float32)
    across = np.maximum(np.maximum(left - columns, columns - (left + width - 1)), 0)
    for top in range(0, out_height, _BAND_ROWS):
        rows = np.arange(top, min(out_height, top + _BAND_ROWS), dtype=np.float32)
        along = np.maximum(np.maximum(up - rows, rows - (up + height - 1)), 0)
        distance = np.sqrt(across[None] ** 2 + along[:, None] ** 2) / max(1.0, min(reach, 0.35 * max(width, height)))
        softness = np.clip(distance * 1.15, 0, 1)[..., None] ** 0.8
        band = wide[top : top + len(rows)].astype(np.float32)
        map_y = np.repeat(((rows + 0.5) * scale - 0.5)[:, None], out_width, 1).astype(np.float32)
        map_x = np.repeat(((columns + 0.5) * scale - 0.5)[None], len(rows), 0).astype(np.float32)
        soft = _sampled(far, map_x, map_y)
        wide[top : top + len(rows)] = np.clip(band + (soft - band) * softness + 0.5, 0, 255).astype(np.uint8)
    wide[up : up + height, left : left + width] = pixels
    return np.asarray(wide, np.uint8)


def _room_around(subject: Alpha) -> Alpha:
    """The subject with its close shadow, which must not be mirrored either."""
    radius = max(1, round(max(subject.shape) * 0.012))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray((cv2.dilate(subject, kernel) > 0.1).astype(np.float32), np.float32)


def _sampled(image: FloatImage, map_x: FloatImage, map_y: FloatImage) -> FloatImage:
    return np.asarray(cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _coloured(
    far: FloatImage, scene: FloatImage, sides: tuple[int, int, int, int], size: tuple[int, int], creativity: float
) -> FloatImage:
    """`far` with the scene's soft colours growing with the distance from the original frame."""
    left, right, up, down = sides
    height, width = far.shape[:2]
    scale_x, scale_y = width / (left + size[0] + right), height / (up + size[1] + down)
    inside = np.zeros((height, width), np.uint8)
    rows = slice(round(up * scale_y), max(round(up * scale_y) + 1, round((up + size[1]) * scale_y)))
    columns = slice(round(left * scale_x), max(round(left * scale_x) + 1, round((left + size[0]) * scale_x)))
    inside[rows, columns] = 1
    distance = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3)
    share = np.clip(distance / max(1.0, float(distance.max())), 0, 1) * creativity
    shown = cv2.GaussianBlur(cv2.resize(scene, (width, height), interpolation=cv2.INTER_AREA), (0, 0), width * 0.015)
    return np.asarray(far + (shown * 255 - far) * share[..., None].astype(np.float32), np.float32)


def upscaled(plane: Pixels | np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Pixels:
    """`plane` (H x W or H x W x 3, uint8) with `UPSCALE` times its sides, edges sharpened a little."""
    height, width = plane.shape[:2]
    large = cv2.resize(plane, (width * UPSCALE, height * UPSCALE), interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(large, (0, 0), UPSCALE * 0.6)
    return np.asarray(cv2.addWeighted(large, 1.5, soft, -0.5, 0), np.uint8)
