"""A report as metrics: what the job came to, for dashboards and alarms (`core.telemetry.metrics`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from backdrop.core.telemetry.metrics import Values
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.reports.report import ImageResult, Report


class Measured(NamedTuple):
    """Metrics, and the dimensions that they have in common."""

    values: Values
    dimensions: Mapping[str, str]


def measures_of(report: Report) -> Iterator[Measured]:
    """Yield what a job's end is measured by. What did not happen is not there: a metric costs money by its name."""
    ended: dict[str, float] = {"JobsEnded": 1, "JobCostUsd": report.cost.usd}
    if report.seconds is not None:
        ended["JobSeconds"] = report.seconds
    if throttled := sum(image.throttled for image in report.images):
        ended["ThrottledCalls"] = throttled
    yield Measured(ended, {"Status": report.status.value})
    for outcome, count in Counter(_outcome(image) for image in report.images).items():
        yield Measured({"Images": count}, {"Outcome": outcome})
    codes = Counter(str(image.failure.code) for image in report.failures if image.failure and not image.left)
    for code, count in codes.items():
        yield Measured({"FailedImages": count}, {"Code": code})
    flags = Counter(str(flag["code"]) for image in report.images if image.succeeded for flag in image.review["flags"])
    for flag, count in flags.items():
        yield Measured({"Flags": count}, {"Flag": flag})
    calls: Counter[tuple[str, str]] = Counter()
    for image in report.images:
        calls.update(image.made)
    for (region, model_id), count in calls.items():
        yield Measured({"AnsweredCalls": count}, {"Model": model_id, "Region": region})


def _outcome(image: ImageResult) -> str:
    if image.left:
        return JobStatus.CANCELLED.value
    return (ImageStatus.SUCCEEDED if image.succeeded else ImageStatus.FAILED).value
