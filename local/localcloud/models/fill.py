"""Fills a hole in a photo from what surrounds it: smooth colours first, then the texture of a neighbouring place."""

from __future__ import annotations

import cv2
import numpy as np

from backdrop_cutout.regions import Box, bounding_box
from localcloud.models.images import Alpha, FloatImage, Pixels, shrink

# OpenCV's inpainting takes seconds on large pictures, and colours need no more pixels than this.
_COLOUR_SIDE = 360
_TEXTURE_SIDE = 720
# Detail of this strength (0..1) is an outline rather than texture.
_OUTLINE = 0.03
# Places to take texture from: shares of the picture's sides. Sideways first, as that keeps the perspective.
_SHIFTS = tuple(
    (dx, dy)
    for dy in (0.0, 0.06, -0.06, 0.15, -0.15, 0.35, -0.35)
    for dx in (0.0, 0.12, -0.12, 0.22, -0.22, 0.35, -0.35, 0.5, -0.5)
    if (dx, dy) != (0.0, 0.0)
)


def filled(pixels: Pixels, hole: Alpha) -> Pixels:
    """Return `pixels` with what is under `hole` (H x W, 0..1; greys in part) replaced; the rest is returned unchanged.

    A hole that is the whole picture has no surroundings: it becomes grey.
    """
    box = bounding_box(hole, 0)
    out = pixels.copy()
    if box is None:
        return out
    here = (slice(box.top, box.bottom), slice(box.left, box.right))
    fill = _enlarged(_smooth(pixels, hole), box, hole.shape)
    texture = _texture(pixels, hole)
    if texture is not None:
        fill += _enlarged(texture, box, hole.shape)
    fill += _grain(pixels, fill.shape[0], fill.shape[1])
    inside = hole[here] > 0
    share = hole[here][inside][:, None]
    mixed = out[here][inside].astype(np.float32) * (1 - share) + np.clip(fill[inside], 0, 1) * 255 * share
    out[here][inside] = (mixed + 0.5).astype(np.uint8)
    return out


def _enlarged(image: FloatImage, box: Box, shape: tuple[int, ...]) -> FloatImage:
    """The part of `image` that is `box` when it is resized to `shape` (height, width)."""
    scale_y, scale_x = image.shape[0] / shape[0], image.shape[1] / shape[1]
    matrix = np.array(
        [
            [scale_x, 0, (box.left + 0.5) * scale_x - 0.5],
            [0, scale_y, (box.top + 0.5) * scale_y - 0.5],
        ],
        np.float64,
    )
    size = (box.right - box.left, box.bottom - box.top)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _scaled(pixels: Pixels, hole: Alpha, side: int) -> tuple[Pixels, Alpha]:
    height, width = hole.shape
    scale = min(1.0, side / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8), shrink(hole, *size)


def _wide(hole: Alpha) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The hole and its rim as 0 or 1: pixels mixed with the object's colours must not colour the fill."""
    radius = max(1, round(max(hole.shape) * 0.008))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate((hole > 0.02).astype(np.uint8), kernel), np.uint8)


def _smooth(pixels: Pixels, hole: Alpha) -> FloatImage:
    """Small picture, 0..1, with the hole filled by colours that flow in from its rim, without streaks."""
    small, cover = _scaled(pixels, hole, _COLOUR_SIDE)
    wide = _wide(cover)
    if wide.all():
        return np.full(small.shape, 0.5, np.float32)
    flowed = cv2.inpaint(small, wide, 5, cv2.INPAINT_TELEA).astype(np.float32) / 255
    soft = cv2.GaussianBlur(flowed, (0, 0), max(1.0, max(small.shape[:2]) * 0.02))
    # Streaks are worst deep inside; at the rim the colours must meet.
    depth = cv2.distanceTransform(wide, cv2.DIST_L2, 3)[..., None]
    deep = np.clip(depth / (max(small.shape[:2]) * 0.04), 0, 1)
    return np.asarray(flowed + (soft - flowed) * deep, np.float32)


def _texture(pixels: Pixels, hole: Alpha) -> FloatImage | None:
    """Detail (around 0) for the hole, taken from where the surroundings look most like the hole's rim."""
    small, cover = _scaled(pixels, hole, _TEXTURE_SIDE)
    wide = _wide(cover)
    height, width = wide.shape
    image = np.asarray(small / np.float32(255), np.float32)
    weight = (1 - wide).astype(np.float32)
    sigma = max(1.5, max(height, width) * 0.008)
    # The local mean without the hole's pixels: the object must not glow into the detail.
    share = cv2.GaussianBlur(weight, (0, 0), sigma)
    mean = cv2.GaussianBlur(image * weight[..., None], (0, 0), sigma) / np.maximum(share, 1e-3)[..., None]
    detail = np.asarray((image - mean) * weight[..., None], np.float32)
    # Outlines of other things are no texture: they would stand in the hole as ghosts.
    strength = cv2.blur(np.abs(detail).max(-1), (7, 7))
    detail *= np.exp(-((strength / _OUTLINE) ** 2))[..., None]
    ring = (cv2.dilate(wide, np.ones((9, 9), np.uint8)) > 0) & (wide == 0)
    if not ring.any():
        return None
    texture = np.zeros_like(detail)
    seam = max(1.0, max(height, width) * 0.01)
    missing = wide > 0
    scores: list[tuple[float, int, int]] = []
    for share_x, share_y in _SHIFTS:
        dx, dy = round(share_x * width), round(share_y * height)
        there = _shifted(weight, dx, dy) > 0.5
        both = ring & there
        if both.sum() < 0.3 * ring.sum():
            continue
        unlike = float(np.abs(_shifted(image, dx, dy)[both] - image[both]).mean())
        covered = float(there[missing].mean())
        scores.append((unlike + 0.25 * (1 - covered), dx, dy))
    for _, dx, dy in sorted(scores)[:8]:
        if not missing.any():
            break
        usable = missing & (_shifted(weight, dx, dy) > 0.5)
        # Soft seams between patches from different places.
        soft = np.maximum(usable, cv2.GaussianBlur(usable.astype(np.float32), (0, 0), seam))[..., None]
        texture += (_shifted(detail, dx, dy) - texture) * soft
        missing &= ~usable
    return texture


def _shifted(image: FloatImage, dx: int, dy: int) -> FloatImage:
    """What lies `dx`, `dy` pixels further; 0 beyond the frame."""
    matrix = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
    moved = cv2.warpAffine(image, matrix, (image.shape[1], image.shape[0]), flags=cv2.INTER_NEAREST, borderValue=0)
    return np.asarray(moved, np.float32)


def _grain(pixels: Pixels, height: int, width: int) -> FloatImage:
    """Noise (`height` x `width` x 1) like the photo's own, so that the fill is no smoother than its surroundings."""
    sample = pixels[pixels.shape[0] // 4 :, pixels.shape[1] // 4 :][:512, :512]
    grey = np.ascontiguousarray(cv2.cvtColor(np.ascontiguousarray(sample), cv2.COLOR_RGB2GRAY))
    residue = grey.astype(np.float32) - cv2.medianBlur(grey, 3)
    level = min(0.02, float(np.median(np.abs(residue))) * 1.48 / 255)
    rng = np.random.Generator(np.random.PCG64(height * 65_537 + width))
    return rng.standard_normal((height, width, 1), dtype=np.float32) * np.float32(level)
