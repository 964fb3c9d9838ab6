"""From a coarse mask to a clean one: edges that follow the picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from backdrop_cutout.arrays import Alpha, FloatImage, Pixels, bounded_size, box_mean

_Plane = npt.NDArray[Any]


def guided_coefficients(guide: FloatImage, mask: Alpha, radius: int, epsilon: float) -> tuple[FloatImage, Alpha]:
    """The colour guided filter's coefficients: per pixel `a` (H x W x 3) and `b` with mask ~ a . guide + b.

    Being linear in the guide, the coefficients may be enlarged and applied to the full-size picture, which
    brings its edges back. Sources: https://kaiminghe.github.io/eccv10/ and https://arxiv.org/abs/1505.00996.
    """
    mean_guide = box_mean(guide, radius)
    mean_mask = box_mean(mask, radius)
    covariance = box_mean(guide * mask[..., None], radius) - mean_guide * mean_mask[..., None]
    red, green, blue = cv2.split(guide)
    mean_r, mean_g, mean_b = cv2.split(mean_guide)
    rr = _variance(red, red, mean_r, mean_r, radius) + epsilon
    rg = _variance(red, green, mean_r, mean_g, radius)
    rb = _variance(red, blue, mean_r, mean_b, radius)
    gg = _variance(green, green, mean_g, mean_g, radius) + epsilon
    gb = _variance(green, blue, mean_g, mean_b, radius)
    bb = _variance(blue, blue, mean_b, mean_b, radius) + epsilon
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
    return box_mean(a, radius), box_mean(b, radius)


def _variance(one: _Plane, other: _Plane, mean_one: _Plane, mean_other: _Plane, radius: int) -> _Plane:
    """Covariance in float64: greys make the matrix of it all but singular, and its cofactors cancel beyond float32."""
    return np.asarray(box_mean(one * other, radius) - mean_one * mean_other, np.float64)


# What light does to a pixel half covered is linear in light, not in sRGB's values: seen in those, a dark subject
# before a bright background is too thin. An exponent is near enough to sRGB's curve.
_LIGHT = ((np.arange(256) / 255) ** 2.2).astype(np.float32)
# Of the guided filter, in light: smaller, and the dark parts' noise comes through; larger, and their edges do not.
_EPSILON = 1e-5
# Products have firm outlines: steep levels cut the edge error on the sample photos by a quarter and leave the soft
# rims of a shallow focus. The network draws thin subjects too thin: for them the middle is below a half.
Levels = tuple[float, float]
EVEN: Levels = (0.36, 0.64)
THIN: Levels = (0.30, 0.60)


def _light(values: npt.NDArray[Any]) -> FloatImage:
    return np.asarray(cv2.LUT(values, _LIGHT), np.float32)


def refine(pixels: Pixels, mask: Alpha, *, working_side: int = 768, radius: int = 4, levels: Levels = EVEN) -> Alpha:
    """Full-size alpha (H x W) whose edges follow `pixels` (H x W x 3), from a coarse mask of any size.

    `working_side` and `radius` (in its pixels) are the guided filter's; `levels` is what becomes 0 and 1.
    """
    height, width = pixels.shape[:2]
    size = bounded_size(pixels, working_side)
    # The mean light of pixels is not the light of their mean; the first halvings may be the cheap way.
    larger = cv2.resize(pixels, bounded_size(pixels, 2 * working_side), interpolation=cv2.INTER_AREA)
    guide = np.asarray(cv2.resize(_light(larger), size, interpolation=cv2.INTER_AREA), np.float32)
    coarse = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)
    a, b = guided_coefficients(guide, np.asarray(np.clip(coarse, 0, 1), np.float32), radius, _EPSILON)
    alpha = np.asarray(cv2.resize(b, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    for channel in range(3):
        plane = cv2.resize(a[..., channel], (width, height), interpolation=cv2.INTER_LINEAR)
        alpha += plane * _light(cv2.extractChannel(pixels, channel))
    # The picture's noise comes through where subject and background are alike: smoothed by about a pixel.
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), max(0.5, max(height, width) / 1600)), np.float32)
    low, high = levels
    return np.asarray(np.clip((alpha - low) / (high - low), 0, 1), np.float32)
