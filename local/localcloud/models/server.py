"""The image-model server: plain HTTP on loopback (docs/local-cloud.md)."""

from __future__ import annotations

import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from localcloud.models import labels, moderation, registry
from localcloud.models.engine import Engine
from localcloud.models.errors import ModelError
from localcloud.models.families.base import BODY_BYTES
from localcloud.models.kept import KeptAnswers
from localcloud.models.labels import Labeller
from localcloud.models.moderation import Moderator

LOG = logging.getLogger("localcloud.models")
HOST = "127.0.0.1"
# Pictures worked on at once; the others wait their turn, as memory and the two cores are shared.
WORKERS = 2
NOTICE = (
    "These are local stand-ins: a small segmentation network and a procedural renderer."
    " They are no diffusion models, and what they paint says nothing about what AWS's models would."
)


class ModelServer(ThreadingHTTPServer):
    """Serves InvokeModel and Rekognition's two operations for one engine; end it with `shutdown`, `server_close`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        engine: Engine,
        labeller: Labeller,
        moderator: Moderator,
        answers: KeptAnswers | None = None,
    ) -> None:
        super().__init__((HOST, port), _Handler)
        self.engine = engine
        self.labeller = labeller
        self.moderator = moderator
        self.answers = answers or KeptAnswers()
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="picture")
        self._started = time.monotonic()
        self._lock = threading.Lock()
        self._waiting = 0

    def work(self, task: Any, *arguments: Any) -> Any:
        """Runs `task` on the pool and waits for its answer."""
        with self._lock:
            self._waiting += 1
        try:
            return self.pool.submit(task, *arguments).result()
        finally:
            with self._lock:
                self._waiting -= 1

    def health(self) -> dict[str, Any]:
        """What `GET /health` answers; never waits for a picture."""
        return {
            "status": "ok",
            "models": registry.served_ids(),
            "inFlight": self._waiting,
            "workers": WORKERS,
            "uptimeSeconds": round(time.monotonic() - self._started, 1),
            "notice": NOTICE,
        }

    def server_close(self) -> None:
        """Closes the socket and lets the pool end."""
        super().server_close()
        self.pool.shutdown(wait=False, cancel_futures=True)


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer
    protocol_version = "HTTP/1.1"
    server_version = "backdrop-models"
    # A client that stops in the middle of a request frees its thread after this many seconds.
    timeout = 120

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/health":
            self._send(200, json.dumps(self.server.health()).encode())
        else:
            self._refuse(404, "ResourceNotFoundException", f"nothing at GET {self.path[:200]}")

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        parts = address.path.strip("/").split("/")
        started = time.perf_counter()
        name, status = "?", 500
        try:
            if len(parts) >= 3 and parts[0] == "model" and parts[-1] == "invoke":
                name = unquote("/".join(parts[1:-1]))[:200]
                body = self._body()
                answer = self.server.work(registry.invoke, name, body, self.server.engine)
            elif parts == ["detect-labels"]:
                name = "detect-labels"
                body = self._body()
                answer = self._kept(labels.answer, body, address, self.server.labeller)
            elif parts == ["detect-moderation-labels"]:
                name = "detect-moderation-labels"
                body = self._body()
                answer = self._kept(moderation.answer, body, address, self.server.moderator)
            else:
                raise ModelError("ResourceNotFoundException", f"nothing at POST {address.path[:200]}")  # noqa: TRY301
            status = 200
            self._send(status, answer)
        except ModelError as error:
            status = error.status
            self._refuse(status, error.kind, error.message)
        except (BrokenPipeError, ConnectionError, TimeoutError):
            status = 499
            LOG.warning("%s: the caller went away before the answer", name)
            self.close_connection = True
        except Exception as error:
            # The outermost edge: whatever went wrong must reach the caller as AWS would say it, and the log.
            LOG.exception("%s failed", name)
            kind = "InternalServerError" if name.startswith("detect-") else "InternalServerException"
            self._refuse(500, kind, f"{type(error).__name__}: {error}")
        finally:
            LOG.info("%s %d %d ms", name, status, round((time.perf_counter() - started) * 1000))

    def _kept(self, task: Any, body: bytes, address: SplitResult, model: Any) -> bytes:
        """One of Rekognition's answers: known, or worked out."""
        question = f"{address.path}?{address.query}"
        return self.server.answers.of(
            question, body, lambda: self.server.work(task, body, parse_qs(address.query), model)
        )

    def _body(self) -> bytes:
        raw = self.headers.get("Content-Length")
        if raw is None or not raw.isdigit():
            self.close_connection = True
            raise ModelError("ValidationException", "a Content-Length header is required")
        length = int(raw)
        if length > BODY_BYTES:
            # Read and thrown away, so that the caller gets the answer instead of a broken pipe.
            self.close_connection = True
            left = min(length, 4 * BODY_BYTES)
            while left > 0 and (chunk := self.rfile.read(min(left, 1 << 20))):
                left -= len(chunk)
            raise ModelError(
                "ValidationException",
                f"Input is too long: the body must have at most {BODY_BYTES} bytes, has {length}.",
            )
        body = self.rfile.read(length)
        if len(body) != length:
            raise ConnectionError("the request ended early")
        return body

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self._send(status, json.dumps({"__type": kind, "message": message}).encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it
        """Silences the standard line: one of our own is written for each request."""
