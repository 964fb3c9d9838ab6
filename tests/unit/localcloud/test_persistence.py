"""The state is written as MiniStack writes it, and read back as it was."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from localcloud.emulator.patches.persistence import dump


class Store:
    """What JSON has not, as MiniStack's stores by account are."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self.rows = rows


def marked(value: Any) -> Any:
    if isinstance(value, Store):
        return {"__scoped__": True, "data": value.rows}
    if isinstance(value, bytes):
        return {"__bytes__": value.hex()}
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


CHILD = {"events": [{"id": 1, "text": 'ü "\n'}], "deep": {"a": {"b": [[]]}}}
RUN = {"_children": [CHILD] * 501}


@pytest.mark.parametrize(
    "value",
    [
        {"__ministack_format__": 3, "payload": {"runs": Store({"arn": RUN, "body": b"\xff"}), "none": {}, "list": []}},
        {"payload": {"runs": Store({"arn": {"_children": [CHILD, CHILD]}})}},
        {"payload": {1: "a key that is no text", None: 2, False: [(1, 2), Store({})]}},
        {"payload": {"a": [1.5, None, False, "", Store({"x": Store({})})]}},
        [],
        "text",
        None,
    ],
)
def test_it_is_what_json_writes(value: Any) -> None:
    out = io.StringIO()
    dump(value, out, default=marked)
    assert out.getvalue() == json.dumps(value, default=marked)


def test_what_cannot_be_written_is_an_error() -> None:
    with pytest.raises(TypeError, match="object is not JSON serializable"):
        dump({"payload": {"a": object()}}, io.StringIO(), default=marked)
