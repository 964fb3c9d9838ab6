"""TestState: one state by itself, with the role that is given (MiniStack runs it and never looks at the role).

Source: https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
"""

import json
import uuid
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.workflow.permissions import authorize_task


def _refused(data: dict[str, Any]) -> Any:
    """What the role does not allow of a Task, as the state's failure; None when it may be run."""
    sfn, responses = upstream.stepfunctions, upstream.responses
    state = json.loads(data["definition"])
    if state.get("Type") != "Task" or data.get("mock"):
        return None
    value = json.loads(data.get("input") or "{}")
    parameters = sfn._apply_parameters(state, sfn._apply_input_path(state, value, {}), {})
    execution = {
        "executionArn": f"arn:aws:states:{responses.get_region()}:{responses.get_account_id()}:execution:test:state",
        "stateMachineArn": "",
        "roleArn": data.get("roleArn", ""),
        "name": uuid.uuid4().hex,
    }
    try:
        authorize_task(execution, state.get("Resource", ""), parameters)
    except sfn._ExecutionError as error:
        return responses.json_response({"status": "FAILED", "error": error.error, "cause": error.cause})
    return None


def install() -> None:
    """Let TestState ask the role before it runs a Task."""
    sfn = upstream.stepfunctions
    upstream.expect_attributes(sfn, "_test_state", "_apply_parameters", "_apply_input_path")
    stock = sfn._test_state

    def test_state(data: dict[str, Any]) -> Any:
        return _refused(data) or stock(data)

    sfn._test_state = test_state
