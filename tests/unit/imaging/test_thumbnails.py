"""Thumbnails: small, upright, and honest about what is transparent."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from backdrop.imaging.thumbnails import encode_thumbnail


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return image


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 3000), (480, 360)), ((3000, 4000), (360, 480)), ((481, 481), (480, 480)), ((320, 240), (320, 240))],
)
def test_the_longest_side_is_480_and_nothing_is_enlarged(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert opened(encode_thumbnail(Image.new("RGB", size, (10, 120, 200)))).size == expected


def test_a_strip_keeps_at_least_one_pixel() -> None:
    assert opened(encode_thumbnail(Image.new("RGB", (16_000, 8)))).size == (480, 1)


def test_the_picture_is_the_picture() -> None:
    image = Image.new("RGB", (2000, 1000), (250, 20, 20))
    image.paste((20, 20, 250), (1000, 0, 2000, 1000))

    small = opened(encode_thumbnail(image)).convert("RGB")

    assert small.getpixel((20, 120)) == pytest.approx((250, 20, 20), abs=6)
    assert small.getpixel((460, 120)) == pytest.approx((20, 20, 250), abs=6)


def test_transparent_parts_show_a_light_chequer_and_never_the_hidden_colour() -> None:
    image = Image.new("RGBA", (960, 960), (255, 0, 0, 0))
    image.paste((0, 90, 0, 255), (480, 0, 960, 960))

    small = opened(encode_thumbnail(image)).convert("RGB")

    assert min(small.crop((0, 0, 230, 480)).tobytes()) > 220
    assert small.getpixel((400, 240)) == pytest.approx((0, 90, 0), abs=6)
    shades = small.convert("L").crop((0, 0, 230, 480)).tobytes()
    assert max(shades) > 250
    assert min(shades) < 240, "two shades, so that it is seen as none"
