"""Ending in order when the system or another program says so: SIGTERM, and SIGHUP of a terminal that was closed."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

# Windows knows no SIGHUP.
_SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """A signal asks to end; treated like Ctrl-C. `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def stop_on_signals() -> None:
    """Let these signals raise `Stopped` in the main thread; one that is ignored (`nohup`) stays ignored."""
    for number in _SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _stop)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped(number)


class Terminal:
    """The terminal that this process began in, if any.

    One that closes tells its session's leader. A shell passes that on, and the system does when the leader ends; but a
    leader such as make only waits for its children, which nobody has told.
    """

    def __init__(self) -> None:
        self._seen_on = [descriptor for descriptor in (0, 1, 2) if os.isatty(descriptor)]

    def left_us(self) -> bool:
        """Whether it was closed and the session's leader waits for us all the same; never for who ignores SIGHUP."""
        if not self._seen_on or any(map(os.isatty, self._seen_on)):
            return False
        leader = os.getsid(0)
        if leader == os.getpid() or signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
            return False
        try:
            os.kill(leader, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # somebody else's (sudo), and alive
        return True


@contextmanager
def shielded() -> Iterator[None]:
    """Don't let these signals break off what is going on: a closing terminal sends more than one of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
