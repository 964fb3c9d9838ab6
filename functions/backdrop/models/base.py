"""What every model family looks like from outside: a plan of passes, each with a request and a reading of its answer.

Nothing outside `models/` knows a family. Masks are "subject = keep" (255 = subject) everywhere; a family converts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from PIL import Image, UnidentifiedImageError

from backdrop.domain.errors import BackdropError, ErrorCode, ModelRefused, ResponseInvalid
from backdrop.domain.jobs import Mode
from backdrop.domain.limits import MAX_REQUEST_BYTES


class Yields(StrEnum):
    """What a pass's answer is."""

    CUT_OUT = "CUT_OUT"
    """The photo with the background transparent: its alpha becomes the mask."""
    PICTURE = "PICTURE"
    """The photo with its new background."""


@dataclass(frozen=True)
class Staging:
    """What a request is built from.

    Attributes:
        image: upright RGB, within the pass's `max_side`.
        mask: 8-bit grey of the same size, 255 = subject = keep; None for a pass that needs none.
        labels: names of the objects to keep, as Rekognition wrote them; may be empty.
    """

    image: Image.Image
    mask: Image.Image | None
    prompt: str
    negative_prompt: str
    mode: Mode
    seed: int
    labels: tuple[str, ...]


@dataclass(frozen=True)
class StagedRequest:
    """An InvokeModel body, and the part of it that a status file can hold.

    Attributes:
        body: JSON, at most 25,000,000 bytes.
        parameters: the body with each text of the job and each image replaced (an image by its SHA-256).
    """

    body: bytes
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """A model's picture, still encoded, and the seed it says it used."""

    image: bytes
    seed: int | None


class ModelPass(Protocol):
    """One InvokeModel call."""

    @property
    def service_id(self) -> str:
        """Model or inference-profile id that Bedrock is called with."""

    @property
    def yields(self) -> Yields:
        """What the answer is."""

    @property
    def needs_mask(self) -> bool:
        """Whether an earlier pass's mask goes into the request."""

    @property
    def max_side(self) -> int:
        """Longest side in pixels of the image in the request."""

    def request(self, staging: Staging) -> StagedRequest:
        """Build the body.

        Raises:
            BackdropError: when the model would refuse it; nothing has been paid then.
        """

    def read(self, response: Mapping[str, Any]) -> Answer:
        """Take the picture out of the answer.

        Raises:
            ModelRefused: the content filter declined.
            ResponseInvalid: there is no picture for another reason.
        """


class ModelAdapter(Protocol):
    """One model a job can choose."""

    @property
    def model_id(self) -> str:
        """What a job names."""

    @property
    def family(self) -> str:
        """Name of the family, as the reference calls it."""

    @property
    def modes(self) -> tuple[Mode, ...]:
        """Modes it can do."""

    @property
    def prompt_max_length(self) -> int:
        """Characters."""

    @property
    def negative_prompt_max_length(self) -> int:
        """Characters."""

    @property
    def seed_min(self) -> int:
        """Smallest seed that makes the picture reproducible."""

    @property
    def seed_max(self) -> int:
        """Largest seed."""

    def plan(self, mode: Mode) -> tuple[ModelPass, ...]:
        """The passes for a mode, in order; the last yields a picture."""


@dataclass(frozen=True)
class EncodedImage:
    """An image in a request: encoded bytes, to be written as base64."""

    data: bytes


def build_body(fields: Mapping[str, Any], texts: tuple[str, ...] = ()) -> StagedRequest:
    """JSON of `fields`, where `EncodedImage` values (at any depth) become base64 strings.

    `texts` are the values that a status file already holds once per job (prompts); `parameters` names their hash.

    Raises:
        BackdropError: `REQUEST_TOO_LARGE` over Bedrock's limit.
    """
    images: list[bytes] = []
    # Random, so that no text of a user can be taken for a place where an image goes.
    marker = secrets.token_hex(16)

    def mark(value: Any) -> Any:
        if isinstance(value, EncodedImage):
            images.append(value.data)
            return f"{marker}{len(images) - 1:03d}"
        if isinstance(value, Mapping):
            return {key: mark(item) for key, item in value.items()}
        return value

    # The base64 text is spliced in as bytes: json.dumps would scan and copy megabytes of it once more.
    skeleton = json.dumps(mark(fields), separators=(",", ":")).encode()
    for index, data in enumerate(images):
        skeleton = skeleton.replace(f"{marker}{index:03d}".encode(), base64.b64encode(data))
    if len(skeleton) > MAX_REQUEST_BYTES:
        raise BackdropError(
            ErrorCode.REQUEST_TOO_LARGE,
            f"The request for the model has {len(skeleton):,} bytes; Bedrock takes {MAX_REQUEST_BYTES:,}.",
        )
    return StagedRequest(skeleton, _parameters(fields, texts))


def _parameters(value: Any, texts: tuple[str, ...]) -> Any:
    if isinstance(value, EncodedImage):
        return {"sha256": hashlib.sha256(value.data).hexdigest(), "bytes": len(value.data)}
    if isinstance(value, Mapping):
        return {key: _parameters(item, texts) for key, item in value.items()}
    if isinstance(value, str) and value in texts:
        return {"sha256": hashlib.sha256(value.encode()).hexdigest(), "characters": len(value)}
    return value


def jpeg(image: Image.Image) -> EncodedImage:
    """The photo as a request carries it: JPEG, quality 95, no chroma subsampling, no metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, subsampling=0)
    return EncodedImage(out.getvalue())


def png(image: Image.Image) -> EncodedImage:
    """A mask as a request carries it: lossless."""
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=1)
    return EncodedImage(out.getvalue())


def parse_response(body: bytes) -> Mapping[str, Any]:
    """The response body as a mapping.

    Raises:
        ResponseInvalid: it is no JSON object.
    """
    try:
        response = json.loads(body)
    except ValueError as error:
        start = body[:60].decode("utf-8", "replace")
        raise ResponseInvalid(
            ErrorCode.RESPONSE_INVALID, f"The model's answer is not JSON; it starts with {start!r}."
        ) from error
    if not isinstance(response, dict):
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, "The model's answer is not a JSON object.")
    return response


def first_image(response: Mapping[str, Any]) -> bytes:
    """The first entry of `images`, decoded from base64.

    Raises:
        ResponseInvalid: there is none, or it is cut.
    """
    images = response.get("images")
    if not isinstance(images, list) or not images or not isinstance(images[0], str) or not images[0]:
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, "The model's answer holds no image.")
    try:
        return base64.b64decode(images[0], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, f"The image in the answer is cut: {error}.") from error


def open_answer(data: bytes, size: tuple[int, int]) -> Image.Image:
    """Decode a model's picture; `size` is that of the image in the request (width, height).

    Raises:
        ResponseInvalid: it is no whole PNG, JPEG or WebP, or has another shape than the request's image.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if abs(image.width * size[1] - image.height * size[0]) > 0.01 * image.width * size[1]:
            raise ResponseInvalid(
                ErrorCode.RESPONSE_INVALID,
                f"The picture in the answer is {image.width} x {image.height}, the request's {size[0]} x {size[1]}.",
            )
        image.load()
    except UnidentifiedImageError as error:
        raise ResponseInvalid(
            ErrorCode.RESPONSE_INVALID, f"The answer holds something that is no image ({len(data)} bytes)."
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, f"The picture in the answer is cut: {error}.") from error
    return image


def refused(code: ErrorCode, words: str) -> ModelRefused:
    """A content filter's decision, with the model's own words."""
    return ModelRefused(code, f"The model's content filter declined: {words}.")
