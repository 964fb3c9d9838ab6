"""What Amazon Cognito answers when it refuses, as this package's errors.

Error names: `InitiateAuth`, `RespondToAuthChallenge`, `ForgotPassword` and `ConfirmForgotPassword` at
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html
Several things share `NotAuthorizedException`; they are told apart by its message.
"""

from __future__ import annotations

from typing import Any

from backdrop.core.words.marks import phrase
from backdrop_client.errors import (
    CodeExpired,
    CodeWrong,
    PasswordExpired,
    PasswordRefused,
    PasswordResetRequired,
    ResetNotPossible,
    SessionExpired,
    SignInError,
    TooManyAttempts,
    UserDisabled,
    UserNotConfirmed,
    WrongPassword,
)

THROTTLED = frozenset({"TooManyRequestsException", "InternalErrorException"})
"""Names of errors that pass by themselves."""

_RESET = frozenset({"ForgotPassword", "ConfirmForgotPassword"})


def failure(operation: str, answer: dict[str, Any], status: int) -> SignInError:
    """The error for an answer of `operation` with HTTP `status`. `__type` may carry a namespace before `#`."""
    kind = str(answer.get("__type", f"HTTP {status}")).rpartition("#")[2]
    message = str(answer.get("message") or answer.get("Message") or kind)
    match kind:
        case "NotAuthorizedException":
            return _not_authorized(operation, message)
        case "UserNotFoundException":
            return ResetNotPossible() if operation in _RESET else WrongPassword()
        case "InvalidParameterException" if operation == "ForgotPassword":
            # "Cannot reset password for the user as there is no registered/verified email or phone_number"
            return ResetNotPossible()
        case "LimitExceededException" | "TooManyFailedAttemptsException":
            return TooManyAttempts(message)
        case "CodeMismatchException" | "ExpiredCodeException" if operation == "RespondToAuthChallenge":
            return SessionExpired()
        case "CodeMismatchException":
            return CodeWrong()
        case "ExpiredCodeException":
            return CodeExpired()
        case "UserNotConfirmedException":
            return UserNotConfirmed()
        case "PasswordResetRequiredException":
            return PasswordResetRequired()
        case "InvalidPasswordException" | "PasswordHistoryPolicyViolationException":
            return PasswordRefused(message)
        case "ResourceNotFoundException":
            return SignInError(kind, message, phrase("Check the region, the user pool and the client id."))
    return SignInError(kind, message, phrase("Try again; if it happens twice, tell the people who run Backdrop."))


def _not_authorized(operation: str, message: str) -> SignInError:
    text = message.lower()
    if "attempts exceeded" in text:
        return TooManyAttempts(message)
    if "disabled" in text:
        return UserDisabled(message)
    if operation == "RespondToAuthChallenge" and "session" in text:
        # The challenge is good for three minutes (the client's AuthSessionValidity).
        return SessionExpired()
    if operation in _RESET:
        # "User password cannot be reset in the current state.": the temporary password was never changed.
        return ResetNotPossible()
    if "expired" in text:
        return PasswordExpired(message)
    return WrongPassword()
