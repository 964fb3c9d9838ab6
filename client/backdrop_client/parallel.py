"""Bounded parallel work over a stream of items: constant memory, whatever the number of items."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_TICK_SECONDS = 0.2


class Stop:
    """A flag that long work looks at, so that Ctrl-C ends it soon."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask all work to end."""
        self._event.set()

    @property
    def asked(self) -> bool:
        """Whether work should end."""
        return self._event.is_set()

    def sleep(self, seconds: float) -> bool:
        """Sleep, but not beyond a request to end; True when that came."""
        return self._event.wait(seconds)


def in_parallel(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    workers: int,
    on_tick: Callable[[], object] | None = None,
) -> Generator[Result, None, None]:
    """Results of `work` over `items`, in the order they finish.

    At most `2 * workers` items are taken from the stream ahead of their results, so `items` may be a generator
    that makes calls of its own; it runs in the caller's thread, as does `on_tick` (five times a second, for
    progress). The first exception of `work` or `items` ends it all. Close the generator to stop early: nothing
    new starts, and running work is left to finish by itself.
    """
    stream = iter(items)
    pending: set[Future[Result]] = set()
    executor = ThreadPoolExecutor(workers, thread_name_prefix="backdrop")
    try:
        exhausted = False
        while True:
            while not exhausted and len(pending) < 2 * workers:
                try:
                    item = next(stream)
                except StopIteration:
                    exhausted = True
                else:
                    pending.add(executor.submit(work, item))
            if not pending:
                return
            done, pending = wait(pending, timeout=_TICK_SECONDS, return_when=FIRST_COMPLETED)
            if on_tick:
                on_tick()
            for future in done:
                yield future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
