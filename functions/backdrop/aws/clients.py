"""The boto3 clients, made once per process with timeouts and retries that suit a Lambda."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_bedrock_runtime import BedrockRuntimeClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_rekognition import RekognitionClient
    from types_boto3_s3 import S3Client
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient
    from types_boto3_stepfunctions import SFNClient

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    retries={"mode": "standard", "max_attempts": 4},
    # Presigned URLs must be SigV4: SigV2 query signatures bind neither content type nor expiry.
    signature_version="s3v4",
    # Path style works for every bucket name and on the local cloud.
    s3={"addressing_style": "path"},
)
_SHORT = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})


# A function that is waited for runs up to 15 minutes, and a second call would run it a second time.
_PATIENT = Config(read_timeout=905, retries={"mode": "standard", "total_max_attempts": 1})

# Somebody waits, and API Gateway gives up after 29 s: the words of our own error must come before.
_AWAITED = Config(connect_timeout=5, read_timeout=24, retries={"mode": "standard", "total_max_attempts": 1})

# A model may take minutes, and a second call would be paid a second time.
_ONE_LONG_CALL = Config(connect_timeout=5, read_timeout=300, retries={"mode": "standard", "total_max_attempts": 1})


@cache
def _client(service: str) -> Any:
    # signature_version s3v4 is for S3 alone; every other service takes its own default.
    config = _CONFIG if service == "s3" else _CONFIG.merge(Config(signature_version="v4"))
    if service == "lambda":
        config = config.merge(_PATIENT)
    return boto3.client(service, config=config)  # type: ignore[call-overload]


def s3() -> S3Client:
    """Return the client of Amazon S3."""
    client: S3Client = _client("s3")
    return client


def dynamodb() -> DynamoDBClient:
    """Return the client of Amazon DynamoDB."""
    client: DynamoDBClient = _client("dynamodb")
    return client


def rekognition() -> RekognitionClient:
    """Return the client of Amazon Rekognition."""
    client: RekognitionClient = _client("rekognition")
    return client


def stepfunctions() -> SFNClient:
    """Return the client of AWS Step Functions."""
    client: SFNClient = _client("stepfunctions")
    return client


def functions() -> LambdaClient:
    """Return the client of AWS Lambda, which waits as long as a function may run and calls it once."""
    client: LambdaClient = _client("lambda")
    return client


@cache
def awaited_functions() -> LambdaClient:
    """Return the client of AWS Lambda for functions that a person waits for: 24 s, and once."""
    client: LambdaClient = boto3.client("lambda", config=_AWAITED)
    return client


def sns() -> SNSClient:
    """Return the client of Amazon SNS."""
    client: SNSClient = _client("sns")
    return client


def sqs() -> SQSClient:
    """Return the client of Amazon SQS."""
    client: SQSClient = _client("sqs")
    return client


def bedrock_runtime() -> BedrockRuntimeClient:
    """Return the client of Amazon Bedrock's runtime, for guardrails only: models are called by the workflow."""
    client: BedrockRuntimeClient = _client("bedrock-runtime")
    return client


def secretsmanager() -> Any:
    """Return the client of AWS Secrets Manager. One call is made of it, so its types are not worth a package."""
    return _client("secretsmanager")


def kms() -> Any:
    """Return the client of AWS KMS. Two calls are made of it, so its types are not worth a package."""
    return _client("kms")


def servicequotas(region: str) -> Any:
    """Return the client of a Region's Service Quotas. What it is asked can do without an answer, so nobody waits for
    it long."""
    # A session of its own: threads ask several Regions at once.
    create: Any = boto3.session.Session().client
    return create("service-quotas", region_name=region, config=_SHORT)


@cache
def awaited_models_in(region: str) -> BedrockRuntimeClient:
    """Return the client that calls models in a Region for a person who waits: 22 s, and once."""
    config = _AWAITED.merge(Config(connect_timeout=3, read_timeout=22))
    client: BedrockRuntimeClient = boto3.client("bedrock-runtime", region_name=region, config=config)
    return client


@cache
def models_in(region: str) -> BedrockRuntimeClient:
    """Return the client that calls models in a Region. It calls once: every call is paced, counted and paid."""
    client: BedrockRuntimeClient = boto3.client("bedrock-runtime", region_name=region, config=_ONE_LONG_CALL)
    return client
