"""Executions of the state machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from backdrop.aws.clients import stepfunctions


def start(state_machine_arn: str, name: str, input_: Mapping[str, Any]) -> bool:
    """Start the execution `name`; a name is used once (Step Functions keeps it for 90 days after the end).

    Returns:
        False when there is one of that name already: nothing was started.

    Raises:
        botocore.exceptions.ClientError: any other refusal of Step Functions.
    """
    client = stepfunctions()
    try:
        client.start_execution(
            stateMachineArn=state_machine_arn, name=name, input=json.dumps(input_, ensure_ascii=False)
        )
    except client.exceptions.ExecutionAlreadyExists:
        return False
    return True
