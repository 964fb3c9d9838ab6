"""What lines a JSONL data set has."""

import json
from typing import Any


def read_json_lines(text: str) -> list[Any]:
    """The items of a JSONL data set. Raises `ValueError`.

    Only a line feed ends a line (https://jsonlines.org). MiniStack cut items at each of the dozen characters that
    `str.splitlines` takes for one, which JSON strings may hold.
    """
    return [json.loads(line) for line in text.split("\n") if line.strip(" \t\r")]
