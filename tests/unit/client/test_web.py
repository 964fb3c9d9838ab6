"""`backdrop web`: the web app gets what the stack says, and nothing of the shell's credentials."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backdrop_cli import main
from backdrop_cli.account import StackAccess
from backdrop_cli.web import command
from backdrop_web.service.settings import REQUIRED, WebSettings

OUTPUTS = {
    "ApiUrl": "https://api.example/v1",
    "UserPoolId": "us-east-1_abc",
    "UserPoolClientId": "client",
    "Region": "us-east-1",
    "BucketName": "bucket",
}


class CloudFormation:
    """Answers of a stack; `origin`: its WebAppUrl."""

    def __init__(self, outputs: dict[str, str], origin: str) -> None:
        self._stack = {
            "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in outputs.items()],
            "Parameters": [{"ParameterKey": "WebAppUrl", "ParameterValue": origin}],
        }

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803 - the SDK's name
        if StackName != "backdrop":
            said: Any = {"Error": {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}}
            raise ClientError(said, "DescribeStacks")
        return {"Stacks": [self._stack]}


Started = list[tuple[list[str], dict[str, str]]]
"""Programs that the command became, and their environments."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    found: Started = []
    monkeypatch.setattr(os, "execve", lambda _, program, environment: found.append((program, environment)))
    return found


def answer(monkeypatch: pytest.MonkeyPatch, origin: str = "http://127.0.0.1:8501", **outputs: str) -> None:
    client = CloudFormation(outputs or OUTPUTS, origin)

    @contextmanager
    def access(stack: str, *_: object, local: bool) -> Iterator[StackAccess]:
        assert not local
        yield StackAccess(lambda service: {"cloudformation": client}[service], stack, "us-east-1", lambda: None)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(command, "stack_access", access)


def test_the_web_app_is_told_the_stacks_outputs_and_no_credentials(
    monkeypatch: pytest.MonkeyPatch, started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch, origin="http://127.0.0.1:8777")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("BACKDROP_SIGN_INS_TABLE", "table")
    assert main.run(["web"]) == 0
    ((program, environment),) = started
    assert program[0] == sys.executable
    assert program[program.index("--server.port") + 1] == "8777", "where browsers may upload from"
    assert not [name for name in environment if name.startswith("AWS_")]
    settings = WebSettings.from_env(environment)
    assert settings.sign_ins_table is None, "without credentials it could not reach it"
    assert (settings.api_url, settings.client_id, settings.local) == (OUTPUTS["ApiUrl"], "client", False)
    assert "can't be uploaded" not in capsys.readouterr().err


@pytest.mark.parametrize(("origin", "port"), [("https://images.example", None), ("http://127.0.0.1:8501", "9000")])
def test_an_origin_that_may_not_upload_is_told_before_the_start(
    monkeypatch: pytest.MonkeyPatch,
    started: Started,
    capsys: pytest.CaptureFixture[str],
    origin: str,
    port: str | None,
) -> None:
    answer(monkeypatch, origin=origin)
    assert main.run(["web", *(["--port", port] if port else [])]) == 0
    assert f"WebAppUrl=http://127.0.0.1:{port or 8501}" in capsys.readouterr().err
    assert started


def test_json_prints_the_settings_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch)
    assert main.run(["web", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(REQUIRED)
    assert not started


@pytest.mark.parametrize(
    ("arguments", "outputs", "code"),
    [(["--stack", "other"], {}, "STACK_NOT_FOUND"), ([], {"ApiUrl": "https://api"}, "STACK_NOT_BACKDROP")],
)
def test_no_such_stack_or_another_products_is_said(
    monkeypatch: pytest.MonkeyPatch,
    started: Started,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    outputs: dict[str, str],
    code: str,
) -> None:
    answer(monkeypatch, **outputs)
    assert main.run(["web", *arguments]) == 3
    assert code in capsys.readouterr().err
    assert not started
