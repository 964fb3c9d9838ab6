from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import pytest

from backdrop_client.parallel import in_parallel


def test_everything_is_done_once_however_many_items() -> None:
    assert sorted(in_parallel(lambda n: n * 2, range(500), 8)) == [n * 2 for n in range(500)]


def test_the_stream_is_never_far_ahead_of_the_results() -> None:
    taken = 0
    worst = 0
    done = 0

    def items() -> Iterator[int]:
        nonlocal taken
        for n in range(200):
            taken += 1
            yield n

    for _ in in_parallel(lambda n: n, items(), 3):
        worst = max(worst, taken - done)
        done += 1
    assert done == 200
    assert worst <= 6


def test_results_come_in_the_order_of_the_items_when_that_is_asked_for() -> None:
    """Whichever is quicker, and with no more of them waiting than without order."""
    started: list[int] = []

    def work(n: int) -> int:
        started.append(n)
        time.sleep(random.Random(n).uniform(0, 0.01))
        return n

    seen: list[int] = []
    for n in in_parallel(work, range(60), 4, in_order=True):
        seen.append(n)
        assert max(started) - n <= 8
    assert seen == list(range(60))
    assert sorted(started) == seen


def test_no_more_than_the_workers_run_at_once() -> None:
    lock = threading.Lock()
    now = most = 0
    together = threading.Barrier(3)

    def work(_: int) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(5)
        with lock:
            now -= 1

    list(in_parallel(work, range(9), 3))
    assert most == 3


def test_a_failure_ends_it_and_closing_starts_nothing_new() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_parallel(lambda n: 1 // n, [0], 2))
    started: list[int] = []
    stream = in_parallel(lambda n: started.append(n), range(1000), 2)
    next(stream)
    stream.close()
    assert len(started) <= 4
