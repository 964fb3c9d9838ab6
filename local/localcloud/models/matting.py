"""Subject colours without the old background mixed in."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.arrays import Alpha, FloatImage, Pixels, box_mean, shrink


def subject_colours(pixels: Pixels, alpha: Alpha, *, working_side: int = 640) -> Pixels:
    """The subject's own colours: at soft edges the old background's share is taken out, black where alpha is 0.

    Colour fields from a small copy, applied at full size only where 0 < alpha < 1. Opaque pixels are returned
    unchanged. Source: https://github.com/Photoroom/fast-foreground-estimation (blur fusion).
    """
    height, width = alpha.shape
    out = pixels.copy()
    out[alpha <= 0] = 0
    soft = (alpha > 0) & (alpha < 0.999)
    if not soft.any():
        return out
    scale = min(1.0, working_side / max(height, width))
    small_width, small_height = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, (small_width, small_height), interpolation=cv2.INTER_AREA)
    image = small.astype(np.float32) / 255
    weight = shrink(alpha, small_width, small_height)[..., None]
    front, back = image, image
    front_mean, back_mean = image, image
    for radius in (max(3, small_width // 12), max(2, small_width // 110)):
        share = box_mean(weight[..., 0], radius)[..., None]
        front_mean = box_mean(front * weight, radius) / (share + 1e-4)
        back_mean = box_mean(back * (1 - weight), radius) / ((1 - share) + 1e-4)
        residue = image - weight * front_mean - (1 - weight) * back_mean
        front = np.clip(front_mean + weight * residue, 0, 1)
        back = back_mean
    rows, columns = np.nonzero(soft)
    at = (
        ((columns + 0.5) * (small_width / width) - 0.5).astype(np.float32)[None],
        ((rows + 0.5) * (small_height / height) - 0.5).astype(np.float32)[None],
    )
    front_here = _sample(front_mean, *at)
    back_here = _sample(back_mean, *at)
    share_here = alpha[soft][:, None]
    seen = pixels[soft].astype(np.float32) / 255
    own = front_here + share_here * (seen - share_here * front_here - (1 - share_here) * back_here)
    out[soft] = (np.clip(own, 0, 1) * 255 + 0.5).astype(np.uint8)
    return out


def _sample(image: npt.NDArray[Any], x: FloatImage, y: FloatImage) -> FloatImage:
    """Bilinear samples of `image` at the points (x, y), both 1 x N: N x 3."""
    rows: list[FloatImage] = []
    # OpenCV's remap takes at most 32767 columns.
    for start in range(0, x.shape[1], 32000):
        part = slice(start, start + 32000)
        found = cv2.remap(image, x[:, part], y[:, part], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        rows.append(np.asarray(found[0], np.float32))
    return np.concatenate(rows)
