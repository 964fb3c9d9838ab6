"""What is checked of a HEIC or AVIF file before a decoder sees it: which parts the photo needs, how large they are."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import MAX_PIXELS, MAX_PROFILE_BYTES
from backdrop.core.words.marks import phrase
from backdrop.imaging.file_signatures import SEQUENCE_BRANDS, brands
from backdrop.imaging.heic.boxes import Container, DamagedError, Item

_MAX_CODED_PIXELS = 2.2 * MAX_PIXELS
"""Of all that is decoded for a photo: a grid whose tiles go over the edge, and its alpha likewise."""

_ALPHA_URNS = frozenset(
    {b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1", b"urn:mpeg:avc:2015:auxid:1"}
)

_CODECS = {"hvc1": "HEVC", "av01": "AV1"}


def check(data: bytes, container: Container, codec: str) -> list[Item]:
    """Return the items that decoding the main picture decodes.

    Args:
        data: the file.
        container: what it says of itself.
        codec: the type of the items that hold pixels: `hvc1` or `av01`.

    Raises:
        PhotoRefused: a sequence, pixels in another codec, more of them or larger profiles than a photo has.
        DamagedError: the items contradict each other.
    """
    named = brands(data)
    if container.tracks and (named[0] in SEQUENCE_BRANDS or not container.items):
        raise PhotoRefused(
            ErrorCode.PHOTO_ANIMATED, phrase("The file is a video or a sequence of pictures, not one photo.")
        )
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
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_LARGE, phrase("The colour profiles in the file are far larger than a photo's.")
        )
    parts = list(_decoded(data, container, codec).values())
    areas = {id(item): width * height for item in parts for width, height in [_size(data, item)]}
    _check_pixels(max(areas.values()), MAX_PIXELS)
    check_coded_pixels([areas[id(item)] for item in parts if item.type == codec])
    return parts


def check_coded_pixels(areas: Sequence[int]) -> None:
    """Refuse more pixels than decoding a photo takes: any of its parts, or all of them."""
    _check_pixels(max(areas, default=0), MAX_PIXELS)
    _check_pixels(sum(areas), _MAX_CODED_PIXELS)


def _decoded(data: bytes, container: Container, codec: str) -> dict[int, Item]:
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
        if item.type not in (codec, "grid", "iden"):
            raise PhotoRefused(
                ErrorCode.PHOTO_FORMAT_UNSUPPORTED,
                phrase(
                    "The picture in the file is {kind}; only {codec} is read.",
                    kind=_named(item.type),
                    codec=_CODECS[codec],
                ),
            )
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
            phrase(
                "The parts of the photo have {pixels:.0f} megapixels; the limit is {limit:.0f}.",
                pixels=pixels / 1e6,
                limit=limit / 1e6,
            ),
        )


def _named(type_: str) -> str:
    known = {
        "av01": "AVIF",
        "avc1": "H.264",
        "jpeg": phrase("JPEG in a HEIF file"),
        "iovl": phrase("put together from several"),
    }
    return known.get(type_) or phrase("of the kind {code!r}", code=type_)
