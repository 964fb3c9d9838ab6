"""Codes of an authenticator app at sign-in, as Cognito asks for them.

MiniStack knows the calls and checks the codes, but takes any session for them, asks nobody to set an app up, forgets
the key that was set up while signing in, and takes a code as often as it is sent. Sources:
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa-totp.html (the order of the calls; a
code is good once), https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html (wrong codes
lock like wrong passwords), and of `RespondToAuthChallenge`, `AssociateSoftwareToken` and `VerifySoftwareToken`
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Answer = tuple[int, dict[str, str], bytes]

CODE, SETUP = "SOFTWARE_TOKEN_MFA", "MFA_SETUP"
_LATE = "Invalid session for the user, session is expired."


@dataclass
class Step:
    """A challenge that waits for its answer. `key`: what was given to the app; `verified`: whether it is there."""

    challenge: str
    user: dict[str, Any]
    ends: float
    seconds: float
    key: str = ""
    verified: bool = False


class Codes:
    """The second step of sign-ins: which were begun, and with what they may be finished.

    `now`: seconds that only go forward.
    """

    def __init__(self, cognito: Any, now: Callable[[], float] = time.monotonic) -> None:
        self._cognito = cognito
        self._now = now
        self._steps: dict[str, Step] = {}

    def after_password(self, pool: dict[str, Any], user: dict[str, Any], answer: Answer, seconds: float) -> Answer:
        """Return what a right password answers: `answer`, or the second step that the pool asks for, for `seconds`."""
        document = json.loads(answer[2] or b"{}")
        if answer[0] != 200 or document.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
            return answer
        challenge = self._challenge_of(pool, user)
        if challenge is None:
            return answer
        session = self._begin(Step(challenge, user, self._now() + seconds, seconds))
        parameters = {"USER_ID_FOR_SRP": user["Username"]}
        if challenge == SETUP:
            parameters["MFAS_CAN_SETUP"] = json.dumps([CODE])
        return self._answer({"ChallengeName": challenge, "Session": session, "ChallengeParameters": parameters})

    def respond(self, data: dict[str, Any], go_on: Callable[[], Answer], failed: Callable[[Any], bool]) -> Answer:
        """Answer a challenge of ours. `failed` counts a wrong code and says whether the user is locked now."""
        step = self._step(data)
        if step is None or step.challenge != data["ChallengeName"]:
            return self._refuse("NotAuthorizedException", _LATE)
        if step.challenge == SETUP and not step.verified:
            return self._refuse("InvalidParameterException", "User has not set up software token mfa")
        if step.challenge == CODE:
            given = str(data.get("ChallengeResponses", {}).get("SOFTWARE_TOKEN_MFA_CODE", ""))
            if given == step.user.get("_totp_last_code"):
                return self._refuse("ExpiredCodeException", "Your software token has already been used once.")
            if not self._cognito._totp_matches(step.user.get("_totp_secret", ""), given):
                if failed(step.user):
                    return self._refuse("NotAuthorizedException", "Password attempts exceeded")
                return self._refuse("CodeMismatchException", "Invalid code received for user")
            step.user["_totp_last_code"] = given
        del self._steps[data["Session"]]
        return go_on()

    def associate(self, data: dict[str, Any], go_on: Callable[[], Answer]) -> Answer:
        """Give a key, to somebody who is signed in or must set an app up to sign in."""
        if data.get("AccessToken"):
            _user, pool = self._cognito._user_pool_for_access_token(data["AccessToken"])
            return go_on() if pool is None or _takes_codes(pool) else self._refuse_off()
        step = self._step(data)
        if step is None or step.challenge != SETUP:
            return self._refuse("NotAuthorizedException", _LATE)
        answer = json.loads(go_on()[2])
        del self._steps[data["Session"]]
        ends = self._now() + step.seconds
        session = self._begin(Step(SETUP, step.user, ends, step.seconds, key=answer["SecretCode"]))
        return self._answer({"SecretCode": answer["SecretCode"], "Session": session})

    def verify(self, data: dict[str, Any], go_on: Callable[[], Answer]) -> Answer:
        """Check the first code of an app that is set up."""
        if data.get("AccessToken"):
            return go_on()
        step = self._step(data)
        if step is None or not step.key:
            return self._refuse("NotAuthorizedException", _LATE)
        code = str(data.get("UserCode", ""))
        if not self._cognito._totp_matches(step.key, code):
            return self._refuse("EnableSoftwareTokenMFAException", "Code mismatch")
        step.user["_totp_secret"] = step.key
        step.user["_totp_last_code"] = code
        step.user["_mfa_enabled"] = sorted({*step.user.get("_mfa_enabled", []), CODE})
        step.user["_preferred_mfa"] = CODE
        step.verified = True
        return self._answer({"Status": "SUCCESS", "Session": data["Session"]})

    def _challenge_of(self, pool: dict[str, Any], user: dict[str, Any]) -> str | None:
        if not _takes_codes(pool):
            return None
        if CODE in user.get("_mfa_enabled", []):
            return CODE
        return SETUP if pool.get("MfaConfiguration") == "ON" else None

    def _begin(self, begun: Step) -> str:
        now = self._now()
        self._steps = {session: step for session, step in self._steps.items() if step.ends > now}
        session = secrets.token_urlsafe(32)
        self._steps[session] = begun
        return session

    def _step(self, data: dict[str, Any]) -> Step | None:
        step = self._steps.get(str(data.get("Session")))
        return step if step is not None and step.ends > self._now() else None

    def _answer(self, document: dict[str, Any]) -> Answer:
        answer: Answer = self._cognito.json_response(document)
        return answer

    def _refuse(self, code: str, message: str) -> Answer:
        refusal: Answer = self._cognito.error_response_json(code, message, 400)
        return refusal

    def _refuse_off(self) -> Answer:
        return self._refuse(
            "SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userpool."
        )


def _takes_codes(pool: dict[str, Any]) -> bool:
    enabled = pool.get("SoftwareTokenMfaConfiguration", {}).get("Enabled")
    return bool(enabled) and pool.get("MfaConfiguration", "OFF") != "OFF"
