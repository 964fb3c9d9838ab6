"""Every failure a person can meet, in short plain words with a next step. The one place where errors become text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from backdrop.api.schemas.photos import Error
from backdrop.core.words.marks import mark_phrase
from backdrop_client.errors import ApiError, BackdropClientError, ServiceUnreachable
from backdrop_web.text.language import translate, translate_text


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
        mark_phrase("Backdrop can't be reached right now."),
        mark_phrase("Check your connection and try again. Nothing you entered is lost."),
    ),
    "UNEXPECTED_ANSWER": (
        mark_phrase("Backdrop answered in a way this page does not understand."),
        mark_phrase("Reload the page. If it happens again, tell the people who run Backdrop."),
    ),
    "WRONG_PASSWORD": (
        mark_phrase("E-mail address or password is not right."),
        mark_phrase("Check both and try again."),
    ),
    "TOO_MANY_ATTEMPTS": (mark_phrase("That was tried too often."), mark_phrase("Wait a few minutes, then try again.")),
    "USER_NOT_CONFIRMED": (
        mark_phrase("This account is not ready yet."),
        mark_phrase("Follow the link in the e-mail that invited you, or ask the people who run Backdrop."),
    ),
    "USER_DISABLED": (mark_phrase("This account is switched off."), mark_phrase("Ask the people who run Backdrop.")),
    "PASSWORD_EXPIRED": (
        mark_phrase("This temporary password is no longer valid."),
        mark_phrase("Ask the people who run Backdrop for a new one."),
    ),
    "CODE_WRONG": (
        mark_phrase("The code is not right."),
        mark_phrase("Check it against the newest e-mail, or have a new code sent."),
    ),
    "CODE_EXPIRED": (mark_phrase("The code is no longer valid."), mark_phrase("Have a new code sent.")),
    "SIGN_IN_CODE_WRONG": (
        mark_phrase("The code of the app is not right."),
        mark_phrase(
            "Type the six digits that it shows now. If it goes on, see whether your telephone's clock is right."
        ),
    ),
    "SIGN_IN_CODE_USED": (
        mark_phrase("This code was used already."),
        mark_phrase("Wait until the app shows the next one: at most half a minute."),
    ),
    "CHALLENGE_NOT_SUPPORTED": (
        mark_phrase("This account asks for a second step that Backdrop can't do."),
        mark_phrase("Ask the people who run Backdrop for an account without it."),
    ),
    "SESSION_EXPIRED": (
        mark_phrase("You were signed out because you were away for a while."),
        mark_phrase("Sign in again to go on."),
    ),
    "NOT_FOUND": (
        mark_phrase("This was not found."),
        mark_phrase("It may have expired, or belong to another account."),
    ),
    "UPLOAD_EXPIRED": (mark_phrase("The upload took too long to start."), mark_phrase("Add the photo again.")),
    # Its own words name a field of the API: of no use on a page.
    "INVALID_REQUEST": (
        mark_phrase("Backdrop did not understand what this page sent."),
        mark_phrase("Reload the page and try again. If it happens again, tell the people who run Backdrop."),
    ),
    "INTERNAL": (
        mark_phrase("Something went wrong inside Backdrop."),
        mark_phrase("Try again. If it happens twice, tell the people who run Backdrop."),
    ),
}

_BROKEN = 500

_DETAILS_FOR_PROGRAMS = {"INVALID_REQUEST"}


def describe_defect(reference: str) -> Notice:
    """Return a defect of the app itself as words; `reference` is in the log beside its cause."""
    return Notice(
        translate("Something went wrong in this page."),
        translate(
            "Reload it. If it happens again, tell the people who run Backdrop. Reference: {reference}",
            reference=reference,
        ),
    )


def is_away(error: BackdropClientError) -> bool:
    """Whether the service can't be reached or has broken down: the same again may work later."""
    return isinstance(error, ServiceUnreachable) or (isinstance(error, ApiError) and error.status >= _BROKEN)


def explain(error: BackdropClientError) -> Notice:
    """Return an error of the client as words for a person."""
    what, next_step = _find_words(_find_code(error), error.message, error.next_step)
    details: tuple[str, ...] = ()
    if isinstance(error, ApiError) and error.code not in _DETAILS_FOR_PROGRAMS:
        details = tuple(_list_details(error.details))
    return Notice(what, next_step, details)


def explain_failure(failure: Error | None) -> Notice:
    """Return a photo's or an image's failure, as the API tells it, as words for a person."""
    if failure is None:
        return Notice(
            translate("It failed, and no reason was recorded."), translate("Tell the people who run Backdrop.")
        )
    return Notice(*_find_words(failure.code, failure.message, failure.next_step))


def translate_notice(notice: Notice) -> Notice:
    """Return a notice whose words were marked, in the reader's language."""
    return Notice(translate(notice.what), translate(notice.next_step) if notice.next_step else "", notice.details)


def _find_words(code: str, message: str, next_step: str) -> tuple[str, str]:
    """Return the words of this page for a code, else the service's own, both in the reader's language."""
    own = _WORDS.get(code)
    return (translate(own[0]), translate(own[1])) if own else (translate_text(message), translate_text(next_step))


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
            message = translate_text(str(detail.get("message") or ""))
            text = f"{subject}: {message}" if subject and message else message or subject
            if text:
                yield str(text)
        elif detail:
            yield translate_text(str(detail))
