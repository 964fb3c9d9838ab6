"""From options and environment to a signed-in API: a deployed Backdrop, or the local cloud."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from backdrop_cli.terminal import say
from backdrop_client.api import BackdropApi
from backdrop_client.auth import CognitoAuth, Session, Tokens
from backdrop_client.certificates import check_certificates
from backdrop_client.cognito.codes import only_digits
from backdrop_client.errors import (
    BackdropClientError,
    NewPasswordRequired,
    SignInCodeRequired,
    SignInCodeSetup,
    SignInCodeUsed,
    SignInCodeWrong,
    WrongUse,
)
from backdrop_client.loopback import LOOPBACK

if TYPE_CHECKING:
    from localcloud.outputs import Outputs


@dataclass(frozen=True)
class ConnectionOptions:
    """What the user said about where the service is and who they are."""

    local: bool = False
    api_url: str | None = None
    user_pool_id: str | None = None
    client_id: str | None = None
    region: str | None = None
    auth_endpoint: str | None = None
    user: str | None = None
    password_stdin: bool = False


@dataclass(frozen=True)
class Connection:
    """A signed-in API. `temporary`: the service ends with this connection."""

    api: BackdropApi
    temporary: bool


@contextmanager
def connect(options: ConnectionOptions, say: Callable[[str], object], start_local: bool) -> Iterator[Connection]:
    """Sign in, for as long as the context lasts.

    Args:
        say: told what takes time.
        start_local: whether `--local` may start a temporary local cloud when none runs.

    Raises `WrongUse` when something is missing, `SignInError`, `ServiceUnreachable`, or a `BackdropClientError`
    with a `LOCAL_CLOUD_...` code.
    """
    check_certificates()
    if options.local:
        with local_cloud(say, start_local) as (local, temporary):
            auth = CognitoAuth(local.user_pool_client_id, local.region, local.endpoint)
            with _signed_in(local.api_url, auth, local.demo_user, local.demo_password) as api:
                yield Connection(api, temporary)
        return
    api_url = _needed(options.api_url, "the address of the API", "--api-url", "BACKDROP_API_URL")
    client_id = _needed(options.client_id, "the user pool client", "--client-id", "BACKDROP_USER_POOL_CLIENT_ID")
    _check_encrypted(api_url)
    if options.auth_endpoint:
        _check_encrypted(options.auth_endpoint)
    auth = CognitoAuth(client_id, _region(options), options.auth_endpoint)
    user = _needed(options.user, "the user name", "--user", "BACKDROP_USER")
    with _signed_in(api_url, auth, user, _password(options)) as api:
        yield Connection(api, temporary=False)


@contextmanager
def _signed_in(api_url: str, auth: CognitoAuth, user: str, password: str) -> Iterator[BackdropApi]:
    session = Session(auth, _sign_in(auth, user, password))
    yield BackdropApi(api_url, session)
    # Not after a failure or Ctrl-C: nobody should wait for it, and the tokens run out by themselves.
    with suppress(BackdropClientError):
        session.sign_out()


def _sign_in(auth: CognitoAuth, user: str, password: str) -> Tokens:
    """Return the tokens of a sign-in, after every further step that it asks for.

    Raises the step's error where nobody sits at a terminal to take it.
    """
    take: Callable[[], Tokens] = partial(auth.sign_in, user, password)
    while True:
        try:
            return take()
        except NewPasswordRequired as challenge:
            take = partial(auth.set_new_password, challenge, _choose_password(challenge))
        except SignInCodeRequired as challenge:
            return _answer_code(auth, challenge)
        except SignInCodeSetup as challenge:
            return _set_up_app(auth, challenge, user)


def _choose_password(challenge: NewPasswordRequired) -> str:
    if not sys.stdin.isatty():
        raise challenge
    say("This is the first sign-in: choose a new password.")
    return str(click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True))


def _answer_code(auth: CognitoAuth, challenge: SignInCodeRequired) -> Tokens:
    """Go on with the code from the environment, or ask until it is right; Ctrl-C cancels."""
    if given := os.environ.get("BACKDROP_SIGN_IN_CODE", "").strip():
        return auth.answer_code(challenge, only_digits(given))
    if not sys.stdin.isatty():
        raise challenge
    return _ask_until_right(lambda code: auth.answer_code(challenge, code))


def _set_up_app(auth: CognitoAuth, challenge: SignInCodeSetup, user: str) -> Tokens:
    if not sys.stdin.isatty():
        raise challenge
    setup = auth.begin_code_setup(challenge)
    say("Everybody needs an authenticator app here. Scan this with one, or type the key into it:")
    say(setup.drawing(user))
    say(setup.spaced_key())
    return _ask_until_right(lambda code: auth.finish_code_setup(challenge, setup, code))


def _ask_until_right(answer: Callable[[str], Tokens]) -> Tokens:
    while True:
        code = only_digits(str(click.prompt("Code from the authenticator app", err=True)))
        try:
            return answer(code)
        except (SignInCodeWrong, SignInCodeUsed) as error:
            say(f"{error.message} {error.next_step}")


def _password(options: ConnectionOptions) -> str:
    """Return the password from standard input, the environment or a prompt; never from the command line, where others
    can read it."""
    if options.password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif "BACKDROP_PASSWORD" in os.environ:
        password = os.environ["BACKDROP_PASSWORD"]
    elif sys.stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, err=True))
    else:
        password = ""
    if not password:
        raise WrongUse(
            "PASSWORD_MISSING",
            "No password was given.",
            "Set BACKDROP_PASSWORD, or pipe the password in with --password-stdin.",
        )
    return password


def _region(options: ConnectionOptions) -> str:
    """Return the region as given, or from the user pool's id (`eu-west-1_AbCdEf`); irrelevant with an endpoint of its
    own."""
    region = options.region or (options.user_pool_id or "").partition("_")[0]
    if not region and not options.auth_endpoint:
        raise WrongUse(
            "OPTION_MISSING",
            "The AWS region is not known.",
            "Give --region (BACKDROP_REGION) or --user-pool-id (BACKDROP_USER_POOL_ID).",
        )
    return region


def _needed(value: str | None, what: str, option: str, variable: str) -> str:
    if not value:
        raise WrongUse(
            "OPTION_MISSING",
            f"It is not known where Backdrop is: {what} is missing."
            if option == "--api-url"
            else f"Can't sign in: {what} is missing.",
            f"Give {option} or set {variable} (the stack's outputs have it), or use --local.",
        )
    return value


def _check_encrypted(url: str) -> None:
    """Refuse an address that is neither HTTPS nor on this machine: passwords and tokens go there."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK):
        return
    raise WrongUse(
        "ADDRESS_NOT_SAFE", f"{url} is no https:// address.", "Use the address as the stack's outputs give it."
    )


@contextmanager
def local_cloud(say: Callable[[str], object], start: bool) -> Iterator[tuple[Outputs, bool]]:
    """Yield what the local cloud tells clients, and whether it is a temporary one, which `start` allows.

    Raises `BackdropClientError` with a `LOCAL_CLOUD_...` code.
    """
    try:
        from localcloud.joining import join
        from localcloud.settings import REPOSITORY, LocalCloudError
        from localcloud.temporary import temporary_cloud
    except ImportError as error:
        raise BackdropClientError(
            "LOCAL_CLOUD_MISSING",
            f"--local needs the local cloud, which is not installed here ({error.name} is missing).",
            "Use the command of the repository (`make setup`, then `.venv/bin/backdrop`).",
        ) from error

    home = Path(os.environ.get("BACKDROP_LOCAL_HOME") or REPOSITORY / ".local")
    try:
        outputs = join(home, say)
        if outputs is not None:
            say(f"Using the local cloud at {outputs.endpoint}")
            yield outputs, False
            return
        if not start:
            raise BackdropClientError(
                "LOCAL_CLOUD_NOT_RUNNING", f"No local cloud is running in {home}.", "Start it with `make run`."
            )
        say("No local cloud is running: starting a temporary one")
        with temporary_cloud(say) as cloud:
            yield cloud.outputs, True
    except LocalCloudError as error:
        raise BackdropClientError(
            "LOCAL_CLOUD_FAILED", str(error), "`make run` in the repository shows more."
        ) from error
