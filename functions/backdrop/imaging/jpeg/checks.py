"""JPEG files that are refused before a decoder sees them: kinds that nothing here can read, and bombs of scans."""

from __future__ import annotations

from itertools import islice

from backdrop.core.errors import ErrorCode, PhotoRefused
from backdrop.core.limits import MAX_JPEG_SCAN_PIXELS, MAX_JPEG_SCANS
from backdrop.core.words.marks import mark_phrase, phrase
from backdrop.imaging.jpeg.markers import LOSSLESS_LS, Frame, frame_of, scans_of

_HUFFMAN = (0xC0, 0xC1, 0xC2)
_KINDS = {
    0xC3: mark_phrase("a lossless JPEG"),
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF), mark_phrase("a hierarchical JPEG")),
    **dict.fromkeys((0xC9, 0xCA), mark_phrase("a JPEG with arithmetic coding")),
    0xCB: mark_phrase("a lossless JPEG with arithmetic coding"),
    LOSSLESS_LS: mark_phrase("a JPEG-LS file"),
}


def check_jpeg(data: bytes) -> None:
    """Refuse what can't be read, and what would take a decoder far longer than a photo.

    A file that is damaged near its beginning passes: the decoder says what is wrong with it.

    Raises:
        PhotoRefused: of another kind than cameras and browsers have, by name; too many scans.
    """
    frame = frame_of(data)
    if frame is None:
        return
    name = _KINDS.get(frame.kind)
    if name is None and frame.bits != 8:
        name = phrase("a JPEG")
    if name is not None:
        cause = (
            phrase(
                "The file is {kind}, which few programs read: what is read is an ordinary JPEG of 8 bits.", kind=name
            )
            if frame.bits == 8
            else phrase(
                "The file is {kind} of {bits} bits a sample, which few programs read: what is "
                "read is an ordinary JPEG of "
                "8 bits.",
                kind=name,
                bits=frame.bits,
            )
        )
        raise PhotoRefused(ErrorCode.PHOTO_FORMAT_UNSUPPORTED, cause)
    _check_scans(data, frame)


def has_one_scan(data: bytes, frame: Frame) -> bool:
    """Whether all of the picture is in its first scan: a decoder stops behind it, whatever follows."""
    first = next(scans_of(data, frame), None)
    return frame.kind in _HUFFMAN[:2] and first is not None and set(first.components) == set(frame.components)


def _check_scans(data: bytes, frame: Frame) -> None:
    """Refuse a bomb: each scan may change all of the picture, and takes 20 bytes of file to say that it changes
    nothing (https://github.com/libjpeg-turbo/libjpeg-turbo/issues/284).
    """
    if has_one_scan(data, frame):
        return
    pixels = frame.width * frame.height
    most = min(MAX_JPEG_SCANS, MAX_JPEG_SCAN_PIXELS // max(pixels, 1))
    if sum(1 for _ in islice(scans_of(data, frame), most + 1)) > most:
        raise PhotoRefused(
            ErrorCode.PHOTO_TOO_MANY_SCANS,
            phrase(
                "The JPEG is saved in more than {most} scans over its {pixels:.1f} megapixels; an ordinary "
                "one has 1 to 12.",
                most=most,
                pixels=pixels / 1e6,
            ),
        )
