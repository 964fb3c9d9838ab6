"""Signing in with an authenticator app, through the client's own code: real codes by RFC 6238, on a local cloud."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import pytest

from backdrop_cli.accept import uploads
from backdrop_client.auth import CognitoAuth, Session
from backdrop_client.cognito.codes import SECONDS, make_code
from backdrop_client.errors import (
    NewPasswordRequired,
    SessionExpired,
    SignInCodeRequired,
    SignInCodeSetup,
    SignInCodesOff,
    SignInCodeUsed,
    SignInCodeWrong,
    TooManyAttempts,
    WrongPassword,
)
from backdrop_client.retry import RetryPolicy
from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user, new_password
from tests.documented_commands import documented_commands

pytestmark = pytest.mark.integration

PASSWORD = "Good-password-1234!"


@pytest.fixture
def pool(cloud: LocalCloud) -> Any:
    return cloud.client("cognito-idp")


def auth_of(cloud: LocalCloud, client_id: str) -> CognitoAuth:
    return CognitoAuth(client_id, "us-east-1", cloud.outputs.endpoint, policy=RetryPolicy(attempts=2, base=0.05))


@pytest.fixture
def auth(cloud: LocalCloud) -> CognitoAuth:
    return auth_of(cloud, cloud.outputs.user_pool_client_id)


@pytest.fixture
def user(cloud: LocalCloud, pool: Any) -> Iterator[str]:
    name = f"user-{secrets.token_hex(4)}@example.com"
    ensure_user(pool, cloud.outputs.user_pool_id, name, PASSWORD)
    yield name
    pool.admin_delete_user(UserPoolId=cloud.outputs.user_pool_id, Username=name)


@pytest.fixture
def strict(pool: Any) -> Iterator[tuple[str, str]]:
    """A pool where everybody needs an app, and its client: what SignInMfa=ON makes."""
    made = pool.create_user_pool(PoolName=f"strict-{secrets.token_hex(4)}", UsernameAttributes=["email"])
    pool_id = made["UserPool"]["Id"]
    pool.set_user_pool_mfa_config(
        UserPoolId=pool_id, SoftwareTokenMfaConfiguration={"Enabled": True}, MfaConfiguration="ON"
    )
    client = pool.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="c",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )
    yield pool_id, client["UserPoolClient"]["ClientId"]
    pool.delete_user_pool(UserPoolId=pool_id)


def code_of(key: str, ahead: int = 0) -> str:
    """What an app with the key shows, now or `ahead` codes later, which Cognito takes as well."""
    return make_code(key, time.time() + ahead * SECONDS)


def wrong(key: str) -> str:
    near = {code_of(key, ahead) for ahead in range(-2, 3)}
    return next(code for code in ("000000", "000001", "000002", "000003", "000004", "000005") if code not in near)


def test_an_app_that_was_set_up_is_asked_for_until_it_is_taken_off(auth: CognitoAuth, user: str) -> None:
    session = Session(auth, auth.sign_in(user, PASSWORD))
    assert not session.has_codes()
    setup = session.begin_code_setup()
    with pytest.raises(SignInCodeWrong):
        session.turn_codes_on(wrong(setup.key))
    auth.sign_in(user, PASSWORD)
    session.turn_codes_on(code_of(setup.key))
    assert session.has_codes()

    with pytest.raises(WrongPassword):
        auth.sign_in(user, "wrong")
    with pytest.raises(SignInCodeRequired) as asked:
        auth.sign_in(user, PASSWORD)
    with pytest.raises(SignInCodeWrong):
        auth.answer_code(asked.value, wrong(setup.key))
    code = code_of(setup.key, 1)
    assert auth.answer_code(asked.value, code).id_token
    with pytest.raises(SessionExpired):
        auth.answer_code(asked.value, code_of(setup.key))
    with pytest.raises(SignInCodeRequired) as again:
        auth.sign_in(user, PASSWORD)
    with pytest.raises(SignInCodeUsed):
        auth.answer_code(again.value, code)

    session.renew(session.id_token)
    session.turn_codes_off()
    assert auth.sign_in(user, PASSWORD).id_token


def test_a_second_step_cannot_be_made_up(cloud: LocalCloud, auth: CognitoAuth, user: str) -> None:
    for begun in (SignInCodeRequired(user, "made-up"), SignInCodeRequired(user, "")):
        with pytest.raises(SessionExpired):
            auth.answer_code(begun, "123456")
    with pytest.raises(SessionExpired):
        auth.begin_code_setup(SignInCodeSetup(user, "made-up"))


def test_codes_cannot_be_guessed_without_end(auth: CognitoAuth, user: str) -> None:
    session = Session(auth, auth.sign_in(user, PASSWORD))
    setup = session.begin_code_setup()
    session.turn_codes_on(code_of(setup.key))
    with pytest.raises(SignInCodeRequired) as asked:
        auth.sign_in(user, PASSWORD)
    for _ in range(5):
        with pytest.raises(SignInCodeWrong):
            auth.answer_code(asked.value, wrong(setup.key))
    with pytest.raises(TooManyAttempts):
        auth.answer_code(asked.value, wrong(setup.key))


def test_whoever_must_have_an_app_sets_it_up_after_the_first_password(
    cloud: LocalCloud, pool: Any, strict: tuple[str, str]
) -> None:
    pool_id, client_id = strict
    auth, name, temporary = auth_of(cloud, client_id), "new@example.com", new_password()
    pool.admin_create_user(UserPoolId=pool_id, Username=name, TemporaryPassword=temporary, MessageAction="SUPPRESS")
    with pytest.raises(NewPasswordRequired) as first:
        auth.sign_in(name, temporary)
    with pytest.raises(SignInCodeSetup) as asked:
        auth.set_new_password(first.value, PASSWORD)
    setup = auth.begin_code_setup(asked.value)
    with pytest.raises(SignInCodeWrong):
        auth.finish_code_setup(asked.value, setup, wrong(setup.key))
    tokens = auth.finish_code_setup(asked.value, setup, code_of(setup.key))
    assert auth.has_codes(tokens)

    with pytest.raises(SignInCodeRequired) as later:
        auth.sign_in(name, PASSWORD)
    assert auth.answer_code(later.value, code_of(setup.key, 1)).id_token


def test_the_documented_command_takes_off_a_lost_telephone(
    cloud: LocalCloud, pool: Any, auth: CognitoAuth, user: str
) -> None:
    session = Session(auth, auth.sign_in(user, PASSWORD))
    session.turn_codes_on(code_of(session.begin_code_setup().key))
    (command,) = [one for one in documented_commands() if one.operation == "AdminSetUserMFAPreference"]
    who = {"UserPoolId": cloud.outputs.user_pool_id, "Username": user}
    pool.admin_set_user_mfa_preference(**{**command.parameters, **who})
    assert auth.sign_in(user, PASSWORD).id_token


def test_where_nobody_can_have_an_app_none_is_set_up(cloud: LocalCloud, pool: Any, strict: tuple[str, str]) -> None:
    pool_id, client_id = strict
    pool.set_user_pool_mfa_config(UserPoolId=pool_id, MfaConfiguration="OFF")
    ensure_user(pool, pool_id, "plain@example.com", PASSWORD)
    auth = auth_of(cloud, client_id)
    with pytest.raises(SignInCodesOff):
        auth.begin_code_setup(auth.sign_in("plain@example.com", PASSWORD))


def test_backdrop_accept_signs_in_where_everybody_needs_an_app(
    cloud: LocalCloud, pool: Any, strict: tuple[str, str]
) -> None:
    pool_id, client_id = strict
    ensure_user(pool, pool_id, "probe@example.com", PASSWORD)
    tokens = uploads._enter(auth_of(cloud, client_id), "probe@example.com", PASSWORD)
    assert tokens.id_token


def test_the_template_lets_people_choose_on_the_local_cloud(cloud: LocalCloud, pool: Any) -> None:
    found = pool.get_user_pool_mfa_config(UserPoolId=cloud.outputs.user_pool_id)
    assert found["MfaConfiguration"] == "OPTIONAL"
    assert found["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    assert cloud.outputs.sign_in_mfa == "OPTIONAL"
