"""Photos: verified, decoded once, upright, in sRGB. The only module that reads an uploaded file.

It is opened by `opening.py`; HEIC by `heic/`. PNG of 16 bits is decoded by `deep_png.py`, TIFF of 16 bits by `tiff/`;
`colours/claims.py` tells the colours of all.

Pillow's security handbook is the checklist: a closed list of formats, size limits before any pixel is decoded,
nothing of the source's metadata in what is written.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import PREVIEW_SIDE
from backdrop.core.words.marks import phrase
from backdrop.imaging.colours.claims import claims_of
from backdrop.imaging.colours.conversion import Conversion, Pixels, convert, convert_deep, find_conversion, widen
from backdrop.imaging.file_signatures import is_heic
from backdrop.imaging.jpeg.markers import START
from backdrop.imaging.opening import DAMAGE, Opened, PhotoFormat, check_bytes, check_geometry, open_file
from backdrop.imaging.transparency import is_cut_out, is_invisible, on_white, uncover, without_alpha

if TYPE_CHECKING:
    from backdrop.imaging.colours.png_chunks import PngFile


class Photo(NamedTuple):
    """A decoded photo.

    Attributes:
        image: upright RGB in sRGB; smaller than the file's own size when a bound was given to `open_photo`.
        format: of the file.
        width: pixels of the upright photo at its full size.
        height: likewise.
        alpha: upright L of the full size, 255 = opaque, where the file is a cut-out (`transparency.is_cut_out`).
    """

    image: Image.Image
    format: PhotoFormat
    width: int
    height: int
    alpha: Image.Image | None = None


def open_photo(data: bytes, max_side: int | None = None, *, uncovered: bool = False) -> Photo:
    """Decode a file of any format that is read to upright sRGB.

    CMYK is converted by its profile, 16-bit is reduced to 8. Transparent parts are laid on white; with `uncovered` a
    cut-out keeps its own colours wherever it is not wholly transparent.
    With `max_side` (pixels, longest side) the image is scaled down while it is decoded: JPEG then
    skips most of the work.

    Raises:
        PhotoRefused: for everything that is no good photo, before its pixels are decoded where that can be told.
    """
    check_bytes(data)
    if is_heic(data):
        return _decode(Opened(_heic(data), "HEIC"), max_side, uncovered=uncovered)
    try:
        return _read(data, max_side, uncovered=uncovered)
    except PhotoRefused as refusal:
        if refusal.code is not ErrorCode.PHOTO_TRUNCATED or not data.startswith(START):
            raise
        from backdrop.imaging.jpeg.ends import completed  # Here: only damaged files pay for it.

        whole = completed(data)
        if whole is None:
            raise
        return _read(whole, max_side, uncovered=uncovered)


def _read(data: bytes, max_side: int | None, *, uncovered: bool) -> Photo:
    opened = open_file(data)
    try:
        return _decode(opened, max_side, uncovered=uncovered)
    except DAMAGE as error:
        raise PhotoRefused(
            ErrorCode.PHOTO_TRUNCATED, phrase("The file can't be decoded to its end: {error}.", error=error)
        ) from error


def upright_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of the photo as it is to be seen, from the file's head; no pixel is decoded.

    Raises:
        PhotoRefused: as `open_photo`, as far as the head tells.
    """
    check_bytes(data)
    if is_heic(data):
        from backdrop.imaging.heic.decoder import open_heic

        width, height = open_heic(data).size
        check_geometry(width, height)
        return width, height
    opened = open_file(data)
    width, height = opened.image.size
    return (height, width) if opened.orientation in _ON_THEIR_SIDE else (width, height)


def _heic(data: bytes) -> Image.Image:
    from backdrop.imaging.heic.decoder import decode_heic, open_heic  # Here: only HEIC files pay for them.

    main = open_heic(data)
    check_geometry(*main.size)
    return decode_heic(main)


def _decode(opened: Opened, max_side: int | None, *, uncovered: bool) -> Photo:
    """Pixels of an opened file; raises what Pillow raises."""
    image, format_, orientation, *_ = opened
    width, height = image.size
    if format_ != "JPEG" and getattr(image, "n_frames", 1) > 1:
        raise PhotoRefused(
            ErrorCode.PHOTO_ANIMATED, phrase("The file holds {frames} frames.", frames=getattr(image, "n_frames", 1))
        )
    conversion = find_conversion(_pixels_of(opened), claims_of(image, opened.png))
    target = _bounded(image.size, max_side)
    if target != image.size:
        # Scaling before turning keeps JPEG's cheap decoding at a fraction of the size (`draft`):
        # https://pillow.readthedocs.io/en/stable/reference/Image.html
        target = _nearest_jpeg_scale(image.size, target)
        image.draft(image.mode, target)
    image, alpha = _to_srgb(opened, conversion) if opened.png is None else _png_to_srgb(image, conversion, opened.png)
    own = None
    if alpha is not None and alpha.getextrema() != (255, 255):
        image, own = _seen(image, alpha, uncovered=uncovered)
    if image.size != target:
        # Hamming's filter makes a photo as much smaller as bicubic does, and no softer, in two thirds of the time.
        image = image.resize(target, Image.Resampling.HAMMING, reducing_gap=2.0)
    upright = _transposed(image, orientation)
    # Pillow hands a file's comment and more on to every picture made from it, and writes some of it.
    upright.info = {}
    if orientation in _ON_THEIR_SIDE:
        width, height = height, width
    return Photo(upright, format_, width, height, _transposed(own, orientation) if own else None)


def encode_preview(photo: Photo) -> bytes:
    """A JPEG of at most `PREVIEW_SIDE` pixels: what Rekognition and the web app see of the photo."""
    preview = photo.image
    size = _bounded(preview.size, PREVIEW_SIDE)
    if size != preview.size:
        preview = preview.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    out = io.BytesIO()
    preview.save(out, "JPEG", quality=88)
    return out.getvalue()


def _bounded(size: tuple[int, int], max_side: int | None) -> tuple[int, int]:
    if max_side is None or max(size) <= max_side:
        return size
    scale = max_side / max(size)
    return max(1, int(size[0] * scale)), max(1, int(size[1] * scale))


def _nearest_jpeg_scale(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int]:
    """Return the size to decode a JPEG at. The decoder halves, quarters or eighths one for nothing: such a size is
    taken when it is within 5 % of the bound.

    Decoders round up, so (4000, 3000) for a target of (2048, 1536) becomes (2000, 1500).
    """
    for divisor in (2, 4, 8):
        scaled = (-(-size[0] // divisor), -(-size[1] // divisor))
        if 0.95 * target[0] <= scaled[0] <= target[0] and scaled[1] <= target[1]:
            return scaled
    return target


def _pixels_of(opened: Opened) -> Pixels:
    """What a pixel has, without its alpha."""
    image, _, _, png, tiff = opened
    if image.mode == "CMYK":
        return "CMYK"
    # Grey of 16 bits with alpha is RGBA to Pillow.
    file = png or tiff
    grey = image.mode in ("1", "L", "LA") if file is None else file.is_grey
    return "L" if grey else "RGB"


def _to_srgb(opened: Opened, conversion: Conversion | None) -> tuple[Image.Image, Image.Image | None]:
    """Return RGB of 8 bits in sRGB, and its alpha, L."""
    image, tiff = opened.image, opened.tiff
    if tiff is not None and tiff.is_deep and (conversion or tiff.is_grey):
        from backdrop.imaging.tiff.decoder import read_bands

        if deep := read_bands(tiff):
            bands, alpha = deep
            return convert_deep(bands, conversion), alpha
    image.load()
    flat, alpha = without_alpha(image)
    return convert(flat, conversion), alpha


def _png_to_srgb(
    image: Image.Image, conversion: Conversion | None, png: PngFile
) -> tuple[Image.Image, Image.Image | None]:
    """Return the same of a PNG file, whose samples may have 16 bits, or no black and white at their ends."""
    from backdrop.imaging.colours.png_colours import is_narrow

    narrow = is_narrow(png)
    # Without a conversion the upper half of each sample is all that is needed, and what Pillow decodes. Of grey it
    # decodes all, and one transparent value is compared with all of a sample.
    if png.depth == 16 and (conversion or narrow or image.mode == "I;16" or "transparency" in image.info):
        from backdrop.imaging.colours.deep_png import read_bands

        bands, alpha = read_bands(png.picture)
        return convert_deep(bands, conversion, narrow=narrow), alpha
    image.load()
    flat, alpha = without_alpha(image)
    return convert(widen(flat) if narrow else flat, conversion), alpha


def _seen(image: Image.Image, alpha: Image.Image, *, uncovered: bool) -> tuple[Image.Image, Image.Image | None]:
    """What is seen of a picture with transparent parts, RGB; and its alpha, if it is a cut-out."""
    if is_invisible(alpha):
        raise PhotoRefused(
            ErrorCode.PHOTO_INVISIBLE, phrase("Every pixel of the photo is transparent: nothing of it is seen.")
        )
    cut_out = is_cut_out(alpha)
    shown = uncover(image, alpha) if cut_out and uncovered else on_white(image, alpha)
    return shown, alpha if cut_out else None


_ON_THEIR_SIDE = (5, 6, 7, 8)
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _transposed(image: Image.Image, orientation: int) -> Image.Image:
    """Pixels as EXIF's Orientation tag says they are to be seen."""
    method = _TRANSPOSE.get(orientation)
    return image.transpose(method) if method is not None else image
