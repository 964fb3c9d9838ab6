"""An engineer's own AWS account: credentials, Region, who they are. For what runs before anything is deployed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    CredentialRetrievalError,
    InvalidRegionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from backdrop.aws.failures import FAILURES, Trouble, trouble_of

DEFAULT_REGION = "us-east-1"
"""Where neither the command nor the AWS configuration names one: the default model is served there."""

_SIGN_IN = "Sign in (`aws sso login` or `aws configure`), or name a profile of your AWS configuration with --profile."


class AccountProblem(Exception):
    """The account can't be asked. `code` for programs, the text for people, `next_step` what to do."""

    def __init__(self, code: str, message: str, next_step: str) -> None:
        super().__init__(message)
        self.code = code
        self.next_step = next_step


@dataclass(frozen=True)
class Account:
    """A session whose credentials AWS has accepted. `number`: 12 digits; `arn`: whose credentials they are."""

    session: boto3.session.Session
    number: str
    arn: str
    region: str

    def client(self, service: str, seconds: float) -> Any:
        """A client of that service, which waits so long for an answer, and asks at most twice."""
        config = Config(
            connect_timeout=seconds, read_timeout=seconds, retries={"mode": "standard", "total_max_attempts": 2}
        )
        create: Any = self.session.client
        return create(service, config=config)


def open_account(region: str | None = None, profile: str | None = None) -> Account:
    """Find credentials as the AWS command line does, and ask STS whose they are.

    Raises:
        AccountProblem: `AWS_PROFILE_UNKNOWN`, `AWS_REGION_INVALID`, `AWS_CREDENTIALS_MISSING`,
            `AWS_CREDENTIALS_REFUSED`, `AWS_UNREACHABLE`.
    """
    try:
        session = boto3.session.Session(profile_name=profile, region_name=region)
        if session.region_name is None:
            session = boto3.session.Session(profile_name=profile, region_name=DEFAULT_REGION)
        config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
        create: Any = session.client
        identity = create("sts", config=config).get_caller_identity()
    except ProfileNotFound as error:
        raise AccountProblem(
            "AWS_PROFILE_UNKNOWN", f"{error}.", "`aws configure list-profiles` names those there are."
        ) from error
    except InvalidRegionError as error:
        raise AccountProblem("AWS_REGION_INVALID", f"{error}", "Give a Region such as us-east-1.") from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise AccountProblem("AWS_CREDENTIALS_MISSING", "No AWS credentials were found.", _SIGN_IN) from error
    except (CredentialRetrievalError, SSOError, TokenRetrievalError) as error:
        raise AccountProblem(
            "AWS_CREDENTIALS_REFUSED", f"The AWS credentials can't be used: {error}", _SIGN_IN
        ) from error
    except FAILURES as error:
        raise _problem(trouble_of(error)) from error
    return Account(session, str(identity["Account"]), str(identity["Arn"]), str(session.region_name))


def _problem(trouble: Trouble) -> AccountProblem:
    if trouble.code and not trouble.kind.passes:
        words = f"AWS refuses the credentials: {trouble.message} ({trouble.code})."
        return AccountProblem("AWS_CREDENTIALS_REFUSED", words, _SIGN_IN)
    return AccountProblem(
        "AWS_UNREACHABLE",
        f"AWS can't be reached: {trouble.reason}.",
        "Check the network and the Region, then try again.",
    )
