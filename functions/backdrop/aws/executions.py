"""Executions of the state machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backdrop.aws.failures import FAILURES, Kind, trouble_of
from backdrop.core.errors import BackdropError, ErrorCode

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_LASTING = (Kind.DENIED, Kind.INVALID, Kind.MISSING)


class CannotStart(BackdropError):
    """Step Functions did not start the execution. `lasting`: another try won't change that."""

    def __init__(self, reason: str, *, lasting: bool) -> None:
        super().__init__(ErrorCode.JOB_NOT_STARTED, f"The job could not be started: {reason}.")
        self.lasting = lasting


@dataclass(frozen=True)
class Executions:
    """Starts executions of one state machine.

    Args:
        connect: gives the client; called on first use.
        state_machine_arn: the state machine's.
    """

    connect: Callable[[], SFNClient]
    state_machine_arn: str

    def start(self, name: str, input_: Mapping[str, Any]) -> bool:
        """Start the execution `name`; a name is used once (Step Functions keeps it for 90 days after the end).

        Returns:
            False when there is one of that name already: nothing was started.

        Raises:
            CannotStart: any other refusal, or no answer.
        """
        text = json.dumps(input_, ensure_ascii=False)
        try:
            self.connect().start_execution(stateMachineArn=self.state_machine_arn, name=name, input=text)
        except FAILURES as error:
            trouble = trouble_of(error)
            if trouble.code == "ExecutionAlreadyExists":
                return False
            raise CannotStart(trouble.reason, lasting=trouble.kind in _LASTING) from error
        return True
