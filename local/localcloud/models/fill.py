"""Fills a hole in a photo from what surrounds it: smooth colours first, then the texture of a neighbouring place."""

from __future__ import annotations

import cv2
import numpy as np

from localcloud.models.images import Alpha, FloatImage, Pixels, shrink

# OpenCV's inpainting takes seconds on large pictures, and colours need no more pixels than this.
_COLOUR_SIDE = 360
_TEXTURE_SIDE = 720
# Places to take texture from: shares of the picture's sides. Sideways first, as that keeps the perspective.
_SHIFTS = tuple(
    (dx, dy)
    for dy in (0.0, 0.06, -0.06, 0.15, -0.15, 0.35, -0.35)
    for dx in (0.0, 0.12, -0.12, 0.22, -0.22, 0.35, -0.35, 0.5, -0.5)
    if (dx, dy) != (0.0, 0.0)
)


def filled(pixels: Pixels, hole: Alpha) -> Pixels:
    """`pixels` with what is under `hole` (H x W, 0..1; greys in part) replaced; the rest is returned unchanged.

    A hole that is the whole picture has no surroundings: it becomes grey.
    """
    height, width = hole.shape
    if not (hole > 0).any():
        return pixels.copy()
    smooth = _smooth(pixels, hole)
    texture = _texture(pixels, hole)
    fill = np.asarray(cv2.resize(smooth, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    if texture is not None:
        fill += np.asarray(cv2.resize(texture, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    fill += _grain(pixels, hole)
    out = pixels.copy()
    inside = hole > 0
    share = hole[inside][:, None]
    mixed = pixels[inside].astype(np.float32) * (1 - share) + np.clip(fill[inside], 0, 1) * 255 * share
    out[inside] = (mixed + 0.5).astype(np.uint8)
    return out


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
    sigma = max(2.0, max(height, width) * 0.02)
    # The local mean without the hole's pixels: the object must not glow into the detail.
    share = cv2.GaussianBlur(weight, (0, 0), sigma)
    mean = cv2.GaussianBlur(image * weight[..., None], (0, 0), sigma) / np.maximum(share, 1e-3)[..., None]
    detail = np.asarray((image - mean) * weight[..., None], np.float32)
    ring = (cv2.dilate(wide, np.ones((9, 9), np.uint8)) > 0) & (wide == 0)
    if not ring.any():
        return None
    texture = np.zeros_like(detail)
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
        texture[usable] = _shifted(detail, dx, dy)[usable]
        missing &= ~usable
    return cv2.GaussianBlur(texture, (0, 0), 0.6).astype(np.float32)


def _shifted(image: FloatImage, dx: int, dy: int) -> FloatImage:
    """What lies `dx`, `dy` pixels further; 0 beyond the frame."""
    matrix = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
    moved = cv2.warpAffine(image, matrix, (image.shape[1], image.shape[0]), flags=cv2.INTER_NEAREST, borderValue=0)
    return np.asarray(moved, np.float32)


def _grain(pixels: Pixels, hole: Alpha) -> FloatImage:
    """The photo's own noise, H x W x 1, so that the fill is no smoother than what surrounds it."""
    height, width = hole.shape
    grey = cv2.cvtColor(pixels[:: max(1, height // 512), :: max(1, width // 512)], cv2.COLOR_RGB2GRAY)
    residue = grey.astype(np.float32) - cv2.medianBlur(grey, 3)
    level = min(0.02, float(np.median(np.abs(residue))) * 1.48 / 255)
    rng = np.random.Generator(np.random.PCG64(height * 65_537 + width))
    return rng.standard_normal((height, width, 1), dtype=np.float32) * np.float32(level)
