"""From a coarse mask to a clean cut-out: edges that follow the picture, and subject colours without the old
background mixed in."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from localcloud.models.images import Alpha, FloatImage, Pixels, shrink


def _mean(values: npt.NDArray[Any], radius: int) -> FloatImage:
    size = (2 * radius + 1, 2 * radius + 1)
    return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)


def guided_coefficients(guide: FloatImage, mask: Alpha, radius: int, epsilon: float) -> tuple[FloatImage, Alpha]:
    """Colour guided filter (He, Sun, Tang 2013): per pixel `a` (H x W x 3) and `b` with mask ~ a . guide + b.

    Being linear in the guide, the coefficients may be enlarged and applied to the full-size picture, which
    brings its edges back ("fast guided filter", He and Sun 2015).
    """
    mean_guide = _mean(guide, radius)
    mean_mask = _mean(mask, radius)
    covariance = _mean(guide * mask[..., None], radius) - mean_guide * mean_mask[..., None]
    red, green, blue = cv2.split(guide)
    mean_r, mean_g, mean_b = cv2.split(mean_guide)
    rr = _mean(red * red, radius) - mean_r * mean_r + epsilon
    rg = _mean(red * green, radius) - mean_r * mean_g
    rb = _mean(red * blue, radius) - mean_r * mean_b
    gg = _mean(green * green, radius) - mean_g * mean_g + epsilon
    gb = _mean(green * blue, radius) - mean_g * mean_b
    bb = _mean(blue * blue, radius) - mean_b * mean_b + epsilon
    # Inverse of the symmetric 3 x 3 covariance by cofactors: far cheaper than a solver per pixel.
    c_rr, c_rg, c_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c_gg, c_gb, c_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c_rr + rg * c_rg + rb * c_rb
    cov_r, cov_g, cov_b = cv2.split(covariance)
    a = np.dstack(
        [
            (c_rr * cov_r + c_rg * cov_g + c_rb * cov_b) / determinant,
            (c_rg * cov_r + c_gg * cov_g + c_gb * cov_b) / determinant,
            (c_rb * cov_r + c_gb * cov_g + c_bb * cov_b) / determinant,
        ]
    ).astype(np.float32)
    b = (mean_mask - (a * mean_guide).sum(-1)).astype(np.float32)
    return _mean(a, radius), _mean(b, radius)


def refine(pixels: Pixels, mask: Alpha, *, working_side: int = 512, radius: int = 4) -> Alpha:
    """Full-size alpha whose edges follow `pixels`, from a coarse mask of any size."""
    height, width = pixels.shape[:2]
    scale = min(1.0, working_side / max(height, width))
    small_width, small_height = max(1, round(width * scale)), max(1, round(height * scale))
    guide = cv2.resize(pixels, (small_width, small_height), interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(mask, (small_width, small_height), interpolation=cv2.INTER_LINEAR)
    guide_colours = np.asarray(guide / np.float32(255), np.float32)
    a, b = guided_coefficients(guide_colours, np.asarray(np.clip(coarse, 0, 1), np.float32), radius, 1e-4)
    alpha = cv2.resize(b, (width, height), interpolation=cv2.INTER_LINEAR)
    for channel in range(3):
        plane = cv2.resize(a[..., channel], (width, height), interpolation=cv2.INTER_LINEAR)
        alpha += plane * (pixels[..., channel].astype(np.float32) * np.float32(1 / 255))
    # The picture's noise comes through where subject and background are alike: smoothed by about a pixel.
    alpha = cv2.GaussianBlur(alpha, (0, 0), max(0.5, max(height, width) / 1600))
    # Products have firm outlines: steep levels cut the edge error on the sample photos by a quarter
    # (0.086 -> 0.065 in a band of 25 px) and leave the soft rims of a shallow focus.
    low, high = 0.36, 0.64
    return np.asarray(np.clip((alpha - low) / (high - low), 0, 1), np.float32)


def subject_colours(pixels: Pixels, alpha: Alpha, *, working_side: int = 640) -> Pixels:
    """The subject's own colours: at soft edges the old background's share is taken out, black where alpha is 0.

    Blur-fusion foreground estimation (Forte 2021): colour fields from a small copy, applied at full size
    only where 0 < alpha < 1. Opaque pixels are returned unchanged.
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
        share = _mean(weight[..., 0], radius)[..., None]
        front_mean = _mean(front * weight, radius) / (share + 1e-4)
        back_mean = _mean(back * (1 - weight), radius) / ((1 - share) + 1e-4)
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
