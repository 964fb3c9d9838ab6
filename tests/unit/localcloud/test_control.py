"""Stopping runs."""

import threading
import time

import pytest

from localcloud.emulator.workflow.control import RunControl, Stopped, StopReason


def test_a_stop_ends_a_sleep_and_reaches_the_runs_below() -> None:
    parent = RunControl()
    child = RunControl(parent)
    threading.Timer(0.05, parent.stop, args=(StopReason.TIMED_OUT,)).start()
    started = time.monotonic()
    with pytest.raises(Stopped) as raised:
        child.sleep(30)
    assert raised.value.reason is StopReason.TIMED_OUT
    assert time.monotonic() - started < 5
    with pytest.raises(Stopped):
        RunControl(parent).check()


def test_the_first_reason_stays() -> None:
    control = RunControl()
    control.stop(StopReason.ABORTED)
    control.stop(StopReason.TIMED_OUT)
    assert control.reason is StopReason.ABORTED


def test_waiting_ends_with_the_event_the_timeout_or_the_stop() -> None:
    control, done = RunControl(), threading.Event()
    assert control.wait_for(done, 0.01) is False
    done.set()
    assert control.wait_for(done, None) is True
    control.stop(StopReason.ABORTED)
    with pytest.raises(Stopped):
        control.wait_for(threading.Event(), None)


def test_stopping_a_child_leaves_its_parent_alone() -> None:
    parent = RunControl()
    RunControl(parent).stop(StopReason.ABORTED)
    parent.check()
