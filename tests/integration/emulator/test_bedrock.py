"""InvokeModel for Step Functions and boto3, its IAM, and the fault plan."""

import json
import time
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from localcloud.cloud import LocalCloud
from tests.integration.emulator.conftest import Workflows, task

INVOKE = "arn:aws:states:::bedrock:invokeModel"
ALLOWED = "us.stability.allowed-v1:0"


@pytest.fixture
def request_uri(probe: LocalCloud, stack: dict[str, str]) -> str:
    key = f"in/{time.time_ns()}.json"
    probe.client("s3").put_object(Bucket=stack["BucketName"], Key=key, Body=b'{"seed": 7}')
    return f"s3://{stack['BucketName']}/{key}"


def from_s3(stack: dict[str, str], request_uri: str, model_id: str = ALLOWED, output: str = "out/a.json") -> Any:
    return task(
        INVOKE,
        {
            "ModelId": model_id,
            "Input": {"S3Uri": request_uri},
            "Output": {"S3Uri": f"s3://{stack['BucketName']}/{output}"},
            "ContentType": "application/json",
            "Accept": "application/json",
        },
        ResultPath=None,
        TimeoutSeconds=20,
    )


def runtime(cloud: LocalCloud, key: str = "test", secret: str = "test") -> Any:
    """A client that tries once: a retry would hide a fault."""
    session = boto3.session.Session(aws_access_key_id=key, aws_secret_access_key=secret)
    once = Config(retries={"total_max_attempts": 1})
    return session.client("bedrock-runtime", endpoint_url=cloud.endpoint, region_name="us-east-1", config=once)


def set_faults(control: httpx.Client, *rules: dict[str, Any]) -> None:
    control.put("/_backdrop/faults", json={"rules": list(rules)}).raise_for_status()


def test_a_request_in_s3_is_answered_in_s3(
    probe: LocalCloud, workflows: Workflows, stack: dict[str, str], request_uri: str, control: httpx.Client
) -> None:
    execution = workflows.run(from_s3(stack, request_uri, output="out/answer.json"), {"kept": True})
    assert json.loads(execution["output"]) == {"kept": True}
    stored = probe.client("s3").get_object(Bucket=stack["BucketName"], Key="out/answer.json")
    answer = json.loads(stored["Body"].read())
    assert answer["seeds"] == [7]
    assert answer["path"] == "/model/us.stability.allowed-v1%3A0/invoke"
    assert stored["ContentType"] == "application/json"
    models = control.get("/_backdrop/invocations").json()["models"]
    assert models == {ALLOWED: {"calls": 1, "paid": 1, "outcomes": {"answered": 1}}}


def test_a_body_inline_is_answered_inline(workflows: Workflows, stack: dict[str, str]) -> None:
    execution = workflows.run(task(INVOKE, {"ModelId": ALLOWED, "Body": {"seed": 9}}))
    output = json.loads(execution["output"])
    assert output["Body"]["seeds"] == [9]
    assert output["ContentType"] == "application/json"


def test_the_models_own_error_has_bedrocks_name(workflows: Workflows, stack: dict[str, str]) -> None:
    execution = workflows.run(task(INVOKE, {"ModelId": ALLOWED, "Body": {"bad": 1}}))
    assert execution["error"] == "Bedrock.ValidationException"
    assert execution["cause"] == "The field 'bad' is not permitted."


@pytest.mark.parametrize(
    ("model_id", "refused"),
    [
        ("us.stability.forbidden-v1:0", "inference-profile/us.stability.forbidden-v1:0"),
        ("us.stability.half-allowed-v1:0", "us-east-2::foundation-model/stability.half-allowed-v1:0"),
        ("amazon.nova-canvas-v1:0", "us-east-1::foundation-model/amazon.nova-canvas-v1:0"),
    ],
)
def test_a_profile_needs_the_profile_and_the_model_in_every_region(
    workflows: Workflows, stack: dict[str, str], request_uri: str, model_id: str, refused: str
) -> None:
    execution = workflows.run(from_s3(stack, request_uri, model_id))
    assert execution["error"] == "Bedrock.AccessDeniedException"
    assert refused in execution["cause"]


def test_the_role_must_read_the_request_and_write_the_answer(
    workflows: Workflows, stack: dict[str, str], request_uri: str, control: httpx.Client
) -> None:
    execution = workflows.run(from_s3(stack, request_uri, output="elsewhere/a.json"))
    assert execution["error"] == "S3.AccessDeniedException"
    assert control.get("/_backdrop/invocations").json()["invocations"] == []


def test_boto3_gets_the_same_answers_and_typed_errors(probe: LocalCloud) -> None:
    client = runtime(probe)
    answer = client.invoke_model(modelId=ALLOWED, body=b'{"seed": 3}')
    assert json.loads(answer["body"].read())["seeds"] == [3]
    with pytest.raises(client.exceptions.ValidationException, match="'bad' is not permitted"):
        client.invoke_model(modelId=ALLOWED, body=b'{"bad": 1}')


def test_boto3_callers_need_permission_for_the_profile(probe: LocalCloud) -> None:
    iam = probe.client("iam")
    iam.create_user(UserName="painter")
    keys = iam.create_access_key(UserName="painter")["AccessKey"]
    client = runtime(probe, keys["AccessKeyId"], keys["SecretAccessKey"])
    with pytest.raises(client.exceptions.AccessDeniedException):
        client.invoke_model(modelId=ALLOWED, body=b"{}")
    arns = ["arn:aws:bedrock:us-east-1:*:inference-profile/*", "arn:aws:bedrock:*::foundation-model/*"]
    statement = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": arns}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="painter", PolicyName="p", PolicyDocument=policy)
    client.invoke_model(modelId=ALLOWED, body=b"{}")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("throttle", "ThrottlingException"),
        ("timeout", "ModelTimeoutException"),
        ("server-error", "InternalServerException"),
        ("end-of-life", "ResourceNotFoundException"),
    ],
)
def test_faults_that_are_errors(
    probe: LocalCloud, workflows: Workflows, stack: dict[str, str], control: httpx.Client, kind: str, code: str
) -> None:
    set_faults(control, {"kind": kind, "count": 2, "model": "*allowed*"})
    client = runtime(probe)
    with pytest.raises(ClientError) as raised:
        client.invoke_model(modelId=ALLOWED, body=b"{}")
    assert raised.value.response["Error"]["Code"] == code
    assert workflows.run(task(INVOKE, {"ModelId": ALLOWED, "Body": {}}))["error"] == f"Bedrock.{code}"
    assert workflows.run(task(INVOKE, {"ModelId": ALLOWED, "Body": {}}))["status"] == "SUCCEEDED"
    models = control.get("/_backdrop/invocations").json()["models"]
    assert models[ALLOWED] == {"calls": 3, "paid": 1, "outcomes": {code: 2, "answered": 1}}


def test_faults_that_spoil_the_answer(probe: LocalCloud, control: httpx.Client) -> None:
    client = runtime(probe)

    def answer(kind: str) -> bytes:
        set_faults(control, {"kind": kind})
        body: bytes = client.invoke_model(modelId=ALLOWED, body=b"{}")["body"].read()
        return body

    assert json.loads(answer("filter")) == {"finish_reasons": ["Filter reason: output image"]}
    assert set(json.loads(answer("garbage"))) == {"seeds", "finish_reasons", "images"}
    assert answer("html").startswith(b"<html>")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        json.loads(answer("truncated"))


def test_a_quota_throttles_what_exceeds_it(probe: LocalCloud, control: httpx.Client) -> None:
    set_faults(control, {"kind": "quota", "requestsPerMinute": 3})
    client = runtime(probe)
    codes = []
    for _ in range(5):
        try:
            client.invoke_model(modelId=ALLOWED, body=b"{}")
            codes.append("ok")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes == ["ok"] * 3 + ["ThrottlingException"] * 2


def test_a_wrong_rule_is_refused_and_changes_nothing(control: httpx.Client) -> None:
    set_faults(control, {"kind": "throttle"})
    answer = control.put("/_backdrop/faults", json={"rules": [{"kind": "nonsense"}]})
    assert answer.status_code == 400
    assert "kind must be one of" in answer.json()["message"]
    assert [rule["kind"] for rule in control.get("/_backdrop/faults").json()["rules"]] == ["throttle"]
