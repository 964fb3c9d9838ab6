"""Stopping a run: from outside (StopExecution), by time (TimeoutSeconds) or by a Map Run's threshold."""

import contextvars
import threading
import time
from enum import Enum


class StopReason(Enum):
    """Why a run is stopped."""

    ABORTED = "ABORTED"
    TIMED_OUT = "TIMED_OUT"


class Stopped(BaseException):
    """Unwinds the thread of a run that was stopped. No `Exception`: a `Catch` must not see it."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class RunControl:
    """The switch of one run. Stopping a run stops the runs below it."""

    def __init__(self, parent: "RunControl | None" = None) -> None:
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._children: set[RunControl] = set()
        self._parent = parent
        self.reason: StopReason | None = None
        if parent is not None:
            parent._adopt(self)

    def _adopt(self, child: "RunControl") -> None:
        with self._lock:
            self._children.add(child)
        if self.reason is not None:
            child.stop(self.reason)

    def close(self) -> None:
        """Forget this run; it has ended."""
        if self._parent is not None:
            with self._parent._lock:
                self._parent._children.discard(self)

    def stop(self, reason: StopReason) -> None:
        """Stop the run and those below it. The first reason given stays."""
        with self._lock:
            if self.reason is None:
                self.reason = reason
            children = list(self._children)
        self._stopped.set()
        for child in children:
            child.stop(reason)

    @property
    def stopped(self) -> bool:
        """Whether the run was told to stop."""
        return self._stopped.is_set()

    def check(self) -> None:
        """Raise `Stopped` when the run was told to stop."""
        if self.reason is not None:
            raise Stopped(self.reason)

    def sleep(self, seconds: float) -> None:
        """Wait that many seconds; raises `Stopped` as soon as the run is stopped."""
        if seconds > 0:
            self._stopped.wait(seconds)
        self.check()

    def wait_for(self, done: threading.Event, timeout: float | None) -> bool:
        """Wait until `done`; False when `timeout` seconds passed first. Raises `Stopped`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            self.check()
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return done.is_set()
            # Two events cannot be waited for at once; a short step bounds how late a stop is noticed.
            if done.wait(0.1 if left is None else min(0.1, left)):
                return True


current: contextvars.ContextVar[RunControl | None] = contextvars.ContextVar("current_run", default=None)


def sleep(seconds: float) -> None:
    """Wait within the current run, or plainly outside any."""
    control = current.get()
    if control is None:
        time.sleep(max(0.0, seconds))
    else:
        control.sleep(seconds)


class Registry:
    """The controls of running executions, by ARN."""

    def __init__(self) -> None:
        self._controls: dict[str, RunControl] = {}
        self._lock = threading.Lock()

    def open(self, arn: str, parent: RunControl | None = None) -> RunControl:
        """Make and keep the control of a run that starts."""
        control = RunControl(parent)
        with self._lock:
            self._controls[arn] = control
        return control

    def close(self, arn: str) -> None:
        """Forget the control of a run that has ended."""
        with self._lock:
            control = self._controls.pop(arn, None)
        if control is not None:
            control.close()

    def stop(self, arn: str, reason: StopReason) -> None:
        """Stop the run if it is still running."""
        with self._lock:
            control = self._controls.get(arn)
        if control is not None:
            control.stop(reason)


running = Registry()
