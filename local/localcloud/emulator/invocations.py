"""The record of every InvokeModel call, so that a test can prove that nothing was paid for twice."""

import hashlib
import threading
import time
from collections import Counter, deque
from typing import Any

MAX_RECORDS = 20_000


class InvocationLog:
    """Calls in the order they ended. `paid` counts those answered with HTTP 200, as Bedrock would bill."""

    def __init__(self) -> None:
        self._records: deque[dict[str, Any]] = deque(maxlen=MAX_RECORDS)
        self._outcomes: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, model_id: str, body: bytes, outcome: str, seconds: float, region: str) -> None:
        """Record one call in a Region. `outcome`: `answered`, the kind that spoiled the answer, or the error's code."""
        record = {
            "modelId": model_id,
            "region": region,
            "requestSha256": hashlib.sha256(body).hexdigest(),
            "outcome": outcome,
            "paid": not outcome.endswith("Exception"),
            "seconds": round(seconds, 3),
            "at": time.time(),
        }
        with self._lock:
            self._records.append(record)
            self._outcomes[model_id, outcome] += 1

    def clear(self) -> None:
        """Forget all calls."""
        with self._lock:
            self._records.clear()
            self._outcomes.clear()

    def describe(self) -> dict[str, Any]:
        """Return `{"models": {id: {"calls", "paid", "outcomes": {outcome: n}}}, "invocations": [record]}`."""
        with self._lock:
            records, outcomes = list(self._records), dict(self._outcomes)
        models: dict[str, dict[str, Any]] = {}
        for (model_id, outcome), count in outcomes.items():
            entry = models.setdefault(model_id, {"calls": 0, "paid": 0, "outcomes": {}})
            entry["calls"] += count
            entry["paid"] += 0 if outcome.endswith("Exception") else count
            entry["outcomes"][outcome] = count
        return {"models": models, "invocations": records}
