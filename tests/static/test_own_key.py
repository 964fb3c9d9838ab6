"""A key of one's own: off by default, whole when it is on, and its policy in docs/deploy.md lets in who must be."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.static.conftest import ROOT

KEY = {"Ref": "EncryptionKeyArn"}
NOTHING = {"Ref": "AWS::NoValue"}
ONLY_WITH = {"Fn::If": ["WithEncryptionKey", KEY, NOTHING]}
WRITES = {"s3:PutObject", "sns:Publish", "sqs:SendMessage"}
"""What needs a new data key: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
ASKS_KMS = re.compile(
    r"(s3):(?:Get|Put)Object|(dynamodb):\w+|(sns):Publish|(sqs):(?:Send|Receive)Message|(secretsmanager):GetSecretValue"
)


def of_type(template: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == kind}


def in_force(node: Any, *, with_key: bool) -> Any:
    """A part of the template as it is with or without the key; other conditions stay."""
    if isinstance(node, list):
        return [one for one in (in_force(one, with_key=with_key) for one in node) if one != NOTHING]
    if not isinstance(node, dict):
        return node
    if "Fn::If" in node and node["Fn::If"][0] == "WithEncryptionKey":
        return in_force(node["Fn::If"][1 if with_key else 2], with_key=with_key)
    found = {name: in_force(one, with_key=with_key) for name, one in node.items()}
    return {name: one for name, one in found.items() if one != NOTHING}


def key_policy() -> list[dict[str, Any]]:
    """Statements of the policy that docs/deploy.md asks for."""
    text = (ROOT / "docs/deploy.md").read_text("utf-8")
    (block,) = re.findall(r"<!-- key policy -->\n```json\n(.*?)```", text, re.DOTALL)
    statements: list[dict[str, Any]] = json.loads(block)["Statement"]
    return statements


def roles(template: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Each role's statements, with the optional ones taken as there."""
    return {
        name: [
            statement["Fn::If"][1] if "Fn::If" in statement else statement
            for policy in one["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for name, one in of_type(template, "AWS::IAM::Role").items()
    }


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_it_is_off_by_default_and_nothing_of_it_is_there_then(template: dict[str, Any]) -> None:
    assert template["Parameters"]["EncryptionKeyArn"]["Default"] == ""
    assert template["Conditions"]["WithEncryptionKey"] == {"Fn::Not": [{"Fn::Equals": [KEY, ""]}]}
    without = in_force(template["Resources"], with_key=False)
    assert not re.search(r'EncryptionKey|KmsMasterKeyI|KMSMasterKeyI|SSEType|KmsKeyId|"BucketKey', json.dumps(without))
    (rule,) = without["Bucket"]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule == {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    assert without["StreamDeadLetterQueue"]["Properties"]["SqsManagedSseEnabled"] is True


@pytest.mark.parametrize(
    ("arn", "taken"),
    [
        ("", True),
        ("arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("arn:aws:kms:us-east-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab", True),
        ("arn:aws:kms:us-east-1:123456789012:alias/backdrop", False),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", False),
    ],
)
def test_an_arn_of_a_key_is_asked_for(template: dict[str, Any], arn: str, taken: bool) -> None:
    assert bool(re.search(template["Parameters"]["EncryptionKeyArn"]["AllowedPattern"], arn)) is taken


def test_everything_that_keeps_data_is_encrypted_with_it(template: dict[str, Any]) -> None:
    tables = of_type(template, "AWS::DynamoDB::Table").items()
    whole = {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    assert [name for name, one in tables if in_force(one["SSESpecification"], with_key=True) != whole] == []
    logs = of_type(template, "AWS::Logs::LogGroup").items()
    assert [name for name, one in logs if one.get("KmsKeyId") != ONLY_WITH] == []
    for kind in ("AWS::SQS::Queue", "AWS::SNS::Topic"):
        found = of_type(template, kind).items()
        assert [name for name, one in found if one.get("KmsMasterKeyId") != ONLY_WITH] == []
    # SQS takes one kind of encryption.
    queue = template["Resources"]["StreamDeadLetterQueue"]["Properties"]
    assert queue["SqsManagedSseEnabled"] == {"Fn::If": ["WithEncryptionKey", False, True]}
    for bucket in of_type(template, "AWS::S3::Bucket").values():
        (rule,) = in_force(bucket["BucketEncryption"], with_key=True)["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
        assert rule["BucketKeyEnabled"] is True


def test_the_bucket_refuses_files_under_another_key(template: dict[str, Any]) -> None:
    policy = in_force(template["Resources"]["BucketPolicy"]["Properties"]["PolicyDocument"], with_key=True)
    said = {one["Sid"]: one for one in policy["Statement"]}
    for sid in ("NoOtherKey", "NoKeyOfTheCaller"):
        one = said[sid]
        assert (one["Effect"], one["Principal"], one["Action"]) == ("Deny", "*", "s3:PutObject")
    # A negated operator holds for a header that is missing: without `Null` it would refuse every file of ours.
    assert said["NoOtherKey"]["Condition"] == {
        "Null": {"s3:x-amz-server-side-encryption": "false"},
        "StringNotEquals": {"s3:x-amz-server-side-encryption-aws-kms-key-id": KEY},
    }
    assert "ServerSideEncryption" not in "".join(
        path.read_text("utf-8") for path in (ROOT / "functions/backdrop").rglob("*.py")
    )


def test_each_role_may_use_the_key_for_what_it_does_and_for_nothing_else(template: dict[str, Any]) -> None:
    found = 0
    for role, statements in roles(template).items():
        actions = {action for one in statements for action in as_list(one["Action"])}
        services = {next(filter(None, hit.groups())) for hit in map(ASKS_KMS.fullmatch, actions) if hit}
        given = [one for one in statements if one["Resource"] == KEY]
        if not services:
            assert given == [], role
            continue
        (statement,) = given
        found += 1
        wanted = {"kms:Decrypt"} | ({"kms:GenerateDataKey"} if actions & WRITES else set())
        assert set(as_list(statement["Action"])) == wanted, role
        (condition,) = statement["Condition"]["StringEquals"].items()
        assert condition[0] == "kms:ViaService"
        via = {one["Fn::Sub"] for one in as_list(condition[1])}
        assert via == {f"{service}.${{AWS::Region}}.amazonaws.com" for service in services}, role
    assert found == 15


def test_each_service_that_acts_in_its_own_name_is_in_the_keys_policy(template: dict[str, Any]) -> None:
    statements = {one["Sid"]: one for one in key_policy()}
    assert all(one["Effect"] == "Allow" and one["Resource"] == "*" for one in statements.values())
    own = statements.pop("TheAccountsRolesDecide")
    assert (own["Principal"], own["Action"]) == ({"AWS": "arn:aws:iam::123456789012:root"}, "kms:*")
    publishers = set(re.findall(r'"Service": "([\w.-]+)"', json.dumps(of_type(template, "AWS::SNS::TopicPolicy"))))
    publishers |= set(re.findall(r'"Service": "([\w.-]+)"', json.dumps(of_type(template, "AWS::SQS::QueuePolicy"))))
    publishers |= set(re.findall(r'"Service": "([\w.-]+)"', json.dumps(of_type(template, "AWS::S3::BucketPolicy"))))
    named = {one["Principal"]["Service"] for one in statements.values()}
    assert named == publishers | {"logs.us-east-1.amazonaws.com"}
    assert set(statements["Alarms"]["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey*"}
    ((_, pattern),) = statements["Logs"]["Condition"]["ArnLike"].items()
    for one in of_type(template, "AWS::Logs::LogGroup").values():
        name = one["LogGroupName"]["Fn::Sub"].replace("${AWS::StackName}", "backdrop")
        assert fnmatchcase(f"arn:aws:logs:us-east-1:123456789012:log-group:{name}", pattern)


def test_presigned_addresses_are_signed_as_files_under_a_key_want() -> None:
    """S3 gives a file under a key of KMS to SigV4 alone."""
    assert 'signature_version="s3v4"' in (ROOT / "functions/backdrop/aws/clients.py").read_text("utf-8")
