from __future__ import annotations

import pytest

from backdrop_client.auth import CognitoAuth, Session
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
        ("PasswordResetRequiredException", "Password reset required", PasswordExpired),
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
