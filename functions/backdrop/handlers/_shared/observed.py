"""What every function writes down of each of its runs: one line, that tells people and CloudWatch alike how it ended
(docs/operations.md). Of the per-image functions too, so that it imports nothing that they don't.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from backdrop.aws.telemetry.writing import measure
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.telemetry.lines import ids_of, reason_of

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

_OURS = {ErrorCode.INTERNAL, ErrorCode.STORAGE_ERROR}
"""Codes of failures that are neither a photo's nor a model's nor the caller's."""

_runs = {"before": 0}


def observed(function: str) -> Callable[[Handler], Handler]:
    """Return what makes a handler tell of its runs. `function`: its name in template.yaml without `Function`."""

    def observe(handler: Handler) -> Handler:
        @wraps(handler)
        def run(event: dict[str, Any], context: Any) -> dict[str, Any]:
            began = time.perf_counter()
            try:
                answer = handler(event, context)
            except Exception as error:
                _tell(function, event, context, began, _of_error(error))
                raise
            _tell(function, event, context, began, _of_answer(event, answer))
            return answer

        return run

    return observe


def _tell(function: str, event: Mapping[str, Any], context: Any, began: float, ended: Mapping[str, Any]) -> None:
    stage = event.get("Stage")
    facts = {
        "service": "backdrop",
        **ids_of(event),
        "pass": event.get("Pass"),
        "model": stage.get("ModelId") if isinstance(stage, Mapping) else event.get("ModelId"),
        "ms": round((time.perf_counter() - began) * 1000),
        "cold": None if _runs["before"] else True,
        "function_request_id": getattr(context, "aws_request_id", None),
        "xray_trace_id": os.environ.get("_X_AMZN_TRACE_ID", "").partition("Root=")[2].partition(";")[0],
        **ended,
    }
    _runs["before"] += 1
    unexpected = int(facts.pop("level") == "ERROR")
    measure(
        {"UnexpectedErrors": unexpected},
        {"Function": function},
        **{"level": "ERROR"} if unexpected else {},
        **{name: value for name, value in facts.items() if value not in (None, "")},
    )


def _of_error(error: Exception) -> dict[str, Any]:
    """How a run ended that raised an error, which is the workflow's way to hear of a failure."""
    if not isinstance(error, BackdropError):
        # Its words may hold anything; Lambda logs them with the traceback.
        return {"level": "ERROR", "message": "failed", "error": type(error).__name__}
    code = error.code.value
    ours = error.code in _OURS
    return {
        "level": "ERROR" if ours else "INFO",
        "message": "failed" if ours else "refused",
        "error": type(error).__name__,
        "code": code,
        "reason": reason_of(code, error.cause),
    }


def _of_answer(event: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """How a run ended that answered: an API request says it by its status, a batch by what it leaves."""
    if "statusCode" in answer:
        status = int(answer["statusCode"])
        return {
            "level": "ERROR" if status >= 500 else "INFO",
            "message": "answered",
            "status": status,
            "method": event.get("httpMethod"),
            "route": event.get("resource"),
            "request": (event.get("requestContext") or {}).get("requestId"),
            "code": _code_of(answer) if status >= 400 else None,
        }
    return {"level": "ERROR" if answer.get("batchItemFailures") else "INFO", "message": "done"}


def _code_of(answer: Mapping[str, Any]) -> str | None:
    """The code that an API request was refused with."""
    try:
        return str(json.loads(answer["body"])["error"]["code"])
    except (KeyError, TypeError, ValueError):
        return None
