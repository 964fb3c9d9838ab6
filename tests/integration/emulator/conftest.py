"""The probe cloud: the emulator with a small template and a fake model server, one for the session."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from localcloud.cloud import LocalCloud
from localcloud.samconfig import StackConfig
from localcloud.stack import Stack

HERE = Path(__file__).parent
STACK = StackConfig("probe", {})


def probe_cloud(home: Path) -> LocalCloud:
    """A cloud that is not started yet."""
    return LocalCloud(
        home,
        0,
        0,
        template=HERE / "template.yaml",
        config=STACK,
        models_program=[str(HERE / "fake_models.py")],
    )


class Workflows:
    """Starts state machines of a test's own under the probe's narrow role."""

    def __init__(self, cloud: LocalCloud, role_arn: str) -> None:
        self.client = cloud.client("stepfunctions")
        self._dynamodb = cloud.client("dynamodb")
        self._role_arn = role_arn
        self._number = 0

    def machine(self, definition: dict[str, Any]) -> str:
        """Create a state machine; its ARN."""
        self._number += 1
        made = self.client.create_state_machine(
            name=f"test-{time.time_ns()}-{self._number}", definition=json.dumps(definition), roleArn=self._role_arn
        )
        return str(made["stateMachineArn"])

    def start(self, definition: dict[str, Any], value: Any = None) -> str:
        """Create a state machine, start it, return the execution's ARN."""
        started = self.client.start_execution(stateMachineArn=self.machine(definition), input=json.dumps(value or {}))
        return str(started["executionArn"])

    def wait(self, execution_arn: str, seconds: float = 30.0) -> dict[str, Any]:
        """Wait for the end and describe it."""
        deadline = time.monotonic() + seconds
        while True:
            execution: dict[str, Any] = self.client.describe_execution(executionArn=execution_arn)
            if execution["status"] != "RUNNING":
                return execution
            assert time.monotonic() < deadline, f"still running: {self.events(execution_arn)}"
            time.sleep(0.05)

    def run(self, definition: dict[str, Any], value: Any = None) -> dict[str, Any]:
        """Start and wait."""
        return self.wait(self.start(definition, value))

    def events(self, execution_arn: str) -> list[str]:
        """The types of the history's events."""
        history = self.client.get_execution_history(executionArn=execution_arn, maxResults=1000)
        return [event["type"] for event in history["events"]]

    def map_run(self, execution_arn: str) -> dict[str, Any]:
        """The one Map Run of an execution."""
        (run,) = self.client.list_map_runs(executionArn=execution_arn)["mapRuns"]
        described: dict[str, Any] = self.client.describe_map_run(mapRunArn=run["mapRunArn"])
        return described

    def approve(self, item: dict[str, Any]) -> None:
        """Set the attribute `Approved`, on which conditions of the tests rest."""
        yes = {":yes": {"BOOL": True}}
        self._dynamodb.update_item(**item, UpdateExpression="SET Approved = :yes", ExpressionAttributeValues=yes)


def task(resource: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A state machine of one Task."""
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **more}
    return {"StartAt": "Only", "States": {"Only": state}}


@pytest.fixture(scope="session")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with probe_cloud(tmp_path_factory.mktemp("probe")) as cloud:
        cloud.start()
        yield cloud


@pytest.fixture(scope="session")
def stack(probe: LocalCloud) -> dict[str, str]:
    return Stack(probe.client("cloudformation"), STACK.stack_name).outputs()


@pytest.fixture(scope="session")
def workflows(probe: LocalCloud, stack: dict[str, str]) -> Workflows:
    return Workflows(probe, stack["WorkflowRoleArn"])


@pytest.fixture
def control(probe: LocalCloud) -> Iterator[httpx.Client]:
    """The emulator's control addresses, without faults or recorded invocations before and after."""
    with httpx.Client(base_url=probe.endpoint) as client:
        client.delete("/_backdrop/faults")
        client.delete("/_backdrop/invocations")
        yield client
        client.delete("/_backdrop/faults")
