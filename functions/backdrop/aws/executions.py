"""Executions of the state machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backdrop.aws.failures import FAILURES, Kind, Trouble, trouble_of
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.words.marks import phrase
from backdrop.jobs.sweeping import Execution

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_LASTING = (Kind.DENIED, Kind.INVALID, Kind.MISSING)


class CannotStart(BackdropError):
    """Step Functions did not start the execution. `lasting`: another try won't change that."""

    def __init__(self, reason: str, *, lasting: bool) -> None:
        super().__init__(ErrorCode.JOB_NOT_STARTED, phrase("The job could not be started: {reason}.", reason=reason))
        self.lasting = lasting


@dataclass(frozen=True)
class Executions:
    """Starts executions of one state machine, looks them up and goes on with them.

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

    def describe(self, name: str) -> Execution | None:
        """The execution of that name; None when there is none (any more: Step Functions forgets one 90 days after its
        end).

        Raises:
            BackdropError: `INTERNAL`.
        """
        try:
            found = self.connect().describe_execution(executionArn=self._arn(name))
        except FAILURES as error:
            trouble = trouble_of(error)
            if trouble.code == "ExecutionDoesNotExist":
                return None
            raise _refused("look up the job's run", trouble) from error
        return Execution(
            arn=found["executionArn"],
            status=found["status"],
            started_at=found["startDate"],
            stopped_at=found.get("stopDate"),
            error=found.get("error"),
            cause=found.get("cause"),
            redrivable=found.get("redriveStatus") == "REDRIVABLE",
            redrives=int(found.get("redriveCount", 0)),
        )

    def redrive(self, name: str) -> bool:
        """Go on with an execution where it failed. False when it can't be gone on with, or somebody has just done so.

        Raises:
            BackdropError: `INTERNAL`.
        """
        try:
            self.connect().redrive_execution(executionArn=self._arn(name))
        except FAILURES as error:
            trouble = trouble_of(error)
            if trouble.code == "ExecutionNotRedrivable":
                return False
            raise _refused("go on with the job's run", trouble) from error
        return True

    def _arn(self, name: str) -> str:
        return f"{self.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"


def _refused(doing: str, trouble: Trouble) -> BackdropError:
    return BackdropError(ErrorCode.INTERNAL, phrase("Could not {doing}: {reason}.", doing=doing, reason=trouble.reason))
