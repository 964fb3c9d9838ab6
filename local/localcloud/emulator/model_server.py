"""The image-model server as the emulator sees it: another process, reached over loopback HTTP.

Its contract: docs/local-cloud.md.
"""

import json
from typing import Any
from urllib.parse import quote

import httpx

from localcloud.emulator.errors import ServiceError

# Bedrock itself may take minutes for an image.
MODEL_TIMEOUT_SECONDS = 300.0


class ModelServer:
    """Calls the server; every method may block and is safe to use from many threads."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(MODEL_TIMEOUT_SECONDS, connect=5.0),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
        )

    def invoke(self, model_id: str, body: bytes) -> bytes:
        """Return the model's response body; raises `ServiceError` with the model's own error."""
        return self._post(f"/model/{quote(model_id, safe='')}/invoke", body, "application/json")

    def detect_labels(self, image: bytes, max_labels: int, min_confidence: float) -> dict[str, Any]:
        """Return Rekognition's DetectLabels answer for encoded image bytes; raises `ServiceError`."""
        query = f"maxLabels={max_labels}&minConfidence={min_confidence:g}"
        return self._post_json(f"/detect-labels?{query}", image)

    def detect_moderation_labels(self, image: bytes, min_confidence: float) -> dict[str, Any]:
        """Return Rekognition's DetectModerationLabels answer; raises `ServiceError`."""
        return self._post_json(f"/detect-moderation-labels?minConfidence={min_confidence:g}", image)

    def _post_json(self, path: str, content: bytes) -> dict[str, Any]:
        answer = json.loads(self._post(path, content, "application/octet-stream"))
        if not isinstance(answer, dict):
            raise ServiceError("InternalServerError", "The model server's answer is not an object.", 500)
        return answer

    def _post(self, path: str, content: bytes, content_type: str) -> bytes:
        try:
            response = self._client.post(path, content=content, headers={"content-type": content_type})
        except httpx.TimeoutException as error:
            raise ServiceError("ModelTimeoutException", f"The model server did not answer: {error}", 408) from error
        except httpx.HTTPError as error:
            message = f"The local model server cannot be reached ({error}). See models.log."
            raise ServiceError("ServiceUnavailableException", message, 503) from error
        if response.status_code == 200:
            return response.content
        raise _error_of(response)


def _error_of(response: httpx.Response) -> ServiceError:
    code, message = "InternalServerException", response.text[:300]
    try:
        document = response.json()
        code = str(document["__type"]).rsplit("#", 1)[-1]
        message = str(document.get("message", ""))
    except (ValueError, KeyError, TypeError):
        pass  # not the contract's error document: the status and the text say what there is to say
    return ServiceError(code, message, response.status_code)
