"""Handlers of the probe template: each shows one thing about the emulator."""

import json
import logging
import os
import time
from typing import Any

import boto3

logging.getLogger().setLevel(logging.INFO)


class PhotoRefused(Exception):
    """An error of our own, to be caught by its name."""


def act(event: dict[str, Any], _context: Any) -> Any:
    """Do what the event says: raise, sleep, answer with many bytes, log, or echo."""
    if "raise" in event:
        raise PhotoRefused(event["raise"])
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "bytes" in event:
        return "x" * event["bytes"]
    if "log" in event:
        logging.getLogger(__name__).info("said %s", event["log"])
    if event.get("environment"):
        return sorted(os.environ)
    return {"echo": event, "pid": os.getpid()}


def labels(event: dict[str, Any], _context: Any) -> Any:
    """Call Rekognition with the function's own role, which may read `readable/` only."""
    try:
        boto3.client("rekognition").detect_labels(Image={"S3Object": {"Bucket": event["bucket"], "Name": event["key"]}})
    except boto3.client("rekognition").exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "OK"


def guardrail(event: dict[str, Any], _context: Any) -> Any:
    """Ask a guardrail with the function's own role, which may apply the one with the id `mine` only."""
    client = boto3.client("bedrock-runtime")
    try:
        client.apply_guardrail(
            guardrailIdentifier=event["guardrail"],
            guardrailVersion="DRAFT",
            source="INPUT",
            content=[{"text": {"text": "on a beach"}}],
        )
    except client.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "OK"


def consume(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Stream records: `poison` fails for ever; others are written down in the `Seen` table."""
    table = boto3.resource("dynamodb").Table(os.environ["SEEN_TABLE"])
    failures = []
    for record in event["Records"]:
        key = record["dynamodb"]["Keys"]["JobId"]["S"]
        table.update_item(Key={"JobId": key}, UpdateExpression="ADD Times :one", ExpressionAttributeValues={":one": 1})
        if key.startswith("poison"):
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
            break
    return {"batchItemFailures": failures}


def api(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer who is calling."""
    claims = event["requestContext"]["authorizer"]["claims"]
    return {"statusCode": 200, "body": json.dumps({"email": claims["email"]})}
