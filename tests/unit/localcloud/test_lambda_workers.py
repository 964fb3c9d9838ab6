"""Calls wait for one of a function's few workers; more are started one at a time, when none comes free."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from localcloud.emulator.patches.lambda_workers import BoundedWorkers


@dataclass
class Worker:
    func_name: str
    in_use: bool = True


@dataclass
class Pool:
    """MiniStack's own acquire and release, as far as they matter."""

    workers: list[Worker] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def acquire(
        self, name: str, _config: Any, _code: bytes, qualifier: str = "", max_concurrency: int | None = None
    ) -> tuple[Worker | None, str]:
        with self.lock:
            for one in self.workers:
                if not one.in_use:
                    one.in_use = True
                    return one, "reused"
            if max_concurrency and len(self.workers) >= max_concurrency:
                return None, "func_cap"
            self.workers.append(Worker(name))
            return self.workers[-1], "spawn"

    def release(self, worker: Worker | None) -> None:
        if worker:
            worker.in_use = False


@pytest.fixture
def pool() -> Pool:
    return Pool()


def bounded(pool: Pool, wait_seconds: float) -> BoundedWorkers:
    return BoundedWorkers(pool.acquire, pool.release, 2, wait_seconds)


def call(workers: BoundedWorkers, seconds: float) -> None:
    worker, _ = workers.acquire("f", {}, b"")
    time.sleep(seconds)
    workers.release(worker)


def call_until(workers: BoundedWorkers, ended: threading.Event) -> None:
    worker, _ = workers.acquire("f", {}, b"")
    ended.wait(30)
    workers.release(worker)


def test_forty_calls_at_once_share_two_workers_as_long_as_calls_end(pool: Pool) -> None:
    workers = bounded(pool, wait_seconds=2)
    calls = [threading.Thread(target=call, args=(workers, 0.01)) for _ in range(40)]
    for one in calls:
        one.start()
    for one in calls:
        one.join(10)
    assert (len(pool.workers), any(one.in_use for one in pool.workers)) == (2, False)


def test_calls_that_none_ends_before_get_one_worker_more_at_a_time(pool: Pool) -> None:
    workers, ended = bounded(pool, wait_seconds=0.1), threading.Event()
    began = time.monotonic()
    calls = [threading.Thread(target=call_until, args=(workers, ended)) for _ in range(40)]
    for one in calls:
        one.start()
    while len(pool.workers) < 5 and time.monotonic() < began + 20:
        time.sleep(0.01)
    further = len(pool.workers) - 2
    waited = time.monotonic() - began
    assert 3 <= further <= waited / 0.1, "not one for each of the 38 that wait"
    ended.set()
    for one in calls:
        one.join(20)
    assert not any(one.in_use for one in pool.workers)


def test_a_handler_that_calls_its_own_function_goes_on(pool: Pool) -> None:
    workers = bounded(pool, wait_seconds=0.05)
    held = [workers.acquire("f", {}, b"")[0] for _ in range(4)]
    assert len({id(one) for one in held}) == 4


def test_a_ceiling_is_told_and_not_waited_for(pool: Pool) -> None:
    workers = bounded(pool, wait_seconds=30)
    workers.acquire("f", {}, b"")
    assert workers.acquire("f", {}, b"", max_concurrency=1) == (None, "func_cap")


def test_a_worker_that_died_wakes_nobody_and_stops_nobody(pool: Pool) -> None:
    workers = bounded(pool, wait_seconds=0.05)
    workers.acquire("f", {}, b"")
    workers.release(None)
    assert workers.acquire("f", {}, b"")[1] == "spawn"
