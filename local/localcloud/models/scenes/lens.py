"""A small canvas in linear light, with shapes to paint and a lens that throws it out of focus."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from localcloud.models.images import FloatImage
from localcloud.models.scenes.colours import Colour, hexadecimal, mix
from localcloud.models.scenes.noise import Random, clouds, ramp, stretched

# Places are blurred strongly, so they need few pixels.
CANVAS_SIDE = 560
_GAMMA = 2.2


def linear(code: str, light: float = 1.0) -> Colour:
    """A hexadecimal sRGB colour in linear light, `light` times as bright (above 1: a lamp, the sun)."""
    return np.asarray(hexadecimal(code) ** _GAMMA * light, np.float32)


class Canvas:
    """A painting in light: `light` is H x W x 3 linear, unbounded above. Positions are shares of width and height,
    0..1."""

    def __init__(self, rng: Random, width: int, height: int) -> None:
        scale = min(1.0, CANVAS_SIDE / max(width, height))
        self.width = max(8, round(width * scale))
        self.height = max(8, round(height * scale))
        self.rng = rng
        self.light: FloatImage = np.zeros((self.height, self.width, 3), np.float32)

    def _point(self, x: float, y: float) -> tuple[int, int]:
        return round(x * self.width), round(y * self.height)

    @staticmethod
    def _paint(colour: Colour) -> tuple[float, float, float]:
        return float(colour[0]), float(colour[1]), float(colour[2])

    def gradient(self, stops: Iterable[tuple[float, Colour]]) -> None:
        """Fills the canvas from top to bottom."""
        down = np.repeat(np.linspace(0, 1, self.height, dtype=np.float32)[:, None], self.width, 1)
        self.light = ramp(down, list(stops))

    def rectangle(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """A filled rectangle."""
        cv2.rectangle(self.light, self._point(left, top), self._point(right, bottom), self._paint(colour), -1)

    def ellipse(self, x: float, y: float, radius_x: float, radius_y: float, colour: Colour) -> None:
        """A filled ellipse; radii are shares of width and height."""
        axes = (max(1, round(radius_x * self.width)), max(1, round(radius_y * self.height)))
        cv2.ellipse(self.light, self._point(x, y), axes, 0, 0, 360, self._paint(colour), -1, cv2.LINE_AA)

    def line(self, start: tuple[float, float], end: tuple[float, float], width: float, colour: Colour) -> None:
        """A line `width` (share of the canvas width) thick."""
        thick = max(1, round(width * self.width))
        cv2.line(self.light, self._point(*start), self._point(*end), self._paint(colour), thick, cv2.LINE_AA)

    def polygon(self, points: Iterable[tuple[float, float]], colour: Colour) -> None:
        """A filled polygon."""
        corners = np.array([self._point(x, y) for x, y in points], np.int32)
        cv2.fillPoly(self.light, [corners], self._paint(colour), cv2.LINE_AA)

    def foliage(self, colours: tuple[Colour, Colour], cells: float, cover: float, bottom: float) -> None:
        """Masses of leaves down to `bottom`: `cover` is the share of the area that they hide."""
        shape = stretched(clouds(self.rng, self.height, self.width, cells, cells, 5, 0.6))
        shade = stretched(clouds(self.rng, self.height, self.width, cells * 3, cells * 3, 3))
        rows = np.linspace(0, 1, self.height, dtype=np.float32)[:, None]
        edge = np.clip((bottom - rows) / 0.06, 0, 1)
        inside = np.clip((shape - (1 - cover)) / 0.06, 0, 1) * edge
        self.light = mix(self.light, mix(*colours, shade[..., None]), inside[..., None])

    def sparkle(
        self, count: int, area: tuple[float, float, float, float], colours: tuple[Colour, ...], size: float
    ) -> None:
        """Small bright spots (left, top, right, bottom of `area`), which the lens turns into discs."""
        left, top, right, bottom = area
        for _ in range(count):
            x, y = self.rng.uniform(left, right), self.rng.uniform(top, bottom)
            colour = colours[int(self.rng.integers(len(colours)))] * np.float32(self.rng.uniform(0.4, 1.0))
            radius = size * self.rng.uniform(0.5, 1.3)
            self.ellipse(x, y, radius, radius * self.width / self.height, np.asarray(colour, np.float32))

    def glow(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Light spreading softly around a point."""
        rows, columns = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        squared = ((columns - x * self.width) ** 2 + (rows - y * self.height) ** 2) / (radius * self.width) ** 2
        self.light += np.exp(-squared)[..., None] * colour

    def photograph(self, width: int, height: int, blur: float) -> FloatImage:
        """The canvas through a wide open lens, `width` x `height`, sRGB 0..1. `blur`: share of the width."""
        radius = max(1, round(blur * self.width))
        side = 2 * radius + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)).astype(np.float32)
        seen = cv2.filter2D(self.light, -1, disc / disc.sum(), borderType=cv2.BORDER_REFLECT)
        # A second, weak pass: real lenses have no perfectly hard discs.
        seen = cv2.GaussianBlur(seen, (0, 0), max(0.6, radius * 0.22))
        # Soft shoulder: highlights roll off instead of clipping.
        tone = np.where(seen < 0.7, seen, 0.7 + 0.3 * (1 - np.exp(-(seen - 0.7) / 0.3)))
        shown = np.clip(tone, 0, 1).astype(np.float32) ** np.float32(1 / _GAMMA)
        return np.asarray(cv2.resize(shown, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
