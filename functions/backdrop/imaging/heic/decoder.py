"""HEIC photos, for `photos.py` alone: what is checked before libheif sees one, and its main picture as pixels.

libheif (LGPL, by `pi_heif`: it decodes only) is loaded when the first HEIC file is opened; its own limits stay on. It
checks that a bitstream has the size that its item says (security limits of libheif 1.20 and later), so what the items
say is what has to be bounded here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PIL import Image

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.words.marks import phrase
from backdrop.imaging.colours import code_points
from backdrop.imaging.heic import boxes
from backdrop.imaging.heic.boxes import DamagedError
from backdrop.imaging.heic.checks import check

if TYPE_CHECKING:
    from pi_heif import HeifImage  # type: ignore[import-untyped]


def open_heic(data: bytes) -> HeifImage:
    """The main picture, not decoded yet. Its `size` is that of the upright picture.

    Raises:
        PhotoRefused: not a still picture in HEVC, more to decode than a photo has, HDR, damaged.
    """
    try:
        container = boxes.read(data)
        check(data, container, "hvc1")
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
        raise _undecodable(phrase("the main picture can't be read"))
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
        raise _undecodable(
            phrase(
                "it says {promised} x {promised_2} pixels and holds {width} x {height}",
                promised=promised[0],
                promised_2=promised[1],
                width=image.width,
                height=image.height,
            )
        )
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


def _undecodable(reason: object) -> PhotoRefused:
    # pi_heif's classes: a feature that libheif lacks, or one of its limits; anything else is damage.
    lacking = isinstance(reason, (SyntaxError, RuntimeError))
    code = ErrorCode.PHOTO_FORMAT_UNSUPPORTED if lacking else ErrorCode.PHOTO_TRUNCATED
    return PhotoRefused(
        code, phrase("The HEIC file can't be decoded: {reason}.", reason=str(reason).strip().rstrip("."))
    )
