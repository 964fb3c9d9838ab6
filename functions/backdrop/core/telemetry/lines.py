"""One line of a log, the same from every function: docs/operations.md has the fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

LONGEST_REASON = 300
"""Characters of a reason that are logged."""

_LONGEST_TEXT = 1_000
"""Of any other text that comes from outside."""

_MAY_QUOTE_WORDS = {
    "PROMPT_BLOCKED", "PROMPT_EMPTY", "PROMPT_TOO_LONG", "NEGATIVE_PROMPT_TOO_LONG", "LABEL_UNKNOWN", "LABELS_INVALID",
    "LABELS_NOT_LOCATED",
}  # fmt: skip
"""Codes whose reason may repeat what somebody typed; the report and the answer have it, the log does not."""


def as_line(value: Any) -> str:
    """Return a value as one line of ASCII: what names could do to a terminal, or to the next line, stands escaped."""
    return json.dumps(value, default=str, separators=(",", ":"))


def ids_of(event: Mapping[str, Any]) -> dict[str, str]:
    """Return `job` and `image` of a function's event, what there is of them: of an API request, a step of the workflow,
    or an event about an execution."""
    path = _mapping(event.get("pathParameters"))
    job, item = _mapping(event.get("Job")), _mapping(event.get("Item"))
    run = _mapping(_mapping(event.get("Run")).get("Job"))
    found = {
        "job": path.get("jobId")
        or path.get("draftId")
        or job.get("Id")
        or run.get("Id")
        or event.get("JobId")
        or _mapping(event.get("Input")).get("Id")
        or _mapping(event.get("detail")).get("name"),
        "image": path.get("imageId") or path.get("photoId") or event.get("ImageId") or _image_of(event, item),
    }
    return {name: str(value)[:_LONGEST_TEXT] for name, value in found.items() if value}


def reason_of(code: str, cause: str) -> str:
    """Return why something failed, in a few words; none where they may be somebody's own."""
    return "" if code in _MAY_QUOTE_WORDS else cause[:LONGEST_REASON]


def _image_of(event: Mapping[str, Any], item: Mapping[str, Any]) -> str | None:
    photo, variation = item.get("ImageId"), event.get("Variation", 1)
    return photo if variation == 1 or not photo else f"{photo}-{variation}"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
