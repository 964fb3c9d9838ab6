"""Lambda workers: one a core and function, and more only when the calls are long.

MiniStack starts a worker for every call that finds none free, as AWS does. Here all share a few cores, and a worker
costs half a second of CPU and 40 to 200 MB before its first call: a job of twelve photos started twenty-six of them.
"""

import os
import time
from typing import Any

from localcloud.emulator import upstream

# How long a call waits for a worker that comes free before it gets a new one: about what a new one takes to start.
# It must end: a handler that calls its own function holds the worker that its call would wait for.
WAIT_SECONDS = 1.0
_POLL_SECONDS = 0.01


def install() -> None:
    """Patch the one place where a call gets its worker."""
    runtime, service = upstream.lambda_runtime, upstream.lambda_service
    upstream.expect(service.acquire_worker is runtime.acquire_worker, "a call gets its worker elsewhere")
    service.acquire_worker = bounded(runtime.acquire_worker, os.cpu_count() or 1)


def bounded(acquire: Any, workers: int, wait_seconds: float = WAIT_SECONDS) -> Any:
    """Return `acquire_worker` such that it waits up to `wait_seconds` for one of `workers` before it starts another."""

    def acquire_bounded(
        func_name: str, config: Any, code_zip: bytes, qualifier: str = "$LATEST", max_concurrency: int | None = None
    ) -> Any:
        ends = time.monotonic() + wait_seconds
        while max_concurrency is None and time.monotonic() < ends:
            found = acquire(func_name, config, code_zip, qualifier=qualifier, max_concurrency=workers)
            if found[0] is not None:
                return found
            time.sleep(_POLL_SECONDS)
        return acquire(func_name, config, code_zip, qualifier=qualifier, max_concurrency=max_concurrency)

    return acquire_bounded
