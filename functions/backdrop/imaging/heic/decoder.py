"""HEIC photos, for `photos.py` alone: what is checked before libheif sees one, and its main picture as pixels.

libheif (LGPL, by `pi_heif`: it decodes only) is loaded when the first HEIC file is opened; its own limits stay on. It
checks that a bitstream has the size that its item says (security limits of libheif 1.20 and later), so what the items
say is what has to be bounded here.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from PIL import Image

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import MAX_PIXELS, MAX_PROFILE_BYTES
from backdrop.imaging.colours import code_points
from backdrop.imaging.file_signatures import SEQUENCE_BRANDS, brands
from backdrop.imaging.heic import boxes
from backdrop.imaging.heic.boxes import Container, DamagedError, Item

if TYPE_CHECKING:
    from pi_heif import HeifImage  # type: ignore[import-untyped]

_MAX_CODED_PIXELS = 2.2 * MAX_PIXELS
"""Of all that is decoded for a photo: a grid whose tiles go over the edge, and its alpha likewise."""

_ALPHA_URNS = frozenset(
    {b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:avc:2015:auxid:1"}
)


def open_heic(data: bytes) -> HeifImage:
    """The main picture, not decoded yet. Its `size` is that of the upright picture.

    Raises:
        PhotoRefused: not a still picture in HEVC, more to decode than a photo has, HDR, damaged.
    """
    try:
        container = boxes.read(data)
        _check(data, container)
    except DamagedError as error:
        raise _undecodable(error) from error
    import pi_heif  # Here: only HEIC files pay for it.

    pi_heif.options.THUMBNAILS = pi_heif.options.DEPTH_IMAGES = pi_heif.options.AUX_IMAGES = False
    try:
        file = pi_heif.open_heif(container.still_of(data), remove_stride=False)
    except _DECODER_ERRORS as error:
        raise _undecodable(error) from error
    # What can't be opened is left out of the list; then the main picture may be missing in it.
    main = next((image for image in file if image.info["primary"]), None)
    if main is None:
        raise _undecodable("the main picture can't be read")
    if not main.info.get("icc_profile"):
        code_points.refuse_hdr(main.info.get("nclx_profile", {}).get("transfer_characteristics"))
    return main


def decode_heic(main: HeifImage) -> Image.Image:
    """Return the main picture's pixels: upright L, RGB, RGBA or RGBa of 8 bits, with nothing in `info` but the colour
    profile.

    The picture is turned and mirrored by its own properties; EXIF's Orientation is not looked at, as ISO/IEC 23008-12
    (annex A) has it: it tells what was done already.

    Raises:
        PhotoRefused: it can't be decoded to its end.
    """
    promised = main.size
    try:
        image: Image.Image = main.to_pillow()
    except _DECODER_ERRORS as error:
        raise _undecodable(error) from error
    if image.size != promised:
        raise _undecodable(f"it says {promised[0]} x {promised[1]} pixels and holds {image.width} x {image.height}")
    profile = main.info.get("icc_profile") or _profile_of(main.info.get("nclx_profile"))
    if image.mode.startswith("I"):
        # Grey of 10 or 12 bits lies in the upper ones of 16: its white is not 65,535.
        white = (2 ** main.info["bit_depth"] - 1) << (16 - main.info["bit_depth"])
        image = image.convert("I").point(lambda value: value * (255 / white) + 0.5).convert("L")
    image.info = {"icc_profile": profile} if profile else {}
    return image


# What pi_heif's own documentation lists, and what its code raises of itself when a file lacks what it looks for.
_DECODER_ERRORS = (ValueError, EOFError, SyntaxError, RuntimeError, OSError, MemoryError, LookupError, TypeError)


def _profile_of(colours: dict[str, Any] | None) -> bytes | None:
    if not colours:
        return None
    return code_points.profile_for(colours["color_primaries"], colours["transfer_characteristics"])


def _check(data: bytes, container: Container) -> None:
    named = brands(data)
    if container.tracks and (named[0] in SEQUENCE_BRANDS or not container.items):
        raise PhotoRefused(ErrorCode.PHOTO_ANIMATED, "The file is a video or a sequence of pictures, not one photo.")
    if container.primary not in container.items:
        raise DamagedError("it names no main picture")
    # libheif takes all of them into memory, wanted or not.
    if sum(item.length for item in container.items.values()) > 2 * len(data):
        raise DamagedError("its parts overlap")
    profiles = sum(
        end - start for item in container.items.values() for type_, start, end in item.properties if type_ == "colr"
    )
    # As often as they are named.
    if profiles > MAX_PROFILE_BYTES:
        raise PhotoRefused(ErrorCode.PHOTO_TOO_LARGE, "The colour profiles in the file are far larger than a photo's.")
    parts = _decoded(data, container).values()
    areas = {id(item): width * height for item in parts for width, height in [_size(data, item)]}
    _check_pixels(max(areas.values()), MAX_PIXELS)
    _check_pixels(sum(areas[id(item)] for item in parts if item.type == "hvc1"), _MAX_CODED_PIXELS)


def _decoded(data: bytes, container: Container) -> dict[int, Item]:
    """The items that decoding the main picture decodes: its tiles, and the alpha of each."""
    alphas: dict[int, list[int]] = {}
    for id_, item in container.items.items():
        if _is_alpha(data, item):
            for target in item.references.get("auxl", ()):
                alphas.setdefault(target, []).append(id_)
    found: dict[int, Item] = {}
    waiting = [container.primary]
    while waiting:
        id_ = waiting.pop()
        if id_ in found:
            continue
        if id_ not in container.items:
            raise DamagedError("a part of the picture is missing")
        item = container.items[id_]
        if item.type not in ("hvc1", "grid", "iden"):
            raise PhotoRefused(ErrorCode.PHOTO_FORMAT_UNSUPPORTED, f"The picture in the file is {_named(item.type)}.")
        found[id_] = item
        waiting += [*item.references.get("dimg", ()), *alphas.get(id_, ())]
    return found


def _is_alpha(data: bytes, item: Item) -> bool:
    """Whether an item is an alpha by its `auxC`: a version and flags, then a URN that ends with a zero."""
    urns = [data[start + 4 : end].partition(b"\0")[0] for type_, start, end in item.properties if type_ == "auxC"]
    return not _ALPHA_URNS.isdisjoint(urns)


def _size(data: bytes, item: Item) -> tuple[int, int]:
    """Pixels as `ispe` says, or as a grid's own data do, whichever is more."""
    sizes = [
        struct.unpack_from(">II", data, at + 4) for type_, at, end in item.properties if (type_, end - at) == _ISPE
    ]
    if item.type == "grid" and item.extents:
        start, end = item.extents[0]
        wide = data[start + 1] & 1 if end - start > 1 else 0
        if end - start < (12 if wide else 8):
            raise DamagedError("a grid without a size")
        sizes.append(struct.unpack_from(">II" if wide else ">HH", data, start + 4))
    if not sizes:
        raise DamagedError("a part of the picture has no size")
    return max(width for width, _ in sizes), max(height for _, height in sizes)


_ISPE = ("ispe", 12)


def _check_pixels(pixels: int, limit: float) -> None:
    if pixels > limit:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_MANY_PIXELS,
            f"The parts of the photo have {pixels / 1e6:.0f} megapixels; the limit is {limit / 1e6:.0f}.",
        )


def _named(type_: str) -> str:
    known = {"av01": "AVIF", "avc1": "H.264", "jpeg": "JPEG in a HEIF file", "iovl": "put together from several"}
    return f"{known.get(type_, f'of the kind {type_!r}')}; only HEVC is read"


def _undecodable(reason: object) -> PhotoRefused:
    # pi_heif's classes: a feature that libheif lacks, or one of its limits; anything else is damage.
    lacking = isinstance(reason, (SyntaxError, RuntimeError))
    code = ErrorCode.PHOTO_FORMAT_UNSUPPORTED if lacking else ErrorCode.PHOTO_TRUNCATED
    return PhotoRefused(code, f"The HEIC file can't be decoded: {str(reason).strip().rstrip('.')}.")
