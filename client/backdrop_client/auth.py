"""Signing in to the Cognito user pool over its public HTTPS JSON API. No AWS credentials, no boto3.

The app client is public (no secret) and allows `USER_PASSWORD_AUTH` and `REFRESH_TOKEN_AUTH`. Request and error
shapes: Amazon Cognito user pools API reference, `InitiateAuth`, `RespondToAuthChallenge`, `RevokeToken`.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from typing import Any, Protocol

import httpx

from backdrop_client.errors import (
    NewPasswordRequired,
    PasswordExpired,
    PasswordRefused,
    ServiceUnreachable,
    SessionExpired,
    SignInError,
    UnexpectedAnswer,
    UserNotConfirmed,
    WrongPassword,
)
from backdrop_client.retry import DEFAULT_POLICY, TRANSIENT_STATUS, RetryPolicy, TryAgain, reason_of, retrying

_SERVICE = "The sign-in service"
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)


@dataclass(frozen=True)
class Tokens:
    """What a sign-in gives. The ID token authorises API calls, the refresh token renews it. Never log these."""

    id_token: str
    access_token: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Tokens(...)"


class TokenSource(Protocol):
    """Where `BackdropApi` gets its token from."""

    @property
    def id_token(self) -> str:
        """The token to send now."""

    def renew(self, rejected: str) -> None:
        """Replace `rejected`, which the API no longer takes. Raises `SessionExpired` when that is impossible."""


class CognitoAuth:
    """The four calls of a user's session: sign in, choose a new password, refresh, sign out.

    Args:
        client_id: id of the user pool's public app client.
        region: AWS region of the user pool; ignored when `endpoint` is given.
        endpoint: another address for the same API (the local cloud), without trailing slash.
        http: a client to share; its owner closes it. Without one, this object makes its own.
    """

    def __init__(
        self,
        client_id: str,
        region: str,
        endpoint: str | None = None,
        http: httpx.Client | None = None,
        policy: RetryPolicy = DEFAULT_POLICY,
    ) -> None:
        self._client_id = client_id
        self._url = (endpoint or f"https://cognito-idp.{region}.amazonaws.com").rstrip("/") + "/"
        self._http = http or httpx.Client(timeout=_TIMEOUT)
        self._policy = policy

    def sign_in(self, username: str, password: str) -> Tokens:
        """Sign in with user name (or e-mail) and password.

        Raises `WrongPassword`, `UserNotConfirmed`, `PasswordExpired`, `NewPasswordRequired` (go on with
        `set_new_password`), another `SignInError`, or `ServiceUnreachable`.
        """
        answer = self._call(
            "InitiateAuth",
            {
                "AuthFlow": "USER_PASSWORD_AUTH",
                "ClientId": self._client_id,
                "AuthParameters": {"USERNAME": username, "PASSWORD": password},
            },
        )
        return _tokens_or_challenge(answer, username)

    def set_new_password(self, challenge: NewPasswordRequired, new_password: str) -> Tokens:
        """Answer the challenge of a first sign-in.

        Raises `PasswordRefused` when the pool's policy does not allow the password.
        """
        answer = self._call(
            "RespondToAuthChallenge",
            {
                "ChallengeName": "NEW_PASSWORD_REQUIRED",
                "ClientId": self._client_id,
                "Session": challenge.challenge,
                "ChallengeResponses": {"USERNAME": challenge.username, "NEW_PASSWORD": new_password},
            },
        )
        return _tokens_or_challenge(answer, challenge.username)

    def refresh(self, tokens: Tokens) -> Tokens:
        """New ID and access tokens. Raises `SessionExpired` when the refresh token is expired or revoked."""
        try:
            answer = self._call(
                "InitiateAuth",
                {
                    "AuthFlow": "REFRESH_TOKEN_AUTH",
                    "ClientId": self._client_id,
                    "AuthParameters": {"REFRESH_TOKEN": tokens.refresh_token},
                },
            )
        except SignInError as error:
            raise SessionExpired from error
        fresh = _result(answer)
        return replace(
            tokens,
            id_token=fresh["IdToken"],
            access_token=fresh["AccessToken"],
            refresh_token=fresh.get("RefreshToken", tokens.refresh_token),
        )

    def sign_out(self, tokens: Tokens) -> None:
        """Revoke this session's refresh token and all tokens made from it; other sessions of the user go on.

        A token that is already revoked is no error. Raises `ServiceUnreachable`.
        """
        try:
            self._call("RevokeToken", {"ClientId": self._client_id, "Token": tokens.refresh_token})
        except SignInError as error:
            if error.code not in {"NotAuthorizedException", "WRONG_PASSWORD"}:
                raise

    def _call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """One call; all four may be repeated, so a transient failure is retried."""
        return retrying(lambda: self._attempt(operation, body), self._policy)

    def _attempt(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            response = self._http.post(
                self._url,
                content=json.dumps(body),
                headers={
                    "Content-Type": "application/x-amz-json-1.1",
                    "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
                },
                timeout=_TIMEOUT,
            )
        except httpx.HTTPError as error:
            raise TryAgain(ServiceUnreachable(_SERVICE, reason_of(error))) from error
        try:
            answer = response.json() if response.content else {}
        except ValueError as error:
            raise UnexpectedAnswer(_SERVICE, f"HTTP {response.status_code} without JSON") from error
        if not isinstance(answer, dict):
            raise UnexpectedAnswer(_SERVICE, f"HTTP {response.status_code} with JSON that is no object")
        if response.is_success:
            return answer
        failure = _failure(answer, response.status_code)
        if response.status_code in TRANSIENT_STATUS or failure.code == "TooManyRequestsException":
            raise TryAgain(failure)
        raise failure


class Session:
    """A signed-in user. Safe to share between threads: many may be refused at once, one renews.

    Args:
        auth: where to renew.
        tokens: from `CognitoAuth.sign_in`.
    """

    def __init__(self, auth: CognitoAuth, tokens: Tokens) -> None:
        self._auth = auth
        self._tokens = tokens
        self._lock = threading.Lock()

    @property
    def id_token(self) -> str:
        """The current ID token."""
        return self._tokens.id_token

    @property
    def tokens(self) -> Tokens:
        """The current tokens, to keep a session over a page reload."""
        return self._tokens

    def renew(self, rejected: str) -> None:
        """Fetch fresh tokens, unless another thread already did. Raises `SessionExpired`."""
        with self._lock:
            if self._tokens.id_token == rejected:
                self._tokens = self._auth.refresh(self._tokens)

    def sign_out(self) -> None:
        """End the session on the server."""
        self._auth.sign_out(self._tokens)


def _tokens_or_challenge(answer: dict[str, Any], username: str) -> Tokens:
    challenge = answer.get("ChallengeName")
    if challenge == "NEW_PASSWORD_REQUIRED":
        # Cognito wants its own id for the user back, which differs from an e-mail alias.
        user = (answer.get("ChallengeParameters") or {}).get("USER_ID_FOR_SRP", username)
        raise NewPasswordRequired(user, str(answer.get("Session", "")))
    if challenge:
        raise SignInError(
            "CHALLENGE_NOT_SUPPORTED",
            f"The account asks for a further step that this client can't do: {challenge}.",
            "Ask an administrator for an account without it.",
        )
    result = _result(answer)
    if "RefreshToken" not in result:
        raise UnexpectedAnswer(_SERVICE, "no RefreshToken in the answer")
    return Tokens(result["IdToken"], result["AccessToken"], result["RefreshToken"])


def _result(answer: dict[str, Any]) -> dict[str, str]:
    result = answer.get("AuthenticationResult")
    if not isinstance(result, dict) or "IdToken" not in result or "AccessToken" not in result:
        raise UnexpectedAnswer(_SERVICE, "no AuthenticationResult in the answer")
    return result


def _failure(answer: dict[str, Any], status: int) -> SignInError:
    """A Cognito error as one of ours. `__type` may carry a namespace before `#`."""
    kind = str(answer.get("__type", f"HTTP {status}")).rpartition("#")[2]
    message = str(answer.get("message") or answer.get("Message") or kind)
    match kind:
        case "NotAuthorizedException" if "expired" in message.lower():
            return PasswordExpired(message)
        case "NotAuthorizedException" if "attempts exceeded" in message.lower():
            return SignInError("TOO_MANY_ATTEMPTS", message, "Wait a few minutes, then try again.")
        case "NotAuthorizedException" if "disabled" in message.lower():
            return SignInError("USER_DISABLED", message, "Ask an administrator to enable the account.")
        case "NotAuthorizedException" | "UserNotFoundException":
            return WrongPassword()
        case "UserNotConfirmedException":
            return UserNotConfirmed()
        case "PasswordResetRequiredException":
            return PasswordExpired("The password must be reset before it can be used.")
        case "InvalidPasswordException":
            return PasswordRefused(message)
        case "ResourceNotFoundException":
            return SignInError(kind, message, "Check the region, the user pool and the client id.")
    return SignInError(kind, message, "Try again; if it happens twice, tell the people who run Backdrop.")
