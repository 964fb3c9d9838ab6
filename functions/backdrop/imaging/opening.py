"""Uploaded files, told apart and checked, for `photos.py` alone: no pixel is decoded here.

HEIC has a way of its own (`heic/`). What is needed for one kind of file is loaded when the first one comes.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, NamedTuple

from PIL import Image, UnidentifiedImageError

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import MAX_ASPECT, MAX_PIXELS, MAX_SIDE, MAX_UPLOAD_BYTES, MIN_SIDE, PHOTO_FORMATS
from backdrop.core.words.marks import phrase
from backdrop.imaging.colours.claims import orientation_of
from backdrop.imaging.encoding import load_plugin
from backdrop.imaging.file_signatures import is_avif
from backdrop.imaging.jpeg.checks import check_jpeg
from backdrop.imaging.jpeg.markers import START

if TYPE_CHECKING:
    from backdrop.imaging.colours.png_chunks import PngFile
    from backdrop.imaging.tiff.decoder import TiffFile

PhotoFormat = Literal["JPEG", "PNG", "WEBP", "HEIC", "AVIF", "TIFF"]

DAMAGE = (OSError, SyntaxError, ValueError, EOFError, RuntimeError)
"""What Pillow raises at damaged files."""

_PNG = b"\x89PNG\r\n\x1a\n"
_TIFF = (b"II*\0", b"MM\0*", b"II\x2b\0", b"MM\0\x2b")

# We set our own, lower limit before decoding; Pillow's would only warn.
Image.MAX_IMAGE_PIXELS = None


class Opened(NamedTuple):
    """A file that is opened and not decoded.

    Attributes:
        image: as it is stored, not turned.
        format: of the file.
        orientation: 1 to 8, as EXIF has it.
        png: what a PNG file says besides.
        tiff: what a TIFF file says besides.
    """

    image: Image.Image
    format: PhotoFormat
    orientation: int = 1
    png: PngFile | None = None
    tiff: TiffFile | None = None


def open_file(data: bytes) -> Opened:
    """Open any file but HEIC.

    Raises:
        PhotoRefused: it is no photo, one that is not read, damaged at its beginning, or of a size that is not taken.
    """
    if is_avif(data):
        return _avif(data)
    if data.startswith(_TIFF) and (tiff := _tiff(data)):
        return tiff
    png = None
    if data[8:12] == b"WEBP":
        load_plugin("WEBP")
    elif data.startswith(START):
        check_jpeg(data)
    elif data.startswith(_PNG):
        from backdrop.imaging.colours.png_chunks import read_png  # Here: only PNG files pay for it.

        png = read_png(data)
    try:
        image = Image.open(io.BytesIO(data if png is None else png.picture), formats=("JPEG", "PNG", "WEBP"))
    except UnidentifiedImageError as error:
        raise _unknown(data) from error
    except DAMAGE as error:
        raise PhotoRefused(
            ErrorCode.PHOTO_TRUNCATED, phrase("The file is damaged near its beginning: {error}.", error=error)
        ) from error
    check_geometry(*image.size)
    if png is not None:
        # Where Pillow's `getexif` looks for them; without `exif` it would decode the whole file in search of one.
        image.info |= {"exif": png.exif, "xmp": png.xmp}
    return Opened(image, _format_of(image), orientation_of(image), png)


def check_bytes(data: bytes) -> None:
    """Refuse a file without content, or with more than may be uploaded."""
    if not data:
        raise PhotoRefused(ErrorCode.PHOTO_EMPTY, phrase("The file has 0 bytes."))
    if len(data) > MAX_UPLOAD_BYTES:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_LARGE,
            phrase("The file has {data:,} bytes, the limit is {most:,}.", data=len(data), most=MAX_UPLOAD_BYTES),
        )


def check_geometry(width: int, height: int) -> None:
    """Refuse a photo of a size in pixels that is not taken."""
    size = phrase("{width} x {height} pixels", width=width, height=height)
    if min(width, height) < MIN_SIDE:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_SMALL,
            phrase("The photo has {size}; each side needs at least {least}.", size=size, least=MIN_SIDE),
        )
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_MANY_PIXELS,
            phrase(
                "The photo has {size}; the limits are {megapixels:.0f} megapixels and {side:,} a side.",
                size=size,
                megapixels=MAX_PIXELS / 1e6,
                side=MAX_SIDE,
            ),
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_NARROW,
            phrase("The photo has {size}: one side is more than {most} times the other.", size=size, most=MAX_ASPECT),
        )


def _avif(data: bytes) -> Opened:
    from backdrop.imaging.avif.decoder import open_avif

    image = open_avif(data)
    check_geometry(*image.size)
    return Opened(image, "AVIF", orientation_of(image))


def _tiff(data: bytes) -> Opened | None:
    """A TIFF; None of a camera's file that only looks like one."""
    from backdrop.core.signatures import kind_of
    from backdrop.imaging.tiff.decoder import open_picture, read_tiff

    kind = kind_of(data)
    if kind is None or kind.type != "image/tiff":
        return None
    tiff = read_tiff(data)
    image = open_picture(tiff)
    check_geometry(*image.size)
    return Opened(image, "TIFF", tiff.orientation, tiff=tiff)


def _unknown(data: bytes) -> PhotoRefused:
    """Why a file is no photo that is read."""
    from backdrop.core.signatures import kind_of

    kind = kind_of(data)
    if data.startswith(START) or (kind and kind.type):
        return PhotoRefused(ErrorCode.PHOTO_TRUNCATED, phrase("The file is damaged near its beginning."))
    if kind is None:
        return PhotoRefused(ErrorCode.PHOTO_NOT_AN_IMAGE, phrase("The file is not {formats}.", formats=PHOTO_FORMATS))
    return PhotoRefused(
        ErrorCode.PHOTO_FORMAT_UNSUPPORTED,
        phrase("The file is {kind}, not {formats}.", kind=kind.name, formats=PHOTO_FORMATS),
    )


def _format_of(image: Image.Image) -> PhotoFormat:
    # Some phones write MPO: a JPEG with further pictures behind it; the first is the photo.
    if image.format in ("JPEG", "MPO"):
        return "JPEG"
    return "PNG" if image.format == "PNG" else "WEBP"
