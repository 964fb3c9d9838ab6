"""A chart of known colours: square patches, 8 in a row, as rows of pixels, and what is seen of it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import product
from typing import TypeVar

from PIL import Image

from backdrop.imaging.photos import open_photo
from tests.icc_files import Pixel

SIDE = 16
"""Pixels of a patch: whole blocks of a JPEG file, also of one that halves the resolution of colour."""

PATCHES: list[Pixel] = [
    (220, 20, 20), (20, 180, 40), (30, 40, 200), (230, 200, 20),
    (200, 60, 30), (90, 150, 80), (70, 90, 160), (240, 220, 200),
    (20, 20, 20), (40, 40, 40), (64, 64, 64), (128, 128, 128),
    (190, 190, 190), (240, 240, 240), (255, 255, 255), (0, 0, 0),
    (180, 90, 60), (60, 120, 150), (150, 60, 110), (100, 180, 170),
    (30, 24, 20), (16, 32, 28), (44, 24, 52), (12, 12, 24),
    (250, 240, 90), (200, 40, 120), (90, 40, 30), (160, 200, 60),
    (255, 128, 64), (64, 128, 255), (128, 255, 128), (210, 210, 170),
    (10, 10, 10), (30, 30, 30), (80, 80, 80), (160, 160, 160),
    (220, 180, 150), (120, 80, 60), (90, 110, 60), (70, 60, 100),
]  # fmt: skip
GREYS: list[Pixel] = [(value, value, value) for value in (*range(0, 60, 4), *range(60, 252, 8), 255)]

Sample = TypeVar("Sample", bound=Sequence[int])


def rows_of(patches: Sequence[Sample]) -> list[list[Sample]]:
    """Rows of pixels of a chart."""
    lines = [[patch for patch in patches[at : at + 8] for _ in range(SIDE)] for at in range(0, len(patches), 8)]
    return [line for line in lines for _ in range(SIDE)]


def image_of(patches: Sequence[Sequence[int]], mode: str = "RGB") -> Image.Image:
    """The chart as a picture of 8 bits."""
    content = bytes(sample for row in rows_of(patches) for pixel in row for sample in pixel)
    return Image.frombytes(mode, (8 * SIDE, len(patches) // 8 * SIDE), content)


def encoded(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    """A file of a picture, as exact as the format can be."""
    exact: dict[str, dict[str, object]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
    out = io.BytesIO()
    image.save(out, format_, **{**exact.get(format_, {}), **options})
    return out.getvalue()


def pixel_at(image: Image.Image, x: int, y: int) -> Pixel:
    """A pixel of an RGB picture."""
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return (pixel[0], pixel[1], pixel[2])


def patches_of(image: Image.Image) -> list[Pixel]:
    """The middle of each patch."""
    places = product(range(image.height // SIDE), range(8))
    return [pixel_at(image, column * SIDE + SIDE // 2, row * SIDE + SIDE // 2) for row, column in places]


def seen(data: bytes) -> list[Pixel]:
    """What the product sees of a file's patches."""
    image = open_photo(data).image
    assert image.mode == "RGB"
    return patches_of(image)


def held(data: bytes) -> list[Pixel]:
    """What lies in a file's patches: of a JPEG not quite what was put there."""
    with Image.open(io.BytesIO(data)) as image:
        return patches_of(image.convert("RGB"))


def assert_near(found: Sequence[Pixel], wanted: Sequence[Pixel], most: int = 5) -> None:
    """Fail and name the patches that are further off than `most` levels of 255."""
    off = {
        index: (got, want)
        for index, (got, want) in enumerate(zip(found, wanted, strict=True))
        if max(abs(a - b) for a, b in zip(got, want, strict=True)) > most
    }
    assert not off, f"(patch: found, wanted) {off}"
