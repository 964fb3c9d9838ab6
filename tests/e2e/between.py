"""A door between the web app and the REST API: counts what goes through, and is slow or shut when told so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple

import httpx

_SKIPPED = {"connection", "transfer-encoding", "content-encoding", "content-length", "host"}


class Call(NamedTuple):
    """One call that went through: the path has its query, `size` is the answer's bytes."""

    method: str
    path: str
    status: int
    size: int
    seconds: float


@dataclass
class Between:
    """A context manager; `address` stands for the API's own while it is open.

    `delay`: seconds that a call of this method and path waits before it is passed on; `refuse`: the status that it is
    answered with instead, or None.
    """

    target: str
    delay: Callable[[str, str], float] = lambda _method, _path: 0.0
    refuse: Callable[[str, str], int | None] = lambda _method, _path: None
    calls: list[Call] = field(default_factory=list)

    def reset(self) -> None:
        """Pass everything on at once, and forget what went through."""
        self.delay = lambda _method, _path: 0.0
        self.refuse = lambda _method, _path: None
        self.calls.clear()

    def __enter__(self) -> Between:
        """Open the door."""
        base = httpx.URL(self.target)
        self._http = httpx.Client(timeout=60)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}{base.path}".rstrip("/")
        self._origin = f"{base.scheme}://{base.netloc.decode()}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        between = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                started = time.monotonic()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                time.sleep(between.delay(self.command, self.path))
                status = between.refuse(self.command, self.path)
                if status is None:
                    status, content, kind = between.send(self.command, self.path, dict(self.headers), body)
                else:
                    content, kind = b'{"message": "shut"}', "application/json"
                between.calls.append(Call(self.command, self.path, status, len(content), time.monotonic() - started))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815 - the base class's names

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str]:
        """Pass a call on: status, content and its type."""
        kept = {name: value for name, value in headers.items() if name.lower() not in _SKIPPED}
        answer = self._http.request(method, self._origin + path, headers=kept, content=body)
        return answer.status_code, answer.content, answer.headers.get("Content-Type", "application/json")
