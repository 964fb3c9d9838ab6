"""Work on a picture's frame: extending it to any side, and enlarging the picture."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

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
    near, far = blurred(shrunk, max(size) * 0.006), blurred(shrunk, max(size) * 0.024)
    if scene is not None:
        far = _coloured(far, scene, sides, (width, height), creativity)
    across, along = _beyond(out_width, left, width, right), _beyond(out_height, up, height, down)
    map_x = ((np.arange(out_width, dtype=np.float32) + 0.5) * (size[0] / out_width) - 0.5)[None]
    for top in range(0, out_height, _BAND_ROWS):
        rows = np.arange(top, min(out_height, top + _BAND_ROWS))
        map_y = ((rows.astype(np.float32) + 0.5) * (size[1] / out_height) - 0.5)[:, None]
        softness = np.hypot(across[None], along[rows][:, None])[..., None]
        band = wide[rows[0] : rows[-1] + 1].astype(np.float32)
        for image, begins in ((near, 0.0), (far, 0.5)):
            share = np.clip((softness - begins) * 2, 0, 1)
            band += (_sampled(image, map_x, map_y) - band) * share
        wide[rows[0] : rows[-1] + 1] = np.clip(band + 0.5, 0, 255).astype(np.uint8)
    wide[up : up + height, left : left + width] = pixels
    return np.asarray(wide, np.uint8)


def _room_around(subject: Alpha) -> Alpha:
    """The subject with its close shadow, which must not be mirrored either."""
    radius = max(1, round(max(subject.shape) * 0.012))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray((cv2.dilate(subject, kernel) > 0.1).astype(np.float32), np.float32)


def _beyond(length: int, before: int, inside: int, after: int) -> FloatImage:
    """Return for each row or column: 0 inside the old frame, growing to 1 at the new one (or where a mirror would
    repeat)."""
    place = np.arange(length, dtype=np.float32)
    reach = 0.6 * inside
    first = (before - place) / max(1.0, min(before, reach))
    last = (place - (before + inside - 1)) / max(1.0, min(after, reach))
    return np.asarray(np.clip(np.maximum(first, last), 0, 1), np.float32)


def _sampled(image: FloatImage, map_x: FloatImage, map_y: FloatImage) -> FloatImage:
    """Return `image` at the columns `map_x` (1 x W) and rows `map_y` (H x 1)."""
    x = np.repeat(map_x, map_y.shape[0], 0)
    y = np.repeat(map_y, map_x.shape[1], 1)
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _coloured(
    far: FloatImage, scene: FloatImage, sides: tuple[int, int, int, int], size: tuple[int, int], creativity: float
) -> FloatImage:
    """Return `far` with the scene's soft colours growing with the distance from the original frame."""
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


def upscaled(pixels: Pixels) -> Pixels:
    """Return `pixels` with `UPSCALE` times its sides, edges sharpened a little."""
    height, width = pixels.shape[:2]
    large = cv2.resize(pixels, (width * UPSCALE, height * UPSCALE), interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(large, (0, 0), UPSCALE * 0.6)
    return np.asarray(cv2.addWeighted(large, 1.5, soft, -0.5, 0), np.uint8)


def upscaled_alpha(alpha: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return `alpha` (H x W) with `UPSCALE` times its sides."""
    size = (alpha.shape[1] * UPSCALE, alpha.shape[0] * UPSCALE)
    return np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_CUBIC), np.uint8)
