"""Creates or updates one CloudFormation stack and tells what went wrong."""

import time
from typing import Any

from botocore.exceptions import ClientError

from localcloud.settings import LocalCloudError

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
DEPLOYMENT_TAG = "backdrop:deployment"
STACK_SECONDS = 180.0
# A stack in one of these states cannot be updated, only deleted and made again.
_UNUSABLE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


class DeploymentFailed(LocalCloudError):
    """CloudFormation could not make the stack; the message lists the events that failed."""


class Stack:
    """One stack by name."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def describe(self) -> dict[str, Any] | None:
        """The stack as DescribeStacks shows it; None when there is none."""
        try:
            stacks = self._client.describe_stacks(StackName=self._name)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        live = [stack for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"]
        return dict(live[0]) if live else None

    def outputs(self) -> dict[str, str]:
        """The stack's outputs by key."""
        stack = self.describe() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def is_deployed(self, deployment: str) -> bool:
        """Whether the stack stands and was last deployed as `deployment`."""
        stack = self.describe()
        if stack is None or stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return False
        tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
        return tags.get(DEPLOYMENT_TAG) == deployment

    def deploy(self, template_url: str, parameters: dict[str, str], deployment: str) -> None:
        """Create the stack or update it to the template at this address. Raises `DeploymentFailed`."""
        existing = self.describe()
        if existing is not None and existing["StackStatus"] in _UNUSABLE:
            self._client.delete_stack(StackName=self._name)
            self._wait()
            existing = None
        arguments = {
            "StackName": self._name,
            "TemplateURL": template_url,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": CAPABILITIES,
            "Tags": [{"Key": DEPLOYMENT_TAG, "Value": deployment}],
        }
        try:
            if existing is None:
                self._client.create_stack(**arguments)
            else:
                self._client.update_stack(**arguments)
        except ClientError as error:
            message = error.response["Error"]["Message"]
            if "No updates are to be performed" in message:
                return
            raise DeploymentFailed(f"CloudFormation refused the template: {message}") from error
        status = self._wait()
        if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise DeploymentFailed(f"The stack {self._name} ended in {status}.\n{self._failures()}")

    def _wait(self) -> str:
        deadline = time.monotonic() + STACK_SECONDS
        while time.monotonic() < deadline:
            stack = self.describe()
            status = str(stack["StackStatus"]) if stack else "DELETE_COMPLETE"
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.1)
        raise DeploymentFailed(f"The stack {self._name} was not ready within {STACK_SECONDS:g} s.")

    def _failures(self) -> str:
        events = self._client.describe_stack_events(StackName=self._name)["StackEvents"]
        failed = [event for event in reversed(events) if "FAILED" in event["ResourceStatus"]]
        lines = [
            f"  {event['LogicalResourceId']} ({event['ResourceType']}): "
            f"{event.get('ResourceStatusReason', event['ResourceStatus'])}"
            for event in failed
        ]
        return "\n".join(lines) or "  CloudFormation recorded no failed event."
