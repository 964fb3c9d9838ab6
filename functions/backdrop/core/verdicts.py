"""Why a finished image was rejected: one of a few reasons, and words of somebody's own."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.vocabulary import Verdict
from backdrop.core.words.marks import mark_phrase, phrase

MOST_WORDS = 300
"""Characters that somebody may say about a rejected image."""


class RejectReason(StrEnum):
    """What is wrong with a rejected image. `OTHER`: what the words beside it say."""

    CUT_OUT = "CUT_OUT"
    BACKGROUND = "BACKGROUND"
    COLOUR = "COLOUR"
    OTHER = "OTHER"


class Why(NamedTuple):
    """Why an image was rejected; nothing of any other, and where nobody said it."""

    reason: RejectReason | None = None
    words: str = ""


UNSAID = Why()

_NAMES = {
    RejectReason.CUT_OUT: (mark_phrase("cut-out"), mark_phrase("cut-out: {words}")),
    RejectReason.BACKGROUND: (mark_phrase("background"), mark_phrase("background: {words}")),
    RejectReason.COLOUR: (mark_phrase("colour"), mark_phrase("colour: {words}")),
}


def check_why(verdict: Verdict | None, reason: RejectReason | None, words: str) -> Why:
    """Return why an image is rejected. Words alone are an other reason.

    Raises:
        BackdropError: `INVALID_REQUEST`: it is not rejected, or `OTHER` comes without words.
    """
    said = " ".join(words.split())
    if verdict is not Verdict.REJECTED and (reason or said):
        raise BackdropError(ErrorCode.INVALID_REQUEST, phrase("reason, words: they are said of a rejected image only."))
    if reason is RejectReason.OTHER and not said:
        raise BackdropError(ErrorCode.INVALID_REQUEST, phrase("words: say what the other reason is."))
    if len(said) > MOST_WORDS:
        raise BackdropError(ErrorCode.INVALID_REQUEST, phrase("words: {most} characters at most.", most=MOST_WORDS))
    return Why(reason or (RejectReason.OTHER if said else None), said)


def describe_why(reason: RejectReason | None, words: str | None) -> str:
    """Return the reason in words, such as `cut-out: halo at the handle`; nothing where nobody said it."""
    if reason not in _NAMES:
        return words or ""
    name, pattern = _NAMES[reason]
    return pattern.format(words=words) if words else name
