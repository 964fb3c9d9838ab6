"""The demo user of the local cloud."""

import contextlib
import secrets
import string
from typing import Any

DEMO_USER = "demo@example.com"
_SYMBOLS = "!#%+:=?@"


def new_password() -> str:
    """A random password of 20 characters with every class that a Cognito policy can ask for."""
    classes = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
    characters = [secrets.choice(alphabet) for alphabet in classes]
    characters += [secrets.choice("".join(classes[:3])) for _ in range(16)]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def ensure_user(cognito: Any, user_pool_id: str, name: str, password: str) -> None:
    """Make the user with a verified e-mail address and this permanent password; nothing is mailed."""
    attributes = [{"Name": "email", "Value": name}, {"Name": "email_verified", "Value": "true"}]
    # It exists already on a second start of the same home.
    with contextlib.suppress(cognito.exceptions.UsernameExistsException):
        cognito.admin_create_user(
            UserPoolId=user_pool_id, Username=name, UserAttributes=attributes, MessageAction="SUPPRESS"
        )
    cognito.admin_set_user_password(UserPoolId=user_pool_id, Username=name, Password=password, Permanent=True)


def id_token(cognito: Any, client_id: str, name: str, password: str) -> str:
    """Sign in with the password and return the ID token."""
    answer = cognito.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    return str(answer["AuthenticationResult"]["IdToken"])
