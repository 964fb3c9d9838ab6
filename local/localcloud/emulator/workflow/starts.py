"""StartExecution twice with one name: MiniStack refuses the second whatever it asks for, AWS answers an equal one.

Of a Standard workflow that runs, a start with the same name and the same input gets the first one's answer; another
input, or an execution that has ended, gets ExecutionAlreadyExists. Express workflows know no such thing:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import threading
from typing import Any

from localcloud.emulator import upstream

_NO_INPUT = "{}"


def install() -> None:
    """Patch the one function that every start goes through: the API's, an event's, another workflow's."""
    sfn, responses = upstream.stepfunctions, upstream.responses
    upstream.expect_attributes(sfn, "_start_execution", "_resolve_state_machine_arn", "_state_machines", "_executions")
    stock_start = sfn._start_execution
    # Looking and starting are one: of two equal calls at once, on two threads, one must find what the other started.
    # A start may start another one: its event goes to whoever asked for it, on this thread.
    lock = threading.RLock()

    def start(data: dict[str, Any]) -> Any:
        with lock:
            open_already = _open_execution(data)
            if open_already is None:
                return stock_start(data)
        return responses.json_response(
            {"executionArn": open_already["executionArn"], "startDate": open_already["startDate"]}
        )

    sfn._start_execution = start


def _open_execution(data: dict[str, Any]) -> dict[str, Any] | None:
    """The running execution that this call would start once more: same state machine, name and input."""
    sfn, responses = upstream.stepfunctions, upstream.responses
    arn = sfn._resolve_state_machine_arn(data.get("stateMachineArn", "").partition("#")[0])
    machine = sfn._state_machines.get(arn) if arn else None
    if not data.get("name") or machine is None or machine.get("type") == "EXPRESS":
        return None
    prefix = f"arn:aws:states:{responses.get_region()}:{responses.get_account_id()}"
    execution: dict[str, Any] | None = sfn._executions.get(f"{prefix}:execution:{machine['name']}:{data['name']}")
    if execution is None or execution["status"] != "RUNNING" or execution["input"] != data.get("input", _NO_INPUT):
        return None
    return execution
