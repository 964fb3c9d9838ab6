"""What a file is by its first bytes, cheap enough for every photo."""

from __future__ import annotations

from collections.abc import Callable

OTHER_FORMATS: tuple[tuple[Callable[[bytes], bool], str], ...] = (
    (lambda head: head[:6] in (b"GIF87a", b"GIF89a"), "GIF"),
    (lambda head: head[:4] in (b"II*\0", b"MM\0*"), "TIFF (or a camera's raw file)"),
    (lambda head: head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"), "AVIF"),
    (lambda head: head[4:8] == b"ftyp", "a video (or a camera's raw file)"),
    (lambda head: head[:2] == b"BM", "BMP"),
    (lambda head: head[:4] == b"%PDF", "PDF"),
    (lambda head: head[:4] == b"8BPS", "Photoshop"),
    (lambda head: head[:4] == b"%!PS", "PostScript"),
    (lambda head: head.lstrip()[:5].lower() in (b"<?xml", b"<svg ", b"<svg>"), "SVG or XML"),
    (lambda head: head.lstrip()[:5].lower() in (b"<!doc", b"<html"), "a web page"),
)
"""Files that are no photos, with their names for people."""

STILL_BRANDS = frozenset({"heic", "heix", "heim", "heis", "mif1"})
SEQUENCE_BRANDS = frozenset({"msf1", "hevc", "hevx", "hevm", "hevs"})
"""Brands of HEIF (ISO/IEC 23008-12, annex B); a file of the second kind may hold a still picture all the same."""


def brands(data: bytes) -> tuple[str, ...]:
    """The major brand and the compatible ones of a file that begins with `ftyp`; none of any other."""
    if data[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(data[:4], "big"), len(data), 512)
    return tuple(data[at : at + 4].decode("latin-1") for at in (8, *range(16, end - 3, 4)))


def is_heic(data: bytes) -> bool:
    """Whether a file says that it is HEIC or HEIF: by its major brand, or by one it is compatible with."""
    named = brands(data)
    if not named or named[0] in ("avif", "avis"):
        return False
    return named[0] in SEQUENCE_BRANDS or not STILL_BRANDS.isdisjoint(named)
