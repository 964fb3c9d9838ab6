"""Each request that a store of ours sends is one that its service takes, by botocore's model of the service: names,
types, patterns, enumerations and lengths (tests/aws_requests.py). The workflow's own requests too.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.settings import REPOSITORY
from tests.aws_requests import complaints, integration_complaints, service_model
from tests.static.test_state_machine import states
from tests.unit.aws.wire import Refusal, client

MACHINE = json.loads((REPOSITORY / "statemachine" / "replace_backgrounds.asl.json").read_text("utf-8"))
INTEGRATIONS = [
    pytest.param(part["Resource"], part["Parameters"], id=f"{name}.{where}")
    for name, state in states(MACHINE)
    for where, part in (("Task", state), ("ItemReader", state.get("ItemReader", {})))
    if str(part.get("Resource")).startswith("arn:")
]


def test_what_would_be_refused_is_not_sent() -> None:
    """Every method of every store is called with such clients (test_nothing_leaks.py)."""
    queue = client("sqs", Refusal("ThrottlingException"))
    with pytest.raises(AssertionError, match="MessageBody"):
        queue.send_message(QueueUrl="https://sqs.example/q", Message="x")
    topic = client("kms", Refusal("ThrottlingException"))
    with pytest.raises(AssertionError, match="none of"):
        topic.sign(KeyId="k", Message=b"m", SigningAlgorithm="ROT_13")


@pytest.mark.parametrize(("resource", "template"), INTEGRATIONS)
def test_no_integration_of_the_workflow_asks_for_what_there_is_not(resource: str, template: dict[str, Any]) -> None:
    assert not integration_complaints(resource, template)


@pytest.mark.parametrize(
    ("service", "operation", "asked", "words"),
    [
        ("rekognition", "DetectLabels", {"Image": {}, "MaxLabels": -1}, "MaxLabels"),
        ("rekognition", "DetectLabels", {"Image": {}, "MinConfidence": 101}, "most is 100"),
        ("rekognition", "DetectLabels", {"Image": {"S3Object": {"Bucket": "a b", "Name": "k"}}}, "not [0-9A-Za-z"),
        ("rekognition", "DetectLabels", {"Image": {}, "Features": ["LABELS"]}, "none of"),
        ("stepfunctions", "StartExecution", {"stateMachineArn": "a", "name": "x" * 81}, "most is 80"),
        ("sns", "Publish", {"Message": 1}, "Invalid type"),
        ("dynamodb", "BatchGetItem", {"RequestItems": {}}, "least is 1"),
        ("sns", "Publish", {"Mesage": "x"}, "Unknown parameter"),
    ],
)
def test_what_a_service_would_refuse_is_told(service: str, operation: str, asked: dict[str, Any], words: str) -> None:
    (complaint, *_) = complaints(service_model(service).operation_model(operation), asked)
    assert complaint.startswith(f"{service}.{operation}: ") or service == "stepfunctions"
    assert words in complaint


@pytest.mark.parametrize(
    ("resource", "template", "words"),
    [
        ("arn:aws:states:::sns:publish", {"Mesage": "x"}, ["Message is missing", "Mesage is no field"]),
        ("arn:aws:states:::dynamodb:getItem", {"TableName": "t", "Key": {"A": {"T": "x"}}}, ["T is no field"]),
        ("arn:aws:states:::bedrock:invokeModel", {"ModelId": "a model", "Bodies": 1}, ["not (", "Bodies is no field"]),
        ("arn:aws:states:::events:putEvents", {"Entries": [{"Detail": 1}]}, ["Invalid type"]),
    ],
)
def test_what_an_integration_would_refuse_is_told(resource: str, template: dict[str, Any], words: list[str]) -> None:
    found = " ".join(integration_complaints(resource, template))
    assert all(one in found for one in words), found
