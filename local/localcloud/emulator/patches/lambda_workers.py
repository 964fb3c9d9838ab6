"""Lambda workers: one a core and function, and more only when the calls are long.

MiniStack starts a worker for every call that finds none free, as AWS does. Here all share a few cores, and a worker
costs half a second of CPU and 40 to 200 MB before its first call: a job of twelve photos started twenty-six of them.
"""

import math
import os
import threading
import time
from typing import Any

from localcloud.emulator import upstream

# How long no call of a function ends before one that waits gets a new worker: about what a new one takes to start.
# The wait must end: a handler that calls its own function holds the worker that its call would wait for.
WAIT_SECONDS = 1.0


def install() -> None:
    """Patch the two places where a call gets its worker and gives it back."""
    runtime, service = upstream.lambda_runtime, upstream.lambda_service
    upstream.expect(service.acquire_worker is runtime.acquire_worker, "a call gets its worker elsewhere")
    upstream.expect(service.release_worker is runtime.release_worker, "a call gives its worker back elsewhere")
    workers = BoundedWorkers(runtime.acquire_worker, runtime.release_worker, os.cpu_count() or 1)
    service.acquire_worker, service.release_worker = workers.acquire, workers.release


class BoundedWorkers:
    """MiniStack's `acquire_worker` and `release_worker` such that calls wait for one of `workers` of a function.

    Those that wait sleep until a worker of their function comes free. A poll instead, of forty calls a hundred times a
    second, kept the interpreter from what they waited for.
    """

    def __init__(self, acquire: Any, release: Any, workers: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._acquire = acquire
        self._release = release
        self._workers = workers
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._functions: dict[str, _Function] = {}

    def acquire(
        self, func_name: str, config: Any, code_zip: bytes, qualifier: str = "$LATEST", max_concurrency: Any = None
    ) -> Any:
        """Return (worker, how it came), or (None, why not) where `max_concurrency` is a ceiling and reached."""
        if max_concurrency is not None:
            return self._acquire(func_name, config, code_zip, qualifier=qualifier, max_concurrency=max_concurrency)
        function = self._function(func_name)
        waits_since = time.monotonic()
        with function.changed:
            while (rest := max(waits_since, function.latest) + self._wait_seconds - time.monotonic()) > 0:
                found = self._acquire(func_name, config, code_zip, qualifier=qualifier, max_concurrency=self._workers)
                if found[0] is not None:
                    return found
                function.changed.wait(rest)
            # One more, not one for each that waits: at a job's start forty calls wait for the first two workers.
            function.latest = time.monotonic()
            return self._acquire(func_name, config, code_zip, qualifier=qualifier)

    def release(self, worker: Any) -> None:
        """Give it back, and wake one that waits for it."""
        self._release(worker)
        if worker is None:
            return
        function = self._function(worker.func_name)
        with function.changed:
            function.latest = time.monotonic()
            function.changed.notify()

    def _function(self, name: str) -> "_Function":
        with self._lock:
            return self._functions.setdefault(name, _Function())


class _Function:
    """Who waits for a function's workers, and when a call of it last ended or got a further worker."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.latest = -math.inf
