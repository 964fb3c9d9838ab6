"""AWS Secrets Manager: the only module that asks it."""

from __future__ import annotations

from functools import cache

from botocore.exceptions import BotoCoreError, ClientError

from backdrop.aws.clients import secretsmanager
from backdrop.domain.errors import ErrorCode, SigningFailed


@cache
def read(arn: str) -> str:
    """The secret's text. Asked once per process: `forget` makes the next call ask again.

    Raises:
        SigningFailed: with the service's reason; nothing of the secret. It is not kept.
    """
    try:
        answer = secretsmanager().get_secret_value(SecretId=arn)
    except ClientError as error:
        details = error.response.get("Error", {})
        raise _unreadable(arn, f"{details.get('Code')}: {details.get('Message')}") from error
    except BotoCoreError as error:
        raise _unreadable(arn, str(error)) from error
    if "SecretString" not in answer:
        raise _unreadable(arn, "it holds bytes, not text")
    return str(answer["SecretString"])


def forget() -> None:
    """Drop what was read: a secret that was put right helps at once, in warm processes too."""
    read.cache_clear()


def _unreadable(arn: str, reason: str) -> SigningFailed:
    return SigningFailed(ErrorCode.SIGNING_FAILED, f"The secret {arn} could not be read: {reason}.")
