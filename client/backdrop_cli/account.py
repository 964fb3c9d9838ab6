"""What is asked of AWS itself, with the engineer's own credentials: `backdrop models --account`, what an account may do
with the models and run before anything is deployed in it; `backdrop sweep`, which looks after a stack's jobs; `backdrop
admin erase`; `backdrop doctor`.

There is no REST API for them, so this one module uses Backdrop's own code.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from backdrop.api.schemas.models import AccountCatalogue
from backdrop_cli.connect import local_cloud
from backdrop_client.certificates import AWS, check_certificates
from backdrop_client.errors import BackdropClientError

if TYPE_CHECKING:
    from backdrop.aws.account import Account

SECONDS = 20.0
"""Longest that AWS is waited for: at a terminal, rather late than unknown."""

_SWEEP_SECONDS = 905.0
"""The sweeper may run for a quarter of an hour."""

_SWEEPER, _ERASER = "SweepJobsFunction", "EraseFunction"
"""Their names in template.yaml."""


def account_models(region: str | None, profile: str | None) -> AccountCatalogue:
    """The models as the account sees them in a Region; None: the AWS configuration's Region and profile.

    Raises `BackdropClientError`: a bad file of certificates, no credentials, refused ones, an unknown profile, no way
    to AWS, or an installation without Backdrop's functions.
    """
    return _models(open_session(region, profile))


def _models(account: Account) -> AccountCatalogue:
    from backdrop.api.views.models import account_view
    from backdrop.aws.function_limits import FunctionQuestions
    from backdrop.aws.model_access import AccountModels

    models = AccountModels(account.session, seconds=SECONDS)
    functions = FunctionQuestions(lambda: account.client("lambda", SECONDS)).limits()
    return account_view(models, functions, number=account.number, arn=account.arn, region=account.region)


def sweep_stack(stack: str, region: str | None, profile: str | None) -> dict[str, Any]:
    """Let a deployed stack's sweeper look after its jobs now, those in the dead-letter queue among them; return what it
    answers (`handlers/sweep_jobs.py`).

    Raises `BackdropClientError`, as `account_models`; also when there is no such stack, or the sweeper fails.
    """
    account = open_session(region, profile)
    return _sweep(lambda service: account.client(service, _SWEEP_SECONDS), stack)


def sweep_local(say: Callable[[str], object]) -> dict[str, Any]:
    """The same of the local cloud that runs. Raises `BackdropClientError`, also when none runs."""
    with local_cloud(say, start=False) as (outputs, _):
        from localcloud.clients import make_client

        return _sweep(lambda service: make_client(service, outputs.endpoint, outputs.region), outputs.stack_name)


def open_session(region: str | None, profile: str | None) -> Account:
    """AWS with the reader's own credentials. Raises `BackdropClientError`, as `account_models`."""
    try:
        from backdrop.aws.account import AccountProblem, open_account
    except ImportError as error:
        raise BackdropClientError(
            "ACCOUNT_CHECK_MISSING",
            f"This needs Backdrop's functions and boto3, which are not installed here ({error.name} is missing).",
            "Use the command of the repository (`make setup`, then `.venv/bin/backdrop`).",
        ) from error
    check_certificates(AWS)
    try:
        return open_account(region, profile)
    except AccountProblem as problem:
        raise BackdropClientError(problem.code, str(problem), problem.next_step) from problem


def erase_stack(stack: str, region: str | None, profile: str | None, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Have a deployed stack erase a job or a person, or say what that would remove; return what it answers
    (`handlers/erase.py`). Who asked is told with it.

    Raises `BackdropClientError`, as `account_models`; also when there is no such stack, or Erase fails.
    """
    account = open_session(region, profile)
    return _erase(lambda service: account.client(service, _SWEEP_SECONDS), stack, {**wish, "By": account.arn})


def erase_local(say: Callable[[str], object], wish: Mapping[str, Any]) -> dict[str, Any]:
    """The same of the local cloud that runs. Raises `BackdropClientError`, also when none runs."""
    with local_cloud(say, start=False) as (outputs, _):
        from localcloud.clients import make_client

        def connect(service: str) -> Any:
            return make_client(service, outputs.endpoint, outputs.region)

        return _erase(connect, outputs.stack_name, {**wish, "By": "the local cloud"})


def _sweep(connect: Callable[[str], Any], stack: str) -> dict[str, Any]:
    return _call(connect, stack, _SWEEPER, {"Retry": True}, "SWEEP", "The sweeper")


def _erase(connect: Callable[[str], Any], stack: str, wish: Mapping[str, Any]) -> dict[str, Any]:
    answer = _call(connect, stack, _ERASER, wish, "ERASURE", "The function Erase")
    if refused := answer.get("Refused"):
        raise BackdropClientError(refused["Code"], refused["Cause"], refused["NextStep"])
    return answer


def _call(
    connect: Callable[[str], Any], stack: str, function: str, event: Mapping[str, Any], code: str, words: str
) -> dict[str, Any]:
    """What a function of a stack answers to an event; failures have codes that begin with `code`."""
    from backdrop.aws.failures import FAILURES, trouble_of

    try:
        found = connect("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=function)
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        answer = connect("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
    except FAILURES as error:
        raise BackdropClientError(
            f"{code}_REFUSED",
            f"{words} of the stack {stack} could not be called: {trouble_of(error).reason}.",
            "Check the stack's name and Region, and that you may call cloudformation:DescribeStackResource and "
            "lambda:InvokeFunction.",
        ) from error
    if "FunctionError" in answer:
        raise BackdropClientError(
            f"{code}_FAILED",
            f"{words} failed: {body.get('errorType')}: {body.get('errorMessage')}",
            f"The logs of {name} have the details.",
        )
    return dict(body)


@dataclass(frozen=True)
class StackAccess:
    """A stack and the account it is in, for whoever looks at it.

    Attributes:
        connect: makes a client of a service.
        name: the stack's.
        region: where it is.
        models: asks what the account may do with the models.
        api_url: where the API answers, if not where the stack's outputs say.
        sign_in_url: where people sign in, if not at Cognito in the Region.
        erase: has the stack erase a job or a person; returns what it answers (`handlers/erase.py`).
    """

    connect: Callable[[str], Any]
    name: str
    region: str
    models: Callable[[], AccountCatalogue]
    api_url: str | None = None
    sign_in_url: str | None = None
    erase: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None


class NoAnswer(Exception):
    """AWS did not answer a question. `missing`: what was asked about is not there."""

    def __init__(self, words: str, *, missing: bool) -> None:
        super().__init__(words)
        self.missing = missing


def ask(question: Callable[[], Any]) -> Any:
    """What AWS answers.

    Raises:
        NoAnswer: in AWS's words.
    """
    from backdrop.aws.failures import FAILURES, Kind, trouble_of

    try:
        return question()
    except FAILURES as error:
        trouble = trouble_of(error)
        names = ("NonExistentQueue", "UserNotFound")
        gone = trouble.kind in (Kind.MISSING, Kind.NO_STORE) or any(name in trouble.code for name in names)
        raise NoAnswer(trouble.reason, missing=gone) from error


@contextmanager
def stack_access(
    stack: str, region: str | None, profile: str | None, say: Callable[[str], object], *, local: bool
) -> Iterator[StackAccess]:
    """Yield a deployed stack, or that of the local cloud that runs.

    Raises `BackdropClientError`, as `account_models`.
    """
    if not local:
        account = open_session(region, profile)
        yield StackAccess(
            lambda service: account.client(service, SECONDS),
            stack,
            account.region,
            lambda: _models(account),
            erase=lambda wish: _erase(
                lambda service: account.client(service, _SWEEP_SECONDS), stack, {**wish, "By": account.arn}
            ),
        )
        return
    with local_cloud(say, start=False) as (outputs, _):
        from backdrop.aws.account import Account
        from localcloud.clients import make_client

        def connect(service: str, config: object = None) -> Any:  # noqa: ARG001 - as a session's
            return make_client(service, outputs.endpoint, outputs.region)

        session: Any = SimpleNamespace(client=connect)
        account = Account(session, "000000000000", "arn:aws:iam::000000000000:root", outputs.region)
        yield StackAccess(
            connect,
            outputs.stack_name,
            outputs.region,
            lambda: _models(account),
            outputs.api_url,
            outputs.endpoint,
            lambda wish: _erase(connect, outputs.stack_name, {**wish, "By": "the local cloud"}),
        )
