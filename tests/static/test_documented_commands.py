"""Commands of the documentation are ones that AWS takes, and say what the stack needs."""

from __future__ import annotations

from typing import Any

from botocore.model import ListShape
from botocore.validate import validate_parameters

from tests.documented_commands import documented_commands


def test_every_aws_command_in_the_documentation_is_one_that_aws_takes() -> None:
    commands = documented_commands()
    assert commands
    for command in commands:
        validate_parameters(command.parameters, command.shape)
        for name, value in command.parameters.items():
            shape = command.shape.members[name]
            # botocore leaves words of a closed list to AWS.
            allowed = getattr(shape.member if isinstance(shape, ListShape) else shape, "enum", [])
            assert not allowed or set(value if isinstance(value, list) else [value]) <= set(allowed), name


def test_a_user_is_invited_by_mail_and_can_reset_a_forgotten_password(template: dict[str, Any]) -> None:
    pool = template["Resources"]["UserPool"]["Properties"]
    assert pool["UsernameAttributes"] == ["email"]
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]
    invitations = [one.parameters for one in documented_commands() if one.operation == "AdminCreateUser"]
    assert invitations
    for invitation in invitations:
        # By default it is an SMS: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
        assert invitation["DesiredDeliveryMediums"] == ["EMAIL"]
        attributes = {one["Name"]: one["Value"] for one in invitation["UserAttributes"]}
        assert attributes == {"email": invitation["Username"], "email_verified": "true"}
