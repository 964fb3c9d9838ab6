"""The record of a Map Run: counts, thresholds and children, as DescribeMapRun and ListExecutions show it."""

import threading
from dataclasses import dataclass
from typing import Any

from localcloud.emulator import upstream

_COUNTS = (
    "pending",
    "running",
    "succeeded",
    "failed",
    "timedOut",
    "aborted",
    "total",
    "resultsWritten",
    "failuresNotRedrivable",
    "pendingRedrive",
)


@dataclass(frozen=True)
class Tolerance:
    """How many failures a Map Run survives. Nothing set: none."""

    percentage: float | None
    count: int | None

    def exceeded(self, failed: int, total: int) -> bool:
        """Whether `failed` of `total` items are too many. Either limit, passed, is enough."""
        if not failed:
            return False
        if self.percentage is None and self.count is None:
            return True
        over_count = self.count is not None and failed > self.count
        over_percentage = self.percentage is not None and failed * 100 > self.percentage * total
        return over_count or over_percentage


class MapRun:
    """One Map Run. `record` is what MiniStack stores and lists; it holds plain JSON, so that it persists."""

    def __init__(self, record: dict[str, Any]) -> None:
        self.record = record
        self._lock = threading.Lock()

    @classmethod
    def create(
        cls,
        execution: dict[str, Any],
        state: tuple[str, str],
        sizes: list[int],
        max_concurrency: int,
        tolerance: Tolerance,
    ) -> "MapRun":
        """A new run of the Map state `(name, label)` with one child for each of `sizes` (items in it)."""
        name, label = state
        _, _, _, region, account, _, machine = execution["stateMachineArn"].split(":")
        prefix = f"arn:aws:states:{region}:{account}"
        arn = f"{prefix}:mapRun:{machine}/{label}:{upstream.responses.new_uuid()}"
        record = {
            "mapRunArn": arn,
            "executionArn": execution["executionArn"],
            "status": "RUNNING",
            "startDate": upstream.responses.now_iso(),
            "maxConcurrency": max_concurrency,
            "toleratedFailurePercentage": tolerance.percentage or 0.0,
            "toleratedFailureCount": tolerance.count or 0,
            "itemCounts": cls._counts(sum(sizes)),
            "executionCounts": cls._counts(len(sizes)),
            "redriveCount": 0,
            "_stateMachineArn": f"{prefix}:stateMachine:{machine}/{label}",
            "_executionPrefix": f"{prefix}:execution:{machine}/{label}",
            "_state": name,
            "_children": [None] * len(sizes),
        }
        upstream.stepfunctions._map_runs[arn] = record
        return cls(record)

    @staticmethod
    def _counts(total: int) -> dict[str, int]:
        return {**dict.fromkeys(_COUNTS, 0), "pending": total, "total": total}

    @property
    def arn(self) -> str:
        """The Map Run's ARN."""
        return str(self.record["mapRunArn"])

    @property
    def failed_items(self) -> int:
        """Items whose child failed or timed out."""
        counts = self.record["itemCounts"]
        return int(counts["failed"] + counts["timedOut"])

    def move(self, items: int, before: str, after: str) -> None:
        """Count one child with `items` items as `after` instead of `before`."""
        with self._lock:
            for counts, number in ((self.record["itemCounts"], items), (self.record["executionCounts"], 1)):
                counts[before] -= number
                counts[after] += number

    def child(self, index: int) -> dict[str, Any] | None:
        """The execution of child `index`, if it ever started."""
        arn = self.record["_children"][index]
        return upstream.stepfunctions._executions.get(arn) if arn else None

    def children(self) -> list[dict[str, Any]]:
        """All children that started, in the order of their items."""
        found = (self.child(index) for index in range(len(self.record["_children"])))
        return [child for child in found if child is not None]

    def begin_child(self, index: int, items: int, child_input: str) -> dict[str, Any]:
        """Start (or restart, on redrive) child `index`; it is stored and counted as running."""
        sfn, now = upstream.stepfunctions, upstream.responses.now_iso
        child = self.child(index)
        if child is None:
            name = upstream.responses.new_uuid()
            child = {
                "executionArn": f"{self.record['_executionPrefix']}:{name}",
                "stateMachineArn": self.record["_stateMachineArn"],
                "name": name,
                "startDate": now(),
                "input": child_input,
                "inputDetails": {"included": True},
                "outputDetails": {"included": True},
                "mapRunArn": self.arn,
                "itemCount": items,
                "events": [],
                "testCase": None,
                "mockAttempts": {},
                "redriveCount": 0,
            }
            started = {"input": child_input}
            sfn._add_event(child, "ExecutionStarted", {"executionStartedEventDetails": started})
        else:
            child.update(redriveCount=child.get("redriveCount", 0) + 1, redriveDate=now())
            sfn._add_event(child, "ExecutionRedriven", {})
        child.update(status="RUNNING", output=None, error=None, cause=None, stopDate=None)
        sfn._executions[child["executionArn"]] = child
        self.record["_children"][index] = child["executionArn"]
        self.move(items, "pending", "running")
        return child

    def end(self, status: str) -> None:
        """Close the run as SUCCEEDED, FAILED or ABORTED."""
        self.record.update(status=status, stopDate=upstream.responses.now_iso())

    def redrive(self) -> list[int]:
        """Open the run again and return the children still to do: all that did not succeed."""
        self.record["redriveCount"] += 1
        self.record.update(status="RUNNING", redriveDate=upstream.responses.now_iso())
        self.record.pop("stopDate", None)
        todo = [
            index
            for index in range(len(self.record["_children"]))
            if (child := self.child(index)) is None or child["status"] != "SUCCEEDED"
        ]
        for kind in ("itemCounts", "executionCounts"):
            counts = self.record[kind]
            for ended in ("failed", "aborted", "timedOut", "running"):
                counts["pending"] += counts[ended]
                counts[ended] = 0
        return todo
