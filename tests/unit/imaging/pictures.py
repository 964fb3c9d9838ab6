"""Photos, masks and pictures for the tests of finished images."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageDraw

from backdrop.imaging.photos import Photo, open_photo
from backdrop.imaging.provenance import Origin

SAMPLES = Path(__file__).parents[3] / "samples"

JOB_ID, IMAGE_ID = "01k9zq3m8w5v7x2c4n6b8d0f1g", "a1b2c3d4"
ORIGIN = Origin("trained-model", JOB_ID, IMAGE_ID, model_id="us.stability.stable-image-inpaint-v1:0", seed=7)
PLAIN = Origin("none", JOB_ID, IMAGE_ID)

SUBJECT, OLD_BACKGROUND = (200, 30, 40), (60, 120, 180)


def disc(size: tuple[int, int], centre: tuple[float, float], radius: float) -> Image.Image:
    """L: a smooth white disc on black."""
    big = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    x, y, r = centre[0] * 4, centre[1] * 4, radius * 4
    ImageDraw.Draw(big).ellipse((x - r, y - r, x + r - 1, y + r - 1), fill=255)
    return big.resize(size, Image.Resampling.BOX)


def photo_of_disc(
    size: tuple[int, int] = (400, 300), centre: tuple[float, float] = (180, 160), radius: float = 80
) -> tuple[Photo, Image.Image]:
    """A red disc on blue, and its mask."""
    mask = disc(size, centre, radius)
    image = Image.composite(Image.new("RGB", size, SUBJECT), Image.new("RGB", size, OLD_BACKGROUND), mask)
    return Photo(image, "JPEG", *size), mask


def sample(name: str) -> tuple[Photo, Image.Image]:
    """A sample photo at full size, and its true alpha."""
    data = (SAMPLES / "photos" / f"{name}.jpg").read_bytes()
    return open_photo(data), Image.open(SAMPLES / "alpha" / f"{name}.alpha.png").convert("L")


def decoded(data: bytes) -> Image.Image:
    """A finished file's picture, with its metadata."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def roundness(image: Image.Image) -> tuple[float, float]:
    """Width and height of the reddish disc in a picture, with parts of pixels: its area in each row and column."""
    red, green, _blue = image.convert("RGB").split()
    part = Image.composite(red, Image.new("L", image.size, 0), green.point([255 if v < 90 else 0 for v in range(256)]))
    solid = part.point([255 if v > 150 else 0 for v in range(256)])
    rows = solid.resize((1, image.height), Image.Resampling.BOX).tobytes()
    columns = solid.resize((image.width, 1), Image.Resampling.BOX).tobytes()
    return max(rows) * image.width / 255, max(columns) * image.height / 255
