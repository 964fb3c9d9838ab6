"""Answers that arrive with HTTP 200 and are no good: what the fault plan makes of a model's answer."""

import base64
import json

from localcloud.emulator.faults import FaultKind

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
_NOT_AN_IMAGE = base64.b64encode(b"this is no image").decode()


def filtered(model_id: str) -> bytes:
    """The documented answer of a model whose filter blocked the output (sources: `faults`)."""
    if "stability." in model_id:
        return json.dumps({"finish_reasons": ["Filter reason: output image"]}).encode()
    message = "All of the generated images have been blocked by our content filters."
    return json.dumps({"images": [], "error": message}).encode()


def garbage(model_id: str) -> bytes:
    """An answer of the right shape whose image is not an image."""
    if "stability." in model_id:
        return json.dumps({"seeds": [1], "finish_reasons": [None], "images": [_NOT_AN_IMAGE]}).encode()
    return json.dumps({"images": [_NOT_AN_IMAGE], "error": None}).encode()


def spoil(kind: FaultKind, model_id: str, answer: bytes) -> bytes:
    """Return what the caller gets instead of `answer`. Raises ValueError for a kind that is an error."""
    match kind:
        case FaultKind.FILTER:
            return filtered(model_id)
        case FaultKind.GARBAGE:
            return garbage(model_id)
        case FaultKind.HTML:
            return _HTML
        case FaultKind.TRUNCATED:
            return answer[: len(answer) // 2]
        case _:
            raise ValueError(f"{kind} does not spoil an answer")
