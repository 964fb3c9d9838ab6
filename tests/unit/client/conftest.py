"""Fixtures: the fake service, and a client signed in to it that does not wait long between tries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backdrop_client import follow, retry
from backdrop_client.api import BackdropApi
from backdrop_client.auth import CognitoAuth, Session
from tests.unit.client.fake import CLIENT_ID, PASSWORD, USER, FakeBackdrop


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry.RetryPolicy, "wait_seconds", lambda self, attempt: 0.0)
    monkeypatch.setattr(follow, "_FIRST_INTERVAL", 0.01)


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_URL", "USER_POOL_ID", "USER_POOL_CLIENT_ID", "REGION", "USER", "PASSWORD", "AUTH_ENDPOINT"):
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
