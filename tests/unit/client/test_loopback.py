"""A proxy of the environment never comes between parts on this machine."""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from backdrop_client.loopback import reach_loopback_directly


class _Here(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    "before", [{}, {"NO_PROXY": "shop.example"}, {"NO_PROXY": "lost", "no_proxy": "shop.example, "}]
)
def test_loopback_is_reached_and_the_world_goes_by_the_proxy(
    monkeypatch: pytest.MonkeyPatch, before: dict[str, str]
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    with HTTPServer(("127.0.0.1", 0), _Here) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        with pytest.raises(httpx.HTTPError):
            httpx.get(address)

        reach_loopback_directly()
        reach_loopback_directly()

        assert httpx.get(address).status_code == 204
        with pytest.raises(httpx.ConnectError):
            httpx.get("http://other.example/")
        server.shutdown()
    assert os.environ["NO_PROXY"].count("localhost") == 1
    assert ("shop.example" in os.environ["NO_PROXY"]) == bool(before)
