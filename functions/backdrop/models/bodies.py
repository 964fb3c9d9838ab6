"""Bodies of requests and answers: JSON with base64 images, megabytes that are copied no more often than needed."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from PIL import Image, UnidentifiedImageError

from backdrop.core.errors import BackdropError, ErrorCode, ModelRefused, ResponseInvalid
from backdrop.core.limits import MAX_REQUEST_BYTES
from backdrop.core.vocabulary import Doubt
from backdrop.core.words.marks import phrase
from backdrop.models.base import ModelPass, StagedRequest


@dataclass(frozen=True)
class EncodedImage:
    """An image in a request: encoded bytes, to be written as base64."""

    data: bytes


def build_body(fields: Mapping[str, Any], texts: tuple[str, ...] = ()) -> StagedRequest:
    """Return the JSON of `fields`, where `EncodedImage` values (at any depth) become base64 strings.

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
            phrase(
                "The request for the model has {skeleton:,} bytes; Bedrock takes {most:,}.",
                skeleton=len(skeleton),
                most=MAX_REQUEST_BYTES,
            ),
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


def jpeg(image: Image.Image, quality: int = 95) -> EncodedImage:
    """The photo as a request carries it: JPEG without chroma subsampling and without metadata."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=0)
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
            ErrorCode.RESPONSE_INVALID, phrase("The model's answer is not JSON; it starts with {start!r}.", start=start)
        ) from error
    if not isinstance(response, dict):
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, phrase("The model's answer is not a JSON object."))
    return response


def first_image(response: Mapping[str, Any]) -> bytes:
    """The first entry of `images`, decoded from base64.

    Raises:
        ResponseInvalid: there is none, or it is cut.
    """
    images = response.get("images")
    if not isinstance(images, list) or not images or not isinstance(images[0], str) or not images[0]:
        raise ResponseInvalid(ErrorCode.RESPONSE_INVALID, phrase("The model's answer holds no image."))
    try:
        return base64.b64decode(images[0], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ResponseInvalid(
            ErrorCode.RESPONSE_INVALID, phrase("The image in the answer is cut: {error}.", error=error)
        ) from error


def open_answer(data: bytes, size: tuple[int, int] | None = None) -> Image.Image:
    """Decode a model's picture; `size` (width, height) is the one it must have the shape of, if given.

    Raises:
        ResponseInvalid: it is no whole PNG, JPEG or WebP, or has another shape than the request's image.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP"))
        if size and abs(image.width * size[1] - image.height * size[0]) > 0.01 * image.width * size[1]:
            raise ResponseInvalid(
                ErrorCode.RESPONSE_INVALID,
                phrase(
                    "The picture in the answer is {width} x {height}, expected was {size} x {size_2}.",
                    width=image.width,
                    height=image.height,
                    size=size[0],
                    size_2=size[1],
                ),
            )
        image.load()
    except UnidentifiedImageError as error:
        raise ResponseInvalid(
            ErrorCode.RESPONSE_INVALID,
            phrase("The answer holds something that is no image ({data} bytes).", data=len(data)),
        ) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ResponseInvalid(
            ErrorCode.RESPONSE_INVALID, phrase("The picture in the answer is cut: {error}.", error=error)
        ) from error
    return image


class DecodedAnswer(NamedTuple):
    """A model's picture, decoded, the seed it says it used, and how far it doubts its own cut-out if it says."""

    picture: Image.Image
    seed: int | None
    doubt: Doubt | None = None


def read_answer(model_pass: ModelPass, body: bytes, size: tuple[int, int] | None = None) -> DecodedAnswer:
    """The picture in a response body; `size` (width, height) is the one it must have the shape of, if given.

    Raises:
        ModelRefused: the content filter declined.
        ResponseInvalid: there is no such picture for another reason.
    """
    answer = model_pass.read(parse_response(body))
    return DecodedAnswer(open_answer(answer.image, size), answer.seed, answer.doubt)


def refused(code: ErrorCode, words: str) -> ModelRefused:
    """A content filter's decision, with the model's own words."""
    return ModelRefused(code, phrase("The model's content filter declined: {words}.", words=words))
