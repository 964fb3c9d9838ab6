"""TIFF photos, for `photos.py` alone: what is checked before libtiff (in Pillow) sees one, and 16 bits a sample whole.

A TIFF may hold anything; what is read is what programs for photos write: one page, grey, RGB, CMYK or a palette.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image, TiffImagePlugin
from PIL.ImageFile import ImageFile

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import MAX_PIXELS, MAX_SIDE
from backdrop.core.words.marks import phrase
from backdrop.imaging.tiff import tags
from backdrop.imaging.tiff.tags import DamagedError, Page

# Pillow's own reader of uncompressed files takes 16 bits in separate planes for 8; libtiff reads all of them.
TiffImagePlugin.READ_LIBTIFF = True

_READ = frozenset({1, 5, 7, 8, 32773, 32946})
"""Compression: none, LZW, JPEG, Deflate, PackBits, Deflate."""

_COMPRESSIONS = {
    2: "fax",
    3: "fax",
    4: "fax",
    6: "old JPEG",
    34712: "JPEG 2000",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}
_RAW_COMPRESSIONS = frozenset({32767, 32769, 32770, 32867, 34713, 65000, 65535})
_RAW_PIXELS = frozenset({32803, 34892})
"""Photometric interpretation: what lies under the sensor's colour filters, before or after it was filled up."""

_PIXELS = frozenset({0, 1, 2, 3, 5, 6})
"""Photometric interpretation: grey (0: white is 0), RGB, palette, inks, YCbCr."""

_MAKES = {b"NIKON": "NEF", b"SONY": "ARW", b"PENTAX": "PEF", b"RICOH": "PEF", b"SAMSUNG": "SRW", b"HASSELBLAD": "3FR"}


@dataclass(frozen=True)
class TiffFile:
    """A file that can be decoded.

    Attributes:
        picture: the file with its first page alone, not turned, for a decoder.
        orientation: 1 to 8, as EXIF has it.
        is_deep: its samples have 16 bits that can be read whole: not where each colour lies in a plane of its own.
        is_grey: one sample a pixel, besides alpha.
    """

    picture: bytes
    orientation: int
    is_deep: bool
    is_grey: bool


def read_tiff(data: bytes) -> TiffFile:
    """Check a file; no pixel is decoded.

    Raises:
        PhotoRefused: a camera's raw file, several pages, pixels or a compression that are not read, damaged.
    """
    if data[2:4] in (b"\x2b\0", b"\0\x2b"):
        raise _refused(phrase("The file is a BigTIFF, made for files of more than 4 GB."))
    try:
        pages = tags.pages_of(data)
    except DamagedError as error:
        raise PhotoRefused(
            ErrorCode.PHOTO_TRUNCATED, phrase("The TIFF file is damaged: {error}.", error=error)
        ) from error
    first = pages[0]
    _refuse_raw(first)
    # Smaller copies and masks of the first one are no pages of their own.
    whole = [first, *(page for page in pages[1:] if not page.one(tags.SUBFILE_TYPE) & 0b101)]
    if len(whole) > 1:
        raise PhotoRefused(
            ErrorCode.PHOTO_ANIMATED, phrase("The TIFF holds {whole} pages, not one photo.", whole=len(whole))
        )
    _check(first)
    picture = bytearray(data)
    picture[first.next : first.next + 4] = bytes(4)
    if tags.ORIENTATION in first.places:
        place = first.places[tags.ORIENTATION]
        picture[place : place + 2] = b"\1\0" if tags.order_of(data) == "<" else b"\0\1"
    return TiffFile(
        picture=bytes(picture),
        orientation=first.one(tags.ORIENTATION, 1),
        is_deep=first.one(tags.BITS, 1) == 16 and first.one(tags.PLANES, 1) == 1,
        is_grey=first.one(tags.PHOTOMETRIC) in (0, 1),
    )


def open_picture(tiff: TiffFile) -> ImageFile:
    """The photo, not decoded yet.

    Raises:
        PhotoRefused: its samples go together in a way that is not read.
    """
    try:
        image = Image.open(io.BytesIO(tiff.picture), formats=("TIFF",))
    except (OSError, SyntaxError, ValueError, TypeError, LookupError) as error:
        raise _refused(phrase("The file is a TIFF whose pixels are put together in a way that is not read.")) from error
    # Without a tag for it Pillow would turn the picture by its XMP, behind our back.
    image.info.pop("xmp", None)
    return image


def read_bands(tiff: TiffFile) -> tuple[list[Image.Image], Image.Image | None] | None:
    """One band of grey or three of colour, `I;16`, and the alpha, L, if there is any; None of pixels of other kinds.

    Raises:
        OSError, SyntaxError, ValueError, EOFError: what Pillow raises at damaged files.
    """
    image = open_picture(tiff)
    if image.mode.startswith("I;16"):
        image.load()
        return [image if image.mode == "I;16" else image.convert("I").convert("I;16")], None
    way, *others = tuple(image.tile[0].args or ("",))
    if way not in ("RGB;16N", "RGBX;16N", "RGBA;16N"):
        return None
    # Pillow takes the upper byte of each sample; read as if they were in the other order, it takes the lower one. None
    # of the two pictures stays in memory beside its bands.
    uppers = _split(tiff, image.tile[0].args)
    lowers = _split(tiff, (way[:-1] + "B", *others))
    bands = [_joined(upper, lower) for upper, lower in zip(uppers[:3], lowers[:3], strict=True)]
    return bands, uppers[3] if len(uppers) == 4 else None


def _split(tiff: TiffFile, args: object) -> tuple[Image.Image, ...]:
    """The bands of a file, its samples unpacked in a way."""
    image = open_picture(tiff)
    image.tile = [image.tile[0]._replace(args=args)]  # type: ignore[arg-type]
    return image.split()


def _joined(upper: Image.Image, lower: Image.Image) -> Image.Image:
    return Image.frombytes("I;16", upper.size, Image.merge("LA", (lower, upper)).tobytes())  # little endian


def _refuse_raw(page: Page) -> None:
    """Refuse what cameras write in the form of a TIFF: its first page is a small preview, or not for eyes."""
    make = bytes(byte for byte in page.numbers.get(tags.MAKE, ()) if byte < 256).upper()
    name = next((name for start, name in _MAKES.items() if make.startswith(start)), "")
    if tags.DNG_VERSION in page.numbers:
        name = "DNG"
    elif not (
        page.one(tags.SUBFILE_TYPE) & 1
        or page.one(tags.COMPRESSION, 1) in _RAW_COMPRESSIONS
        or page.one(tags.PHOTOMETRIC) in _RAW_PIXELS
        or (name and page.one(tags.COMPRESSION, 1) == 6)
    ):
        return
    raise _refused(
        phrase("The file is a camera's raw file ({name}): develop it first.", name=name)
        if name
        else phrase("The file is a camera's raw file: develop it first.")
    )


def _check(page: Page) -> None:
    compression, pixels = page.one(tags.COMPRESSION, 1), page.one(tags.PHOTOMETRIC)
    if compression not in _READ:
        raise _refused(
            phrase(
                "The file is a TIFF with {kind} inside.",
                kind=_COMPRESSIONS.get(compression) or phrase("the compression {number}", number=compression),
            )
        )
    if pixels not in _PIXELS or (pixels == 5 and page.one(tags.INK_SET, 1) != 1):
        kind = {8: "Lab", 9: "Lab", 10: "Lab", 5: phrase("other inks than CMYK")}.get(pixels) or phrase(
            "colours of the kind {number}", number=pixels
        )
        raise _refused(phrase("The file is a TIFF in {kind}; what is read is grey, RGB, CMYK and palettes.", kind=kind))
    bits = set(page.numbers.get(tags.BITS, (1,)))
    if not bits <= {1, 2, 4, 8, 16} or len(bits) > 1 or (bits == {16} and pixels == 0):
        raise _refused(
            phrase(
                "The file is a TIFF of {bits} bits a sample; what is read is 8 and 16.",
                bits=" and ".join(map(str, sorted(bits))),
            )
        )
    if not set(page.numbers.get(tags.SAMPLE_FORMAT, (1,))) <= {1, 4}:
        raise _refused(
            phrase(
                "The file is a TIFF of signed or floating-point numbers; what is read is 8 and 16 bits without a sign."
            )
        )
    tile = page.one(tags.TILE_WIDTH), page.one(tags.TILE_HEIGHT)
    # A tile is decoded whole, however little of it is in the picture.
    if max(tile) > MAX_SIDE or tile[0] * tile[1] > MAX_PIXELS:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_MANY_PIXELS,
            phrase("The TIFF is made of tiles of {tile:,} x {tile_2:,} pixels.", tile=tile[0], tile_2=tile[1]),
        )


def _refused(cause: str) -> PhotoRefused:
    return PhotoRefused(ErrorCode.PHOTO_FORMAT_UNSUPPORTED, cause)
