"""Every failure a person can meet, in short plain words with a next step. The one place where errors become text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backdrop.api.schemas.photos import Error
from backdrop_client.errors import ApiError, BackdropClientError, ServiceUnreachable


@dataclass(frozen=True)
class Notice:
    """What happened and what to do about it. Plain text; `details` one line per problem the API named."""

    what: str
    next_step: str
    details: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it on one line."""
        return " ".join(part for part in (self.what, *self.details, self.next_step) if part)


# Codes whose own words are written for programs or for the command line. Everything else is shown in the
# service's words, which are made for people (functions/backdrop/core/errors.py).
_WORDS: dict[str, tuple[str, str]] = {
    "SERVICE_UNREACHABLE": (
        "Backdrop can't be reached right now.",
        "Check your connection and try again. Nothing you entered is lost.",
    ),
    "UNEXPECTED_ANSWER": (
        "Backdrop answered in a way this page does not understand.",
        "Reload the page. If it happens again, tell the people who run Backdrop.",
    ),
    "WRONG_PASSWORD": ("E-mail address or password is not right.", "Check both and try again."),
    "TOO_MANY_ATTEMPTS": ("That was tried too often.", "Wait a few minutes, then try again."),
    "USER_NOT_CONFIRMED": (
        "This account is not ready yet.",
        "Follow the link in the e-mail that invited you, or ask the people who run Backdrop.",
    ),
    "USER_DISABLED": ("This account is switched off.", "Ask the people who run Backdrop."),
    "PASSWORD_EXPIRED": (
        "This temporary password is no longer valid.",
        "Ask the people who run Backdrop for a new one.",
    ),
    "CODE_WRONG": ("The code is not right.", "Check it against the newest e-mail, or have a new code sent."),
    "CODE_EXPIRED": ("The code is no longer valid.", "Have a new code sent."),
    "SIGN_IN_CODE_WRONG": (
        "The code of the app is not right.",
        "Type the six digits that it shows now. If it goes on, see whether your telephone's clock is right.",
    ),
    "SIGN_IN_CODE_USED": (
        "This code was used already.",
        "Wait until the app shows the next one: at most half a minute.",
    ),
    "CHALLENGE_NOT_SUPPORTED": (
        "This account asks for a second step that Backdrop can't do.",
        "Ask the people who run Backdrop for an account without it.",
    ),
    "SESSION_EXPIRED": ("You were signed out because you were away for a while.", "Sign in again to go on."),
    "NOT_FOUND": ("This was not found.", "It may have expired, or belong to another account."),
    "UPLOAD_EXPIRED": ("The upload took too long to start.", "Add the photo again."),
    # Its own words name a field of the API: of no use on a page.
    "INVALID_REQUEST": (
        "Backdrop did not understand what this page sent.",
        "Reload the page and try again. If it happens again, tell the people who run Backdrop.",
    ),
    "INTERNAL": (
        "Something went wrong inside Backdrop.",
        "Try again. If it happens twice, tell the people who run Backdrop.",
    ),
}  # fmt: skip

_BROKEN = 500

_DETAILS_FOR_PROGRAMS = {"INVALID_REQUEST"}


def describe_defect(reference: str) -> Notice:
    """Return a defect of the app itself as words; `reference` is in the log beside its cause."""
    return Notice(
        "Something went wrong in this page.",
        f"Reload it. If it happens again, tell the people who run Backdrop. Reference: {reference}",
    )


def is_away(error: BackdropClientError) -> bool:
    """Whether the service can't be reached or has broken down: the same again may work later."""
    return isinstance(error, ServiceUnreachable) or (isinstance(error, ApiError) and error.status >= _BROKEN)


def explain(error: BackdropClientError) -> Notice:
    """Return an error of the client as words for a person."""
    what, next_step = _WORDS.get(_find_code(error), (error.message, error.next_step))
    details: tuple[str, ...] = ()
    if isinstance(error, ApiError) and error.code not in _DETAILS_FOR_PROGRAMS:
        details = tuple(_list_details(error.details))
    return Notice(what, next_step, details)


def explain_failure(failure: Error | None) -> Notice:
    """Return a photo's or an image's failure, as the API tells it, as words for a person."""
    if failure is None:
        return Notice("It failed, and no reason was recorded.", "Tell the people who run Backdrop.")
    what, next_step = _WORDS.get(failure.code, (failure.message, failure.next_step))
    return Notice(what, next_step)


def _find_code(error: BackdropClientError) -> str:
    """Return the error's code; for what a gateway answers by itself, without a code of ours, the one that fits."""
    if not error.code.startswith("HTTP_"):
        return error.code
    return "SERVICE_UNREACHABLE" if is_away(error) else "INVALID_REQUEST"


def _list_details(details: Iterable[object]) -> Iterable[str]:
    """Yield the API's `details` as words: they are strings, or objects with a message and perhaps a name."""
    for detail in details:
        if isinstance(detail, dict):
            subject = detail.get("name") or detail.get("field")
            message = detail.get("message")
            text = f"{subject}: {message}" if subject and message else message or subject
            if text:
                yield str(text)
        elif detail:
            yield str(detail)
