"""Executions of the state machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from backdrop.aws.clients import stepfunctions

_LASTING = {
    "AccessDeniedException",
    "InvalidArn",
    "InvalidExecutionInput",
    "InvalidName",
    "StateMachineDeleting",
    "StateMachineDoesNotExist",
    "ValidationException",
}


class CannotStart(Exception):
    """Step Functions did not start the execution. `lasting`: another try won't change that."""

    def __init__(self, cause: str, *, lasting: bool) -> None:
        super().__init__(cause)
        self.lasting = lasting


def start(state_machine_arn: str, name: str, input_: Mapping[str, Any]) -> bool:
    """Start the execution `name`; a name is used once (Step Functions keeps it for 90 days after the end).

    Returns:
        False when there is one of that name already: nothing was started.

    Raises:
        CannotStart: any other refusal, or no answer.
    """
    client = stepfunctions()
    try:
        client.start_execution(
            stateMachineArn=state_machine_arn, name=name, input=json.dumps(input_, ensure_ascii=False)
        )
    except client.exceptions.ExecutionAlreadyExists:
        return False
    except ClientError as error:
        raise CannotStart(str(error), lasting=error.response["Error"]["Code"] in _LASTING) from error
    except BotoCoreError as error:
        raise CannotStart(str(error), lasting=False) from error
    return True
