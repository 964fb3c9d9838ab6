"""A user pool's ways in and out on the deployed template, through the client's own code: what staff meet."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from backdrop_client.auth import CognitoAuth, Session
from backdrop_client.errors import (
    CodeExpired,
    CodeWrong,
    NewPasswordRequired,
    PasswordRefused,
    ResetNotPossible,
    SessionExpired,
    TooManyAttempts,
    UserDisabled,
    WrongPassword,
)
from backdrop_client.retry import RetryPolicy
from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user, new_password
from tests.documented_commands import documented_commands

pytestmark = pytest.mark.integration

OLD, NEW = "Old-password-1234!", "New-password-1234!"


@pytest.fixture(scope="module")
def auth(cloud: LocalCloud) -> CognitoAuth:
    outputs = cloud.outputs
    return CognitoAuth(
        outputs.user_pool_client_id, outputs.region, outputs.endpoint, policy=RetryPolicy(attempts=2, base=0.05)
    )


@pytest.fixture
def pool(cloud: LocalCloud) -> Any:
    return cloud.client("cognito-idp")


@pytest.fixture
def user(cloud: LocalCloud, pool: Any) -> Iterator[str]:
    """A user with a password of their own and a verified address."""
    name = f"user-{secrets.token_hex(4)}@example.com"
    ensure_user(pool, cloud.outputs.user_pool_id, name, OLD)
    yield name
    pool.admin_delete_user(UserPoolId=cloud.outputs.user_pool_id, Username=name)


def mails(cloud: LocalCloud, to: str) -> list[tuple[str, str]]:
    """Subject and text of the mails to an address, oldest first."""
    found = []
    for file in sorted(Path(cloud.outputs.mailbox).glob("*.eml")):
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        if mail["To"] == to:
            found.append((str(mail["Subject"]), str(mail.get_content())))
    return found


def code_for(cloud: LocalCloud, to: str) -> str:
    """The code in the newest mail."""
    found = re.search(r"\b\d{6}\b", mails(cloud, to)[-1][1])
    assert found
    return found[0]


def other(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_an_invited_user_gets_a_mail_and_chooses_a_password(cloud: LocalCloud, auth: CognitoAuth, pool: Any) -> None:
    name, temporary = f"invited-{secrets.token_hex(4)}@example.com", new_password()
    pool.admin_create_user(
        UserPoolId=cloud.outputs.user_pool_id,
        Username=name,
        TemporaryPassword=temporary,
        UserAttributes=[{"Name": "email", "Value": name}, {"Name": "email_verified", "Value": "true"}],
        DesiredDeliveryMediums=["EMAIL"],
    )
    subject, text = mails(cloud, name)[-1]
    assert subject == "Your Backdrop account"
    assert "http://127.0.0.1" in text, "where to sign in"
    assert temporary in text
    assert name in text

    with pytest.raises(NewPasswordRequired) as challenge:
        auth.sign_in(name, temporary)
    with pytest.raises(PasswordRefused, match="policy"):
        auth.set_new_password(challenge.value, "too short")
    tokens = auth.set_new_password(challenge.value, NEW)
    with pytest.raises(SessionExpired):
        auth.set_new_password(challenge.value, OLD)

    assert tokens.id_token
    assert auth.sign_in(name, NEW).id_token
    with pytest.raises(WrongPassword):
        auth.sign_in(name, temporary)


def invite(cloud: LocalCloud, pool: Any, **changes: Any) -> str:
    """Run the documentation's command for a new user, with changes; their address."""
    (command,) = [one for one in documented_commands() if one.operation == "AdminCreateUser"]
    name = f"invited-{secrets.token_hex(4)}@example.com"
    attributes = command.parameters["UserAttributes"]
    given = {
        **command.parameters,
        "UserPoolId": cloud.outputs.user_pool_id,
        "Username": name,
        "UserAttributes": [{**one, "Value": name} if one["Name"] == "email" else one for one in attributes],
    }
    pool.admin_create_user(**{key: value for key, value in {**given, **changes}.items() if value})
    return name


def temporary_password(cloud: LocalCloud, name: str) -> str:
    """The one in the invitation."""
    found = re.search(r"temporary password (\S+)", mails(cloud, name)[-1][1])
    assert found
    return found[1]


def test_the_documented_command_invites_by_mail_and_a_forgotten_password_can_be_reset(
    cloud: LocalCloud, auth: CognitoAuth, pool: Any
) -> None:
    name = invite(cloud, pool)
    with pytest.raises(NewPasswordRequired) as challenge:
        auth.sign_in(name, temporary_password(cloud, name))
    auth.set_new_password(challenge.value, OLD)
    auth.forgot_password(name)
    auth.confirm_forgot_password(name, code_for(cloud, name), NEW)
    assert auth.sign_in(name, NEW).id_token


def test_an_invitation_that_does_not_ask_for_mail_sends_none(cloud: LocalCloud, pool: Any) -> None:
    assert mails(cloud, invite(cloud, pool, DesiredDeliveryMediums=None)) == []


def test_a_password_can_be_reset_for_a_verified_address_only(cloud: LocalCloud, auth: CognitoAuth, pool: Any) -> None:
    name = invite(cloud, pool, UserAttributes=None)
    with pytest.raises(NewPasswordRequired) as challenge:
        auth.sign_in(name, temporary_password(cloud, name))
    auth.set_new_password(challenge.value, OLD)
    with pytest.raises(ResetNotPossible):
        auth.forgot_password(name)


def test_a_temporary_password_cannot_be_reset_by_mail(cloud: LocalCloud, auth: CognitoAuth, pool: Any) -> None:
    name = f"unused-{secrets.token_hex(4)}@example.com"
    pool.admin_create_user(UserPoolId=cloud.outputs.user_pool_id, Username=name, MessageAction="SUPPRESS")

    with pytest.raises(ResetNotPossible):
        auth.forgot_password(name)
    assert mails(cloud, name) == []


def test_a_forgotten_password_is_reset_with_the_mailed_code(cloud: LocalCloud, auth: CognitoAuth, user: str) -> None:
    auth.forgot_password(user)
    assert mails(cloud, user)[-1][0] == "Your Backdrop code"
    first = code_for(cloud, user)
    auth.forgot_password(user)
    code = code_for(cloud, user)

    with pytest.raises(CodeWrong):
        auth.confirm_forgot_password(user, other(code), NEW)
    if first != code:
        with pytest.raises(CodeWrong):
            auth.confirm_forgot_password(user, first, NEW)
    with pytest.raises(PasswordRefused):
        auth.confirm_forgot_password(user, code, "short")
    auth.confirm_forgot_password(user, code, NEW)

    assert auth.sign_in(user, NEW).id_token
    with pytest.raises(WrongPassword):
        auth.sign_in(user, OLD)
    with pytest.raises(CodeExpired):
        auth.confirm_forgot_password(user, code, OLD)


def test_nobody_learns_whether_an_account_exists(cloud: LocalCloud, auth: CognitoAuth) -> None:
    nobody = "nobody@example.com"
    auth.forgot_password(nobody)
    assert mails(cloud, nobody) == []
    with pytest.raises(CodeWrong):
        auth.confirm_forgot_password(nobody, "123456", NEW)
    with pytest.raises(WrongPassword):
        auth.sign_in(nobody, NEW)


def test_codes_cannot_be_guessed_or_ordered_without_end(cloud: LocalCloud, auth: CognitoAuth, user: str) -> None:
    auth.forgot_password(user)
    code = code_for(cloud, user)
    for number in range(1, 6):
        with pytest.raises(CodeWrong):
            auth.confirm_forgot_password(user, f"{(int(code) + number) % 10**6:06d}", NEW)
    with pytest.raises(TooManyAttempts):
        auth.confirm_forgot_password(user, code, NEW)
    for _ in range(4):
        auth.forgot_password(user)
    with pytest.raises(TooManyAttempts):
        auth.forgot_password(user)


def test_wrong_passwords_lock_the_account_for_a_moment(auth: CognitoAuth, user: str) -> None:
    for _ in range(5):
        with pytest.raises(WrongPassword):
            auth.sign_in(user, "wrong")
    with pytest.raises(TooManyAttempts):
        auth.sign_in(user, OLD)
    time.sleep(1.1)
    assert auth.sign_in(user, OLD).id_token


def test_a_disabled_user_is_told(cloud: LocalCloud, auth: CognitoAuth, pool: Any, user: str) -> None:
    session = Session(auth, auth.sign_in(user, OLD))
    pool.admin_disable_user(UserPoolId=cloud.outputs.user_pool_id, Username=user)
    with pytest.raises(UserDisabled):
        auth.sign_in(user, OLD)
    with pytest.raises(SessionExpired):
        session.renew(session.id_token)


def test_signing_out_ends_this_session_or_all(auth: CognitoAuth, user: str) -> None:
    here, there = (Session(auth, auth.sign_in(user, OLD)) for _ in range(2))
    here.sign_out()
    with pytest.raises(SessionExpired):
        here.renew(here.id_token)
    there.renew(there.id_token)

    # Cognito counts in whole seconds.
    time.sleep(1.1)
    again = Session(auth, auth.sign_in(user, OLD))
    time.sleep(1.1)
    again.sign_out(everywhere=True)
    for session in (again, there):
        with pytest.raises(SessionExpired):
            session.renew(session.id_token)
