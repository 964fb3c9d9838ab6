"""Rekognition, e-mail, the stream's event source, API Gateway's authorizer, transport policies."""

import io
import json
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from localcloud.cloud import LocalCloud
from tests.integration.emulator.conftest import Workflows


def picture(width: int = 200, height: int = 100, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, form)
    return buffer.getvalue()


def put(cloud: LocalCloud, stack: dict[str, str], key: str, body: bytes) -> dict[str, Any]:
    cloud.client("s3").put_object(Bucket=stack["BucketName"], Key=key, Body=body)
    return {"S3Object": {"Bucket": stack["BucketName"], "Name": key}}


def test_detect_labels_of_bytes_and_of_an_object(probe: LocalCloud, stack: dict[str, str]) -> None:
    client = probe.client("rekognition")
    content = picture()
    answer = client.detect_labels(Image={"Bytes": content}, MaxLabels=5, MinConfidence=70)
    assert answer["Labels"][0]["Name"] == "Cup"
    assert answer["LabelModelVersion"] == "maxLabels=5&minConfidence=70"
    answer = client.detect_labels(Image=put(probe, stack, "in/a.png", content))
    assert answer["LabelModelVersion"] == "maxLabels=1000&minConfidence=55"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"no image", "InvalidImageFormatException"),
        (picture(form="WEBP"), "InvalidImageFormatException"),
        (picture(79, 200), "InvalidParameterException"),
        (picture(10_001, 80), "ImageTooLargeException"),
        (picture() + b"0" * 5_242_880, "ImageTooLargeException"),
    ],
    ids=["not an image", "WebP", "too small", "too wide", "too many bytes"],
)
def test_rekognition_refuses_what_aws_refuses(probe: LocalCloud, content: bytes, error: str) -> None:
    client = probe.client("rekognition")
    with pytest.raises(getattr(client.exceptions, error)):
        client.detect_labels(Image={"Bytes": content})


def test_an_object_larger_than_15_mb_is_too_large(probe: LocalCloud, stack: dict[str, str]) -> None:
    client = probe.client("rekognition")
    image = put(probe, stack, "in/big.png", picture() + b"0" * 15_728_640)
    with pytest.raises(client.exceptions.ImageTooLargeException):
        client.detect_labels(Image=image)
    with pytest.raises(client.exceptions.InvalidS3ObjectException):
        client.detect_labels(Image={"S3Object": {"Bucket": stack["BucketName"], "Name": "in/none"}})


def test_moderation_labels_are_the_models_and_what_a_fault_plants(probe: LocalCloud, control: httpx.Client) -> None:
    client = probe.client("rekognition")
    answer = client.detect_moderation_labels(Image={"Bytes": picture()}, MinConfidence=40)
    assert [label["Name"] for label in answer["ModerationLabels"]] == ["Explicit"]
    assert answer["ModerationModelVersion"] == "minConfidence=40"

    rule = {"kind": "moderation", "category": "Graphic Violence", "parent": "Violence", "confidence": 91, "count": 1}
    control.put("/_backdrop/faults", json={"rules": [rule]}).raise_for_status()
    client.detect_labels(Image={"Bytes": picture()})
    planted = client.detect_moderation_labels(Image={"Bytes": picture()})["ModerationLabels"]
    assert [(one["Name"], one["ParentName"], one["TaxonomyLevel"]) for one in planted] == [
        ("Violence", "", 1),
        ("Graphic Violence", "Violence", 2),
        ("Explicit", "", 1),
    ]
    assert len(client.detect_moderation_labels(Image={"Bytes": picture()})["ModerationLabels"]) == 1


def test_rekognition_can_be_throttled_and_models_are_not(probe: LocalCloud, control: httpx.Client) -> None:
    client = probe.client("rekognition")
    rules = [{"kind": "throttle", "model": "rekognition:DetectModerationLabels"}]
    control.put("/_backdrop/faults", json={"rules": rules}).raise_for_status()
    with pytest.raises(client.exceptions.ThrottlingException):
        client.detect_moderation_labels(Image={"Bytes": picture()})
    assert client.detect_labels(Image={"Bytes": picture()})["Labels"]
    control.put("/_backdrop/faults", json={"rules": [{"kind": "throttle"}]}).raise_for_status()
    assert client.detect_moderation_labels(Image={"Bytes": picture()})["ModerationLabels"]


def test_a_function_needs_to_read_the_photo_itself(probe: LocalCloud, stack: dict[str, str]) -> None:
    def detect(key: str) -> str:
        put(probe, stack, key, picture())
        payload = json.dumps({"bucket": stack["BucketName"], "key": key}).encode()
        answer = probe.client("lambda").invoke(FunctionName=stack["LabelsFunctionArn"], Payload=payload)
        return str(json.loads(answer["Payload"].read()))

    assert detect("readable/a.png") == "OK"
    assert detect("secret/a.png") == "InvalidS3ObjectException"


def test_a_published_message_is_a_mail_in_the_mailbox(probe: LocalCloud, stack: dict[str, str]) -> None:
    sent = probe.client("sns").publish(TopicArn=stack["TopicArn"], Subject="3 of 4 done", Message="Größe: fine\n")
    (file,) = Path(probe.outputs.mailbox).glob(f"*{sent['MessageId']}*.eml")
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (mail["To"], mail["Subject"]) == ("ops@example.com", "3 of 4 done")
    assert mail.get_content() == "Größe: fine\n"


def seen(cloud: LocalCloud, stack: dict[str, str], key: str) -> int:
    item = cloud.client("dynamodb").get_item(TableName=stack["ImagesTableName"], Key={"JobId": {"S": key}})
    return int(item.get("Item", {}).get("Times", {"N": "0"})["N"])


def eventually(check: Any, seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_poisoned_record_is_given_up_and_the_next_ones_are_processed(
    probe: LocalCloud, stack: dict[str, str]
) -> None:
    dynamodb, suffix = probe.client("dynamodb"), str(time.time_ns())
    for name in ("a", "poison", "b"):
        dynamodb.put_item(TableName=stack["JobsTableName"], Item={"JobId": {"S": f"{name}-{suffix}"}})
    eventually(lambda: seen(probe, stack, f"b-{suffix}") > 0)
    assert seen(probe, stack, f"a-{suffix}") == 1
    assert seen(probe, stack, f"b-{suffix}") == 1
    assert seen(probe, stack, f"poison-{suffix}") >= 3  # once, and retried twice
    queue = probe.client("sqs")
    url = stack["StreamDeadLetterQueueUrl"]
    (message,) = queue.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["functionArn"] == stack["ConsumeFunctionArn"]
    assert record["DDBStreamBatchInfo"]["batchSize"] == 1


def test_an_execution_that_is_stopped_is_told_and_a_function_that_fails_on_it_is_not_forgotten(
    probe: LocalCloud, stack: dict[str, str], workflows: Workflows
) -> None:
    """EventBridge: the rule's target is called asynchronously, so that Lambda tries again and has a destination."""
    function = next(
        one
        for page in probe.client("lambda").get_paginator("list_functions").paginate()
        for one in page["Functions"]
        if "BrokenFunction" in one["FunctionName"]
    )
    queue = probe.client("sqs").create_queue(QueueName="events-that-failed")["QueueUrl"]
    arn = probe.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    probe.client("lambda").put_function_event_invoke_config(
        FunctionName=function["FunctionName"],
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    machine = workflows.machine({"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}})
    pattern = {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"status": ["FAILED", "ABORTED"], "stateMachineArn": [machine]},
    }
    events = probe.client("events")
    events.put_rule(Name="stopped", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="stopped", Targets=[{"Id": "function", "Arn": function["FunctionArn"]}])

    execution = workflows.client.start_execution(stateMachineArn=machine, name="told")["executionArn"]
    workflows.client.stop_execution(executionArn=execution, cause="no more")

    (message,) = probe.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20)["Messages"]
    letter = json.loads(message["Body"])
    detail = letter["requestPayload"]["detail"]
    assert (detail["name"], detail["status"], detail["executionArn"]) == ("told", "ABORTED", execution)
    assert letter["requestContext"]["condition"] == "RetriesExhausted"
    assert letter["responsePayload"]["errorType"] == "Runtime.ImportModuleError"
    events.remove_targets(Rule="stopped", Ids=["function"])


def test_only_inserts_reach_the_function(probe: LocalCloud, stack: dict[str, str]) -> None:
    dynamodb, key = probe.client("dynamodb"), f"insert-{time.time_ns()}"
    for version in range(3):
        dynamodb.put_item(TableName=stack["JobsTableName"], Item={"JobId": {"S": key}, "V": {"N": str(version)}})
    dynamodb.put_item(TableName=stack["JobsTableName"], Item={"JobId": {"S": f"{key}-last"}})
    eventually(lambda: seen(probe, stack, f"{key}-last") == 1)
    assert seen(probe, stack, key) == 1


def test_the_api_takes_id_tokens_only(probe: LocalCloud) -> None:
    url = f"{probe.outputs.api_url}/me"
    answer = httpx.get(url, headers={"Authorization": probe.demo_token()})
    assert (answer.status_code, answer.json()) == (200, {"email": "demo@example.com"})
    tokens = probe.client("cognito-idp").initiate_auth(
        ClientId=probe.outputs.user_pool_client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": probe.outputs.demo_user, "PASSWORD": probe.outputs.demo_password},
    )["AuthenticationResult"]
    assert httpx.get(url, headers={"Authorization": tokens["AccessToken"]}).status_code == 401
    refused = httpx.get(url)
    assert (refused.status_code, refused.json()) == (401, {"error": {"code": "SIGN_IN"}})
    assert httpx.get(url, headers={"Authorization": "nonsense"}).status_code == 401
