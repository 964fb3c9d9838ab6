"""Bytes to pixels and back, with limits checked before anything large is decoded."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

# The arrays of the cut-out are the arrays of all local models.
from backdrop_cutout.arrays import Alpha as Alpha
from backdrop_cutout.arrays import FloatImage as FloatImage
from backdrop_cutout.arrays import Pixels as Pixels
from backdrop_cutout.arrays import shrink as shrink

# Nothing larger is decoded whatever a model would allow: Rekognition's sides end at 10,000 px.
HARD_PIXEL_LIMIT = 100_000_000


class ImageProblem(ValueError):
    """The bytes are no usable image; the message completes "the image ..."."""


@dataclass(frozen=True)
class Header:
    """What an image's header says, before its pixels are read. `bits` is 16 for 16-bit channels."""

    format: str
    width: int
    height: int
    frames: int
    mode: str


@dataclass(frozen=True)
class Picture:
    """A decoded image: `alpha` (H x W uint8) only where the file has transparency."""

    pixels: Pixels
    alpha: npt.NDArray[np.uint8] | None
    header: Header

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]


def _open(data: bytes, formats: Sequence[str]) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # Pillow warns at 89 megapixels; our own limit is an error and comes right after.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=list(formats))
    except Image.DecompressionBombError as error:
        raise ImageProblem("has too many pixels") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise ImageProblem(f"is not a {'/'.join(formats)} file that can be read") from error


def _header(image: Image.Image) -> Header:
    header = Header(image.format or "", image.width, image.height, int(getattr(image, "n_frames", 1)), image.mode)
    if header.width * header.height > HARD_PIXEL_LIMIT:
        raise ImageProblem(f"has too many pixels ({header.width} x {header.height})")
    return header


def read_header(data: bytes, formats: Sequence[str]) -> Header:
    """Format and size from the header alone. Raises ImageProblem."""
    return _header(_open(data, formats))


def decode(data: bytes, formats: Sequence[str], *, upright: bool = False, side: int | None = None) -> Picture:
    """Decodes to RGB (and alpha). Raises ImageProblem for what is not whole, still and one of `formats`.

    upright: it is a person's photo: honour the EXIF orientation and the colour profile. side: a smaller JPEG decode is
    enough if its shorter side stays at least this many pixels (libjpeg's scaled decoding, several times faster for
    phone photos).
    """
    image = _open(data, formats)
    header = _header(image)
    if header.frames > 1:
        raise ImageProblem("is animated")
    try:
        if side is not None and image.format == "JPEG":
            image.draft("RGB", (side, side))
        image.load()
        if upright:
            image = _in_srgb(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise ImageProblem(f"is damaged or cut short ({error})") from error
    alpha: npt.NDArray[np.uint8] | None = None
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = np.asarray(image.convert("RGBA"))
        alpha = np.ascontiguousarray(rgba[..., 3])
        pixels = np.ascontiguousarray(rgba[..., :3])
    else:
        if image.mode.startswith("I;16"):
            image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
        pixels = np.asarray(image.convert("RGB"))
    return Picture(pixels, alpha, header)


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return an image in sRGB by its ICC profile; one that can't be used is passed over, as viewers do."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "L", "CMYK"):
        return image
    try:
        source, srgb = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return image
    return converted or image


def encode(pixels: Pixels, format_name: str, alpha: npt.NDArray[np.uint8] | None = None) -> bytes:
    """Encodes RGB (with alpha where given; jpeg has none) as `png`, `jpeg` or `webp`.

    PNG uses the lightest compression: at 4 megapixels it takes about 0.2 s, the default one 1.5 s.
    """
    if format_name == "png":
        code = cv2.COLOR_RGB2BGR if alpha is None else cv2.COLOR_RGB2BGRA
        bgr = cv2.cvtColor(pixels, code)
        if alpha is not None:
            bgr[..., 3] = alpha
        options = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
        ok, buffer = cv2.imencode(".png", bgr, options)
        if not ok:
            raise RuntimeError(f"could not encode {pixels.shape[1]} x {pixels.shape[0]} px as PNG")
        return buffer.tobytes()
    out = io.BytesIO()
    if format_name == "jpeg":
        Image.fromarray(pixels).save(out, "JPEG", quality=95)
    elif format_name == "webp":
        shown = pixels if alpha is None else np.dstack([pixels, alpha])
        Image.fromarray(shown).save(out, "WEBP", quality=95, method=1)
    else:
        raise ValueError(f"no encoder for {format_name}")
    return out.getvalue()


def covering(pixels: Pixels, width: int, height: int) -> Pixels:
    """The middle of `pixels` that fills `width` x `height`: cropped, never stretched."""
    scale = max(width / pixels.shape[1], height / pixels.shape[0])
    size = (max(width, round(pixels.shape[1] * scale)), max(height, round(pixels.shape[0] * scale)))
    resized = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])
