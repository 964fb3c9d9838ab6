"""The policy of the pages: what a browser may load, and from where."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from backdrop_web.service.settings import WebSettings
from backdrop_web.streamlit_shell.headers import HEADERS, SecurityHeaders, make_policy


def read(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split("; "))}


def settings(cognito_endpoint: str | None) -> WebSettings:
    return WebSettings("https://api", "pool", "client", "us-west-2", cognito_endpoint=cognito_endpoint)


def test_scripts_are_the_servers_own_and_the_one_that_streamlits_page_holds() -> None:
    scripts = read(make_policy(["https://storage"]))["script-src"]

    assert scripts[:2] == ["'self'", "blob:"]
    (digest,) = scripts[2:]
    assert digest.startswith("'sha256-"), "of the script in the page"


@pytest.mark.parametrize(
    ("endpoint", "origins"),
    [
        ("http://127.0.0.1:4566", ["http://127.0.0.1:4566"]),
        (None, ["https://*.s3.us-west-2.amazonaws.com", "https://*.s3.amazonaws.com"]),
    ],
)
def test_photos_go_to_the_storage_and_images_come_from_there_and_nothing_else_does(
    endpoint: str | None, origins: list[str]
) -> None:
    policy = read(make_policy(settings(endpoint).list_storage_origins()))

    assert policy["connect-src"] == ["'self'", *origins]
    assert policy["img-src"] == ["'self'", "data:", "blob:", *origins]
    assert [name for name, values in policy.items() if origins[0] in values] == ["img-src", "connect-src"]
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["object-src"] == ["'none'"]


def test_errors_and_answers_that_nobody_foresaw_carry_the_headers_too() -> None:
    def fail(_: object) -> Response:
        raise RuntimeError("planted")

    app = SecurityHeaders(Starlette(routes=[Route("/fails", fail)], middleware=[Middleware(SecurityHeaders)]))
    browser = TestClient(app, raise_server_exceptions=False)

    for path in ("/fails", "/is-not-there"):
        answer = browser.get(path)
        assert answer.status_code >= 400
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["content-security-policy"] == make_policy()
