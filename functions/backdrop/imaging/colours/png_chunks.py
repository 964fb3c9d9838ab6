"""What a PNG file says beside its pixels, and the file without it (https://www.w3.org/TR/png-3/).

Pillow would unpack every text and profile up to a bound of its own, and refuse the photo above it. Here only what is
needed is unpacked, once and bounded, and Pillow gets a file with the picture alone.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from backdrop.core.limits import MAX_PROFILE_BYTES
from backdrop.imaging.colours.icc import Chromaticity, Primaries

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"})
_NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT"})
_NAMES = re.compile(b"PLTE|tRNS|IDAT|IEND")
_MAX_TRIES = 8
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_XMP, _RAW_EXIF = b"XML:com.adobe.xmp", b"Raw profile type exif"
_MAX_EXPONENT = 100
"""Above it, or below its inverse, a gAMA is no brightness that anybody meant."""


@dataclass
class PngFile:
    """A file taken apart. What is damaged counts as absent.

    Attributes:
        picture: the file with nothing but its picture, for a decoder.
        depth: bits a sample.
        is_grey: one sample a pixel, besides alpha.
        code_points: primaries and transfer function by number (`cICP`).
        narrow: with code points: black is at 16 and white at 235, of 255.
        profile: ICC profile (`iCCP`).
        is_srgb: by `sRGB`.
        exponent: from a coded value to light, both 0..1 (`gAMA`, inverted).
        primaries: with their white (`cHRM`).
        exif: beginning with `Exif` and two zeros; empty where there is none.
        xmp: an XMP packet; empty where there is none.
    """

    picture: bytes
    depth: int = 8
    is_grey: bool = False
    code_points: tuple[int, int] | None = None
    narrow: bool = False
    profile: bytes | None = None
    is_srgb: bool = False
    exponent: float | None = None
    primaries: tuple[Primaries, Chromaticity] | None = None
    exif: bytes = b""
    xmp: bytes = b""


def read_png(data: bytes) -> PngFile:
    """Take a file apart. Of what must not be there twice the first counts, and colours before the pixels only."""
    file = PngFile(bare_picture(data))
    read: set[bytes] = set()
    pixels_begun = False
    for type_, start, end in _chunks(data):
        pixels_begun |= type_ == b"IDAT"
        if type_ == b"IHDR" and end - start == 13 and end <= len(data):
            file.depth, file.is_grey = data[start + 8], data[start + 9] in (0, 4)
        elif type_ in _READERS and not (pixels_begun and type_ in _COLOURS):
            name = _name(data, type_, start, end)
            if name is not None and name not in read and _is_whole(data, start, end):
                read.add(name)
                _READERS[type_](file, data[start:end])
    return file


def bare_picture(data: bytes) -> bytes:
    """A PNG file with nothing but its picture; itself where nothing is left out. Nothing is unpacked."""
    if not data.startswith(SIGNATURE):
        return data
    # Whole chunks, with length and checksum; what is left of one that is cut, the decoder has to tell. One that is
    # damaged counts as absent if a picture can do without it (5.4: its first letter is small), as in browsers.
    kept = [
        (start - 8, min(end + 4, len(data)))
        for type_, start, end in _chunks(data)
        if type_ in _PICTURE and (type_[:1].isupper() or _is_whole(data, start, end))
    ]
    if sum(last - first for first, last in kept) == len(data) - len(SIGNATURE):
        return data
    view = memoryview(data)
    return b"".join([SIGNATURE, *(view[first:last] for first, last in kept)])


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Type and place of each chunk's content. The end of one that is cut is behind the end of the file."""
    at, may_search = len(SIGNATURE), True
    while at + 8 <= len(data):
        length, type_ = struct.unpack_from(">I4s", data, at)
        yield type_, at + 8, at + 8 + length
        if type_ == b"IEND":
            return
        following = at + 12 + length
        # The length of one that a picture can do without may be what is damaged. Once in a file: each search reads on.
        if may_search and type_ not in _NEEDED and not data[following + 4 : following + 8].isalpha():
            may_search = False
            following = _next_of_picture(data, at + 8) or following
        at = following


def _next_of_picture(data: bytes, start: int) -> int | None:
    """Where the next chunk of the picture begins that is whole, if it is among the next few that look like one."""
    for found in islice(_NAMES.finditer(data, start), _MAX_TRIES):
        begin = found.start()
        end = begin + 4 + int.from_bytes(data[begin - 4 : begin], "big")
        if _is_whole(data, begin + 4, end):
            return begin - 4
    return None


def _name(data: bytes, type_: bytes, start: int, end: int) -> bytes | None:
    """What a chunk is known by; None for a text that is not needed."""
    if type_ not in _TEXTS:
        return type_
    key = data[start : min(end, start + 80)].partition(b"\0")[0]
    return key if key in (_XMP, _RAW_EXIF) else None


def _is_whole(data: bytes, start: int, end: int) -> bool:
    return data[end : end + 4] == zlib.crc32(memoryview(data)[start - 4 : end]).to_bytes(4, "big")


def _read_code_points(file: PngFile, content: bytes) -> None:
    # The third number is the matrix: a PNG is RGB, and anything but 0 says that it is not.
    if len(content) == 4 and content[2] == 0 and content[3] in (0, 1):
        file.code_points = (content[0], content[1])
        file.narrow = content[3] == 0


def _read_profile(file: PngFile, content: bytes) -> None:
    _, _, packed = content.partition(b"\0")
    if packed[:1] != b"\0":
        return
    profile = _unpack(packed[1:])
    # Zeros, or whatever else, may follow; what is larger by its own word is no profile.
    file.profile = profile[: int.from_bytes(profile[:4], "big")] if len(profile) == MAX_PROFILE_BYTES else profile


def _read_srgb(file: PngFile, content: bytes) -> None:
    file.is_srgb = len(content) == 1


def _read_exponent(file: PngFile, content: bytes) -> None:
    value = int.from_bytes(content, "big") / 100_000 if len(content) == 4 else 0
    if 1 / _MAX_EXPONENT <= value <= _MAX_EXPONENT:
        file.exponent = 1 / value


def _read_primaries(file: PngFile, content: bytes) -> None:
    if len(content) == 32:
        numbers = [number / 100_000 for number in struct.unpack(">8I", content)]
        white, red, green, blue = zip(numbers[::2], numbers[1::2], strict=True)
        file.primaries = ((red, green, blue), white)


def _read_exif(file: PngFile, content: bytes) -> None:
    file.exif = b"Exif\0\0" + content


def _read_text(file: PngFile, content: bytes) -> None:
    key, _, text = content.partition(b"\0")
    _keep(file, key, text)


def _read_packed_text(file: PngFile, content: bytes) -> None:
    key, _, rest = content.partition(b"\0")
    if rest[:1] == b"\0":
        _keep(file, key, _unpack_text(rest[1:]))


def _read_international_text(file: PngFile, content: bytes) -> None:
    key, _, rest = content.partition(b"\0")
    # A flag and a method, then language and translated key, each up to a zero.
    parts = rest[2:].split(b"\0", 2)
    if len(parts) == 3:
        _keep(file, key, _unpack_text(parts[2]) if rest[0] else parts[2])


def _keep(file: PngFile, key: bytes, text: bytes) -> None:
    if key == _XMP:
        file.xmp = text
    elif not file.exif:
        # As ImageMagick writes it: a line with a name, one with a length, then hexadecimal digits.
        digits = b"".join(text.split(b"\n")[3:])
        try:
            file.exif = bytes.fromhex(digits.decode("ascii"))
        except ValueError:
            return


def _unpack_text(packed: bytes) -> bytes:
    """What it unpacks to; nothing when it is damaged, or larger than any that a camera or a program writes."""
    text = _unpack(packed)
    return text if len(text) < MAX_PROFILE_BYTES else b""


def _unpack(packed: bytes) -> bytes:
    """What it unpacks to, cut at `MAX_PROFILE_BYTES`; nothing when it is damaged."""
    try:
        return zlib.decompressobj().decompress(packed, MAX_PROFILE_BYTES)
    except zlib.error:
        return b""


_COLOURS = {
    b"cICP": _read_code_points,
    b"iCCP": _read_profile,
    b"sRGB": _read_srgb,
    b"gAMA": _read_exponent,
    b"cHRM": _read_primaries,
}
_READERS = _COLOURS | {
    b"eXIf": _read_exif,
    b"tEXt": _read_text,
    b"zTXt": _read_packed_text,
    b"iTXt": _read_international_text,
}
