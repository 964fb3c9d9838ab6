"""Functions that keep several processors busy do not pile up on a laptop."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from localcloud.emulator import upstream
from localcloud.emulator.faults import FaultPlan
from localcloud.emulator.patches import lambda_
from localcloud.settings import REPOSITORY
from localcloud.template import read_template


@pytest.fixture
def most_at_once(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs six invocations of a function with that handler; answers how many were in the air at once."""
    running, most, lock = 0, 0, threading.Lock()

    def stock(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with lock:
            running -= 1
        return {"body": "done"}

    service = upstream.lambda_service
    monkeypatch.setattr(upstream.lambda_runtime, "_PYTHON_WORKER_SCRIPT", upstream.lambda_runtime._PYTHON_WORKER_SCRIPT)
    monkeypatch.setattr(service, "_execute_function_warm", stock)
    drain = upstream.lambda_runtime.Worker._drain_stderr_bounded
    monkeypatch.setattr(drain, "__defaults__", drain.__defaults__)
    lambda_.install(FaultPlan())

    def run(handler: str) -> int:
        function = {"config": {"FunctionName": "f", "Handler": handler, "MemorySize": 3008}}
        with ThreadPoolExecutor(6) as pool:
            answers = list(pool.map(lambda _: service._execute_function_warm(function, {}, "r"), range(6)))
        assert answers == [{"body": "done"}] * 6
        return most

    return run


def test_as_many_cut_outs_run_as_there_are_pairs_of_processors(most_at_once: Any) -> None:
    resources = read_template(REPOSITORY / "template.yaml")["Resources"]
    handler = resources["CutOutFunction"]["Properties"]["Handler"]
    assert most_at_once(handler) <= max(1, (os.cpu_count() or 2) // 2)


def test_other_functions_run_side_by_side(most_at_once: Any) -> None:
    assert most_at_once("backdrop.handlers.decode_result.handler") == 6
