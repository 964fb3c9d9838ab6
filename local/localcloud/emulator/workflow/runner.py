"""Runs a state machine: one walk for executions, Parallel branches, Map iterations and Map Run children."""

import contextvars
import json
import logging
import threading
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.workflow import control
from localcloud.emulator.workflow.control import Stopped, StopReason
from localcloud.emulator.workflow.tasks import checked_text, task_error

logger = logging.getLogger("localcloud.workflow")
Json = Any
Execution = dict[str, Any]


def walk(states: dict[str, Any], start_at: str, value: Json, execution: Execution, context: dict[str, Any]) -> Json:
    """Go from `start_at` to an end and return the output. Raises the error of a failure, or `Stopped`.

    Every state's entry and exit is written to the execution's history.
    """
    sfn = upstream.stepfunctions
    name: str | None = start_at
    text = json.dumps(value, ensure_ascii=False)
    while name:
        run = control.current.get()
        if run is not None:
            run.check()
        state = states.get(name)
        if state is None:
            raise task_error("States.Runtime", f"State '{name}' not found in definition")
        kind = str(state.get("Type"))
        context["State"] = {"Name": name, "EnteredTime": upstream.responses.now_iso(), "RetryCount": 0}
        entered = {"name": name, "input": text}
        sfn._add_event(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered})
        value, following = _step(kind, state, value, execution, context)
        text = checked_text(value, f"The output of the state '{name}'")
        left = {"name": name, "output": text}
        sfn._add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": left})
        name = following
    return value


def _step(
    kind: str, state: dict[str, Any], value: Json, execution: Execution, context: dict[str, Any]
) -> tuple[Json, str | None]:
    sfn = upstream.stepfunctions
    match kind:
        case "Task":
            output, following = sfn._execute_task(state, value, execution, context)
        case "Map":
            output, following = sfn._execute_map(state, value, execution, context)
        case "Parallel":
            output, following = sfn._execute_parallel(state, value, execution, context)
        case "Pass":
            output, following = sfn._execute_pass(state, value, context)
        case "Choice":
            output, following = sfn._execute_choice(state, value, context)
        case "Wait":
            output, following = sfn._execute_wait(state, value, context)
        case "Succeed":
            output = sfn._apply_output_path(state, sfn._apply_input_path(state, value, context), context)
            following = None
        case "Fail":
            raise task_error(*sfn._fail_state_error(state, value, context))
        case _:
            raise task_error("States.Runtime", f"Unknown state type: {kind}")
    return output, following


def run_execution(execution_arn: str) -> None:
    """Run a started execution to its end, on a thread of its own."""
    execution = upstream.stepfunctions._executions.get(execution_arn)
    if execution is not None:
        run_from(execution, start_at=None, value=None)


def run_from(
    execution: Execution, start_at: str | None, value: Json, redriven_runs: dict[str, str] | None = None
) -> None:
    """Run `execution`, from the start or (redrive) from the state `start_at` with the input `value`.

    `redriven_runs` maps names of Map states to the ARN of the Map Run to go on with.
    """
    sfn = upstream.stepfunctions
    arn = execution["executionArn"]
    machine = sfn._state_machines.get(execution["stateMachineArn"])
    try:
        definition = json.loads(machine["definition"]) if machine else None
    except ValueError as error:
        sfn._fail_execution(execution, "States.Runtime", f"The definition is not JSON: {error}")
        return
    if not definition:
        sfn._fail_execution(execution, "StateMachineDeleted", "State machine no longer exists")
        return
    run = control.running.open(arn)
    control.current.set(run)
    timer = _start_timer(definition.get("TimeoutSeconds"), run)
    try:
        workflow_input = json.loads(execution["input"])
        context = _context_object(execution, machine, definition, workflow_input)
        context["RedrivenMapRuns"] = redriven_runs or {}
        first = start_at or definition["StartAt"]
        output = walk(definition["States"], first, value if start_at else workflow_input, execution, context)
        _end(execution, "SUCCEEDED", output=json.dumps(output))
    except Stopped as stopped:
        if stopped.reason is StopReason.TIMED_OUT:
            _end(execution, "TIMED_OUT", error="States.Timeout", cause="The execution timed out")
    except sfn._ExecutionError as error:
        _end(execution, "FAILED", error=error.error, cause=error.cause)
    except Exception as error:
        logger.exception("Execution %s broke", arn)
        _end(execution, "FAILED", error="States.Runtime", cause=f"{type(error).__name__}: {error}")
    finally:
        if timer is not None:
            timer.cancel()
        control.running.close(arn)


def start_thread(target: Any, *arguments: Any) -> None:
    """Run `target` on a daemon thread that keeps the account and Region of the caller."""
    threading.Thread(target=contextvars.copy_context().run, args=(target, *arguments), daemon=True).start()


def _start_timer(seconds: Any, run: control.RunControl) -> threading.Timer | None:
    if not seconds:
        return None
    timer = threading.Timer(float(seconds), run.stop, args=(StopReason.TIMED_OUT,))
    timer.daemon = True
    timer.start()
    return timer


def _context_object(
    execution: Execution, machine: dict[str, Any], definition: dict[str, Any], workflow_input: Json
) -> dict[str, Any]:
    redrives = execution.get("redriveCount", 0)
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": workflow_input,
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "StartTime": execution["startDate"],
            "RedriveCount": redrives,
            **({"RedriveTime": execution["redriveDate"]} if redrives else {}),
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }


def _end(
    execution: Execution, status: str, output: str | None = None, error: str | None = None, cause: str | None = None
) -> None:
    """Close the execution, unless StopExecution has already done so."""
    sfn = upstream.stepfunctions
    if execution["status"] != "RUNNING":
        return
    stop_date = upstream.responses.now_iso()
    execution.update(output=output, error=error, cause=cause, stopDate=stop_date, status=status)
    if status == "SUCCEEDED":
        sfn._add_event(execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": output}})
    else:
        name = "ExecutionTimedOut" if status == "TIMED_OUT" else "ExecutionFailed"
        details = {"error": error, "cause": cause}
        sfn._add_event(execution, name, {f"{name[0].lower()}{name[1:]}EventDetails": details})
    sfn._emit_execution_status_event(execution)


def install() -> None:
    """Replace MiniStack's runners."""
    sfn = upstream.stepfunctions
    upstream.expect_attributes(
        sfn, "_run_execution", "_run_sub_machine", "_stop_execution", "_add_event", "_fail_state_error"
    )
    sfn._run_execution = run_execution
    sfn._run_sub_machine = walk
    stock_stop = sfn._stop_execution

    def stop(data: dict[str, Any]) -> Any:
        answer = stock_stop(data)
        execution = sfn._executions.get(data.get("executionArn"))
        if execution is not None and execution["status"] == "ABORTED":
            control.running.stop(execution["executionArn"], StopReason.ABORTED)
        return answer

    sfn._stop_execution = stop
