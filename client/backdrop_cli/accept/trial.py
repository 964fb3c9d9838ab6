"""What the checks of `backdrop accept` share: the stack, a user, photos and a job of their own, each made once."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx

from backdrop_cli.accept.made import Made
from backdrop_cli.account import StackAccess, ask
from backdrop_cli.doctor.checks import Patient
from backdrop_cli.doctor.findings import Fault, NotTried

Kept = TypeVar("Kept")

MOST_SECONDS = 600.0
"""The job is waited for so long; everything else takes a few minutes at most."""

_STATE_SECONDS = 90.0
_PAUSES_SECONDS = (0.25, 2.0)
"""The first pause of a wait, and the longest; each is twice the one before."""


class Trial:
    """One run of `backdrop accept`.

    Attributes:
        id: part of the names of all that it makes.
        patient: the stack as AWS tells of it.
        made: what goes again in the end.
        storage: talks to presigned addresses.

    Args:
        access: to the stack.
        pause: waits that many seconds.
        now: seconds that only go forward.
    """

    def __init__(
        self,
        access: StackAccess,
        pause: Callable[[float], object] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.id = f"accept-{secrets.token_hex(6)}"
        self.access = access
        self.patient = Patient(access)
        self.made = Made()
        self.storage = httpx.Client(timeout=30)
        self._pause = pause
        self._now = now
        self._kept: dict[str, Any] = {}
        self._failed: set[str] = set()
        self._machines = 0

    @property
    def address(self) -> str:
        """The e-mail address of its user; nothing is ever sent there."""
        return f"{self.id}@example.com"

    @cached_property
    def origin(self) -> str:
        """Where the stack's web app runs, as browsers say it."""
        parts = urlsplit(self.patient.parameters.get("WebAppUrl") or "http://127.0.0.1:8501")
        return f"{parts.scheme}://{parts.netloc}"

    def prefix(self, parameter: str, default: str) -> str:
        """A prefix of the stack's bucket, by its parameter."""
        return self.patient.parameters.get(parameter) or default

    def call(self, service: str, operation: str, /, **arguments: Any) -> Any:
        """What AWS answers to a call. Raises `NoAnswer`."""
        return ask(partial(getattr(self.patient.client(service), operation), **arguments))

    def listed(self, service: str, operation: str, field: str, /, **arguments: Any) -> list[Any]:
        """What all pages of an answer list in a field. Raises `NoAnswer`."""
        pages = self.patient.client(service).get_paginator(operation)
        return list(ask(lambda: [one for page in pages.paginate(**arguments) for one in page[field]]))

    def once(self, what: str, make: Callable[[], Kept]) -> Kept:
        """Make something that several checks need, once: what is paid for is never tried twice.

        Raises:
            NotTried: it did not come about before; whoever tried it has told why.
        """
        if what in self._failed:
            raise NotTried(f"It needs {what}, which there is not: see above.")
        if what not in self._kept:
            self._failed.add(what)
            self._kept[what] = make()
            self._failed.discard(what)
        kept: Kept = self._kept[what]
        return kept

    def wait(self, look: Callable[[], Kept | None], seconds: float) -> Kept | None:
        """What `look` sees as soon as it sees something; None when it does not in that time."""
        until, (pause, longest) = self._now() + seconds, _PAUSES_SECONDS
        while (seen := look()) is None and self._now() < until:
            self._pause(pause)
            pause = min(2 * pause, longest)
        return seen

    def physical(self, logical: str) -> str:
        """The name of one of the stack's resources."""
        found = self.call(
            "cloudformation",
            "describe_stack_resource",
            StackName=self.access.name,
            LogicalResourceId=logical,
        )
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    @cached_property
    def machine(self) -> Mapping[str, Any]:
        """The state machine as Step Functions describes it."""
        arn = self.patient.output("StateMachineArn")
        return dict(self.call("stepfunctions", "describe_state_machine", stateMachineArn=arn))

    def run_state(self, state: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
        """Run one state by itself, with the workflow's role: `{status, output?, error?, cause?}`.

        In a state machine of its own. TestState would need none, but whether the role's trust, which names state
        machines, lets it in AWS does not say.
        """
        self._machines += 1
        definition = {"StartAt": "Try", "States": {"Try": {**state, "End": True}}}
        name, role = f"{self.id}-{self._machines}", self.machine["roleArn"]
        made = {"name": name, "definition": json.dumps(definition), "roleArn": role}
        arn = self.call("stepfunctions", "create_state_machine", **made)["stateMachineArn"]
        self.made.add(
            "state machines", partial(self.call, "stepfunctions", "delete_state_machine", stateMachineArn=arn)
        )
        run = self.call("stepfunctions", "start_execution", stateMachineArn=arn, name=name, input=json.dumps(value))

        def over() -> Mapping[str, Any] | None:
            seen = self.call("stepfunctions", "describe_execution", executionArn=run["executionArn"])
            return None if seen["status"] == "RUNNING" else dict(seen)

        ran = self.wait(over, _STATE_SECONDS)
        if ran is None:
            raise NotTried(f"A state did not end in {_STATE_SECONDS:.0f} s.")
        return ran

    def output_of(self, state: Mapping[str, Any], value: Any, next_step: str) -> Any:
        """What a state that must succeed puts out. `next_step`: what to do when it does not.

        Raises:
            Fault: it fails.
        """
        ran = self.run_state(state, value)
        if ran["status"] != "SUCCEEDED":
            words = f"The state ends as {ran['status']}: {ran.get('error')}: {ran.get('cause')}"
            raise Fault(words, next_step)
        return json.loads(ran["output"])
