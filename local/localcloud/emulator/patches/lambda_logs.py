"""What a Lambda function wrote is in its log once it has answered.

MiniStack waits 50 ms for a first line, and 5 more after each. On a busy machine that is too short: the lines came into
the log with the worker's next call, and after its last one never. A worker writes its lines before its answer, so that
they are in the pipe by then, and here it is known when the pipe has been read.
"""

import os
import select
import time
from collections.abc import Iterator
from typing import Any

from localcloud.emulator import upstream

_MOST_SECONDS = 5.0


class Log:
    """The lines that come out of a pipe; one thread reads them, and any may ask whether it has read all of them."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._rest = b""
        self._waits = self._ended = False

    def __del__(self) -> None:
        os.close(self._file)

    def __iter__(self) -> Iterator[str]:
        return iter(self.readline, "")

    def readline(self) -> str:
        """Return the next line, once there is one; "" when there are no more."""
        while b"\n" not in self._rest and not self._ended:
            self._waits = True
            self._is_readable(None)
            self._waits = False
            found = os.read(self._file, 65_536)
            self._ended = not found
            self._rest += found
        line, end, self._rest = self._rest.partition(b"\n")
        return (line + end).decode("utf-8", "replace")

    def read(self, size: int) -> str:
        """Return at most so many bytes of what is there."""
        found, self._rest = self._rest or os.read(self._file, size), b""
        return found.decode("utf-8", "replace")

    def wait_until_read(self) -> None:
        """Wait until the thread that reads has taken all that was in the pipe, and asks for more."""
        until = time.monotonic() + _MOST_SECONDS
        # In this order: what the pipe no longer holds may not have been passed on yet.
        while self._is_readable(0) or not (self._waits or self._ended):
            if time.monotonic() > until:
                return
            time.sleep(0.001)

    def _is_readable(self, milliseconds: int | None) -> bool:
        waiting = select.poll()
        waiting.register(self._file, select.POLLIN)
        return any(event & select.POLLIN for _, event in waiting.poll(milliseconds))


def install() -> None:
    """Replace how MiniStack takes a worker's lines after a call, for workers that write to a `Log`."""
    worker = upstream.lambda_runtime.Worker
    upstream.expect_attributes(worker, "_drain_stderr", "_drain_stderr_bounded")
    bounded = worker._drain_stderr_bounded

    def drain(self: Any, *waits: float, **more: float) -> Any:
        log = self._proc and self._proc.stderr
        if not isinstance(log, Log):
            return bounded(self, *waits, **more)
        log.wait_until_read()
        return self._drain_stderr()

    worker._drain_stderr_bounded = drain
