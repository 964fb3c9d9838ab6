"""`backdrop models --account`: the table, the document and the exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    UnauthorizedSSOTokenError,
)

from backdrop.aws import account
from backdrop_cli import main
from tests.unit.models.account.conftest import INPAINT, REMOVE, Aws, available, concurrency, quotas, refuse, unreachable


@dataclass
class Run:
    """What the command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    def model(self, model_id: str) -> Any:
        return next(one for one in self.document["models"] if one["modelId"] == model_id)


@pytest.fixture
def run(aws: Aws, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """The command in an account whose Bedrock is `aws`."""
    session: Any = aws

    def opened(region: str | None, _profile: str | None) -> account.Account:
        aws.region = region or "us-east-1"
        return account.Account(session, "123456789012", "arn:aws:iam::123456789012:user/ann", aws.region)

    monkeypatch.setattr(account, "open_account", opened)

    def command(*arguments: str) -> Run:
        status = main.run(["models", "--account", *arguments])
        printed = capfd.readouterr()
        return Run(status, printed.out, printed.err)

    return command


def test_the_table_tells_everything_that_a_deploy_needs_to_know(aws: Aws, run: Any) -> None:
    aws.replies["ListServiceQuotas"] = quotas(
        **{
            "Cross-region model inference requests per minute for Stable Image Inpaint V1": 12.0,
            "Cross-region model inference requests per minute for Stable Image Remove Background V1": 15.0,
        }
    )
    done = run()
    assert done.status == 0, done.err
    for words in (
        "AWS account 123456789012, us-east-1, as arn:aws:iam::123456789012:user/ann",
        f"{INPAINT} (default): usable",
        "$0.140 an image",
        "2 model calls an image; 12 requests a minute in this account",
        "inference profile, called from us-east-1, us-east-2, us-west-2",
        "access: accessible in us-east-1",
        "amazon.nova-canvas-v1:0: not usable: AWS no longer serves it since 2026-09-30.",
        "backdrop.cut-out: usable",
        "The default model can be used.",
    ):
        assert words in done.out
    assert "20 requests a minute by AWS's default quota" in done.out, "search and replace: no quota found, so said"


def test_a_default_model_without_access_is_exit_1_and_shown(aws: Aws, run: Any) -> None:
    aws.replies["GetFoundationModelAvailability"] = available(agreementAvailability={"status": "NOT_AVAILABLE"})
    done = run()
    assert done.status == 1
    assert f"{INPAINT} (default): not usable" in done.out
    assert "-> Call the model once as somebody with aws-marketplace:Subscribe" in done.out
    assert "The default model can't be used" in done.out


def test_json_has_the_same(aws: Aws, run: Any) -> None:
    def denied_for_removal(name: str) -> Any:
        status = "NOT_AUTHORIZED" if "remove-background" in name else "AUTHORIZED"
        return available(authorizationStatus=status)(name)

    aws.replies["GetFoundationModelAvailability"] = denied_for_removal
    done = run("--json", "--region", "us-west-2")
    assert done.status == 1
    assert done.document["account"] == "123456789012"
    assert done.document["region"] == "us-west-2"
    model = done.model(INPAINT)
    assert model["access"]["state"] == "NOT_AUTHORIZED"
    assert REMOVE in model["reason"]
    assert model["usable"] is False
    assert done.model("backdrop.cut-out")["usable"] is True


def test_doubt_is_said_and_no_failure(aws: Aws, run: Any) -> None:
    aws.replies["GetFoundationModelAvailability"] = refuse("AccessDeniedException", status=403)
    done = run()
    assert done.status == 0
    assert "could not be checked" in done.out
    assert "Allow bedrock:GetFoundationModelAvailability" in done.out
    assert "The default model can be used." not in done.out


def test_no_network_is_doubt_too(aws: Aws, run: Any) -> None:
    for operation in aws.replies:
        aws.replies[operation] = unreachable
    done = run("--json")
    assert done.model(INPAINT)["access"]["state"] == "UNKNOWN"


def test_functions_at_once_are_told_and_what_cannot_be_known(run: Any) -> None:
    done = run()
    assert "Lambda: 1,000 functions at once, 1,000 of them not reserved" in done.out
    assert "AWS tells nobody an account's memory limit" in done.out
    assert "3,008 MB" in done.out
    assert "MapMaxConcurrency" not in done.out


def test_an_account_that_runs_few_functions_at_once_is_told_what_to_do(aws: Aws, run: Any) -> None:
    aws.replies["GetAccountSettings"] = concurrency(50, 10)
    done = run()
    assert done.status == 0, "jobs run there, slower"
    assert "Lambda: 50 functions at once, 10 of them not reserved" in done.out
    assert "up to 40 images under way at once" in done.out
    assert "-> Deploy with MapMaxConcurrency=5, or ask Service Quotas for more" in done.out
    limits = run("--json").document["functions"]
    assert (limits["unreservedConcurrentExecutions"], limits["wantedConcurrentExecutions"]) == (10, 40)


def test_functions_that_may_not_be_asked_about_are_no_failure(aws: Aws, run: Any) -> None:
    aws.replies["GetAccountSettings"] = refuse("AccessDeniedException", status=403)
    done = run()
    assert done.status == 0
    assert "Lambda: how many functions may run at once is not known" in done.out
    assert "lambda:GetAccountSettings is not allowed here" in done.out
    assert "-> Allow lambda:GetAccountSettings in IAM" in done.out


class _Sts:
    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure

    def get_caller_identity(self) -> dict[str, str]:
        if self.failure:
            raise self.failure
        return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/ann"}


def _client_error(code: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": "The security token is expired."}}, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (NoCredentialsError(), "AWS_CREDENTIALS_MISSING"),
        (PartialCredentialsError(provider="env", cred_var="secret"), "AWS_CREDENTIALS_MISSING"),
        (UnauthorizedSSOTokenError(), "AWS_CREDENTIALS_REFUSED"),
        (_client_error("ExpiredToken"), "AWS_CREDENTIALS_REFUSED"),
        (EndpointConnectionError(endpoint_url="https://sts.example"), "AWS_UNREACHABLE"),
        (InvalidRegionError(region_name="x y"), "AWS_REGION_INVALID"),
        (ProfileNotFound(profile="nope"), "AWS_PROFILE_UNKNOWN"),
    ],
)
def test_an_account_that_cannot_be_asked_is_exit_3_with_a_next_step(
    failure: Exception, code: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boto3.session.Session, "client", lambda _self, _name, **_: _Sts(failure))
    assert main.run(["models", "--account", "--json"]) == 3
    printed = capfd.readouterr()
    error = json.loads(printed.out)["error"]
    assert error["code"] == code
    assert error["nextStep"]
    assert "Traceback" not in printed.err


def test_without_a_region_the_default_models_own_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setattr(boto3.session.Session, "client", lambda _self, _name, **_: _Sts(None))
    assert account.open_account().region == "us-east-1"
    assert account.open_account("us-west-2").region == "us-west-2"


def test_profile_without_account_is_wrong_use(capfd: pytest.CaptureFixture[str]) -> None:
    assert main.run(["models", "--profile", "shop"]) == 2
    assert "--account" in capfd.readouterr().err


def test_the_command_itself_loads_neither_boto3_nor_the_functions() -> None:
    """Whoever only uses a deployed Backdrop needs the API's declarations, and nothing that runs behind it."""
    rooms = ("handlers", "aws", "jobs", "models", "imaging", "policy", "signing", "reports")
    names = ("boto3", *(f"backdrop.{room}" for room in rooms))
    code = f"import sys, backdrop_cli.main; print([name for name in {names} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("handler", ["stage_payload", "decode_result", "reserve_turn", "inspect_photo"])
def test_the_functions_of_each_image_do_not_load_it(handler: str) -> None:
    names = "('backdrop.aws.model_access', 'backdrop.models.account.access', 'backdrop.models.account.preflight')"
    code = f"""
import os, sys
os.environ.update(dict.fromkeys(["AWS_DEFAULT_REGION"], "us-east-1"))
try:
    import backdrop.handlers.{handler}
except Exception as error:
    assert type(error).__name__ == "MissingVariable", error
assert "backdrop.handlers.environment" in sys.modules or "backdrop.models" in sys.modules
print([name for name in {names} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
