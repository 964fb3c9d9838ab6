"""IAM where MiniStack does not look: the role of a state machine, and calls made on a caller's behalf."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.emulator import upstream

# Regions among which a `us.` profile of Stability's services routes:
# https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-stability-ai-stable-image-inpaint.html
US_PROFILE_REGIONS = ("us-east-1", "us-east-2", "us-west-2")


@dataclass(frozen=True)
class Permission:
    """One action on one resource that a call needs."""

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)


class Denied(Exception):
    """A refusal: no policy allows it. The message is worded as AWS does."""

    def __init__(self, principal: str, permission: Permission, *, explicit: bool) -> None:
        reason = (
            f"with an explicit deny in an identity-based policy for the {permission.action} action"
            if explicit
            else f"because no identity-based policy allows the {permission.action} action"
        )
        super().__init__(
            f"User: {principal} is not authorized to perform: {permission.action} "
            f"on resource: {permission.resource} {reason}"
        )
        self.permission = permission


def invoke_model_permissions(model_id: str, region: str, account: str) -> list[Permission]:
    """What `bedrock:InvokeModel` on `model_id` (an id or an ARN) needs.

    A cross-Region profile needs the profile and the foundation model in every Region it routes to.
    Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html
    """
    action = "bedrock:InvokeModel"
    name = model_id.rsplit("/", 1)[-1]
    is_profile = ":inference-profile/" in model_id or name.startswith("us.")
    if not is_profile:
        arn = model_id if model_id.startswith("arn:") else f"arn:aws:bedrock:{region}::foundation-model/{name}"
        return [Permission(action, arn)]
    profile = model_id if model_id.startswith("arn:") else profile_arn(name, region, account)
    foundation = name.removeprefix("us.")
    context = {"bedrock:InferenceProfileArn": profile}
    return [Permission(action, profile)] + [
        Permission(action, f"arn:aws:bedrock:{where}::foundation-model/{foundation}", context)
        for where in US_PROFILE_REGIONS
    ]


def profile_arn(profile_id: str, region: str, account: str) -> str:
    """The ARN of a cross-Region inference profile."""
    return f"arn:aws:bedrock:{region}:{account}:inference-profile/{profile_id}"


def object_permission(action: str, bucket: str, key: str) -> Permission:
    """Return the permission for `action` (`s3:GetObject`, `s3:PutObject`) on one object."""
    return Permission(action, f"arn:aws:s3:::{bucket}/{key}")


def authorize_role(role_arn: str, session: str, permissions: list[Permission], region: str) -> None:
    """Raise `Denied` unless the role's policies allow every permission."""
    account, role = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    principal = f"arn:aws:sts::{account}:assumed-role/{role}/{session}"
    policies = upstream.iam_evaluator._gather_role_policies(role, account)
    for permission in permissions:
        context = upstream.iam_evaluator.EvalContext(
            principal_arn=principal,
            principal_type="AssumedRole",
            principal_account=account,
            action=permission.action,
            resource_arn=permission.resource,
            region=region,
            service_context={key.lower(): value for key, value in permission.context.items()},
        )
        decision = upstream.iam_evaluator.evaluate(context, policies).decision
        if decision != "Allow":
            raise Denied(principal, permission, explicit=decision == "Deny")


def caller_may(headers: dict[str, str], query: dict[str, Any], service: str, permission: Permission) -> bool:
    """Whether the caller of an HTTP request has a permission besides the one MiniStack checked."""
    access_key = upstream.router.extract_access_key_id(headers, query)
    refusal = upstream.iam_evaluator.enforce(
        access_key,
        permission.action,
        service,
        upstream.responses.get_region(),
        resource_arn=permission.resource,
        service_context=dict(permission.context),
    )
    return refusal is None
