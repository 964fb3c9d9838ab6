"""A stand-in for the image-model server: its HTTP contract (docs/local-cloud.md) and no models."""

import base64
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IMAGE = b"\x89PNG fake"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, {"status": "ok"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.startswith("/detect-labels"):
            query = self.path.partition("?")[2]
            label = {"Name": "Cup", "Confidence": 98.5, "Instances": [], "Parents": []}
            self._answer(200, {"Labels": [label], "LabelModelVersion": query, "ImageBytes": len(body)})
        elif self.path.startswith("/detect-moderation-labels"):
            label = {"Name": "Explicit", "ParentName": "", "TaxonomyLevel": 1, "Confidence": 51.5}
            self._answer(200, {"ModerationLabels": [label], "ModerationModelVersion": self.path.partition("?")[2]})
        elif self.path.startswith("/model/"):
            self._invoke(json.loads(body))
        else:
            self._answer(404, {"__type": "ResourceNotFoundException", "message": self.path})

    def _invoke(self, request: dict[str, Any]) -> None:
        if "bad" in request:
            self._answer(400, {"__type": "ValidationException", "message": "The field 'bad' is not permitted."})
            return
        image = base64.b64encode(IMAGE).decode()
        answer = {"seeds": [request.get("seed", 1)], "finish_reasons": [None], "images": [image]}
        self._answer(200, {**answer, "path": self.path})

    def _answer(self, status: int, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["BACKDROP_MODELS_PORT"])), Handler).serve_forever()
