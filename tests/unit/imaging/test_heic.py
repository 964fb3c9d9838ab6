"""HEIC photos as phones and cameras write them: upright, in the right colours, without anything private."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from backdrop.imaging.colours.code_points import profile_for
from backdrop.imaging.encoding import encode
from backdrop.imaging.heic import decoder as heic_module
from backdrop.imaging.photos import encode_preview, open_photo, upright_size
from tests.heic_files import (
    ALPHA,
    DEPTH,
    GAIN_MAP,
    Item,
    auxiliary,
    box,
    coded,
    file_of,
    grid,
    heic,
    icc,
    imir,
    irot,
    ispe,
    nclx,
    picture,
)

FUNCTIONS = Path(__file__).parents[3] / "functions"
SIZE = (400, 200)
P3 = (12, 13)
Pixel = tuple[int, int, int]


def marked(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """White with a red block top left and a blue one top right, which show turning and mirroring."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red")
    draw.rectangle((size[0] * 3 // 4, 0, size[0], size[1] // 4), fill="blue")
    return image.convert(mode)


def at(image: Image.Image, x: float, y: float) -> Pixel:
    """The pixel at a share of the width and height."""
    pixel = image.getpixel((round(x * (image.width - 1)), round(y * (image.height - 1))))
    assert isinstance(pixel, tuple)
    return (pixel[0], pixel[1], pixel[2])


def near(pixel: Pixel, wanted: Pixel, most: int = 6) -> bool:
    return max(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) <= most


def is_upright(image: Image.Image) -> bool:
    corners = [at(image, x, y) for x, y in ((0.05, 0.05), (0.95, 0.05), (0.05, 0.95), (0.95, 0.95))]
    return all(map(near, corners, [(255, 0, 0), (0, 0, 255), (255, 255, 255), (255, 255, 255)], [16] * 4))


def gps() -> bytes:
    """EXIF with a place, a serial number, and an Orientation that is not the picture's any more."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0xA431] = "SERIAL-4711"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.6)
    return exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("brand", ["heic", "heix", "heim", "heis", "mif1", "msf1"])
def test_every_brand_of_a_still_picture_is_read(brand: str) -> None:
    data = file_of({1: picture(coded(marked()))}, brand=brand.encode())
    photo = open_photo(data)
    assert (photo.format, photo.width, photo.height, photo.image.mode) == ("HEIC", *SIZE, "RGB")
    assert is_upright(photo.image)


def test_a_file_is_known_by_a_brand_that_it_is_compatible_with() -> None:
    data = file_of({1: picture(coded(marked()))}, brand=b"MiHE", compatible=b"miafmif1")
    assert open_photo(data).format == "HEIC"


@pytest.mark.parametrize("depth", [8, 10, 12])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_every_depth_becomes_the_right_8_bits(depth: int, mode: str) -> None:
    image = Image.new("RGB", SIZE, (120, 120, 120))
    image.paste("white", (200, 0, 400, 200))
    seen = open_photo(heic(image.convert(mode), depth)).image
    assert seen.mode == "RGB"
    assert near(at(seen, 0.2, 0.5), (120, 120, 120), 2)
    assert at(seen, 0.8, 0.5) == (255, 255, 255)


@pytest.mark.parametrize("chroma", [420, 422, 444])
def test_every_resolution_of_colour_is_read(chroma: int) -> None:
    assert is_upright(open_photo(heic(marked(), chroma=chroma)).image)


QUARTERS = {
    0: None,
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}
MIRRORS = {None: None, 0: Image.Transpose.FLIP_TOP_BOTTOM, 1: Image.Transpose.FLIP_LEFT_RIGHT}


@pytest.mark.parametrize("exif", [False, True], ids=["no EXIF", "EXIF says turn"])
@pytest.mark.parametrize("axis", MIRRORS)
@pytest.mark.parametrize("quarters", QUARTERS)
def test_a_photo_comes_out_upright_whatever_turns_it_and_is_turned_once(
    quarters: int, axis: int | None, exif: bool
) -> None:
    # What the properties do, undone in reverse order, is how the camera stored the picture.
    stored = marked()
    if (mirror := MIRRORS[axis]) is not None:
        stored = stored.transpose(mirror)
    if (turn := QUARTERS[-quarters % 4]) is not None:
        stored = stored.transpose(turn)
    properties = [irot(quarters), *([imir(axis)] if axis is not None else [])]
    items = {1: picture(coded(stored), *properties)}
    if exif:
        items[2] = Item("Exif", b"\0\0\0\6Exif\0\0" + gps(), references={"cdsc": [1]})
    data = file_of(items)
    assert upright_size(data) == SIZE
    for side in (None, 200):
        photo = open_photo(data, max_side=side)
        assert (photo.width, photo.height) == SIZE
        assert photo.image.size == (SIZE if side is None else (200, 100))
        assert is_upright(photo.image)


def test_turning_by_exif_alone_is_not_done() -> None:
    """ISO/IEC 23008-12: irot and imir alone say how a picture is to be seen."""
    items = {1: picture(coded(marked())), 2: Item("Exif", b"\0\0\0\6Exif\0\0" + gps(), references={"cdsc": [1]})}
    assert is_upright(open_photo(file_of(items)).image)


def srgb_of_p3(pixel: Pixel) -> Pixel:
    """By the matrix of CSS Color 4, section 17: independent of the profile that is made for nclx."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in (v / 255 for v in pixel)
    ]
    rows = [(1.2249401, -0.2249404, 0), (-0.0420569, 1.0420571, 0), (-0.0196376, -0.0786361, 1.0982735)]
    mixed = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, linear, strict=True)))) for row in rows]
    red, green, blue = (v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055 for v in mixed)
    return (round(red * 255), round(green * 255), round(blue * 255))


@pytest.mark.parametrize("colour", [(180, 90, 60), (90, 150, 80), (70, 90, 160), (200, 200, 200), (255, 255, 255)])
def test_display_p3_becomes_srgb_by_its_profile_and_by_its_numbers(colour: Pixel) -> None:
    image = coded(Image.new("RGB", SIZE, colour), chroma=444, quality=98)
    profile = profile_for(*P3)
    assert profile is not None
    for how in (icc(profile), nclx(*P3)):
        seen = at(open_photo(file_of({1: picture(image, how)})).image, 0.5, 0.5)
        assert near(seen, srgb_of_p3(colour), 3)
    for plain in (nclx(1, 13), nclx(2, 2), nclx(1, 1)):
        assert near(at(open_photo(file_of({1: picture(image, plain)})).image, 0.5, 0.5), colour, 2)


def test_a_profile_wins_over_numbers() -> None:
    image = coded(Image.new("RGB", SIZE, (180, 90, 60)), chroma=444, quality=98)
    profile = profile_for(*P3)
    assert profile is not None
    seen = at(open_photo(file_of({1: picture(image, nclx(1, 13), icc(profile))})).image, 0.5, 0.5)
    assert near(seen, srgb_of_p3((180, 90, 60)), 3)


def test_linear_light_is_read_as_such() -> None:
    image = coded(Image.new("RGB", SIZE, (55, 55, 55)), chroma=444, quality=98)
    seen = open_photo(file_of({1: picture(image, nclx(1, 8))})).image
    assert near(at(seen, 0.5, 0.5), (128, 128, 128), 3)


@pytest.mark.parametrize("premultiplied", [False, True])
def test_transparency_becomes_white(premultiplied: bool) -> None:
    colour = (128, 0, 0) if premultiplied else (255, 0, 0)
    items = {
        1: picture(
            coded(Image.new("RGB", SIZE, colour), chroma=444), references={"prem": [2]} if premultiplied else None
        ),
        2: picture(coded(Image.new("L", SIZE, 128)), auxiliary(ALPHA), references={"auxl": [1]}),
    }
    assert near(at(open_photo(file_of(items)).image, 0.5, 0.5), (255, 127, 127), 4)


def iphone(size: tuple[int, int] = (1200, 900)) -> bytes:
    """A photo as an iPhone writes it: tiles, turned by irot, in Display P3; and what else lies in the file."""
    stored = marked((size[1], size[0])).transpose(Image.Transpose.ROTATE_90)
    profile = profile_for(*P3)
    assert profile is not None
    items = grid(stored, irot(3), icc(profile), exif=gps())
    other = coded(Image.new("RGB", (320, 240), "green"))
    items[90] = picture(other, references={"thmb": [1]})
    items[91] = picture(coded(Image.new("L", (600, 450), 200)), auxiliary(GAIN_MAP), references={"auxl": [1]})
    items[92] = picture(coded(Image.new("L", (300, 225), 10)), auxiliary(DEPTH), references={"auxl": [1]})
    items[93] = Item("mime", b'<x:xmpmeta tiff:Orientation="6">Rue de Rivoli</x:xmpmeta>', references={"cdsc": [1]})
    items[94] = picture(other)
    return file_of(items)


def test_a_photo_of_an_iphone_is_read_from_its_tiles_and_the_rest_is_left_alone() -> None:
    data = iphone()
    photo = open_photo(data)
    assert upright_size(data) == (photo.width, photo.height) == photo.image.size == (900, 1200)
    assert is_upright(photo.image)
    # Where four tiles meet nothing shows.
    assert at(photo.image, 512 / 899, 0.5) == at(photo.image, 0.5, 512 / 1199) == (255, 255, 255)


def test_nothing_private_of_the_file_is_written() -> None:
    data = iphone()
    assert b"SERIAL-4711" in data
    assert b"Rivoli" in data
    photo = open_photo(data)
    assert photo.image.info == {}
    for format_ in ("JPEG", "PNG", "WEBP", "AVIF"):
        written = encode(photo.image, format_)
        assert not dict(Image.open(io.BytesIO(written)).getexif())
        assert not any(secret in written for secret in (b"SERIAL", b"Rivoli", b"Exif\0\0"))
    assert not any(secret in encode_preview(photo) for secret in (b"SERIAL", b"Rivoli", b"Exif"))


def test_the_photo_is_the_main_picture_wherever_it_stands() -> None:
    items = {5: picture(coded(Image.new("RGB", (640, 480), "green"))), 7: picture(coded(marked()))}
    assert is_upright(open_photo(file_of(items, primary=7)).image)


def test_a_picture_that_is_derived_as_it_is_can_be_the_main_one() -> None:
    items = {1: Item("iden", b"", [ispe(*SIZE), irot(2)], {"dimg": [2]}, extents=()), 2: picture(coded(marked()))}
    photo = open_photo(file_of(items))
    assert near(at(photo.image, 0.95, 0.95), (255, 0, 0), 16)


def test_a_picture_is_cut_to_its_clean_aperture() -> None:
    # Of 440 x 240 pixels the 400 x 200 at the lower right: the middle is moved by 20 each way.
    stored = Image.new("RGB", (440, 240), "black")
    stored.paste(marked(), (40, 40))
    numbers = b"".join(value.to_bytes(4, "big", signed=True) for value in (400, 1, 200, 1, 20, 1, 20, 1))
    data = file_of({1: picture(coded(stored), box("clap", numbers))})
    photo = open_photo(data)
    assert upright_size(data) == (photo.width, photo.height) == photo.image.size == SIZE
    assert is_upright(photo.image)


def test_the_size_is_told_without_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heic_module, "decode_heic", None)
    assert upright_size(heic(marked())) == SIZE


def test_the_decoder_is_loaded_for_heic_alone(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(encode(marked(), "JPEG"))
    (tmp_path / "photo.heic").write_bytes(heic(marked()))
    code = (
        "import sys, backdrop.handlers.cut_out\n"
        "from backdrop.imaging.photos import open_photo, upright_size\n"
        "own = 'backdrop.imaging.'\n"
        "names = lambda: sorted({'pi_heif', own + 'heic.decoder', own + 'colours.code_points'} & set(sys.modules))\n"
        "open_photo(open('photo.jpg', 'rb').read()); print(names())\n"
        "open_photo(open('photo.heic', 'rb').read()); print(names())\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(FUNCTIONS)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "[]",
        "['backdrop.imaging.colours.code_points', 'backdrop.imaging.heic.decoder', 'pi_heif']",
    ]
