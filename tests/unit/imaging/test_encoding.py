"""Finished images as files."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageCms, ImageStat

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.imaging.encoding import CONTENT_TYPES, DEFAULT_QUALITY, EXTENSIONS, HOLDS_ALPHA, Format, encode
from backdrop.imaging.photos import open_photo
from tests.unit.imaging.pictures import decoded, disc, sample

FORMATS: tuple[Format, ...] = ("JPEG", "PNG", "WEBP", "AVIF")
FUNCTIONS = Path(__file__).parents[3] / "functions"


def picture(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """A little of everything: colours that run, and a sharp red edge."""
    ramp = Image.linear_gradient("L").resize(size)
    image = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), Image.new("L", size, 90)))
    image.paste((210, 20, 30), (10, 10, 30, 40))
    return image


def error_between(one: Image.Image, other: Image.Image) -> float:
    """Root of the mean squared difference, of the worst channel."""
    return max(ImageStat.Stat(ImageChops.difference(one, other)).rms)


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_every_format_holds_what_it_can(format_: Format, mode: str) -> None:
    image = picture()
    if mode == "RGBA":
        image.putalpha(disc(image.size, (48, 32), 25))
    if mode == "RGBA" and format_ not in HOLDS_ALPHA:
        with pytest.raises(BackdropError, match="can't be transparent") as refused:
            encode(image, format_)
        assert refused.value.code is ErrorCode.OPTIONS_INVALID
        return
    back = decoded(encode(image, format_))
    assert (back.format, back.mode, back.size) == (format_, mode, image.size)
    if mode == "RGBA":
        assert error_between(back.getchannel("A"), image.getchannel("A")) < 2
        seen = [Image.alpha_composite(Image.new("RGBA", image.size, "white"), one) for one in (back, image)]
        assert error_between(seen[0].convert("RGB"), seen[1].convert("RGB")) < (0.01 if format_ == "PNG" else 5)
    else:
        # WebP has half the resolution for colour (4:2:0) at best.
        assert error_between(back, image) < {"PNG": 0.01, "WEBP": 9}.get(format_, 3)


@pytest.mark.parametrize("format_", FORMATS)
def test_the_profile_is_srgb_and_the_names_fit(format_: Format) -> None:
    back = decoded(encode(picture(), format_))
    profile = ImageCms.ImageCmsProfile(io.BytesIO(back.info["icc_profile"]))
    assert "sRGB" in ImageCms.getProfileDescription(profile)
    assert CONTENT_TYPES[format_] == Image.MIME[format_]
    assert Image.registered_extensions()[f".{EXTENSIONS[format_]}"] == format_


@pytest.mark.parametrize("format_", ["JPEG", "WEBP", "AVIF"])
def test_quality_buys_bytes_with_error(format_: Format) -> None:
    image = picture((256, 192))
    files = [encode(image, format_, quality) for quality in (1, 40, 80, 100)]
    assert [len(data) for data in files] == sorted(len(data) for data in files)
    assert len(files[0]) < len(files[-1]) / 2
    errors = [error_between(decoded(data), image) for data in files]
    assert errors[0] > 1.4 * errors[-1]
    assert encode(image, format_) == encode(image, format_, DEFAULT_QUALITY[format_])


def test_png_has_no_quality() -> None:
    assert encode(picture(), "PNG", 5) == encode(picture(), "PNG")


@pytest.mark.parametrize("format_", ["JPEG", "AVIF"])
def test_colour_keeps_its_resolution(format_: Format) -> None:
    """Red and green columns of one pixel, equally bright: with 4:2:0 they would run into one."""
    stripes = Image.new("RGB", (64, 64), (150, 40, 60))
    for x in range(0, 64, 2):
        stripes.paste((20, 105, 60), (x, 0, x + 1, 64))
    back = decoded(encode(stripes, format_))
    assert back.crop((32, 8, 33, 56)).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))[0] < 60  # type: ignore[index]
    assert back.crop((33, 8, 34, 56)).resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))[0] > 110  # type: ignore[index]


@pytest.mark.parametrize("format_", FORMATS)
def test_one_pixel(format_: Format) -> None:
    assert decoded(encode(Image.new("RGB", (1, 1), (255, 255, 255)), format_)).getpixel((0, 0)) == (255, 255, 255)


def test_webp_ends_at_its_own_limit() -> None:
    tall = Image.new("RGB", (1, 16_384))
    with pytest.raises(BackdropError, match="WEBP takes at most 16,383"):
        encode(tall, "WEBP")
    assert decoded(encode(tall, "JPEG")).size == (1, 16_384)
    assert decoded(encode(tall.crop((0, 0, 1, 16_383)), "WEBP")).size == (1, 16_383)


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_of_the_source_is_written(format_: Format) -> None:
    """A source with all that cameras write: EXIF with a position and a serial number, a thumbnail, a comment, XMP."""
    exif = Image.Exif()
    exif[0x010F], exif[0xA431] = "Camera maker", "SERIAL-4711"
    exif.get_ifd(0x8825)[29] = "2026:11:21 POSITION"
    thumbnail = b"\xff\xd8THUMBNAIL"
    out = io.BytesIO()
    picture((160, 120)).save(
        out, "JPEG", exif=exif.tobytes() + thumbnail, comment=b"REMARK", xmp=b"<x>OWNER</x>", dpi=(301, 301)
    )
    source = out.getvalue()
    secrets = (b"SERIAL-4711", b"POSITION", b"THUMBNAIL", b"REMARK", b"OWNER", b"Camera maker")
    assert all(secret in source for secret in secrets), "the test would prove nothing"
    data = encode(open_photo(source).image, format_)
    assert not [secret for secret in secrets if secret in data]
    assert not dict(decoded(data).getexif())
    # Even a picture that was not opened by `open_photo`.
    direct = Image.open(io.BytesIO(source))
    direct.load()
    assert not [secret for secret in secrets if secret in encode(direct, format_)]


def test_a_sample_photos_position_is_gone() -> None:
    photo, _ = sample("wine_bottle_kitchen")
    for format_ in FORMATS:
        back = decoded(encode(photo.image.resize((300, 400)), format_))
        assert not dict(back.getexif())
        assert not back.getexif().get_ifd(0x8825)


def test_pillows_plugins_are_loaded_when_they_are_needed(tmp_path: Path) -> None:
    """Every start of the function pays for what it imports; AVIF's library is the largest of all."""
    photo = tmp_path / "photo.webp"
    Image.new("RGB", (80, 80)).save(photo, "WEBP")
    script = (
        "import sys; from PIL import Image; from backdrop.imaging.encoding import encode\n"
        "import backdrop.imaging.finishing; from backdrop.imaging.photos import open_photo\n"
        f"image = open_photo(open({str(photo)!r}, 'rb').read()).image\n"
        "for one in ('JPEG', 'PNG', 'WEBP'): encode(image, one)\n"
        "assert 'PIL.AvifImagePlugin' not in sys.modules, 'too early'\n"
        "encode(image, 'AVIF'); assert 'PIL.AvifImagePlugin' in sys.modules\n"
        "assert 'PIL.PsdImagePlugin' not in sys.modules, 'all of them'\n"
        "assert 'numpy' not in sys.modules and 'pydantic' not in sys.modules\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, env={"PYTHONPATH": str(FUNCTIONS)}
    )
    assert made.returncode == 0, made.stderr
