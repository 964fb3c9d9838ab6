"""Whether a file is HEIC or AVIF, by its first bytes: asked of every photo, so cheap.

What else there is, `core/signatures.py` knows.
"""

from __future__ import annotations

STILL_BRANDS = frozenset({"heic", "heix", "heim", "heis", "mif1"})
SEQUENCE_BRANDS = frozenset({"msf1", "hevc", "hevx", "hevm", "hevs", "avis"})
"""Brands of HEIF (ISO/IEC 23008-12, annex B); a file of the second kind may hold a still picture all the same."""


def brands(data: bytes) -> tuple[str, ...]:
    """The major brand and the compatible ones of a file that begins with `ftyp`; none of any other."""
    if data[4:8] != b"ftyp":
        return ()
    end = min(int.from_bytes(data[:4], "big"), len(data), 512)
    return tuple(data[at : at + 4].decode("latin-1") for at in (8, *range(16, end - 3, 4)))


def is_avif(data: bytes) -> bool:
    """Whether a file says that it is AVIF: by its major brand, or as one of the brands of a file that may be either."""
    named = brands(data)
    if not named:
        return False
    return named[0] in ("avif", "avis") or (named[0] in ("mif1", "msf1") and not {"avif", "avis"}.isdisjoint(named))


def is_heic(data: bytes) -> bool:
    """Whether a file says that it is HEIC or HEIF: by its major brand, or by one it is compatible with."""
    named = brands(data)
    if not named or is_avif(data):
        return False
    return named[0] in SEQUENCE_BRANDS or not STILL_BRANDS.isdisjoint(named)
