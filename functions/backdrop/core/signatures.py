"""What a file is by its first bytes: one list for the service, the command and the browser.

Patterns are regular expressions in the tongue that Python and JavaScript share, over text of one character a byte
(Latin-1), where a dot is any of them and case does not matter. The first that matches at the beginning counts.
Signatures: https://www.garykessler.net/library/file_sigs.html, https://www.nationalarchives.gov.uk/PRONOM and, for
cameras' files, https://exiftool.org/#supported.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from backdrop.core.words.marks import mark_phrase, phrase

HEAD_BYTES = 512
"""So many of a file's first bytes are looked at."""


class Kind(NamedTuple):
    """A kind of file.

    Attributes:
        pattern: of its first bytes.
        name: for people, with its article.
        type: MIME type of what may be uploaded; None of what is no photo, or none that is read.
    """

    pattern: str
    name: str
    type: str | None = None


def _raw(name: str) -> str:
    return phrase("a camera's raw file ({name})", name=name)


KINDS: tuple[Kind, ...] = (
    Kind(r"\xff\xd8\xff", mark_phrase("a JPEG"), "image/jpeg"),
    Kind(r"\x89PNG\r\n\x1a\n", mark_phrase("a PNG"), "image/png"),
    Kind(r"RIFF.{4}WEBP", mark_phrase("a WebP"), "image/webp"),
    # AVIF and HEIC lie in the same container and may both call themselves `mif1`: then the brands behind it tell.
    Kind(r".{4}ftyp(?:avis|msf1.{4}(?:.{4})*?avis)", mark_phrase("an animated AVIF")),
    Kind(r".{4}ftyp(?:avif|mif1.{4}(?:.{4}){0,9}?avif)", mark_phrase("an AVIF"), "image/avif"),
    Kind(
        r".{4}ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|(?!crx ).{8}(?:.{4}){0,9}?hei[cxms])",
        mark_phrase("a HEIC"),
        "image/heic",
    ),
    Kind(r"GIF8[79]a", mark_phrase("a GIF")),
    Kind(r"\xff\x0a|\x00\x00\x00\x0cJXL \r\n\x87\n", mark_phrase("a JPEG XL")),
    Kind(r"\xff\x4f\xff\x51|\x00\x00\x00\x0cjP  \r\n\x87\n", mark_phrase("a JPEG 2000")),
    Kind(r"II\xbc[\x00\x01]", mark_phrase("a JPEG XR")),
    # Those that are a TIFF with a mark of their own; of others only the tags tell (`imaging/tiff`).
    Kind(r"II\*\x00.{4}CR", _raw("Canon CR2")),
    Kind(r"II.{4}HEAPCCDR", _raw("Canon CRW")),
    Kind(r".{4}ftypcrx ", _raw("Canon CR3")),
    Kind(r"II\*\x00.{4}IIII", _raw("Phase One IIQ")),
    Kind(r"II(?:RO|RS)|MMOR", _raw("Olympus ORF")),
    Kind(r"IIU\x00", _raw("Panasonic RW2")),
    Kind(r"FUJIFILMCCD-RAW", _raw("Fujifilm RAF")),
    Kind(r"FOVb", _raw("Sigma X3F")),
    Kind(r"\x00MR[MI]", _raw("Minolta MRW")),
    Kind(r"II\*\x00|MM\x00\*|II\x2b\x00|MM\x00\x2b", mark_phrase("a TIFF"), "image/tiff"),
    Kind(r"BM.{4}\x00{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00{3}", mark_phrase("a BMP")),
    Kind(r"\x00\x00[\x01\x02]\x00[\x01-\xff]\x00", mark_phrase("an icon (ICO)")),
    Kind(r"icns", mark_phrase("an icon (ICNS)")),
    Kind(r"8BPS", mark_phrase("a Photoshop file")),
    Kind(r"gimp xcf", mark_phrase("a GIMP file")),
    Kind(r"%PDF|\xef\xbb\xbf%PDF", mark_phrase("a PDF")),
    Kind(r"%!PS|\xc5\xd0\xd3\xc6", mark_phrase("PostScript (EPS)")),
    Kind(r"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*|<!--.*|<!DOCTYPE svg.*)?<(?:\w+:)?svg[\s>]", mark_phrase("an SVG")),
    Kind(r"(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|title)", mark_phrase("a web page")),
    Kind(r"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!--|<!DOCTYPE svg)", mark_phrase("XML (or an SVG)")),
    Kind(r"\x76\x2f\x31\x01", mark_phrase("an OpenEXR file")),
    Kind(r"#\?(?:RADIANCE|RGBE)", mark_phrase("a Radiance HDR file")),
    Kind(r"qoif", mark_phrase("a QOI")),
    Kind(r"DDS ", mark_phrase("a DirectDraw texture (DDS)")),
    Kind(r"BPG\xfb", mark_phrase("a BPG")),
    Kind(r"FLIF", mark_phrase("a FLIF")),
    Kind(r"P[1-7]\s+(?:#.*?\n\s*)?\d", mark_phrase("a Netpbm picture")),
    Kind(r"\x8a[MJ]NG\r\n\x1a\n", mark_phrase("an MNG")),
    Kind(
        r".{4}ftyp|.{4}(?:moov|mdat|wide|pnot|skip)|\x1aE\xdf\xa3|RIFF.{4}AVI |\x00\x00\x01[\xb3\xba]",
        mark_phrase("a video"),
    ),
    Kind(r"PK\x03\x04|7z\xbc\xaf|Rar!|\x1f\x8b", mark_phrase("an archive (such as ZIP)")),
    Kind(r"\x00\x05\x16[\x00\x07]", mark_phrase("a note of macOS about a file, not the file")),
)

_ENDINGS: dict[str, str] = {
    "avifs": mark_phrase("an animated AVIF"),
    "gif": mark_phrase("a GIF"),
    **dict.fromkeys(("bmp", "dib"), mark_phrase("a BMP")),
    **dict.fromkeys(("svg", "svgz"), mark_phrase("an SVG")),
    "jxl": mark_phrase("a JPEG XL"),
    **dict.fromkeys(("jp2", "j2k", "jpf", "jpx", "jpm", "j2c", "jpc"), mark_phrase("a JPEG 2000")),
    **dict.fromkeys(("jxr", "wdp", "hdp"), mark_phrase("a JPEG XR")),
    "jls": mark_phrase("a JPEG-LS"),
    **dict.fromkeys(("ico", "cur", "icns"), mark_phrase("an icon")),
    **dict.fromkeys(("psd", "psb"), mark_phrase("a Photoshop file")),
    "xcf": mark_phrase("a GIMP file"),
    "pdf": mark_phrase("a PDF"),
    **dict.fromkeys(("eps", "ps", "ai"), mark_phrase("PostScript (EPS)")),
    **dict.fromkeys(("mp4", "mov", "m4v", "avi", "mkv", "webm"), mark_phrase("a video")),
    **dict.fromkeys(("zip", "rar", "7z", "gz", "tar"), mark_phrase("an archive (such as ZIP)")),
    **dict.fromkeys(("htm", "html"), mark_phrase("a web page")),
}

RAW_ENDINGS = frozenset(
    (
        "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "kdc", "mef", "mos", "mrw", "nef",
        "nrw", "orf", "pef", "raf", "raw", "rw2", "rwl", "sr2", "srf", "srw", "x3f",
    )
)  # fmt: skip
"""Names of cameras' raw files end so, in lower case; many of them are a TIFF by their first bytes."""


def kind_of(head: bytes) -> Kind | None:
    """What a file is by its first `HEAD_BYTES` bytes; None where it is nothing known."""
    text = head[:HEAD_BYTES].decode("latin-1")
    return next((kind for pattern, kind in _compiled() if pattern.match(text)), None)


def named_by_ending(name: str) -> str | None:
    """What a file of this name is for people, where it is something known that is no photo that is read."""
    ending = name.rpartition(".")[2].lower()
    return _raw(ending.upper()) if ending in RAW_ENDINGS else _ENDINGS.get(ending)


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], Kind], ...]:
    """The patterns, made when the first file is asked about: they take 5 ms."""
    return tuple((re.compile(kind.pattern, re.DOTALL | re.IGNORECASE), kind) for kind in KINDS)
