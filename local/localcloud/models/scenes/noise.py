"""Noise, ramps and relief: the brushes of every texture. All arrays are float32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from localcloud.models.images import Alpha, FloatImage
from localcloud.models.scenes.colours import Colour

Random = np.random.Generator

# Pixels of a Gaussian's sigma that keep its shape.
_PLENTY = 6.0


def clouds(
    rng: Random, height: int, width: int, cells_y: float, cells_x: float, octaves: int = 5, gain: float = 0.5
) -> Alpha:
    """Fractal value noise, 0..1: `cells_*` blobs along each side in the coarsest octave."""
    total = np.zeros((height, width), np.float32)
    amplitude, weight = 1.0, 0.0
    for octave in range(octaves):
        grid_y = min(height, max(2, round(cells_y * 2**octave) + 1))
        grid_x = min(width, max(2, round(cells_x * 2**octave) + 1))
        grid = rng.random((grid_y, grid_x), dtype=np.float32)
        if (grid_y, grid_x) != (height, width):
            grid = np.asarray(cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
        total += np.float32(amplitude) * grid
        weight += amplitude
        amplitude *= gain
        if (grid_y, grid_x) == (height, width):
            break
    return total / np.float32(weight)


def stretched(values: Alpha, low: float = 1, high: float = 99) -> Alpha:
    """Return `values` with the given percentiles at 0 and 1."""
    bottom, top = np.percentile(values[::8, ::8], [low, high])
    return np.asarray(np.clip((values - bottom) / max(float(top - bottom), 1e-6), 0, 1), np.float32)


def blurred(values: npt.NDArray[Any], sigma: float, sigma_y: float | None = None) -> FloatImage:
    """Return a Gaussian blur; different along x and y where `sigma_y` is given.

    A wide one is made on a smaller copy: it leaves no detail that the copy would lack, and takes time in proportion
    to its width otherwise (a window's light on a wall: 240 ms, or 4).
    """
    across, along = max(0.3, sigma), max(0.3, sigma if sigma_y is None else sigma_y)
    shrunk = min(across, along) / _PLENTY
    if shrunk < 2:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigmaX=across, sigmaY=along), np.float32)
    height, width = values.shape[:2]
    size = (max(1, round(width / shrunk)), max(1, round(height / shrunk)))
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    # The mirror stands at the border cell's outer edge, where the picture's own does.
    within = (across * size[0] / width, along * size[1] / height)
    small = cv2.GaussianBlur(small, (0, 0), sigmaX=within[0], sigmaY=within[1], borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def ramp(values: Alpha, stops: Sequence[tuple[float, Colour]]) -> FloatImage:
    """Colours along a gradient: `values` 0..1 -> H x W x 3."""
    places = [place for place, _ in stops]
    table = np.stack(
        [
            np.interp(np.linspace(0, 1, 1024), places, [float(colour[channel]) for _, colour in stops])
            for channel in range(3)
        ],
        -1,
    ).astype(np.float32)
    return np.asarray(table[(np.clip(values, 0, 1) * 1023).astype(np.int32)], np.float32)


def lit(colours: FloatImage, height: Alpha, light: tuple[float, float], strength: float) -> FloatImage:
    """Return `colours` shaded by the slopes of `height` (a relief seen from above), lit from `light` (x, y)."""
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    shade = np.clip(strength * (slope_x * light[0] + slope_y * light[1]), -0.5, 0.5)
    return np.asarray(colours * (1 + shade)[..., None], np.float32)


def grid(height: int, width: int) -> tuple[Alpha, Alpha]:
    """Row and column of each pixel, each 0..1."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    return rows / np.float32(max(1, height)), columns / np.float32(max(1, width))


def filled(height: int, width: int, colour: Colour) -> FloatImage:
    """One colour all over."""
    return np.broadcast_to(colour, (height, width, 3)).astype(np.float32)


def smoothstep(values: Alpha, low: float, high: float) -> Alpha:
    """Return 0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)
