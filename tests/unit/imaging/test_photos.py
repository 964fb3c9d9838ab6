"""What `open_photo` takes and refuses."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms, ImageDraw

from backdrop.core.errors import BackdropError, ErrorCode, PhotoRefused
from backdrop.imaging.encoding import encode
from backdrop.imaging.photos import encode_preview, open_photo

SAMPLES = Path(__file__).parents[3] / "samples" / "photos"


def file_of(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def marked(size: tuple[int, int] = (160, 100), mode: str = "RGB") -> Image.Image:
    """White with a red block top left, which shows how a photo was turned."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    return image.convert(mode)


def is_red(image: Image.Image, corner: tuple[int, int]) -> bool:
    x = 5 if corner[0] == 0 else image.width - 6
    y = 5 if corner[1] == 0 else image.height - 6
    pixel = image.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel[0] > 200 and pixel[1] < 60


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", len(header))
        + chunk
        + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", len(data))
        + b"IDAT"
        + data
        + struct.pack(">I", zlib.crc32(b"IDAT" + data))
    )


JPEG = file_of(marked(), "JPEG")

REFUSALS = {
    "0 bytes": (b"", ErrorCode.PHOTO_EMPTY),
    "text": (b"hello, this is no image" * 10, ErrorCode.PHOTO_NOT_AN_IMAGE),
    "gif": (file_of(marked(), "GIF"), ErrorCode.PHOTO_FORMAT_UNSUPPORTED),
    "bmp called png": (file_of(marked(), "BMP"), ErrorCode.PHOTO_FORMAT_UNSUPPORTED),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', ErrorCode.PHOTO_FORMAT_UNSUPPORTED),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n", ErrorCode.PHOTO_FORMAT_UNSUPPORTED),
    "web page": (b"<!DOCTYPE html><title>404</title>", ErrorCode.PHOTO_FORMAT_UNSUPPORTED),
    "truncated jpeg": (JPEG[: len(JPEG) // 2], ErrorCode.PHOTO_TRUNCATED),
    "truncated png": (file_of(marked())[:-40], ErrorCode.PHOTO_TRUNCATED),
    "truncated webp": (file_of(marked(), "WEBP")[:-40], ErrorCode.PHOTO_TRUNCATED),
    "jpeg head only": (JPEG[:10], ErrorCode.PHOTO_TRUNCATED),
    "animated webp": (
        file_of(marked(), "WEBP", save_all=True, append_images=[Image.new("RGB", (160, 100))]),
        ErrorCode.PHOTO_ANIMATED,
    ),
    "animated png": (
        file_of(marked(), "PNG", save_all=True, append_images=[Image.new("RGB", (160, 100))]),
        ErrorCode.PHOTO_ANIMATED,
    ),
    "cmyk without a profile": (file_of(marked(mode="CMYK"), "JPEG"), ErrorCode.PHOTO_CMYK_WITHOUT_PROFILE),
    "1 x 1": (file_of(Image.new("RGB", (1, 1))), ErrorCode.PHOTO_TOO_SMALL),
    "79 pixels": (file_of(Image.new("RGB", (79, 100))), ErrorCode.PHOTO_TOO_SMALL),
    "1 x 10000": (file_of(Image.new("RGB", (1, 10_000))), ErrorCode.PHOTO_TOO_SMALL),
    "narrow": (file_of(Image.new("RGB", (100, 251))), ErrorCode.PHOTO_TOO_NARROW),
    "a decompression bomb": (png_header(60_000, 60_000), ErrorCode.PHOTO_TOO_MANY_PIXELS),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refuses_with_a_code_and_advice(name: str) -> None:
    data, code = REFUSALS[name]
    with pytest.raises(PhotoRefused) as refusal:
        open_photo(data)
    assert refusal.value.code is code
    assert refusal.value.cause
    assert refusal.value.next_step


def test_a_bomb_costs_next_to_nothing() -> None:
    data, _ = REFUSALS["a decompression bomb"]
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(PhotoRefused):
        open_photo(data)
    assert time.perf_counter() - started < 1
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_bytes_over_the_limit_are_refused_unread() -> None:
    with pytest.raises(BackdropError) as refusal:
        open_photo(JPEG + b"\0" * (51 * 1024 * 1024))
    assert refusal.value.code is ErrorCode.PHOTO_TOO_LARGE


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    # How a camera stores an upright picture so that the tag puts it right again: the inverse of the tag's turn.
    inverse = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = marked((400, 200))
    stored = upright.transpose(inverse[orientation]) if orientation in inverse else upright
    for side in (None, 200, 128):
        photo = open_photo(file_of(stored, "JPEG", exif=exif, quality=95), max_side=side)
        assert (photo.width, photo.height) == (400, 200)
        assert photo.image.size == ((400, 200) if side is None else (side, side // 2))
        assert is_red(photo.image, (0, 0))
        assert not is_red(photo.image, (1, 0))
        assert not is_red(photo.image, (0, 1))


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "I;16"])
def test_every_pixel_mode_becomes_the_right_rgb(mode: str) -> None:
    grey = Image.new("L", (100, 100), 128)
    if mode == "I;16":
        image = Image.frombytes("I;16", (100, 100), struct.pack("<H", 128 * 257) * 10_000)
    elif mode == "1":
        image = Image.new("1", (100, 100), 1)
    else:
        image = grey.convert(mode)
    photo = open_photo(file_of(image))
    assert photo.image.mode == "RGB"
    assert photo.image.getpixel((50, 50)) == ((255, 255, 255) if mode == "1" else (128, 128, 128))


def test_transparency_becomes_white() -> None:
    image = Image.new("RGBA", (100, 100), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 50, 100))
    photo = open_photo(file_of(image))
    assert photo.image.getpixel((75, 50)) == (255, 255, 255)
    assert photo.image.getpixel((25, 50)) == (0, 0, 255)


def test_one_transparent_value_of_16_bit_grey_becomes_white_and_the_others_keep_their_grey() -> None:
    values = struct.pack("<4H", 5, 100 * 257, 100 * 257 + 1, 200 * 257) * 2_500
    image = Image.frombytes("I;16", (100, 100), values)
    photo = open_photo(file_of(image, transparency=100 * 257))
    assert [photo.image.getpixel((x, 50)) for x in range(4)] == [(0,) * 3, (255,) * 3, (100,) * 3, (200,) * 3]


def test_a_foreign_profile_is_converted_and_srgb_is_left_alone() -> None:
    colour = Image.new("RGB", (100, 100), (200, 60, 30))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The same profile with red and green exchanged, under a name of its own.
    other = srgb.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    other = other.replace(b"rXYZ", b"\0tmp", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"\0tmp", b"gXYZ", 1)
    assert open_photo(file_of(colour, "PNG", icc_profile=srgb)).image.getpixel((5, 5)) == (200, 60, 30)
    assert open_photo(file_of(colour, "PNG", icc_profile=other)).image.getpixel((5, 5)) != (200, 60, 30)
    assert open_photo(file_of(colour, "PNG", icc_profile=b"damaged")).image.getpixel((5, 5)) == (200, 60, 30)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_nothing_private_is_written(format_: str) -> None:
    photo = open_photo((SAMPLES / "wine_bottle_kitchen.jpg").read_bytes(), max_side=400)
    assert Image.open(SAMPLES / "wine_bottle_kitchen.jpg").getexif().get_ifd(0x8825), "the sample has a GPS position"
    for data in (encode(photo.image, format_), encode_preview(photo)):  # type: ignore[arg-type]
        written = Image.open(io.BytesIO(data))
        assert not dict(written.getexif())
        assert b"Exif" not in data
        assert written.format in (format_, "JPEG")


def test_bytes_behind_the_image_vanish() -> None:
    photo = open_photo(JPEG + b"<?php evil ?>")
    assert b"evil" not in encode(photo.image, "JPEG")


def test_the_sample_phone_photo_is_upright() -> None:
    photo = open_photo((SAMPLES / "wooden_chair_room.jpg").read_bytes(), max_side=2048)
    assert (photo.width, photo.height) == (3000, 4000)
    assert photo.image.size == (1500, 2000)
