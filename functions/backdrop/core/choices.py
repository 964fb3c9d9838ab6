"""What every choice of a job is read with: colours, and the error of what can't be carried out."""

from __future__ import annotations

import re

from backdrop.core.errors import BackdropError, ErrorCode

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def color(text: str) -> tuple[int, int, int]:
    """Return `#rrggbb` as red, green, blue, 0..255 each.

    Raises:
        BackdropError: `OPTIONS_INVALID`.
    """
    if not _COLOUR.fullmatch(text):
        raise invalid(f"{text!r} is no colour.", "Write a colour as #rrggbb, for example #f5f5f0.")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def invalid(cause: str, next_step: str | None = None) -> BackdropError:
    """A choice that can't be carried out."""
    return BackdropError(ErrorCode.OPTIONS_INVALID, cause, next_step)
