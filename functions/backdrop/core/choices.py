"""What every choice of a job is read with: colours, JSON objects, and the error of what can't be carried
out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def color(text: str) -> tuple[int, int, int]:
    """Return `#rrggbb` as red, green, blue, 0..255 each.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    if not _COLOUR.fullmatch(text):
        raise invalid(
            phrase("{text!r} is no colour.", text=text), phrase("Write a colour as #rrggbb, for example #f5f5f0.")
        )
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def invalid(cause: str, next_step: str | None = None) -> BackdropError:
    """A choice that can't be carried out."""
    return BackdropError(ErrorCode.OPTIONS_INVALID, cause, next_step)


def read_fields(name: str, data: object, known: tuple[str, ...]) -> Mapping[str, Any]:
    """Return a JSON object that has no other fields than those that are known.

    Raises:
        BackdropError: `OPTIONS_INVALID`, naming it or the field.
    """
    if not isinstance(data, Mapping):
        raise invalid(phrase("{name} is no JSON object.", name=name))
    if unknown := sorted(set(data) - set(known)):
        raise invalid(
            phrase(
                "{name} has no {unknown!r}; there are {names}.", name=name, unknown=unknown[0], names=", ".join(known)
            )
        )
    return data
