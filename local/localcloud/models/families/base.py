"""Reading an InvokeModel body: every rule that a field breaks becomes a ValidationException that names it."""

from __future__ import annotations

import base64
import binascii
import random
from collections.abc import Collection, Mapping
from typing import Any, Protocol

import cv2
import numpy as np

from localcloud.models.engine import Engine
from localcloud.models.errors import invalid
from localcloud.models.images import Alpha, Header, ImageProblem, Picture, decode, read_header

# InvokeModel: request and response body, SDK model `Body.max`.
BODY_BYTES = 25_000_000

# Words that stand for what the real services' filters refuse, so that a caller's handling of a filtered
# answer can be tried. Whole words, any case. `OUTPUT_FILTER_WORDS` refuse the finished image instead.
PROMPT_FILTER_WORDS = ("gore", "nude", "nudity", "beheading", "filtered-prompt")
OUTPUT_FILTER_WORDS = ("filtered-output",)


class Family(Protocol):
    """One model: answers a decoded request body with the response body. Raises ModelError."""

    def __call__(self, body: Mapping[str, Any], engine: Engine) -> dict[str, Any]:
        """Validate `body`, do the work, answer in the model's documented shape."""


def mentions(text: str, words: Collection[str]) -> bool:
    """Whether one of `words` is in `text` as a word of its own."""
    padded = "".join(c if c.isalnum() or c == "-" else " " for c in text.lower()).split()
    return any(word in padded for word in words)


class Fields:
    """The fields of one JSON object of a request; `path` leads their names in messages."""

    def __init__(self, values: Any, path: str, known: Collection[str]) -> None:
        if not isinstance(values, Mapping):
            raise invalid(
                f"Malformed input request: #/{path}: expected type: JSONObject, found:"
                f" {type(values).__name__}, please reformat your input and try again."
            )
        self._values = values
        self._path = f"{path}." if path else ""
        for name in values:
            if name not in known:
                raise invalid(
                    f"Malformed input request: #{'/' + path if path else ''}: extraneous key [{name}] is not"
                    " permitted, please reformat your input and try again."
                )

    def name(self, field: str) -> str:
        """The field's name with the object that holds it, for messages."""
        return self._path + field

    def has(self, field: str) -> bool:
        """Whether the field is there and not null."""
        return self._values.get(field) is not None

    def value(self, field: str) -> Any:
        """The raw value of a required field."""
        if not self.has(field):
            raise invalid(
                f"Malformed input request: #: required key [{self.name(field)}] not found,"
                " please reformat your input and try again."
            )
        return self._values[field]

    def text(self, field: str, *, longest: int, shortest: int = 0, required: bool = False) -> str:
        """A string of `shortest` to `longest` characters; "" when absent and not required."""
        if not required and not self.has(field):
            return ""
        value = self.value(field)
        if not isinstance(value, str):
            raise invalid(f"{self.name(field)}: expected a string, found {type(value).__name__}")
        if not shortest <= len(value) <= longest:
            raise invalid(f"{self.name(field)}: must have {shortest} to {longest} characters, has {len(value)}")
        return value

    def number(self, field: str, low: float, high: float, default: float) -> float:
        """A number within `low`..`high` (both included)."""
        if not self.has(field):
            return default
        value = self._values[field]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"{self.name(field)}: expected a number, found {type(value).__name__}")
        if not low <= value <= high:
            raise invalid(f"{self.name(field)}: must be between {low} and {high}, is {value}")
        return value

    def integer(self, field: str, low: int, high: int, default: int) -> int:
        """A whole number within `low`..`high` (both included)."""
        value = self.number(field, low, high, default)
        if value != int(value) or isinstance(value, float):
            raise invalid(f"{self.name(field)}: must be a whole number, is {value}")
        return int(value)

    def flag(self, field: str) -> bool:
        """Return true or false; false when absent."""
        value = self._values.get(field, False)
        if not isinstance(value, bool):
            raise invalid(f"{self.name(field)}: expected a boolean, found {type(value).__name__}")
        return value

    def choice(self, field: str, allowed: Collection[str], default: str | None = None) -> str:
        """One of `allowed`; required when there is no default."""
        if default is not None and not self.has(field):
            return default
        value = self.value(field)
        if value not in allowed:
            raise invalid(
                f"{self.name(field)}: {str(value)[:80]!r} is not a valid enum value;"
                f" allowed: {', '.join(sorted(allowed))}"
            )
        return str(value)

    def image_bytes(self, field: str) -> bytes:
        """The bytes behind a bare base64 string."""
        return _decoded(self.value(field), self.name(field))

    def items(self, field: str, least: int, most: int) -> list[Any]:
        """A list of `least` to `most` values."""
        value = self.value(field)
        if not isinstance(value, list):
            raise invalid(f"{self.name(field)}: expected a list, found {type(value).__name__}")
        if not least <= len(value) <= most:
            raise invalid(f"{self.name(field)}: must have {least} to {most} entries, has {len(value)}")
        return value

    def image_list(self, field: str, least: int, most: int) -> list[bytes]:
        """The bytes behind a list of bare base64 strings."""
        items = self.items(field, least, most)
        return [_decoded(value, f"{self.name(field)}[{index}]") for index, value in enumerate(items)]

    def header(self, field: str, data: bytes, formats: Collection[str]) -> Header:
        """The image's header, before anything large is decoded."""
        try:
            return read_header(data, list(formats))
        except ImageProblem as problem:
            raise invalid(f"{self.name(field)}: the image {problem}") from problem

    def picture(self, field: str, data: bytes, formats: Collection[str]) -> Picture:
        """The decoded image; check its header first."""
        try:
            return decode(data, list(formats))
        except ImageProblem as problem:
            raise invalid(f"{self.name(field)}: the image {problem}") from problem


def _decoded(value: Any, name: str) -> bytes:
    if not isinstance(value, str):
        raise invalid(f"{name}: expected a base64 string, found {type(value).__name__}")
    if value.startswith("data:"):
        raise invalid(f"{name}: expected bare base64 without a data: prefix")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid(f"{name}: not valid base64 ({error})") from error
    if not data:
        raise invalid(f"{name}: must not be empty")
    return data


def random_seed(highest: int) -> int:
    """A seed for a request that asks for a random one."""
    return random.SystemRandom().randint(1, highest)


def to_base64(data: bytes) -> str:
    """Return the base64 text of an image for a JSON answer."""
    return base64.b64encode(data).decode("ascii")


def grown(keep: Alpha, pixels: int) -> Alpha:
    """Return `keep` with the changed part grown by `pixels`, its new rim blurred, as `grow_mask` is documented."""
    if pixels == 0:
        return keep
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * pixels + 1, 2 * pixels + 1))
    eroded = cv2.GaussianBlur(cv2.erode(keep, kernel), (0, 0), pixels / 2)
    return np.minimum(eroded, keep).astype(np.float32)
