"""`backdrop models --account`: what an AWS account may do with the models and run, before anything is deployed in it.

There is no REST API to ask then, so this one module uses Backdrop's own code, with the engineer's own credentials.
"""

from __future__ import annotations

from backdrop.api.schemas.models import AccountCatalogue
from backdrop_client.certificates import AWS, check_certificates
from backdrop_client.errors import BackdropClientError

SECONDS = 20.0
"""Longest that AWS is waited for: at a terminal, rather late than unknown."""


def account_models(region: str | None, profile: str | None) -> AccountCatalogue:
    """The models as the account sees them in a Region; None: the AWS configuration's Region and profile.

    Raises `BackdropClientError`: a bad file of certificates, no credentials, refused ones, an unknown profile, no way
    to AWS, or an installation without Backdrop's functions.
    """
    try:
        from backdrop.api.views.models import account_view
        from backdrop.aws.account import AccountProblem, open_account
        from backdrop.aws.function_limits import FunctionQuestions
        from backdrop.aws.model_access import AccountModels
    except ImportError as error:
        raise BackdropClientError(
            "ACCOUNT_CHECK_MISSING",
            f"--account needs Backdrop's functions and boto3, which are not installed here ({error.name} is missing).",
            "Use the command of the repository (`make setup`, then `.venv/bin/backdrop`).",
        ) from error
    check_certificates(AWS)
    try:
        account = open_account(region, profile)
    except AccountProblem as problem:
        raise BackdropClientError(problem.code, str(problem), problem.next_step) from problem
    models = AccountModels(account.session, seconds=SECONDS)
    functions = FunctionQuestions(lambda: account.client("lambda", SECONDS)).limits()
    return account_view(models, functions, number=account.number, arn=account.arn, region=account.region)
