"""Cognito user pools: mails that arrive, codes and challenges that are checked, tries that are counted.

MiniStack keeps the mails to itself, mails the same code to everybody, takes any new password at a first sign-in,
never locks an account and mails invitations that were not asked for by mail. Sources:
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow-things-to-know.html (five failures, then
one second that doubles, at most about 15 minutes),
https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html (ForgotPassword),
https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html (codes to reset a password
are good for an hour), and of `ForgotPassword` and `AdminCreateUser`
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.mailbox import Mailbox
from localcloud.emulator.patches.cognito_mfa import CODE, SETUP, Codes

FREE_TRIES = 5
LONGEST_LOCK_SECONDS = 900
CODE_SECONDS = 3600
CODES_AN_HOUR = 5
WRONG_CODES = 5
CHALLENGE_MINUTES = 3

_SENDER = "no-reply@verificationemail.com"

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[dict[str, Any]], Answer]


@dataclass
class Tries:
    """What was tried for one user. Times are seconds of `clock`."""

    failures: int = 0
    locked_until: float = 0.0
    codes_sent: list[float] = field(default_factory=list)
    wrong_codes: int = 0

    def failed(self, now: float) -> None:
        """Count a wrong password; from the fifth on the account is locked, each time twice as long."""
        self.failures += 1
        if self.failures >= FREE_TRIES:
            self.locked_until = now + min(2 ** (self.failures - FREE_TRIES), LONGEST_LOCK_SECONDS)

    def sent(self, now: float) -> None:
        """Count a code that was mailed."""
        self.codes_sent = [*self._codes_of_this_hour(now), now]
        self.wrong_codes = 0

    def may_send(self, now: float) -> bool:
        """Whether another code may be mailed."""
        return len(self._codes_of_this_hour(now)) < CODES_AN_HOUR

    def code_is_good(self, now: float) -> bool:
        """Whether the last code that was mailed is still good."""
        return bool(self._codes_of_this_hour(now))

    def _codes_of_this_hour(self, now: float) -> list[float]:
        return [sent for sent in self.codes_sent if now - sent < CODE_SECONDS]


class UserPools:
    """Stands before MiniStack's handlers of the calls that people make."""

    def __init__(self, cognito: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._cognito = cognito
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: dict[tuple[str, str], Tries] = {}
        self._challenges: dict[str, float] = {}
        self._codes = Codes(cognito, clock)

    def run(self, stock: Callable[[Handler, str, dict[str, Any]], Answer], handler: Handler, action: str,
            data: dict[str, Any]) -> Answer:  # fmt: skip
        """Answer one call: refused here, or answered by `stock`."""

        def go_on() -> Answer:
            return stock(handler, action, data)

        match action:
            case "InitiateAuth" if data.get("AuthFlow") == "USER_PASSWORD_AUTH":
                return self._sign_in(data, go_on)
            case "RespondToAuthChallenge" if data.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
                return self._new_password(data, go_on)
            case "RespondToAuthChallenge" if data.get("ChallengeName") in (CODE, SETUP):
                return self._codes.respond(data, go_on, self._wrong_code)
            case "AssociateSoftwareToken":
                return self._codes.associate(data, go_on)
            case "VerifySoftwareToken":
                return self._codes.verify(data, go_on)
            case "ForgotPassword":
                return self._forgot(data, go_on)
            case "ConfirmForgotPassword":
                return self._confirm(data, go_on)
        return go_on()

    def new_code(self, pool: dict[str, Any], username: str) -> str:
        """A code of six digits to reset the user's password; it replaces the one before."""
        user, _error = self._cognito._resolve_user(pool, username)
        code = f"{secrets.randbelow(10**6):06d}"
        user["_reset_code"] = code
        self._of(user).sent(self._clock())
        return code

    def _sign_in(self, data: dict[str, Any], go_on: Callable[[], Answer]) -> Answer:
        pool, user = self._find(data, data.get("AuthParameters", {}).get("USERNAME"))
        if user is None or pool is None:
            return go_on()
        tries = self._of(user)
        if self._clock() < tries.locked_until:
            return self._refuse("NotAuthorizedException", "Password attempts exceeded")
        answer = go_on()
        document = json.loads(answer[2] or b"{}")
        if answer[0] == 200:
            answer = self._codes.after_password(pool, user, answer, _seconds_of_a_step(pool, data))
            if document.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
                self._challenges[document["Session"]] = self._clock() + _seconds_of_a_step(pool, data)
            if b'"ChallengeName"' not in answer[2]:
                tries.failures = 0
        elif document.get("message") == "Incorrect username or password.":
            with self._lock:
                tries.failed(self._clock())
        return answer

    def _new_password(self, data: dict[str, Any], go_on: Callable[[], Answer]) -> Answer:
        if self._clock() >= self._challenges.get(str(data.get("Session")), 0.0):
            return self._refuse("NotAuthorizedException", "Invalid session for the user, session is expired.")
        responses = data.get("ChallengeResponses", {})
        pool, user = self._find(data, responses.get("USERNAME"))
        if pool and (refusal := self._cognito._validate_password(pool, str(responses.get("NEW_PASSWORD", "")))):
            return tuple(refusal)
        answer = go_on()
        if answer[0] == 200:
            self._challenges.pop(str(data.get("Session")), None)
        if pool is None or user is None:
            return answer
        return self._codes.after_password(pool, user, answer, _seconds_of_a_step(pool, data))

    def _wrong_code(self, user: dict[str, Any]) -> bool:
        """Count a wrong code like a wrong password; whether the user is locked now."""
        tries, now = self._of(user), self._clock()
        with self._lock:
            if now >= tries.locked_until:
                tries.failed(now)
                return False
        return True

    def _forgot(self, data: dict[str, Any], go_on: Callable[[], Answer]) -> Answer:
        _pool, user = self._find(data, data.get("Username"))
        if user is None:
            return go_on()
        attributes = self._cognito._attr_list_to_dict(user.get("Attributes", []))
        if user.get("UserStatus") == "FORCE_CHANGE_PASSWORD":
            return self._refuse("NotAuthorizedException", "User password cannot be reset in the current state.")
        if str(attributes.get("email_verified", "")).lower() != "true":
            return self._refuse(
                "InvalidParameterException",
                "Cannot reset password for the user as there is no registered/verified email or phone_number",
            )
        if not self._of(user).may_send(self._clock()):
            return self._refuse("LimitExceededException", "Attempt limit exceeded, please try after some time.")
        return go_on()

    def _confirm(self, data: dict[str, Any], go_on: Callable[[], Answer]) -> Answer:
        pool, user = self._find(data, data.get("Username"))
        if user is None or pool is None:
            return go_on()
        tries = self._of(user)
        if tries.wrong_codes >= WRONG_CODES:
            return self._refuse("LimitExceededException", "Attempt limit exceeded, please try after some time.")
        if not tries.code_is_good(self._clock()):
            user.pop("_reset_code", None)
        answer = go_on()
        if answer[0] == 200:
            tries.failures, tries.locked_until = 0, 0.0
        elif json.loads(answer[2] or b"{}").get("__type") == "CodeMismatchException":
            with self._lock:
                tries.wrong_codes += 1
        return answer

    def _find(self, data: dict[str, Any], username: object) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """The client's pool and the user, None where there is none."""
        self._cognito._pin_unsigned_idp_scope(data)
        pool, _pool_id = self._cognito._pool_for_client(data.get("ClientId"))
        if not pool or not username:
            return pool or None, None
        user, _error = self._cognito._resolve_user(pool, username)
        return pool, user or None

    def _of(self, user: dict[str, Any]) -> Tries:
        with self._lock:
            return self._tries.setdefault((str(user.get("UserCreateDate")), str(user["Username"])), Tries())

    def _refuse(self, code: str, message: str) -> Answer:
        refusal: Answer = self._cognito.error_response_json(code, message, 400)
        return refusal


def _seconds_of_a_step(pool: dict[str, Any], data: dict[str, Any]) -> float:
    """Return how long a challenge of the client may take: its AuthSessionValidity."""
    client = pool.get("_clients", {}).get(data.get("ClientId"), {})
    return 60.0 * float(client.get("AuthSessionValidity", CHALLENGE_MINUTES))


def invites_by_mail(data: dict[str, Any]) -> bool:
    """Whether AdminCreateUser's invitation goes by mail. By default it goes by SMS, and nobody has a telephone here.

    https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
    """
    return "EMAIL" in (data.get("DesiredDeliveryMediums") or ["SMS"])


def install(mailbox: Mailbox) -> None:
    """Check what people send to a user pool, and deliver its mails to `mailbox`."""
    cognito = upstream.cognito
    upstream.expect_attributes(
        cognito,
        *("_run_idp_handler", "_deliver_cognito_email", "_send_verification_email", "_pool_for_client"),
        *(
            "_pin_unsigned_idp_scope",
            "_resolve_user",
            "_attr_list_to_dict",
            "_validate_password",
            "error_response_json",
            "_wants_email_delivery",
            "_totp_matches",
            "_user_pool_for_access_token",
            "json_response",
        ),
    )
    pools = UserPools(cognito)
    stock_run = cognito._run_idp_handler
    stock_deliver, stock_verify = cognito._deliver_cognito_email, cognito._send_verification_email

    def run(handler: Handler, action: str, data: dict[str, Any]) -> Answer:
        return pools.run(stock_run, handler, action, data)

    def verify(
        pool: dict[str, Any], username: str, attributes: dict[str, Any], code: str, attribute_name: str = "email"
    ) -> Any:
        if attribute_name == "password":
            code = pools.new_code(pool, username)
        return stock_verify(pool, username, attributes, code, attribute_name)

    def deliver(
        pool: dict[str, Any], to: str, subject: str, body: str, type_name: str, extra: dict[str, Any] | None = None
    ) -> Any:
        message = stock_deliver(pool, to, subject, body, type_name, extra)
        mailbox.deliver(to, subject, body, secrets.token_hex(16), sender=_SENDER)
        return message

    cognito._run_idp_handler = run
    cognito._send_verification_email = verify
    cognito._deliver_cognito_email = deliver
    cognito._wants_email_delivery = invites_by_mail
