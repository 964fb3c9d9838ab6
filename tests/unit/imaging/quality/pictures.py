"""A small made-up product photo with its true mask, and good results of it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from backdrop.core.vocabulary import Box

_DRAWN = 2
"""Drawn so many times larger: antialiased edges, as a photo has them."""


@dataclass(frozen=True)
class Product:
    """A photo of a round tin with print on a patterned table, the tin's mask, and another background."""

    photo: Image.Image
    mask: Image.Image
    background: Image.Image

    @property
    def box(self) -> Box:
        left, top, right, bottom = self.mask.point([0] * 128 + [255] * 128).getbbox() or (0, 0, 1, 1)
        width, height = self.mask.size
        return (left / width, top / height, (right - left) / width, (bottom - top) / height)

    @property
    def result(self) -> Image.Image:
        """What PRECISE delivers: the tin's own pixels; on its soft rim its own colour, not the table's."""
        rim = ImageChops.multiply(self.mask.point([0] + [255] * 255), self.mask.point([255] * 255 + [0]))
        clean = Image.composite(Image.new("RGB", self.photo.size, TIN), self.photo, rim)
        return Image.composite(clean, self.background, self.mask)

    @property
    def transparent(self) -> Image.Image:
        """The same without any background."""
        image = self.result
        image.putalpha(self.mask)
        return image


TIN = (200, 60, 40)
TABLE = (120, 150, 90)


def product(
    width: int = 900, height: int = 700, middle: tuple[float, float] = (0.5, 0.5), radius: float = 0.3
) -> Product:
    """`middle` and `radius` in shares of the sides and of the shorter side."""
    small, large = (width, height), (width * _DRAWN, height * _DRAWN)
    x, y, r = middle[0] * large[0], middle[1] * large[1], radius * min(large)
    chance = random.Random(7)
    mask = Image.new("L", large, 0)
    ImageDraw.Draw(mask).ellipse((x - r, y - r, x + r, y + r), 255)
    table = Image.new("RGB", large, TABLE)
    draw = ImageDraw.Draw(table)
    for _ in range(300):
        shade = chance.randint(-25, 25)
        left, top = chance.uniform(0, large[0]), chance.uniform(0, large[1])
        side = large[0] / 25
        draw.rectangle((left, top, left + side, top + side / 3), tuple(c + shade for c in TABLE))
    tin = Image.new("RGB", large, TIN)
    draw = ImageDraw.Draw(tin)
    for line in range(-5, 6):
        for letter in range(-6, 7):
            left, top = x + letter * r / 9, y + line * r / 8
            if chance.random() < 0.7:
                draw.rectangle((left, top, left + r / 16, top + r / (10 + chance.randint(0, 8))), (250, 245, 230))
    photo = Image.composite(tin, table, mask).resize(small, Image.Resampling.BOX)
    background = Image.linear_gradient("L").resize(small).convert("RGB").filter(ImageFilter.GaussianBlur(3))
    background = ImageChops.multiply(background, Image.new("RGB", small, (170, 190, 255)))
    return Product(photo, mask.resize(small, Image.Resampling.BOX), background)
