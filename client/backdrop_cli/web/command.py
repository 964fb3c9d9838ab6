"""`backdrop web --stack NAME`: the web app on this machine, told by the stack itself where its service is."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import click

from backdrop_cli.account import NoAnswer, StackAccess, ask, stack_access
from backdrop_cli.connect import local_cloud
from backdrop_cli.flag_types import stack_options
from backdrop_cli.terminal import say, tell
from backdrop_client.errors import BackdropClientError

_FROM_OUTPUTS = {
    "BACKDROP_API_URL": "ApiUrl",
    "BACKDROP_USER_POOL_ID": "UserPoolId",
    "BACKDROP_USER_POOL_CLIENT_ID": "UserPoolClientId",
    "BACKDROP_REGION": "Region",
}
"""What the web app reads (docs/web-app.md), and the stack's output that it is."""

_PORT = 8501
_LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True)
class Told:
    """What a stack says about its web app.

    Attributes:
        settings: the web app's environment.
        origin: the only one that may send photos to the stack's bucket, as a browser writes it: its `WebAppUrl`.
    """

    settings: Mapping[str, str]
    origin: str

    def port(self) -> int:
        """Return the port of `origin` if that is this machine, else the usual one."""
        address = urlsplit(self.origin)
        return address.port or _PORT if address.hostname in _LOOPBACK else _PORT


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port of this machine. Default: that of the stack's WebAppUrl."
)
@stack_options
def web(port: int | None, local: bool, stack: str, region: str | None, profile: str | None, json_: bool) -> int:
    """Start the web app on this machine for a deployed stack; Ctrl-C stops it.

    Your own AWS credentials are needed once, to read the stack's outputs; the web app gets none of them. With --json
    its settings are printed and nothing is started.
    """
    told = _ask_local() if local else _ask_deployed(stack, region, profile)
    if json_:
        tell(dict(told.settings))
        return 0
    chosen = port or told.port()
    if warning := origin_warning(told.origin, chosen):
        say(warning)
    say(f"The web app: http://{_LOOPBACK[0]}:{chosen} (Ctrl-C stops it)")
    start(chosen, told.settings)
    return 0


def ask_stack(access: StackAccess) -> Told:
    """Return what the stack says. Raises `BackdropClientError`: there is no such stack, or it is none of Backdrop's."""
    describe = partial(access.connect("cloudformation").describe_stacks, StackName=access.name)
    try:
        described = ask(describe)["Stacks"][0]
    except NoAnswer as answer:
        raise BackdropClientError(
            "STACK_NOT_FOUND",
            f"The stack {access.name} could not be asked in {access.region}: {answer}.",
            "Check its name and Region, and that you may call cloudformation:DescribeStacks.",
        ) from answer
    outputs = _by_key(described.get("Outputs", []), "Output")
    missing = sorted(name for name in _FROM_OUTPUTS.values() if name not in outputs)
    if missing:
        raise BackdropClientError(
            "STACK_NOT_BACKDROP",
            f"The stack {access.name} has no output {', '.join(missing)}.",
            "Name a stack that was deployed from Backdrop's template, and wait until its deployment is done.",
        )
    settings = {variable: outputs[name] for variable, name in _FROM_OUTPUTS.items()}
    return Told(settings, _by_key(described.get("Parameters", []), "Parameter").get("WebAppUrl", ""))


def origin_warning(origin: str, port: int) -> str:
    """Return what to say when browsers may not send photos to the bucket from this machine's port; empty: they may."""
    here = f"http://{_LOOPBACK[0]}:{port}"
    if not origin or origin.rstrip("/") == here:
        return ""
    return (
        f"Photos can't be uploaded from {here}: the stack's bucket takes them from {origin} alone. All else works. "
        f"To upload from here, deploy with WebAppUrl={here}."
    )


def start(port: int, settings: Mapping[str, str]) -> None:
    """Become the web app's server. Raises `BackdropClientError` where its files are not installed."""
    try:
        from localcloud.webserver import SIGN_INS_TABLE, web_path, web_program
    except ImportError as error:
        raise BackdropClientError(
            "WEB_APP_MISSING",
            f"The web app is not installed here ({error.name} is missing).",
            "Use the command of the repository (`make setup`, then `.venv/bin/backdrop`).",
        ) from error
    # The web app is a user of the REST API: the credentials that read the outputs are none of its business.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # Without them it can't reach a table of sign-ins either: they stay in its memory.
    inherited.pop(SIGN_INS_TABLE, None)
    environment = {**inherited, **settings, "PYTHONPATH": web_path()}
    os.execve(sys.executable, [sys.executable, *web_program(port)], environment)  # noqa: S606 - no shell


def _ask_deployed(stack: str, region: str | None, profile: str | None) -> Told:
    with stack_access(stack, region, profile, say, local=False) as access:
        return ask_stack(access)


def _ask_local() -> Told:
    with local_cloud(say, start=False) as (outputs, _):
        from localcloud.webserver import web_environment

        return Told(web_environment(outputs), outputs.web_url)


def _by_key(listed: list[dict[str, Any]], kind: str) -> dict[str, str]:
    return {one[f"{kind}Key"]: one[f"{kind}Value"] for one in listed}
