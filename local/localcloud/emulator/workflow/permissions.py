"""What the role of a state machine must allow for each step. MiniStack never looks at that role."""

from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.authorization import (
    Denied,
    Permission,
    authorize_role,
    invoke_model_permissions,
    object_permission,
)
from localcloud.emulator.bedrock import split_s3_uri
from localcloud.emulator.errors import ServiceError

# How the optimised integrations name a refusal: the service and its exception. AWS names Lambda's at
# https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html and has no list of the others.
_REFUSALS = {
    "lambda": "Lambda.AWSLambdaException",
    "dynamodb": "DynamoDB.AccessDeniedException",
    "sns": "SNS.AuthorizationErrorException",
    "bedrock": "Bedrock.AccessDeniedException",
    "s3": "S3.AccessDeniedException",
    "states": "StepFunctions.AccessDeniedException",
    "sqs": "SQS.AccessDeniedException",
    "events": "EventBridge.AccessDeniedException",
}


def authorize_task(execution: dict[str, Any], resource: str, parameters: Any) -> None:
    """Raise the error that a Task on `resource` ends with when the role does not allow it."""
    if isinstance(parameters, dict):
        require(execution, task_permissions(execution, resource, parameters))


def require(execution: dict[str, Any], permissions: list[Permission], refusal: str | None = None) -> None:
    """Raise `refusal` (default: the service's own name for it) unless the role allows all `permissions`."""
    if not upstream.app.AUTH or not permissions:
        return
    role_arn, region = _role_of(execution), _region_of(execution)
    try:
        authorize_role(role_arn, execution["name"], permissions, region)
    except Denied as denied:
        service = denied.permission.action.partition(":")[0]
        name = refusal or _REFUSALS.get(service, "States.Permissions")
        raise upstream.stepfunctions._ExecutionError(name, str(denied)) from denied


def task_permissions(execution: dict[str, Any], resource: str, parameters: dict[str, Any]) -> list[Permission]:
    """The permissions of the integrations that Backdrop uses; none for others, which MiniStack decides on."""
    region, account = _region_of(execution), execution["executionArn"].split(":")[4]
    if "states:::lambda:invoke" in resource or ":function:" in resource:
        function = str(parameters.get("FunctionName", "")) if "lambda:invoke" in resource else resource
        arn = function if function.startswith("arn:") else f"arn:aws:lambda:{region}:{account}:function:{function}"
        return [Permission("lambda:InvokeFunction", arn)]
    if "states:::dynamodb:" in resource or "aws-sdk:dynamodb:" in resource:
        operation = resource.rsplit(":", 1)[-1]
        if operation == "transactWriteItems":
            return _transaction(parameters, region, account)
        return [_of_table(f"dynamodb:{operation[:1].upper()}{operation[1:]}", parameters, region, account)]
    if "sns:publish" in resource:
        return [Permission("sns:Publish", str(parameters.get("TopicArn", "*")))]
    if "events:putEvents" in resource:
        buses = dict.fromkeys(str(entry.get("EventBusName", "default")) for entry in parameters.get("Entries", []))
        return [Permission("events:PutEvents", f"arn:aws:events:{region}:{account}:event-bus/{bus}") for bus in buses]
    if "sqs:sendMessage" in resource:
        queue = str(parameters.get("QueueUrl", "")).rsplit("/", 1)[-1]
        return [Permission("sqs:SendMessage", f"arn:aws:sqs:{region}:{account}:{queue}")]
    if "bedrock:invokeModel" in resource:
        return _invoke_model(parameters, region, account)
    return []


def _of_table(action: str, parameters: dict[str, Any], region: str, account: str) -> Permission:
    table = str(parameters.get("TableName", ""))
    arn = table if table.startswith("arn:") else f"arn:aws:dynamodb:{region}:{account}:table/{table}"
    return Permission(action, arn)


def _transaction(parameters: dict[str, Any], region: str, account: str) -> list[Permission]:
    """A transaction needs what each of its writes needs by itself.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    """
    actions = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
    return [
        _of_table(f"dynamodb:{actions[kind]}", one, region, account)
        for item in parameters.get("TransactItems", [])
        for kind, one in item.items()
    ]


def _invoke_model(parameters: dict[str, Any], region: str, account: str) -> list[Permission]:
    permissions = invoke_model_permissions(str(parameters.get("ModelId", "")), region, account)
    for field, action in (("Input", "s3:GetObject"), ("Output", "s3:PutObject")):
        uri = (parameters.get(field) or {}).get("S3Uri")
        if uri is None:
            continue
        try:
            permissions.append(object_permission(action, *split_s3_uri(uri)))
        except ServiceError as error:
            raise upstream.stepfunctions._ExecutionError(f"Bedrock.{error.code}", error.message) from error
    return permissions


def _role_of(execution: dict[str, Any]) -> str:
    # A child of a Map Run has the state machine "name/label" and runs under its parent's role.
    arn = execution["stateMachineArn"].partition("/")[0]
    machine = upstream.stepfunctions._state_machines.get(arn) or {}
    return str(machine.get("roleArn", ""))


def _region_of(execution: dict[str, Any]) -> str:
    return str(execution["executionArn"].split(":")[3])
