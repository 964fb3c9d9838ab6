"""Alarms on an expression are kept as alarms on the first metric that it reads; what makes no alarm is refused."""

from __future__ import annotations

from typing import Any

import pytest

METRIC = {"Namespace": "Backdrop", "MetricName": "Throttles", "Dimensions": [{"Name": "Stack", "Value": "x"}]}
READS = {"Id": "t", "ReturnData": "false", "MetricStat": {"Metric": METRIC, "Period": 900, "Stat": "Sum"}}
WATCHED = {"Id": "share", "Expression": "100 * t", "ReturnData": True}
REST = {"Threshold": 5, "ComparisonOperator": "GreaterThanThreshold"}


def on_one_metric(lines: list[dict[str, Any]]) -> dict[str, Any]:
    from localcloud.emulator.patches.cloudformation import _on_one_metric

    return _on_one_metric({**REST, "Metrics": lines})


def test_an_alarm_on_an_expression_is_one_on_its_first_metric() -> None:
    assert on_one_metric([WATCHED, READS]) == {**REST, **METRIC, "Period": 900, "Statistic": "Sum"}


@pytest.mark.parametrize("lines", [[READS], [WATCHED], [WATCHED, {**READS, "ReturnData": True}]])
def test_what_makes_no_alarm_is_refused(lines: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="one line returns data"):
        on_one_metric(lines)
