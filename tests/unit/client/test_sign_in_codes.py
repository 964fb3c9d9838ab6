"""Codes of an authenticator app: what is made of a key, and the command that asks for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click
import pytest

from backdrop_client.auth import CognitoAuth
from backdrop_client.cognito.codes import CodeSetup, make_code
from backdrop_client.errors import (
    SessionExpired,
    SignInCodeRequired,
    SignInCodeSetup,
    SignInCodesOff,
    SignInCodeUsed,
    SignInCodeWrong,
)
from tests.unit.client.conftest import Command
from tests.unit.client.fake import FakeBackdrop, Fault

RFC_KEY = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
ASKED = {"ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s-1", "ChallengeParameters": {"USER_ID_FOR_SRP": "sub-1"}}
SET_UP = {"ChallengeName": "MFA_SETUP", "Session": "s-1", "ChallengeParameters": {"USER_ID_FOR_SRP": "sub-1"}}
WRONG = Fault(400, {"__type": "CodeMismatchException", "message": "Invalid code received for user"})
IN = Fault(200, {"AuthenticationResult": {"IdToken": "id-1", "AccessToken": "a", "RefreshToken": "refresh-1"}})


@pytest.mark.parametrize(("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_codes_are_those_of_the_standard(seconds: float, code: str) -> None:
    # RFC 6238, appendix B, SHA-1, the last six of its eight digits.
    assert make_code(RFC_KEY, seconds) == code


def test_a_key_is_shown_as_text_address_and_picture_and_never_in_logs() -> None:
    setup = CodeSetup(RFC_KEY, "s-1")
    assert setup.address("ana+x@example.com") == (
        f"otpauth://totp/Backdrop:ana%2Bx%40example.com?secret={RFC_KEY}&issuer=Backdrop"
    )
    assert setup.picture("ana@example.com").lstrip().startswith("<?xml")
    assert len(setup.drawing("ana@example.com").splitlines()) > 10
    assert RFC_KEY not in repr(setup)


@pytest.mark.parametrize(
    ("kind", "message", "error"),
    [
        ("CodeMismatchException", "Invalid code received for user", SignInCodeWrong),
        ("ExpiredCodeException", "Your software token has already been used once.", SignInCodeUsed),
        ("NotAuthorizedException", "Invalid session for the user, session is expired.", SessionExpired),
    ],
)
def test_a_refused_code_says_why(
    fake: FakeBackdrop, auth: CognitoAuth, kind: str, message: str, error: type[Exception]
) -> None:
    fake.fail("POST", "/", Fault(400, {"__type": kind, "message": message}))
    with pytest.raises(error):
        auth.answer_code(SignInCodeRequired("sub-1", "s-1"), "123456")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("EnableSoftwareTokenMFAException", SignInCodeWrong),
        ("SoftwareTokenMFANotFoundException", SignInCodesOff),
        ("NotAuthorizedException", SessionExpired),
    ],
)
def test_an_app_that_is_not_set_up_says_why(
    fake: FakeBackdrop, auth: CognitoAuth, kind: str, error: type[Exception]
) -> None:
    fake.fail("POST", "/", Fault(400, {"__type": kind, "message": "Code mismatch"}))
    with pytest.raises(error):
        auth.begin_code_setup(SignInCodeSetup("sub-1", "s-1"))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What Cognito is sent."""
    bodies: list[dict[str, Any]] = []
    stock = CognitoAuth._attempt

    def attempt(auth: CognitoAuth, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        bodies.append(body)
        return stock(auth, operation, body)

    monkeypatch.setattr(CognitoAuth, "_attempt", attempt)
    return bodies


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Codes that somebody types at a terminal, one after the other."""
    codes = ["000000", "123 456"]
    answers: Iterator[str] = iter(codes)

    def prompt(*_words: Any, **_how: Any) -> str:
        return next(answers)

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(click, "prompt", prompt)
    return codes


def test_the_command_asks_until_the_code_is_right(
    fake: FakeBackdrop, backdrop: Command, typed: list[str], sent: list[dict[str, Any]]
) -> None:
    fake.fail("POST", "/", Fault(200, ASKED), WRONG, IN)
    _, _, said = backdrop("models", "--json")
    assert "code from the authenticator app is not right" in said
    given = [body["ChallengeResponses"] for body in sent if "ChallengeResponses" in body]
    assert [one["SOFTWARE_TOKEN_MFA_CODE"] for one in given] == ["000000", "123456"]


def test_a_code_in_the_environment_is_sent_once(
    fake: FakeBackdrop, backdrop: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKDROP_SIGN_IN_CODE", "000000")
    fake.fail("POST", "/", Fault(200, ASKED), WRONG)
    status, _, said = backdrop("models", "--json")
    assert status != 0
    assert "not right" in said


@pytest.mark.parametrize(
    ("challenge", "said"), [(ASKED, "BACKDROP_SIGN_IN_CODE"), (SET_UP, "Sign in once in the web app")]
)
def test_without_a_terminal_the_step_is_told(
    fake: FakeBackdrop, backdrop: Command, monkeypatch: pytest.MonkeyPatch, challenge: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    fake.fail("POST", "/", Fault(200, challenge))
    status, _, told = backdrop("models", "--json")
    assert status != 0
    assert said in told


def test_the_command_sets_an_app_up(
    fake: FakeBackdrop, backdrop: Command, typed: list[str], sent: list[dict[str, Any]]
) -> None:
    key = Fault(200, {"SecretCode": RFC_KEY, "Session": "s-2"})
    mismatch = Fault(400, {"__type": "EnableSoftwareTokenMFAException", "message": "Code mismatch"})
    fake.fail("POST", "/", Fault(200, SET_UP), key, mismatch, Fault(200, {"Status": "SUCCESS", "Session": "s-3"}), IN)
    _, _, said = backdrop("models", "--json")
    assert "GEZD GNBV" in said
    assert {"Session": "s-2", "UserCode": "123456"} in sent
    last = next(body for body in sent if body.get("ChallengeName") == "MFA_SETUP")
    assert (last["Session"], last["ChallengeResponses"]) == ("s-3", {"USERNAME": "sub-1"})
