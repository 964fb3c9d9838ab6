"""`python -m tests.bench quota`: is a model's true quota found and used, and does each job get its share?

The local cloud with models that answer at once (`quick_models`); its Bedrock counts a quota as calls in any 60 seconds,
and its Service Quotas say 20 a minute for both models of a job. Each case begins with an empty schedule.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TextIO

from tests.bench.quick_cloud import CUT_OUT, PAINT, QuickCloud, quick_cloud

_STATED = 20
_TARGETS = "targets: 97 % of the true quota from the second minute on; under 1 % throttled where it is as stated"


@dataclass(frozen=True)
class _Case:
    """Jobs by their sizes, and the true quota a minute, which changes after `changes_at` seconds."""

    name: str
    quota: int
    jobs: Mapping[str, int]
    seconds: float = 240
    changes_to: int = 0
    changes_at: float = 0


_CASES = (
    _Case("as stated, three jobs", _STATED, {"large": 300, "middle": 60, "small": 10}, 360),
    _Case("lower", 12, {"large": 200}),
    _Case("higher", 40, {"large": 400}),
    _Case("lowered meanwhile", _STATED, {"large": 300}, 420, 10, 150),
)
_SMALLEST = (_Case("as stated", _STATED, {"small": 3}, 15),)


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write what was used of each quota, and what was throttled."""
    out.write(f"quota: {_STATED} calls a minute stated; {_TARGETS}\n")
    with quick_cloud(ModelRequestsPerMinute=-1, MapMaxConcurrency=40) as quick:
        for number, case in enumerate(_SMALLEST if smallest else _CASES):
            _run(out, quick, case, f"case{number}")
            out.flush()


def _run(out: TextIO, quick: QuickCloud, case: _Case, prefix: str) -> None:
    _forget(quick)
    quick.keep_quota(case.quota)
    began = time.time()
    jobs = {quick.start(f"{prefix}-{name}", photos): name for name, photos in case.jobs.items()}
    ended: dict[str, float] = {}
    changed = not case.changes_to
    while time.time() < began + case.seconds and len(ended) < len(jobs):
        if not changed and time.time() > began + case.changes_at:
            changed = True
            quick.keep_quota(case.changes_to)
        for arn in jobs.keys() - ended.keys():
            if not quick.runs(arn):
                ended[arn] = time.time()
        time.sleep(0.5)
    for arn in jobs.keys() - ended.keys():
        quick.stop(arn)
    calls = [call for call in quick.invocations() if call["at"] > began]
    for model, name in ((CUT_OUT, "cut-out"), (PAINT, "painting")):
        out.write(f"  {case.name:>22} {name:>8}: {_figures(case, [one for one in calls if one['modelId'] == model])}\n")
    for arn, at in ended.items():
        out.write(f"  {'':>22} {jobs[arn]} job of {case.jobs[jobs[arn]]} ended after {at - began:.0f} s\n")


def _figures(case: _Case, calls: list[dict[str, Any]]) -> str:
    at = [call["at"] - call["seconds"] for call in calls]
    answered = [when for when, call in zip(at, calls, strict=True) if call["paid"]]
    if not answered:
        return "no call"
    first, last = min(at), max(at)
    minutes = [0] * (int((last - first) // 60) + 1)
    for when in answered:
        minutes[int((when - first) // 60)] += 1
    share = 1 - len(answered) / len(calls)
    whole = minutes[1:-1]
    used = ""
    if whole and not case.changes_to:
        used = f", {sum(whole) / len(whole) / case.quota:.1%} of {case.quota} a minute used"
    return f"{len(calls)} calls, {share:.1%} throttled{used}; answered a minute: {' '.join(map(str, minutes))}"


def _forget(quick: QuickCloud) -> None:
    dynamodb, table = quick.cloud.client("dynamodb"), quick.cloud.outputs.schedule_table
    for row in dynamodb.scan(TableName=table)["Items"]:
        dynamodb.delete_item(TableName=table, Key={"ModelId": row["ModelId"]})
