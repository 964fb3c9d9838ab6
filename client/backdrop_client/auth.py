"""Signing in to the Cognito user pool over its public HTTPS JSON API. No AWS credentials, no boto3.

The app client is public (no secret) and allows `USER_PASSWORD_AUTH` and `REFRESH_TOKEN_AUTH`. Request shapes:
`InitiateAuth`, `RespondToAuthChallenge`, `RevokeToken`, `GlobalSignOut`, `ForgotPassword`, `ConfirmForgotPassword` at
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html
What it refuses: `auth_failures.py`.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from typing import Any, Protocol

import httpx

from backdrop.core.words.marks import mark_phrase, phrase
from backdrop_client.auth_failures import THROTTLED, failure
from backdrop_client.errors import (
    BackdropClientError,
    NewPasswordRequired,
    PasswordExpired,
    PasswordResetRequired,
    ServiceUnreachable,
    SessionExpired,
    SignInError,
    UnexpectedAnswer,
    UserDisabled,
    WrongPassword,
)
from backdrop_client.retry import DEFAULT_POLICY, TRANSIENT_STATUS, RetryPolicy, TryAgain, reason_of, retrying

_SERVICE = mark_phrase("The sign-in service")
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)

RENEW_SECONDS = 300.0
"""An ID token is renewed this long before it ends, so that no request meets its end on the way."""

RETRY_SECONDS = 30.0
"""Pause after a renewal in time that failed; the old token is still good meanwhile."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tokens:
    """What a sign-in gives. The ID token authorises API calls, the refresh token renews it. Never log these."""

    id_token: str
    access_token: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Tokens(...)"

    @property
    def user_id(self) -> str:
        """The user pool's id of the user, as the ID token says; empty when it can't be read."""
        return str(_claims(self.id_token).get("sub", ""))

    @property
    def groups(self) -> frozenset[str]:
        """The groups of the user pool that the user is in, as the ID token says; it is the API that checks."""
        groups = _claims(self.id_token).get("cognito:groups")
        return frozenset(map(str, groups)) if isinstance(groups, list) else frozenset()


class TokenSource(Protocol):
    """Where `BackdropApi` gets its token from."""

    @property
    def id_token(self) -> str:
        """The token to send now."""

    def renew(self, rejected: str) -> None:
        """Replace `rejected`, which the API no longer takes. Raises `SessionExpired` when that is impossible."""


class CognitoAuth:
    """The calls of a user's session: sign in, choose a new password, refresh, sign out, reset a forgotten password.

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
        except (WrongPassword, UserDisabled, PasswordExpired, PasswordResetRequired) as error:
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

    def sign_out_everywhere(self, tokens: Tokens) -> None:
        """Revoke all refresh tokens of the user, on every device. The access token must be good.

        Raises `ServiceUnreachable`, or `SessionExpired` when the access token is no longer taken.
        """
        try:
            self._call("GlobalSignOut", {"AccessToken": tokens.access_token})
        except (WrongPassword, UserDisabled, PasswordExpired) as error:
            raise SessionExpired from error

    def forgot_password(self, username: str) -> None:
        """Have a code mailed to the user. An account that does not exist answers alike, unless Cognito tells.

        Raises `ResetNotPossible`, `TooManyAttempts`, another `SignInError`, or `ServiceUnreachable`.
        """
        self._call("ForgotPassword", {"ClientId": self._client_id, "Username": username})

    def confirm_forgot_password(self, username: str, code: str, new_password: str) -> None:
        """Set a new password with the mailed code; sign in with it afterwards.

        Raises `CodeWrong`, `CodeExpired`, `PasswordRefused`, `TooManyAttempts`, another `SignInError`, or
        `ServiceUnreachable`. Not repeated: a code is good once.
        """
        body = {
            "ClientId": self._client_id,
            "Username": username,
            "ConfirmationCode": code,
            "Password": new_password,
        }
        try:
            self._attempt("ConfirmForgotPassword", body)
        except TryAgain as error:
            raise error.error from error

    def _call(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """One call that may be repeated, so a transient failure is retried."""
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
        refusal = failure(operation, answer, response.status_code)
        if response.status_code in TRANSIENT_STATUS or refusal.code in THROTTLED:
            raise TryAgain(refusal)
        raise refusal


class Session:
    """A signed-in user. Safe to share between threads: many may be refused at once, one renews.

    Args:
        auth: where to renew.
        tokens: from `CognitoAuth.sign_in`.
        clock: seconds that only go forward; a token's age is measured with it, not with the time of day.
        age: seconds since the tokens were issued, of a session that is taken up again.
    """

    def __init__(
        self, auth: CognitoAuth, tokens: Tokens, clock: Callable[[], float] = time.monotonic, age: float = 0.0
    ) -> None:
        self._auth = auth
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = tokens
        self._renew_at = inf
        self._tell: Callable[[Tokens], None] | None = None
        self._take(tokens, age)

    @property
    def tokens(self) -> Tokens:
        """The current tokens, good or not. For who keeps a session to take it up again; never log them."""
        return self._tokens

    def on_renewed(self, tell: Callable[[Tokens], None]) -> None:
        """Have `tell` called with the new tokens, each time that they are renewed. It must not raise."""
        self._tell = tell

    @property
    def id_token(self) -> str:
        """The current ID token, renewed in time. Raises `SessionExpired` when the user pool refuses to renew it."""
        if self._clock() >= self._renew_at:
            self._renew_early()
        return self._tokens.id_token

    def renew(self, rejected: str) -> None:
        """Fetch fresh tokens, unless another thread already did. Raises `SessionExpired`."""
        with self._lock:
            if self._tokens.id_token == rejected:
                self._take(self._auth.refresh(self._tokens))

    def sign_out(self, *, everywhere: bool = False) -> None:
        """End the session on the server, or all of the user's sessions. Raises `ServiceUnreachable`."""
        with self._lock:
            if everywhere:
                self._sign_out_everywhere()
            self._auth.sign_out(self._tokens)

    def _sign_out_everywhere(self) -> None:
        try:
            # The access token may have ended while nobody asked for anything.
            self._take(self._auth.refresh(self._tokens))
            self._auth.sign_out_everywhere(self._tokens)
        except SessionExpired:
            # Revoked elsewhere: this session is over, and there is no other way to end the rest from here.
            logger.info("the session was over before it was ended everywhere")

    def _renew_early(self) -> None:
        with self._lock:
            if self._clock() < self._renew_at:
                return
            try:
                self._take(self._auth.refresh(self._tokens))
            except SessionExpired:
                raise
            except BackdropClientError as error:
                # The token is still good for a while; when it ends, the API's 401 leads to `renew`.
                self._renew_at = self._clock() + RETRY_SECONDS
                logger.warning("the session could not be renewed in time: %s", error.code)

    def _take(self, tokens: Tokens, age: float = 0.0) -> None:
        lifetime = _lifetime(tokens.id_token)
        self._tokens = tokens
        self._renew_at = self._clock() - age + lifetime - min(RENEW_SECONDS, lifetime / 4) if lifetime else inf
        if self._tell is not None:
            self._tell(tokens)


def _lifetime(id_token: str) -> float | None:
    """Seconds from issue to end, as the token itself says; None when it can't be read (it is the API that checks)."""
    claims = _claims(id_token)
    try:
        lifetime = float(claims["exp"]) - float(claims["iat"])
    except (ValueError, KeyError, TypeError):
        return None
    return lifetime if lifetime > 0 else None


def _claims(id_token: str) -> dict[str, Any]:
    """What an ID token says, unchecked; nothing when it can't be read."""
    parts = id_token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _tokens_or_challenge(answer: dict[str, Any], username: str) -> Tokens:
    challenge = answer.get("ChallengeName")
    if challenge == "NEW_PASSWORD_REQUIRED":
        # Cognito wants its own id for the user back, which differs from an e-mail alias.
        user = (answer.get("ChallengeParameters") or {}).get("USER_ID_FOR_SRP", username)
        raise NewPasswordRequired(user, str(answer.get("Session", "")))
    if challenge:
        raise SignInError(
            "CHALLENGE_NOT_SUPPORTED",
            phrase("The account asks for a further step that this client can't do: {challenge}.", challenge=challenge),
            phrase("Ask an administrator for an account without it."),
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
