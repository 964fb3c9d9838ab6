"""Signed-in users of the deployed API."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import httpx

from localcloud.cloud import LocalCloud
from localcloud.users import ensure_user, id_token

_NOT_ENDED = ("Submitted", "Running")
_PASSWORD = "Another-User-1234!"


@dataclass(frozen=True)
class Person:
    """A signed-in user's view of the API."""

    http: httpx.Client
    token: str

    def call(self, method: str, path: str, body: object = None, **query: str | int) -> httpx.Response:
        return self.http.request(
            method, path, json=body, params=query or None, headers={"Authorization": self.token}, timeout=60
        )

    def draft(self) -> str:
        return str(self.call("POST", "/drafts", {}).json()["draftId"])

    def upload(self, draft: str, name: str, data: bytes) -> str:
        answer = self.call("POST", f"/drafts/{draft}/photos", {"photos": [{"name": name, "size": len(data)}]})
        assert answer.status_code == 201, answer.text
        photo = answer.json()["photos"][0]
        sent = httpx.post(photo["upload"]["url"], data=photo["upload"]["fields"], files={"file": (name, data)})
        assert sent.status_code == 204, sent.text
        return str(photo["photoId"])

    def inspect(self, draft: str, photo: str) -> dict[str, Any]:
        answer = self.call("POST", f"/drafts/{draft}/photos/{photo}/inspect", {})
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def finished(self, job: str, seconds: float = 120) -> dict[str, Any]:
        """The job once it has ended."""
        deadline = time.monotonic() + seconds
        while True:
            body: dict[str, Any] = self.call("GET", f"/jobs/{job}").json()
            if body["status"] not in _NOT_ENDED:
                return body
            assert time.monotonic() < deadline, body
            time.sleep(0.3)


def another(cloud: LocalCloud, http: httpx.Client, email: str) -> Person:
    """A user besides the demo user, made if there is none of that address."""
    cognito = cloud.client("cognito-idp")
    ensure_user(cognito, cloud.outputs.user_pool_id, email, _PASSWORD)
    return Person(http, id_token(cognito, cloud.outputs.user_pool_client_id, email, _PASSWORD))
