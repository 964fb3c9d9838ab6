"""Labels at once in place of the local models: `python -m tests.bench.quick_labels` serves them on their port.

The local cloud looks for things with a neural network, a second of a busy core for each photo. What the upload page
does with a thousand photos is measured without that: every photo has a product, and some have a table.
"""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from localcloud.settings import HOST, MODELS_PORT

_NAMES = ("Mug", "Cup", "Shoe", "Table", "Plant")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer({"status": "ok", "models": []})

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        while length:
            body = self.rfile.read(min(length, 65_536))
            length -= len(body)
        if "moderation" in self.path:
            self._answer({"ModerationLabels": [], "ModerationModelVersion": "7.0", "ContentTypes": []})
            return
        number = sum(body[-400:])
        box = {"Left": 0.2, "Top": 0.2, "Width": 0.5, "Height": 0.6}
        labels = [
            {
                "Name": name,
                "Confidence": 99.0 - place,
                "Instances": [{"BoundingBox": box, "Confidence": 99.0 - place}],
                "Parents": [],
                "Aliases": [],
                "Categories": [],
            }
            for place, name in enumerate((_NAMES[number % 3], "Table", "Plant"))
        ]
        self._answer({"Labels": labels, "LabelModelVersion": "3.0"})

    def _answer(self, answer: object) -> None:
        data = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the library
        """Nothing: a line for each photo helps nobody."""


if __name__ == "__main__":
    ThreadingHTTPServer((HOST, int(os.environ[MODELS_PORT])), _Handler).serve_forever()
