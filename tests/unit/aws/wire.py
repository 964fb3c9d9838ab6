"""Real boto3 clients whose requests are answered here, at the wire: signing, parsing and errors are botocore's own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.config import Config
from urllib3 import HTTPResponse

from tests.aws_requests import refuse

Server = Callable[[AWSPreparedRequest], AWSResponse]
"""Answers a request as it would go over the network, or raises what botocore raises when there is no answer."""


_servers: dict[str, Server] = {}
"""Service -> who answers now. Making a client takes a tenth of a second, so there is one of each."""


def client(service: str, server: Server) -> Any:
    """The client of `service`, tried once a call, with `server` to answer it from now on."""
    _servers[service] = server
    return _client(service)


@cache
def _client(service: str) -> Any:
    session = boto3.session.Session("key", "secret", region_name="us-east-1")
    create: Any = session.client
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, s3={"addressing_style": "path"})
    made = create(service, config=config)
    # Whatever is sent must be what the service takes.
    made.meta.events.register("before-parameter-build", refuse)
    made.meta.events.register("before-send", lambda request, **_: _servers[service](request))
    return made


def sent(request: AWSPreparedRequest) -> bytes:
    """The body of a request."""
    body: Any = request.body
    return (
        bytes(body.read()) if hasattr(body, "read") else body.encode() if isinstance(body, str) else bytes(body or b"")
    )


def answer(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> AWSResponse:
    """What comes back over the network."""
    raw = HTTPResponse(body=io.BytesIO(body), preload_content=False, status=status)
    received: Any = HeadersDict({"content-length": str(len(body)), **(headers or {})})
    return AWSResponse("https://aws.example", status, received, raw)


def as_json(body: Mapping[str, Any], status: int = 200) -> AWSResponse:
    """An answer of DynamoDB and of the other services that speak JSON."""
    return answer(status, json.dumps(body).encode(), {"content-type": "application/x-amz-json-1.0"})


@dataclass(frozen=True)
class Refusal:
    """An error as a service sends it. It is a `Server`."""

    code: str
    status: int = 400
    xml: bool = False

    def __call__(self, request: AWSPreparedRequest) -> AWSResponse:
        if not self.xml:
            headers = {"x-amzn-errortype": self.code, "content-type": "application/json"}
            return answer(self.status, json.dumps({"__type": self.code, "message": "No."}).encode(), headers)
        if request.method == "HEAD":
            return answer(self.status)
        body = f"<?xml version='1.0'?><Error><Code>{self.code}</Code><Message>No.</Message></Error>"
        return answer(self.status, body.encode(), {"content-type": "application/xml"})
