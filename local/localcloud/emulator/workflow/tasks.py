"""Task states: role, payload limit, retries and catches as AWS documents them (JSONPath).

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

import contextvars
import json
import random
import threading
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.workflow import control
from localcloud.emulator.workflow.permissions import authorize_task

MAX_PAYLOAD_BYTES = 256 * 1024
DEFAULT_MAX_ATTEMPTS, DEFAULT_INTERVAL_SECONDS, DEFAULT_BACKOFF_RATE = 3, 1.0, 2.0

Json = Any


def check_size(payload: Json, what: str) -> Json:
    """Return `payload` as it is; raises `States.DataLimitExceeded` when it is longer than 256 KiB of UTF-8."""
    checked_text(payload, what)
    return payload


def checked_text(payload: Json, what: str) -> str:
    """Return `payload` as JSON text; raises `States.DataLimitExceeded` when that is longer than 256 KiB of UTF-8."""
    text = json.dumps(payload, ensure_ascii=False)
    size = len(text) if text.isascii() else len(text.encode())
    if size > MAX_PAYLOAD_BYTES:
        cause = f"{what} has a size of {size} bytes, exceeding the maximum number of bytes service limit."
        raise task_error("States.DataLimitExceeded", cause)
    return text


def task_error(name: str, cause: str) -> Exception:
    """A Step Functions error, as MiniStack's runner and its `Catch` understand it."""
    error: Exception = upstream.stepfunctions._ExecutionError(name, cause)
    return error


def error_matches(names: list[str], error: str) -> bool:
    """Whether a retrier's or catcher's `ErrorEquals` matches.

    `States.ALL` and `States.TaskFailed` do not match `States.DataLimitExceeded`; nothing matches
    `States.Runtime`; `States.TaskFailed` does not match `States.Timeout`.
    """
    if error == "States.Runtime":
        return False
    if error in names:
        return True
    if error == "States.DataLimitExceeded":
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error != "States.Timeout")


def retry_delay(retrier: dict[str, Any], attempts: int) -> float:
    """Seconds before the next try, after `attempts` retries already made."""
    interval = float(retrier.get("IntervalSeconds", DEFAULT_INTERVAL_SECONDS))
    delay = interval * float(retrier.get("BackoffRate", DEFAULT_BACKOFF_RATE)) ** attempts
    if retrier.get("MaxDelaySeconds"):
        delay = min(delay, float(retrier["MaxDelaySeconds"]))
    return random.uniform(0.0, delay) if retrier.get("JitterStrategy") == "FULL" else delay


def find_retrier(retriers: list[dict[str, Any]], error: str, counts: dict[int, int]) -> int | None:
    """Index of the retrier for `error`, or None. The first that matches decides, spent or not."""
    for index, retrier in enumerate(retriers):
        if error_matches(retrier.get("ErrorEquals", []), error):
            spent = counts.get(index, 0) >= int(retrier.get("MaxAttempts", DEFAULT_MAX_ATTEMPTS))
            return None if spent else index
    return None


def execute_task(state: dict[str, Any], raw_input: Json, execution: dict[str, Any], context: dict[str, Any]) -> Any:
    """Run a Task state: `(output, next state)`. Raises the error that no `Catch` took."""
    sfn = upstream.stepfunctions
    if not _is_plain(state, execution, context):
        return _stock_execute_task(state, raw_input, execution, context)
    counts: dict[int, int] = {}
    while True:
        context["State"]["RetryCount"] = sum(counts.values())
        try:
            result = _attempt(state, raw_input, execution, context)
            result = sfn._apply_result_selector(state, result)
            output = sfn._apply_output_path(state, sfn._apply_result_path(state, raw_input, result), context)
            return check_size(output, f"The output of the state '{context['State']['Name']}'"), sfn._next_or_end(state)
        except sfn._ExecutionError as error:
            index = find_retrier(state.get("Retry", []), error.error, counts)
            if index is not None:
                control.sleep(retry_delay(state["Retry"][index], counts.get(index, 0)) * sfn._SFN_WAIT_SCALE)
                counts[index] = counts.get(index, 0) + 1
                continue
            catcher = sfn._find_matching_catcher(state.get("Catch", []), error.error)
            if catcher is None:
                raise
            caught = {"Error": error.error, "Cause": error.cause}
            return sfn._apply_catcher(catcher, raw_input, context, "JSONPath", caught), catcher["Next"]


def _is_plain(state: dict[str, Any], execution: dict[str, Any], context: dict[str, Any]) -> bool:
    """Whether the Task is run here; JSONata, callbacks, activities and mocked executions stay with MiniStack's own
    code."""
    resource = state.get("Resource", "")
    return (
        upstream.stepfunctions._state_query_language(state, context) == "JSONPath"
        and ".waitForTaskToken" not in resource
        and ":activity:" not in resource
        and not execution.get("testCase")
    )


def _attempt(state: dict[str, Any], raw_input: Json, execution: dict[str, Any], context: dict[str, Any]) -> Json:
    sfn, resource = upstream.stepfunctions, state.get("Resource", "")
    kind = "lambda" if "lambda" in resource else "states"
    details = {"resourceType": kind, "resource": resource}
    try:
        parameters = sfn._apply_parameters(state, sfn._apply_input_path(state, raw_input, context), context)
        check_size(parameters, f"The input of the state '{context['State']['Name']}'")
        sfn._add_event(execution, "TaskScheduled", {"taskScheduledEventDetails": details})
        authorize_task(execution, resource, parameters)
        result = _invoke(resource, parameters, _timeout_of(state, raw_input, context))
        output = checked_text(result, f"The result of the state '{context['State']['Name']}'")
    except sfn._ExecutionError as error:
        failure = {**details, "error": error.error, "cause": error.cause}
        name = "TaskTimedOut" if error.error == "States.Timeout" else "TaskFailed"
        sfn._add_event(execution, name, {f"{name[0].lower()}{name[1:]}EventDetails": failure})
        raise
    success = {**details, "output": output}
    sfn._add_event(execution, "TaskSucceeded", {"taskSucceededEventDetails": success})
    return result


def _timeout_of(state: dict[str, Any], raw_input: Json, context: dict[str, Any]) -> float | None:
    if "TimeoutSecondsPath" in state:
        value = upstream.stepfunctions._resolve_path_or_ctx(state["TimeoutSecondsPath"], raw_input, context)
        return float(value)
    return float(state["TimeoutSeconds"]) if "TimeoutSeconds" in state else None


def _invoke(resource: str, parameters: Json, timeout: float | None) -> Json:
    """Call the service on a thread of its own, so that a stop or a timeout need not wait for it."""
    run = control.current.get() or control.RunControl()
    done = threading.Event()
    outcome: dict[str, Any] = {}

    def call() -> None:
        try:
            outcome["result"] = upstream.stepfunctions._invoke_resource(resource, parameters)
        except BaseException as error:  # noqa: BLE001 - handed over to the waiting thread below
            outcome["error"] = error
        finally:
            done.set()

    threading.Thread(target=contextvars.copy_context().run, args=(call,), daemon=True).start()
    if not run.wait_for(done, timeout):
        raise task_error("States.Timeout", f"Task timed out after {timeout:g} seconds")
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]


_stock_execute_task: Any = None


def install() -> None:
    """Replace MiniStack's task runner and its matching of error names."""
    global _stock_execute_task
    sfn = upstream.stepfunctions
    upstream.expect_attributes(
        sfn, "_execute_task", "_error_matches", "_scaled_sleep", "_find_matching_retrier", "_invoke_resource"
    )
    _stock_execute_task = sfn._execute_task
    sfn._execute_task = execute_task
    sfn._error_matches = error_matches
    sfn._scaled_sleep = lambda seconds: control.sleep(seconds * sfn._SFN_WAIT_SCALE)
    stock_find = sfn._find_matching_retrier

    def find(retriers: list[dict[str, Any]], error: str, counts: dict[int, int]) -> Any:
        # Map and Parallel compute the delay themselves: they get a retrier that yields ours.
        retrier, index = stock_find(retriers, error, counts)
        if retrier is None:
            return retrier, index
        return {**retrier, "IntervalSeconds": retry_delay(retrier, counts.get(index, 0)), "BackoffRate": 1.0}, index

    sfn._find_matching_retrier = find
