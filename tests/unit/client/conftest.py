"""Fixtures: the fake service, and a client signed in to it that does not wait long between tries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backdrop_cli import follow, main
from backdrop_client import retry
from backdrop_client.api import BackdropApi
from backdrop_client.auth import CognitoAuth, Session
from tests.unit.client.fake import CLIENT_ID, PASSWORD, USER, FakeBackdrop


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry.RetryPolicy, "wait_seconds", lambda self, attempt: 0.0)
    monkeypatch.setattr(follow, "_FIRST_INTERVAL", 0.01)


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "API_URL",
        "USER_POOL_ID",
        "USER_POOL_CLIENT_ID",
        "REGION",
        "USER",
        "PASSWORD",
        "AUTH_ENDPOINT",
        "SIGN_IN_CODE",
    ):
        monkeypatch.delenv(f"BACKDROP_{name}", raising=False)


@pytest.fixture
def fake() -> Iterator[FakeBackdrop]:
    service = FakeBackdrop()
    yield service
    service.close()


@pytest.fixture
def auth(fake: FakeBackdrop) -> CognitoAuth:
    return CognitoAuth(CLIENT_ID, "eu-west-1", fake.url)


@pytest.fixture
def session(auth: CognitoAuth) -> Session:
    return Session(auth, auth.sign_in(USER, PASSWORD))


@pytest.fixture
def api(fake: FakeBackdrop, session: Session) -> BackdropApi:
    return BackdropApi(fake.api_url, session)


class Command:
    """Runs `backdrop` in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        """Exit status, standard output, standard error."""
        status = main.run([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        assert "Traceback" not in captured.err
        return status, captured.out, captured.err


@pytest.fixture
def backdrop(fake: FakeBackdrop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    settings = {
        "API_URL": fake.api_url,
        "USER_POOL_CLIENT_ID": CLIENT_ID,
        "AUTH_ENDPOINT": fake.url,
        "USER": USER,
        "PASSWORD": PASSWORD,
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"BACKDROP_{name}", value)
    return Command(capsys)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "My photos"
    for name in ["mug.jpg", "Chaise élégante.png", "shoes/mug.jpg"]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"photo {name}".encode())
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
