from __future__ import annotations

import base64
import json

import pytest

from backdrop_client.auth import RENEW_SECONDS, RETRY_SECONDS, CognitoAuth, Session, Tokens
from backdrop_client.errors import (
    CodeExpired,
    CodeWrong,
    NewPasswordRequired,
    PasswordExpired,
    PasswordRefused,
    PasswordResetRequired,
    ResetNotPossible,
    ServiceUnreachable,
    SessionExpired,
    SignInError,
    TooManyAttempts,
    UnexpectedAnswer,
    UserDisabled,
    UserNotConfirmed,
    WrongPassword,
)
from tests.unit.client.fake import CLIENT_ID, PASSWORD, USER, FakeBackdrop, Fault

CHALLENGE = {
    "ChallengeName": "NEW_PASSWORD_REQUIRED",
    "Session": "session-1",
    "ChallengeParameters": {"USER_ID_FOR_SRP": "sub-1"},
}


def test_signing_in_gives_tokens_that_hide_themselves_in_logs(auth: CognitoAuth) -> None:
    tokens = auth.sign_in(USER, PASSWORD)
    assert tokens.id_token.startswith("id-")
    assert tokens.refresh_token == "refresh-1"
    assert "refresh-1" not in repr(tokens)


def test_wrong_password_has_its_own_error(auth: CognitoAuth) -> None:
    with pytest.raises(WrongPassword, match="wrong"):
        auth.sign_in(USER, "guess")


@pytest.mark.parametrize(
    ("kind", "message", "error"),
    [
        ("UserNotConfirmedException", "User is not confirmed.", UserNotConfirmed),
        ("NotAuthorizedException", "Temporary password has expired and must be reset", PasswordExpired),
        ("PasswordResetRequiredException", "Password reset required", PasswordResetRequired),
        ("NotAuthorizedException", "Password attempts exceeded", TooManyAttempts),
        ("NotAuthorizedException", "User is disabled.", UserDisabled),
        ("NotAuthorizedException", "Incorrect username or password.", WrongPassword),
        ("com.amazonaws.cognito#UserNotFoundException", "User does not exist.", WrongPassword),
        ("ResourceNotFoundException", "User pool client does not exist.", SignInError),
    ],
)
def test_cognito_errors_become_typed_errors(
    fake: FakeBackdrop, auth: CognitoAuth, kind: str, message: str, error: type[Exception]
) -> None:
    fake.fail("POST", "/", Fault(400, {"__type": kind, "message": message}))
    with pytest.raises(error) as caught:
        auth.sign_in(USER, PASSWORD)
    assert type(caught.value) is error


def test_first_sign_in_asks_for_a_new_password_and_goes_on_with_it(fake: FakeBackdrop, auth: CognitoAuth) -> None:
    fake.fail("POST", "/", Fault(200, CHALLENGE))
    with pytest.raises(NewPasswordRequired) as challenge:
        auth.sign_in(USER, "temporary")
    assert challenge.value.username == "sub-1"
    with pytest.raises(PasswordRefused):
        auth.set_new_password(challenge.value, "short")
    assert auth.set_new_password(challenge.value, "long enough").id_token == fake.valid_token


def test_a_new_password_that_comes_too_late_asks_to_sign_in_again(fake: FakeBackdrop, auth: CognitoAuth) -> None:
    late = {"__type": "NotAuthorizedException", "message": "Invalid session for the user, session is expired."}
    fake.fail("POST", "/", Fault(400, late))
    with pytest.raises(SessionExpired):
        auth.set_new_password(NewPasswordRequired("sub-1", "session-1"), "long enough")


@pytest.mark.parametrize(
    ("kind", "message", "error"),
    [
        ("CodeMismatchException", "Invalid verification code provided, please try again.", CodeWrong),
        ("ExpiredCodeException", "Invalid code provided, please request a code again.", CodeExpired),
        ("InvalidPasswordException", "Password not long enough", PasswordRefused),
        ("LimitExceededException", "Attempt limit exceeded, please try after some time.", TooManyAttempts),
        ("UserNotFoundException", "User does not exist.", ResetNotPossible),
    ],
)
def test_a_refused_reset_says_why(
    fake: FakeBackdrop, auth: CognitoAuth, kind: str, message: str, error: type[Exception]
) -> None:
    fake.fail("POST", "/", Fault(400, {"__type": kind, "message": message}))
    with pytest.raises(error):
        auth.confirm_forgot_password(USER, "123456", "long enough")


@pytest.mark.parametrize(
    ("kind", "message", "error"),
    [
        ("NotAuthorizedException", "User password cannot be reset in the current state.", ResetNotPossible),
        ("InvalidParameterException", "Cannot reset password for the user as there is no verified", ResetNotPossible),
        ("LimitExceededException", "Attempt limit exceeded, please try after some time.", TooManyAttempts),
    ],
)
def test_a_code_that_is_not_mailed_says_why(
    fake: FakeBackdrop, auth: CognitoAuth, kind: str, message: str, error: type[Exception]
) -> None:
    fake.fail("POST", "/", Fault(400, {"__type": kind, "message": message}))
    with pytest.raises(error):
        auth.forgot_password(USER)


def test_a_new_password_by_code_is_sent_once(fake: FakeBackdrop, auth: CognitoAuth) -> None:
    fake.fail("POST", "/", Fault(503, {}))
    before = len(fake.calls)
    with pytest.raises(SignInError):
        auth.confirm_forgot_password(USER, "123456", "long enough")
    assert len(fake.calls) == before + 1


def test_a_busy_service_does_not_end_the_session(fake: FakeBackdrop, auth: CognitoAuth) -> None:
    tokens = auth.sign_in(USER, PASSWORD)
    busy = Fault(400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"})
    fake.fail("POST", "/", *[busy] * 5)
    with pytest.raises(SignInError) as caught:
        auth.refresh(tokens)
    assert not isinstance(caught.value, SessionExpired)


class Refresher(CognitoAuth):
    """Hands out tokens that last an hour, or fails as it is told."""

    def __init__(self) -> None:
        self.made = 0
        self.fails: Exception | None = None

    def fresh(self) -> Tokens:
        self.made += 1
        claims = json.dumps({"iat": 1_000, "exp": 4_600, "n": self.made}).encode()
        return Tokens(f"h.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.s", "access", "refresh")

    def refresh(self, tokens: Tokens) -> Tokens:
        if self.fails:
            raise self.fails
        return self.fresh()


def test_a_token_is_renewed_before_it_ends() -> None:
    now, auth = [0.0], Refresher()
    session = Session(auth, auth.fresh(), clock=lambda: now[0])
    first = session.id_token

    now[0] = 3_600 - RENEW_SECONDS - 1
    assert session.id_token == first
    now[0] = 3_600 - RENEW_SECONDS
    second = session.id_token
    assert second != first
    assert session.id_token == second
    now[0] += 3_600 - RENEW_SECONDS
    assert session.id_token != second


def test_a_renewal_in_time_that_fails_leaves_the_good_token_and_is_tried_again() -> None:
    now, auth = [0.0], Refresher()
    session = Session(auth, auth.fresh(), clock=lambda: now[0])
    first = session.id_token
    now[0] = 3_600 - RENEW_SECONDS
    auth.fails = ServiceUnreachable("The sign-in service", "no answer in time")
    assert session.id_token == first

    auth.fails = None
    now[0] += RETRY_SECONDS - 1
    assert session.id_token == first
    now[0] += 1
    assert session.id_token != first


def test_a_session_that_was_revoked_says_so_in_time() -> None:
    now, auth = [0.0], Refresher()
    session = Session(auth, auth.fresh(), clock=lambda: now[0])
    now[0] = 3_600 - RENEW_SECONDS
    auth.fails = SessionExpired()
    with pytest.raises(SessionExpired):
        _ = session.id_token


def test_refresh_keeps_the_refresh_token(fake: FakeBackdrop, auth: CognitoAuth) -> None:
    tokens = auth.sign_in(USER, PASSWORD)
    fresh = auth.refresh(tokens)
    assert fresh.id_token == fake.valid_token != tokens.id_token
    assert fresh.refresh_token == tokens.refresh_token


def test_signing_out_revokes_and_then_nothing_can_be_renewed(fake: FakeBackdrop, session: Session) -> None:
    session.sign_out()
    assert fake.revoked == ["refresh-1"]
    with pytest.raises(SessionExpired):
        session.renew(session.id_token)


def test_renewing_a_token_that_another_thread_already_renewed_costs_no_call(
    fake: FakeBackdrop, session: Session
) -> None:
    old = session.id_token
    session.renew(old)
    before = len(fake.calls)
    session.renew(old)
    assert len(fake.calls) == before


def test_a_throttled_sign_in_is_tried_again(fake: FakeBackdrop, auth: CognitoAuth) -> None:
    fake.fail(
        "POST", "/", Fault(400, {"__type": "TooManyRequestsException", "message": "Rate exceeded"}), Fault(503, {})
    )
    assert auth.sign_in(USER, PASSWORD).id_token == fake.valid_token


def test_no_service_is_told_as_such() -> None:
    with pytest.raises(ServiceUnreachable):
        CognitoAuth(CLIENT_ID, "eu-west-1", "http://127.0.0.1:9").sign_in(USER, PASSWORD)


def test_something_else_at_the_address_is_told_as_such(fake: FakeBackdrop, auth: CognitoAuth) -> None:
    fake.fail("POST", "/", Fault(200, "<html>router login</html>"))
    with pytest.raises(UnexpectedAnswer):
        auth.sign_in(USER, PASSWORD)
