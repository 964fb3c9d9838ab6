"""What the stack's roles may and may not do, by IAM's own judgement and by a call that must be denied."""

from __future__ import annotations

from typing import NamedTuple

from backdrop_cli.accept.check import Check
from backdrop_cli.accept.trial import Trial
from backdrop_cli.doctor.findings import Fault

_SIMULATE = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"
_ERRORS = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html"
_TEMPLATE = "Compare the role with template.yaml and docs/permissions.md: somebody may have changed it."


class Case(NamedTuple):
    """What a role may, or may not, do with something. `part` is filled with what `_fill` knows."""

    role: str
    action: str
    resource: str
    allowed: bool


_PHOTO, _REPORT = "{bucket}/{input}/2026/11/28/x/photo.jpg", "{bucket}/{status}/2026/11/28/x/status_report_x.json"

CASES = (
    Case("ApiFunctionRole", "s3:PutObject", _PHOTO, allowed=True),
    Case("ApiFunctionRole", "s3:PutObject", _REPORT, allowed=False),
    Case("ApiFunctionRole", "s3:DeleteObject", _PHOTO, allowed=False),
    Case("ApiFunctionRole", "states:StartExecution", "{machine}", allowed=False),
    Case("InspectPhotoFunctionRole", "s3:PutObject", _PHOTO, allowed=False),
    Case("DecodeResultFunctionRole", "s3:PutObject", _PHOTO, allowed=False),
    Case("CompileReportFunctionRole", "s3:PutObject", _REPORT, allowed=True),
    Case("WorkflowRole", "s3:PutObject", _REPORT, allowed=False),
    Case("WorkflowRole", "sns:Publish", "{topic}", allowed=True),
)


def check_roles(trial: Trial) -> str:
    """IAM judges the roles as the template means them."""
    parts = {
        "bucket": f"arn:aws:s3:::{trial.patient.output('BucketName')}",
        "input": trial.prefix("InputPrefix", "image-files"),
        "status": trial.prefix("StatusPrefix", "status-report-files"),
        "machine": trial.patient.output("StateMachineArn"),
        "topic": trial.patient.output("TopicArn"),
    }
    for case in CASES:
        role = trial.call("iam", "get_role", RoleName=trial.physical(case.role))["Role"]["Arn"]
        resource = case.resource.format(**parts)
        asked = {"PolicySourceArn": role, "ActionNames": [case.action], "ResourceArns": [resource]}
        answer = trial.call("iam", "simulate_principal_policy", **asked)["EvaluationResults"][0]["EvalDecision"]
        if (answer == "allowed") is not case.allowed:
            may = "may not" if case.allowed else "may"
            raise Fault(f"{case.role} {may} {case.action} on {resource} ({answer}).", _TEMPLATE)
    return f"{len(CASES)} questions about what roles may do are answered as the template means them."


def check_denied_call(trial: Trial) -> str:
    """The workflow can't delete a job's row, and Step Functions says so by that name."""
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:deleteItem",
        "Parameters": {"TableName": trial.patient.output("JobsTableName"), "Key": {"JobId": {"S": trial.id}}},
    }
    ran = trial.run_state(state, {})
    if ran["status"] == "SUCCEEDED":
        raise Fault("The workflow's role may delete rows of jobs.", _TEMPLATE)
    wanted = "DynamoDB.AccessDeniedException"
    if ran.get("error") != wanted:
        words = f"The error is {ran.get('error')}, not {wanted}: {ran.get('cause')}"
        raise Fault(words, "Other names in the workflow's Retry may be different, too: look for `DynamoDB.` there.")
    return f"The workflow can't delete a job's row: {wanted}."


CHECKS = (
    Check("roles", "IAM allows and denies what the template means", _SIMULATE, check_roles),
    Check(
        "denied call",
        "a call that the workflow's role does not allow ends as `DynamoDB.AccessDeniedException`",
        _ERRORS,
        check_denied_call,
    ),
)
