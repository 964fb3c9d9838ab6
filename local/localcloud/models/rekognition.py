"""What Rekognition's two operations have in common: which pictures they take, and their numbers in the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from localcloud.models.errors import ModelError
from localcloud.models.images import ImageProblem, Pixels, decode, read_header

FORMATS = ("JPEG", "PNG")
# Rekognition's limits: image given as an S3 object, side lengths.
MOST_BYTES = 15 * 1024 * 1024
SIDES = (80, 10_000)
# The picture is looked at with this many pixels on its longer side.
WORKING_SIDE = 1024


def picture_of(data: bytes) -> Pixels:
    """The upright picture of image bytes, H x W x 3 RGB, at most `WORKING_SIDE` pixels on its longer side.

    Raises:
        ModelError: with Rekognition's exception names.
    """
    if len(data) > MOST_BYTES:
        raise ModelError("ImageTooLargeException", f"Image has {len(data)} bytes, at most {MOST_BYTES} allowed")
    try:
        header = read_header(data, FORMATS)
        if not all(SIDES[0] <= side <= SIDES[1] for side in (header.width, header.height)):
            raise ModelError(
                "InvalidImageFormatException"
                if min(header.width, header.height) < SIDES[0]
                else "ImageTooLargeException",
                f"Image is {header.width} x {header.height}; each side must have {SIDES[0]} to {SIDES[1]} px",
            )
        return decode(data, FORMATS, upright=True, side=WORKING_SIDE).pixels
    except ImageProblem as problem:
        raise ModelError(
            "InvalidImageFormatException", f"Request has invalid image format: the image {problem}"
        ) from problem


def number(query: Mapping[str, Sequence[str]], name: str, low: float, high: float, default: float) -> float:
    """A number of the query, or `default` where it names none.

    Raises:
        ModelError: InvalidParameterException.
    """
    text = (query.get(name) or [""])[0]
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise ModelError("InvalidParameterException", f"{name} is no number: {text[:40]!r}") from None
    if not low <= value <= high:
        raise ModelError("InvalidParameterException", f"{name} must be {low:g} to {high:g}, is {text[:40]}")
    return value
