"""RedriveExecution, and going on after a restart of the local cloud.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html
"""

import json
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.workflow.runner import run_from, start_thread
from localcloud.settings import HOST

_REDRIVABLE = ("FAILED", "ABORTED", "TIMED_OUT")
# A Map Run that failed so gets a new Map Run on redrive.
_NEW_MAP_RUN = ("States.DataLimitExceeded", "States.Runtime")
_RESTARTED = "States.ServiceRestart"


def resume_point(execution: dict[str, Any], states: dict[str, Any]) -> tuple[str, Any] | None:
    """The state an execution stood in when it ended, and that state's input. None when it entered none."""
    for event in reversed(execution["events"]):
        details = event.get("stateEnteredEventDetails")
        if details and details["name"] in states and "input" in details:
            return details["name"], json.loads(details["input"])
    return None


def redrive_status(execution: dict[str, Any]) -> dict[str, Any]:
    """The fields that DescribeExecution shows about redriving."""
    redrivable = execution["status"] in _REDRIVABLE and not execution.get("mapRunArn")
    answer = {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
    }
    if execution.get("redriveDate"):
        answer["redriveDate"] = execution["redriveDate"]
    if not redrivable:
        answer["redriveStatusReason"] = f"Execution is {execution['status']} and cannot be redriven"
    return answer


def redrive_execution(data: dict[str, Any]) -> Any:
    """The RedriveExecution action."""
    sfn, responses = upstream.stepfunctions, upstream.responses
    arn = data.get("executionArn")
    execution = sfn._executions.get(arn)
    if execution is None:
        return responses.error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)
    if redrive_status(execution)["redriveStatus"] != "REDRIVABLE":
        message = f"Execution is {execution['status']} and cannot be redriven"
        return responses.error_response_json("ExecutionNotRedrivable", message, 400)
    return responses.json_response({"redriveDate": resume(execution)})


def resume(execution: dict[str, Any]) -> str:
    """Run an ended execution again from the state it ended in; returns the redrive's time."""
    sfn = upstream.stepfunctions
    machine = sfn._state_machines[execution["stateMachineArn"]]
    states = json.loads(machine["definition"])["States"]
    point = resume_point(execution, states) or (None, None)
    runs = {} if execution.get("error") in _NEW_MAP_RUN else _open_map_runs(execution["executionArn"])
    when: str = upstream.responses.now_iso()
    count = execution.get("redriveCount", 0) + 1
    execution.update(
        status="RUNNING", error=None, cause=None, output=None, stopDate=None, redriveCount=count, redriveDate=when
    )
    redriven = {"executionRedrivenEventDetails": {"redriveCount": count}}
    sfn._add_event(execution, "ExecutionRedriven", redriven)
    sfn._emit_execution_status_event(execution)
    start_thread(run_from, execution, *point, runs)
    return when


def _open_map_runs(execution_arn: str) -> dict[str, str]:
    return {
        run["_state"]: run["mapRunArn"]
        for run in upstream.stepfunctions._map_runs.values()
        if run["executionArn"] == execution_arn and run["status"] != "SUCCEEDED" and "_state" in run
    }


def resume_interrupted() -> int:
    """Go on with the executions that ran when the local cloud was stopped; returns how many.

    On AWS a running execution goes on by itself; here the process that runs it is stopped with Ctrl-C.
    """
    sfn = upstream.stepfunctions
    interrupted = [
        (scope, execution)
        for scope, execution in list(sfn._executions._data.items())
        if execution.get("error") == _RESTARTED and not execution.get("mapRunArn")
    ]
    for (account, region, _arn), execution in interrupted:
        with upstream.responses.request_scope(account, region):
            # No request started this: without an origin, policies that demand TLS would refuse the mail.
            upstream.app.pin_request_origin(HOST, True)
            resume(execution)
    return len(interrupted)


def install() -> None:
    """Add the action, and the fields of DescribeExecution."""
    sfn = upstream.stepfunctions
    upstream.expect_attributes(
        sfn, "handle_request", "_describe_execution", "_finalize_response", "_emit_execution_status_event"
    )
    stock_handle, stock_describe = sfn.handle_request, sfn._describe_execution

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return sfn._finalize_response(redrive_execution(json.loads(body)))
        return await stock_handle(method, path, headers, body, query)

    def describe(data: dict[str, Any]) -> Any:
        status, headers, body = stock_describe(data)
        execution = sfn._executions.get(data.get("executionArn"))
        if execution is None or status != 200:
            return status, headers, body
        return upstream.responses.json_response({**json.loads(body), **redrive_status(execution)})

    sfn.handle_request = handle
    sfn._describe_execution = describe
