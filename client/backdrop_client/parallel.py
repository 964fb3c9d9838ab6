"""Bounded parallel work over a stream of items: constant memory, whatever the number of items."""

from __future__ import annotations

import threading
from collections import deque
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
    *,
    in_order: bool = False,
) -> Generator[Result, None, None]:
    """Results of `work` over `items`, in the order they finish, or with `in_order` in the order of `items`.

    At most `2 * workers` items are taken from the stream ahead of their results, so `items` may be a generator
    that makes calls of its own; it runs in the caller's thread, as does `on_tick` (five times a second, for
    progress). The first exception of `work` or `items` ends it all. Close the generator to stop early: nothing
    new starts, and running work is left to finish by itself.
    """
    stream = iter(items)
    pending: deque[Future[Result]] = deque()
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
                    pending.append(executor.submit(work, item))
            if not pending:
                return
            wait([pending[0]] if in_order else pending, timeout=_TICK_SECONDS, return_when=FIRST_COMPLETED)
            if on_tick:
                on_tick()
            for future in _done(pending, in_order):
                yield future.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _done(pending: deque[Future[Result]], in_order: bool) -> list[Future[Result]]:
    """Take those that are done out of `pending`: all of them, or the first of them in a row."""
    if in_order:
        taken: list[Future[Result]] = []
        while pending and pending[0].done():
            taken.append(pending.popleft())
        return taken
    taken = [future for future in pending if future.done()]
    for future in taken:
        pending.remove(future)
    return taken
