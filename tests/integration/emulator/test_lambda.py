"""Lambda as the workflow and the operator meet it."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from localcloud.cloud import LocalCloud
from tests.integration.emulator.conftest import Workflows, task


def invoke(cloud: LocalCloud, arn: str, event: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    answer = cloud.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event).encode())
    return answer, json.loads(answer["Payload"].read())


def test_a_raised_class_is_the_error_type_and_has_a_stack_trace(probe: LocalCloud, stack: dict[str, str]) -> None:
    answer, body = invoke(probe, stack["ActFunctionArn"], {"raise": "too dark"})
    assert answer["FunctionError"] == "Unhandled"
    assert body["errorType"] == "PhotoRefused"
    assert body["errorMessage"] == "too dark"
    assert "probe.py" in body["stackTrace"][0]
    assert body["requestId"]


def test_a_handler_that_cannot_be_imported_says_so(probe: LocalCloud, stack: dict[str, str]) -> None:
    _, body = invoke(probe, stack["BrokenFunctionArn"], {})
    assert body["errorType"] == "Runtime.ImportModuleError"
    assert "no_such_module" in body["errorMessage"]


def test_a_raised_error_leaves_the_worker_warm(probe: LocalCloud, stack: dict[str, str]) -> None:
    def workers() -> set[int]:
        """There may be as many as cores; one call after the other is given to any that is idle."""
        return {invoke(probe, stack["ActFunctionArn"], {})[1]["pid"] for _ in range(10)}

    before = workers()
    for _ in range(4):
        invoke(probe, stack["ActFunctionArn"], {"raise": "x"})
    assert workers() <= before


def test_calls_at_once_share_a_worker_a_core(probe: LocalCloud, stack: dict[str, str]) -> None:
    def process(_: int) -> int:
        return int(invoke(probe, stack["ActFunctionArn"], {"sleep": 0.05})[1]["pid"])

    with ThreadPoolExecutor(8) as calls:
        processes = set(calls.map(process, range(8)))
    # One a core; a busy machine lets a call wait for more than its second, and then it gets a worker of its own.
    assert len(processes) <= 2 * (os.cpu_count() or 1) < 8


def test_long_calls_do_not_wait_for_each_other(probe: LocalCloud, stack: dict[str, str]) -> None:
    # A handler that calls its own function holds the worker that its call would wait for.
    count = (os.cpu_count() or 1) + 1

    def process(_: int) -> int:
        return int(invoke(probe, stack["ActFunctionArn"], {"sleep": 4})[1]["pid"])

    with ThreadPoolExecutor(count) as calls:
        assert len(set(calls.map(process, range(count)))) == count


def test_a_state_machine_catches_the_class_by_its_name(workflows: Workflows, stack: dict[str, str]) -> None:
    definition = task(
        stack["ActFunctionArn"],
        {"raise": "too dark"},
        Catch=[{"ErrorEquals": ["PhotoRefused"], "Next": "Caught", "ResultPath": "$.Error"}],
    )
    definition["States"]["Caught"] = {"Type": "Pass", "End": True}
    execution = workflows.run(definition)
    assert execution["status"] == "SUCCEEDED"
    error = json.loads(execution["output"])["Error"]
    assert error["Error"] == "PhotoRefused"
    assert json.loads(error["Cause"])["errorMessage"] == "too dark"


def test_logger_output_reaches_cloudwatch_logs(probe: LocalCloud, stack: dict[str, str]) -> None:
    invoke(probe, stack["ActFunctionArn"], {"log": "a-rare-word"})
    logs = probe.client("logs")
    group = "/aws/lambda/" + stack["ActFunctionArn"].rsplit(":", 1)[-1]
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        events = logs.filter_log_events(logGroupName=group, filterPattern="a-rare-word")["events"]
        if events:
            break
        time.sleep(0.1)
    assert any("said a-rare-word" in event["message"] for event in events)


def test_payloads_beyond_six_megabytes_are_refused(probe: LocalCloud, stack: dict[str, str]) -> None:
    _, fits = invoke(probe, stack["ActFunctionArn"], {"bytes": 6_000_000})
    assert len(fits) == 6_000_000
    _, body = invoke(probe, stack["ActFunctionArn"], {"bytes": 7_000_000})
    assert body["errorType"] == "Function.ResponseSizeTooLarge"
    _, body = invoke(probe, stack["ActFunctionArn"], {"padding": "x" * 7_000_000})
    assert body["errorType"] == "RequestEntityTooLargeException"


def test_a_quiet_warm_call_is_quick(probe: LocalCloud, stack: dict[str, str]) -> None:
    invoke(probe, stack["ActFunctionArn"], {})
    client = probe.client("lambda")
    times = []
    for _ in range(10):
        started = time.perf_counter()
        client.invoke(FunctionName=stack["ActFunctionArn"], Payload=b"{}")["Payload"].read()
        times.append(time.perf_counter() - started)
    # Unpatched, every call waits 50 ms for log lines.
    assert min(times) < 0.045


def test_the_local_clouds_own_settings_are_hidden_from_functions(probe: LocalCloud, stack: dict[str, str]) -> None:
    _, names = invoke(probe, stack["ActFunctionArn"], {"environment": True})
    assert "AWS_ENDPOINT_URL" in names
    assert [name for name in names if name.startswith("BACKDROP_")] == []
