"""AVIF photos, for `photos.py` alone: what is checked before libavif (in Pillow) sees one.

The container is HEIC's, and so are its bounds (`heic/checks.py`). libavif scales what a coded picture holds to what
the file says, however large it is: so both are bounded.
"""

from __future__ import annotations

import io

from PIL import Image
from PIL.ImageFile import ImageFile

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.words.marks import phrase
from backdrop.imaging.avif.sequence import Sequence, sequences_of
from backdrop.imaging.colours import code_points
from backdrop.imaging.encoding import load_plugin
from backdrop.imaging.heic import boxes
from backdrop.imaging.heic.boxes import Container, DamagedError, Item
from backdrop.imaging.heic.checks import check, check_coded_pixels


def open_avif(data: bytes) -> ImageFile:
    """The photo, not decoded yet, with nothing in `info` but its colour profile and how it is to be turned.

    Raises:
        PhotoRefused: not a still picture in AV1, more to decode than a photo has, HDR, cut by its own words, damaged.
    """
    try:
        container = boxes.read(data)
        parts = check(data, container, "av01")
        sequences = [_sequence(data, item) for item in parts if item.type == "av01"]
    except DamagedError as error:
        raise _undecodable(error) from error
    if not sequences:
        raise _undecodable(phrase("there are no pixels in it"))
    check_coded_pixels([sequence.width * sequence.height for sequence in sequences])
    main = container.items[container.primary]
    if any(type_ == "clap" for type_, _, _ in main.properties):
        raise PhotoRefused(
            ErrorCode.PHOTO_FORMAT_UNSUPPORTED,
            phrase("The AVIF file says to show a part of its picture: crop it for good."),
        )
    points = _code_points(data, container, sequences[0])
    image = _opened(container.still_of(data))
    profile = image.info.get("icc_profile")
    if not profile:
        code_points.refuse_hdr(points[1])
        profile = code_points.profile_for(*points)
    kept = {"icc_profile": profile, "exif": image.info.get("exif")}
    image.info = {key: value for key, value in kept.items() if value}
    return image


def _opened(data: bytes) -> ImageFile:
    load_plugin("AVIF")
    try:
        return Image.open(io.BytesIO(data), formats=("AVIF",))
    except (OSError, SyntaxError, ValueError, RuntimeError, MemoryError) as error:
        raise _undecodable(phrase("its parts don't fit together")) from error


def _sequence(data: bytes, item: Item) -> Sequence:
    """The largest of an item's sequence headers."""
    found = list(sequences_of(b"".join(data[start:end] for start, end in item.extents)))
    if not found:
        raise DamagedError("a part of the picture has no head")
    return max(found, key=lambda sequence: sequence.width * sequence.height)


def _code_points(data: bytes, container: Container, sequence: Sequence) -> tuple[int, int]:
    """Primaries and transfer function by number: the container's word, or else that of the coded picture."""
    for type_, start, end in container.items[container.primary].properties:
        if type_ == "colr" and data[start : start + 4] == b"nclx" and end - start >= 8:
            return int.from_bytes(data[start + 4 : start + 6], "big"), int.from_bytes(
                data[start + 6 : start + 8], "big"
            )
    return sequence.primaries, sequence.transfer


def _undecodable(reason: object) -> PhotoRefused:
    return PhotoRefused(ErrorCode.PHOTO_TRUNCATED, phrase("The AVIF file can't be decoded: {reason}.", reason=reason))
