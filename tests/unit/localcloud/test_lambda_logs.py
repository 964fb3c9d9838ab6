"""The lines that a Lambda worker wrote before its answer are all taken, however late they are read."""

from __future__ import annotations

import os
import queue
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from localcloud.emulator import upstream
from localcloud.emulator.patches import lambda_logs
from localcloud.emulator.patches.lambda_logs import Log


class SlowLog(Log):
    """A log whose reader is kept from reading, as on a busy machine."""

    def readline(self) -> str:
        time.sleep(0.1)
        return super().readline()


@pytest.fixture
def drain(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What MiniStack calls after each answer of a worker."""

    class Worker(upstream.lambda_runtime.Worker):  # type: ignore[misc]
        """MiniStack's, left alone."""

    monkeypatch.setattr(upstream.lambda_runtime, "Worker", Worker)
    lambda_logs.install()
    return Worker._drain_stderr_bounded


def read(log: Log) -> Any:
    """A worker with a thread that reads its log, as MiniStack has it."""
    worker: Any = SimpleNamespace(_proc=SimpleNamespace(stderr=log), _stderr_queue=queue.Queue())
    kind = upstream.lambda_runtime.Worker
    worker._drain_stderr = lambda: kind._drain_stderr(worker)
    threading.Thread(target=kind._read_stderr, args=(worker,), daemon=True).start()
    return worker


def test_all_lines_before_the_answer_are_taken_with_it(drain: Any) -> None:
    ours, theirs = os.pipe()
    worker = read(SlowLog(ours))
    for number in range(3):
        os.write(theirs, f"für {number}\n".encode() * 3)
        assert drain(worker) == "\n".join([f"für {number}"] * 3)
    os.write(theirs, b"the last")
    os.close(theirs)
    assert drain(worker) == "the last"


def test_a_call_that_writes_nothing_waits_for_nothing(drain: Any) -> None:
    ours, theirs = os.pipe()
    worker = read(Log(ours))
    began = time.monotonic()
    assert [drain(worker) for _ in range(20)] == [""] * 20
    assert time.monotonic() - began < 0.9, "MiniStack waits 50 ms each time"
    os.close(theirs)
