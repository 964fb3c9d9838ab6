"""Finished images as files: JPEG, PNG, WebP or AVIF, in sRGB, with no metadata but what is given.

Pillow's plugins are imported here one by one, when a format is first written: for a format that it does not know yet
`Image.save` would load all of them, 20 ms of a cold start, among them AVIF's library of 4 MB.
"""

from __future__ import annotations

import importlib
import io
from collections.abc import Mapping
from typing import Any, Literal

from PIL import Image, ImageCms

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase

Format = Literal["JPEG", "PNG", "WEBP", "AVIF"]

EXTENSIONS: Mapping[Format, str] = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "AVIF": "avif"}
CONTENT_TYPES: Mapping[Format, str] = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "AVIF": "image/avif",
}

DEFAULT_QUALITY: Mapping[Format, int] = {"JPEG": 95, "WEBP": 95, "AVIF": 85}
"""1..100; PNG has none."""

HOLDS_ALPHA: frozenset[Format] = frozenset({"PNG", "WEBP", "AVIF"})

MAX_ENCODED_SIDE: Mapping[Format, int] = {"JPEG": 65_500, "WEBP": 16_383}
"""Pixels a side that a format allows, where that is less than any picture Backdrop makes, or nearly so."""

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
_SRGB_BYTES = SRGB.tobytes()

_PLUGINS: Mapping[Format, str] = {"JPEG": "Jpeg", "PNG": "Png", "WEBP": "WebP", "AVIF": "Avif"}


def encode(image: Image.Image, format_: Format, quality: int | None = None, xmp: bytes | None = None) -> bytes:
    """Encode a finished image.

    JPEG, WebP and AVIF keep the full resolution of colour where they can (4:4:4; WebP has none), so that small
    coloured print stays sharp. Of the image's own `info` nothing is written.

    Args:
        image: H x W x 3 uint8 RGB, or RGBA for all but JPEG; pixels are sRGB.
        format_: of the file.
        quality: 1..100; the format's default when None. PNG is lossless and has none.
        xmp: an XMP packet to put in.

    Raises:
        BackdropError: OPTIONS_INVALID when the format can't hold the picture (transparency in JPEG, too large).
    """
    _check(image, format_)
    load_plugin(format_)
    settings = {"icc_profile": _SRGB_BYTES, **_settings(format_, quality, xmp)}
    out = io.BytesIO()
    image.save(out, format_, **settings)
    return out.getvalue()


def load_plugin(format_: Format) -> None:
    """Make Pillow know a format. For one that it does not know, `Image.open` and `Image.save` load all they have."""
    importlib.import_module(f"PIL.{_PLUGINS[format_]}ImagePlugin")


def _settings(format_: Format, quality: int | None, xmp: bytes | None) -> dict[str, Any]:
    quality = DEFAULT_QUALITY.get(format_) if quality is None else quality
    embedded: dict[str, Any] = {} if xmp is None else {"xmp": xmp}
    match format_:
        case "JPEG":
            # Without `comment` Pillow would write the one that the image was opened with.
            return {"quality": quality, "subsampling": 0, "comment": b"", **embedded}
        case "PNG":
            # Level 1: level 6 takes 6 to 7 times as long for 12 % fewer bytes (measured: sample photos at 1,024 px,
            # saved by Pillow with either).
            return {"compress_level": 1, "pnginfo": _png_text(xmp)}
        case "WEBP":
            return {"quality": quality, "method": 2, **embedded}
        case "AVIF":
            return {"quality": quality, "subsampling": "4:4:4", "speed": _AVIF_SPEED, **embedded}


_AVIF_SPEED = 8
"""0..10. Six, the usual, takes four times as long for not one byte less (a sample of 12 megapixels, quality 85).

At any speed the encoder takes some 31 bytes a pixel while it works, 1.5 GB at 50 megapixels (JPEG: next to none): a
picture of that size makes a process of 2.1 GB, and DecodeResult has 3 (template.yaml)."""


def _png_text(xmp: bytes | None) -> Any:
    """Return XMP as a PNG holds it, which has no place of its own for it: by Adobe's specification it is an
    uncompressed iTXt chunk of this name."""
    if xmp is None:
        return None
    from PIL.PngImagePlugin import PngInfo

    text = PngInfo()
    text.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8"))
    return text


def _check(image: Image.Image, format_: Format) -> None:
    if image.mode == "RGBA" and format_ not in HOLDS_ALPHA:
        raise BackdropError(
            ErrorCode.OPTIONS_INVALID,
            phrase("{format} can't be transparent.", format=format_),
            phrase("Choose PNG, WEBP or AVIF for a cut-out."),
        )
    most = MAX_ENCODED_SIDE.get(format_)
    if most is not None and max(image.size) > most:
        raise BackdropError(
            ErrorCode.OPTIONS_INVALID,
            phrase(
                "The picture is {width} x {height} pixels; {format} takes at most {most:,} a side.",
                width=image.width,
                height=image.height,
                format=format_,
                most=most,
            ),
            phrase("Choose another format, or a smaller width or height."),
        )
