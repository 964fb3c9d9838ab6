"""Photos with transparent parts: what of them is seen, which are cut-outs already, what never comes out again."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from backdrop.core.errors import PhotoRefused
from backdrop.imaging.compositing.precise import composite_precise
from backdrop.imaging.photos import Photo, open_photo
from tests.png_files import RGBA, gama, png

SIZE = (200, 160)
HIDDEN = (255, 0, 255)
PRODUCT = (30, 90, 200)


def disc(value: int = 255, soft: float = 0) -> Image.Image:
    """An alpha: a disc of `value` on nothing, its rim blurred by `soft` pixels."""
    alpha = Image.new("L", SIZE, 0)
    ImageDraw.Draw(alpha).ellipse((50, 30, 150, 130), fill=value)
    return alpha.filter(ImageFilter.GaussianBlur(soft)) if soft else alpha


def picture(alpha: Image.Image) -> Image.Image:
    """The product's colour wherever anything is seen, another under an alpha of 0."""
    image = Image.new("RGB", SIZE, HIDDEN)
    image.paste(PRODUCT, mask=alpha.point([0] + [255] * 255))
    image.putalpha(alpha)
    return image


def file_of(image: Image.Image, format_: str = "PNG", **keywords: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **({"lossless": True, "exact": True} if format_ == "WEBP" else {}), **keywords)
    return out.getvalue()


def palette() -> Image.Image:
    """A palette's picture, of which one entry is transparent."""
    image = Image.new("P", SIZE, 0)
    image.putpalette([*HIDDEN, *PRODUCT])
    image.paste(1, mask=disc())
    return image


def opened(data: bytes) -> tuple[Photo, Photo]:
    """As it is seen, and in its own colours."""
    return open_photo(data), open_photo(data, uncovered=True)


@pytest.mark.parametrize(
    ("data", "alpha"),
    [
        (file_of(picture(disc(soft=3))), disc(soft=3)),
        (file_of(picture(disc(soft=3)), "WEBP"), disc(soft=3)),
        (file_of(picture(disc(90))), disc(90)),
        (file_of(palette(), transparency=0), disc()),
        (file_of(palette().convert("RGB"), transparency=HIDDEN), disc()),
    ],
    ids=["png", "webp", "see-through product", "palette", "one transparent colour"],
)
def test_a_cut_outs_alpha_is_told_and_its_colours_are_its_own(data: bytes, alpha: Image.Image) -> None:
    seen, own = opened(data)
    assert seen.alpha is not None
    assert own.alpha is not None
    assert ImageChops.difference(seen.alpha, alpha).getbbox() is None
    assert seen.image.getpixel((2, 2)) == own.image.getpixel((2, 2)) == (255, 255, 255)
    pixels, values = np.asarray(own.image), np.asarray(alpha)
    assert (pixels[values > 0] == PRODUCT).all()
    assert (pixels[values == 0] == 255).all(), "nothing of what lies under an alpha of 0"
    expected = Image.composite(own.image, Image.new("RGB", SIZE, "white"), alpha)
    assert ImageChops.difference(seen.image, expected).getbbox() is None


def test_grey_has_an_alpha_too() -> None:
    photo = open_photo(file_of(Image.merge("LA", (Image.new("L", SIZE, 80), disc()))))
    assert photo.alpha is not None
    assert photo.alpha.tobytes() == disc().tobytes()


@pytest.mark.parametrize("gamma", [None, 1.0], ids=["sRGB", "linear"])
def test_16_bits_have_an_alpha_too(gamma: float | None) -> None:
    rows = [[(9000, 9000, 9000, 65535 if x < 40 else 0) for x in range(100)] for _ in range(100)]
    photo = open_photo(png(rows, RGBA, 16, *([gama(gamma)] if gamma else [])))
    assert photo.alpha is not None
    assert photo.alpha.getbbox() == (0, 0, 40, 100)


@pytest.mark.parametrize(
    "alpha",
    [
        Image.new("L", SIZE, 255),
        Image.new("L", SIZE, 200),
        ImageChops.invert(Image.new("L", SIZE, 0)).point(lambda value: value - 1),
    ],
    ids=["opaque", "a veil over all", "a level short of opaque"],
)
def test_what_hides_nothing_is_no_cut_out(alpha: Image.Image) -> None:
    seen, own = opened(file_of(picture(alpha)))
    assert seen.alpha is None
    assert own.image.tobytes() == seen.image.tobytes()


@pytest.mark.parametrize("radius", [4, 10, 16], ids="{} px".format)
def test_rounded_corners_make_no_cut_out(radius: int) -> None:
    alpha = Image.new("L", SIZE, 0)
    ImageDraw.Draw(alpha).rounded_rectangle((0, 0, SIZE[0] - 1, SIZE[1] - 1), radius, fill=255)
    assert open_photo(file_of(picture(alpha))).alpha is None


def test_a_photo_of_which_nothing_is_seen_is_refused() -> None:
    with pytest.raises(PhotoRefused, match="transparent") as refused:
        open_photo(file_of(picture(Image.new("L", SIZE, 0))))
    assert refused.value.code == "PHOTO_INVISIBLE"
    assert refused.value.next_step


def test_the_alpha_is_turned_with_the_photo_and_keeps_its_full_size() -> None:
    alpha = Image.new("L", SIZE, 0)
    alpha.paste(255, (0, 0, 60, 50))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = open_photo(file_of(picture(alpha), exif=exif.tobytes()), max_side=100)
    assert (photo.width, photo.height) == SIZE[::-1]
    assert max(photo.image.size) == 100
    assert photo.alpha is not None
    assert photo.alpha.size == SIZE[::-1]
    assert photo.alpha.getbbox() == (SIZE[1] - 50, 0, SIZE[1], 60)


@pytest.mark.parametrize("value", [255, 252, 128, 40])
def test_composited_as_any_editor_would(value: int) -> None:
    """On a plain colour and on a picture: the product's colour in the share that its alpha says; nothing milky."""
    alpha = disc(value, soft=2)
    photo = open_photo(file_of(picture(alpha)), uncovered=True)
    # What a model painted under the product is taken from beside it: its colours are estimated there.
    for ground, most in (((0, 160, 60), 1), (Image.new("RGB", (50, 40), (0, 160, 60)), 8)):
        made = composite_precise(photo.image, ground, alpha, cut_out=True)
        expected = Image.composite(Image.new("RGB", SIZE, PRODUCT), Image.new("RGB", SIZE, (0, 160, 60)), alpha)
        difference = np.abs(np.asarray(made, np.int16) - np.asarray(expected, np.int16))
        assert difference.max() <= most


def test_cut_out_to_transparent_is_the_file_again() -> None:
    alpha = disc(128, soft=2)
    photo = open_photo(file_of(picture(alpha)), uncovered=True)
    made = composite_precise(photo.image, None, alpha, cut_out=True)
    assert made.getchannel("A").tobytes() == alpha.tobytes()
    pixels = np.asarray(made)
    assert (pixels[np.asarray(alpha) > 0][:, :3] == PRODUCT).all()
    assert not pixels[np.asarray(alpha) == 0].any()
