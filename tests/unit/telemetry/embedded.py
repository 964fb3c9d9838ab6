"""CloudWatch's side of the embedded metric format: what it takes from a log, and what it would turn away.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from botocore.session import Session

_MODEL: Any = Session().get_service_model("cloudwatch")
UNITS = set(_MODEL.shape_for("StandardUnit").enum)

MOST_METRICS, MOST_DIMENSIONS, LONGEST_LINE = 100, 30, 256 * 1024


def lines(text: str) -> list[dict[str, Any]]:
    """Every line of what functions wrote, all of which is JSON in ASCII."""
    assert text.isascii()
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)
    return [json.loads(line) for line in text.splitlines()]


def taken(text: str) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Sum of each metric that CloudWatch takes, by name and dimensions but for the stack's."""
    sums: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for line in lines(text):
        for name, dimensions, value in data_of(line):
            sums[name, dimensions] = sums.get((name, dimensions), 0) + value
    return sums


def data_of(line: dict[str, Any]) -> Iterator[tuple[str, tuple[tuple[str, str], ...], float]]:
    if "_aws" not in line:
        return
    assert len(json.dumps(line)) < LONGEST_LINE
    assert isinstance(line["_aws"]["Timestamp"], int)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive["Namespace"] == "Backdrop"
        assert 1 <= len(directive["Metrics"]) <= MOST_METRICS
        for names in directive["Dimensions"]:
            assert names[0] == "Stack"
            assert len(names) <= MOST_DIMENSIONS
            dimensions = tuple((name, line[name]) for name in names)
            for name, value in dimensions:
                assert isinstance(value, str), name
                assert 1 <= len(value) <= 1024, name
            for metric in directive["Metrics"]:
                assert metric["Unit"] in UNITS
                assert isinstance(line[metric["Name"]], int | float)
                yield metric["Name"], dimensions[1:], line[metric["Name"]]
