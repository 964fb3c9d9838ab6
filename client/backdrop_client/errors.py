"""Everything that can go wrong for a client of Backdrop, as few named errors.

Each carries a code for programs, a sentence for people and the next step. The web app and the command show
`message` and `next_step` as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backdrop.core.words.marks import phrase


class BackdropClientError(Exception):
    """Base of all errors of this package.

    Args:
        code: upper-case name a program can compare.
        message: what happened, for people.
        next_step: what the reader can do about it.
    """

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step

    def as_dict(self) -> dict[str, Any]:
        """The error in the shape the REST API uses: code, message, nextStep."""
        return {"code": self.code, "message": self.message, "nextStep": self.next_step}


class ServiceUnreachable(BackdropClientError):
    """No answer: name not found, connection refused or cut, timed out. Safe to try again later."""

    def __init__(self, service: str, reason: str) -> None:
        super().__init__(
            "SERVICE_UNREACHABLE",
            phrase("{service} can't be reached: {reason}", service=service, reason=reason),
            phrase("Check the network and the address, then try again."),
        )


class UnexpectedAnswer(BackdropClientError):
    """Something answered, but not in the shape the contract promises (wrong address, a proxy, another version)."""

    def __init__(self, service: str, what: str) -> None:
        super().__init__(
            "UNEXPECTED_ANSWER",
            phrase("{service} answered in a way this client does not understand: {what}", service=service, what=what),
            phrase("Check that the address is Backdrop's and that client and service are of the same version."),
        )


class ApiError(BackdropClientError):
    """The API refused a request (HTTP 4xx) or failed (5xx after all retries).

    Args:
        status: the HTTP status.
        details: the API's `details`, one entry per problem, possibly empty.
    """

    def __init__(self, code: str, message: str, next_step: str, status: int, details: Sequence[Any] = ()) -> None:
        super().__init__(code, message, next_step)
        self.status = status
        self.details = list(details)


class SignInError(BackdropClientError):
    """Signing in failed; the subclasses say why."""


class WrongPassword(SignInError):
    """Unknown user or wrong password (Cognito tells the two apart for nobody)."""

    def __init__(self) -> None:
        super().__init__(
            "WRONG_PASSWORD",
            phrase("User name or password is wrong."),
            phrase("Check both and try again, or ask an administrator to reset the password."),
        )


class UserNotConfirmed(SignInError):
    """The account was made but never confirmed."""

    def __init__(self) -> None:
        super().__init__(
            "USER_NOT_CONFIRMED",
            phrase("This account is not confirmed yet."),
            phrase("Follow the link in the confirmation e-mail, or ask an administrator to confirm the account."),
        )


class UserDisabled(SignInError):
    """An administrator switched the account off."""

    def __init__(self, message: str) -> None:
        super().__init__("USER_DISABLED", message, phrase("Ask an administrator to enable the account."))


class TooManyAttempts(SignInError):
    """Cognito takes no more tries for a while: wrong passwords, wrong codes, or codes asked for too often."""

    def __init__(self, message: str) -> None:
        super().__init__("TOO_MANY_ATTEMPTS", message, phrase("Wait a few minutes, then try again."))


class PasswordResetRequired(SignInError):
    """An administrator demands a new password; a code for it was mailed."""

    def __init__(self) -> None:
        super().__init__(
            "PASSWORD_RESET_REQUIRED",
            phrase("The password must be reset before it can be used."),
            phrase("Choose a new password with the code from the e-mail."),
        )


class ResetNotPossible(SignInError):
    """No code can be mailed: no such account, no verified address, or a temporary password that was never used."""

    def __init__(self) -> None:
        super().__init__(
            "RESET_NOT_POSSIBLE",
            phrase("The password of this account can't be reset by e-mail."),
            phrase("Ask an administrator for a new temporary password."),
        )


class CodeWrong(SignInError):
    """The code is not the one that was mailed, or is for another account."""

    def __init__(self) -> None:
        super().__init__("CODE_WRONG", phrase("The code is not right."), phrase("Check it, or ask for a new code."))


class CodeExpired(SignInError):
    """The code is older than an hour, was used, or was replaced by a newer one."""

    def __init__(self) -> None:
        super().__init__("CODE_EXPIRED", phrase("The code is no longer valid."), phrase("Ask for a new code."))


class PasswordExpired(SignInError):
    """The temporary password ran out."""

    def __init__(self, message: str) -> None:
        super().__init__("PASSWORD_EXPIRED", message, phrase("Ask an administrator for a new temporary password."))


class PasswordRefused(SignInError):
    """A new password breaks the user pool's password policy."""

    def __init__(self, message: str) -> None:
        super().__init__("PASSWORD_REFUSED", message, phrase("Choose another password."))


class NewPasswordRequired(SignInError):
    """First sign-in with a temporary password: a new one must be chosen.

    Give this error to `CognitoAuth.set_new_password` together with the new password.
    """

    def __init__(self, username: str, challenge: str) -> None:
        super().__init__(
            "NEW_PASSWORD_REQUIRED",
            phrase("A new password must be chosen before the first use."),
            phrase("Choose a new password."),
        )
        self.username = username
        self.challenge = challenge


class SessionExpired(SignInError):
    """The tokens are no longer accepted and could not be renewed."""

    def __init__(self) -> None:
        super().__init__("SESSION_EXPIRED", phrase("You are no longer signed in."), phrase("Sign in again."))


class UploadError(BackdropClientError):
    """A photo did not reach the bucket."""


class UploadExpired(UploadError):
    """The presigned POST ran out before it was used; the photo must be registered anew."""

    def __init__(self) -> None:
        super().__init__(
            "UPLOAD_EXPIRED",
            phrase("The permission to upload this photo ran out."),
            phrase("Register the photo again and upload it."),
        )


class DownloadError(BackdropClientError):
    """A finished image or report could not be fetched whole."""


class WrongUse(BackdropClientError):
    """The request can't be right as it stands; nothing was uploaded and nothing was paid."""


class Interrupted(BackdropClientError):
    """The caller asked to stop (Ctrl-C) while work was going on."""

    def __init__(self) -> None:
        super().__init__("INTERRUPTED", phrase("Stopped on request."), "")


class Unexpected(BackdropClientError):
    """A fault of this program. `what_goes_on`: what becomes of the work meanwhile."""

    def __init__(self, error: Exception, what_goes_on: str = "") -> None:
        super().__init__(
            "UNEXPECTED",
            phrase("Something unexpected happened: {name}: {error}", name=type(error).__name__, error=error),
            phrase(
                "{what_goes_on} This is a fault of the command: report it, with what --debug prints.",
                what_goes_on=what_goes_on,
            ).strip(),
        )
