"""What is measured: each metric's unit and dimensions, and the line of a log that CloudWatch takes it from.

CloudWatch's embedded metric format, without a library:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
It takes a line at least once, so that a number may very rarely count twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

NAMESPACE = "Backdrop"

STACK = "Stack"
"""Dimension of every metric: several stacks fit in one account."""


class Metric(NamedTuple):
    """A metric. `unit`: CloudWatch's own word. `dimensions`: sets of names beside `Stack`; the empty one counts all."""

    unit: str
    dimensions: tuple[tuple[str, ...], ...]
    words: str


_ALL: tuple[str, ...] = ()
_MODEL = (_ALL, ("Model", "Region"))

METRICS: Mapping[str, Metric] = {
    "UnexpectedErrors": Metric("Count", (_ALL, ("Function",)), "1 for a run that failed by a fault of ours, else 0"),
    "ModelCalls": Metric("Count", _MODEL, "calls of a model that were begun"),
    "Throttles": Metric("Count", _MODEL, "calls that the model's quota turned away"),
    "SpentUsd": Metric("None", (_ALL,), "price of calls that were begun, less that of throttled ones, as they happen"),
    "TurnWaitSeconds": Metric("Seconds", _MODEL, "from the first question for a turn to the call"),
    "QuotaUsedPercent": Metric("Percent", _MODEL, "calls of a minute, of those that the quota states"),
    "ModelSeconds": Metric("Seconds", _MODEL, "from a call's turn to its answer being read"),
    "Images": Metric("Count", (_ALL, ("Outcome",)), "images of jobs that ended, by outcome"),
    "FailedImages": Metric("Count", (_ALL, ("Code",)), "images that failed, by the reason's code"),
    "Flags": Metric("Count", (_ALL, ("Flag",)), "quality flags of finished images"),
    "AnsweredCalls": Metric("Count", _MODEL, "calls of jobs that ended, as their reports count them"),
    "ThrottledCalls": Metric("Count", (_ALL,), "throttled calls of jobs that ended, as recorded"),
    "JobCostUsd": Metric("None", (_ALL,), "cost of jobs that ended, as their reports say"),
    "JobSeconds": Metric("Seconds", (_ALL,), "from a job's start to its report"),
    "JobsEnded": Metric("Count", (_ALL, ("Status",)), "jobs that ended with a report, by status"),
    "OpenJobs": Metric("Count", (_ALL,), "jobs that are submitted or running"),
    "MinutesWithoutProgress": Metric("None", (_ALL,), "since an image ended, of the slowest running job"),
    "ModelDaysLeft": Metric("None", (_ALL, ("Model",)), "until a model in use reaches its end of life"),
}  # fmt: skip
"""Every metric that a function writes. Dimensions are bounded: never a job, an image or a person."""

Values = Mapping[str, float]


def line_of(
    stack: str,
    values: Values,
    dimensions: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
    at_ms: int | None = None,
) -> dict[str, Any]:
    """Return the line that tells some metrics of one occasion.

    Args:
        stack: the stack's name.
        values: by name.
        dimensions: what the metrics' sets of dimensions name, besides the stack.
        more: what else stands in the line, for people who search the logs.
        at_ms: the moment, epoch milliseconds; None: now.

    Raises:
        KeyError: there is no such metric, or a dimension is missing.
    """
    given = {STACK: stack or "none", **{name: value or "none" for name, value in (dimensions or {}).items()}}
    by_sets: dict[tuple[tuple[str, ...], ...], list[dict[str, str]]] = {}
    for name in values:
        metric = METRICS[name]
        by_sets.setdefault(metric.dimensions, []).append({"Name": name, "Unit": metric.unit})
    needed = {name for sets in by_sets for one in sets for name in one}
    directives = [
        {"Namespace": NAMESPACE, "Dimensions": [[STACK, *one] for one in sets], "Metrics": metrics}
        for sets, metrics in by_sets.items()
    ]
    told = {STACK: given[STACK], **{name: given[name] for name in sorted(needed)}}
    moment = int(time.time() * 1000) if at_ms is None else at_ms
    return {**(more or {}), **told, **values, "_aws": {"Timestamp": moment, "CloudWatchMetrics": directives}}
