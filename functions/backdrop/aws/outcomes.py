"""The outcomes that the state machine wrote into the Images table, as they stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from backdrop.aws.clients import dynamodb
from backdrop.aws.image_items import DRAFT_KEY
from backdrop.aws.items import from_item, to_value
from backdrop.domain.errors import BackdropError, ErrorCode


def of_job(table: str, job_id: str) -> Iterator[dict[str, Any]]:
    """Every image row of a job, all pages, read consistently: attribute name -> plain value.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    start: dict[str, Any] = {}
    while True:
        try:
            page = dynamodb().query(
                TableName=table,
                # The draft's own row sorts before every image id.
                KeyConditionExpression="JobId = :job AND ImageId > :draft",
                ExpressionAttributeValues={":job": to_value(job_id), ":draft": to_value(DRAFT_KEY)},
                ConsistentRead=True,
                **start,
            )
        except ClientError as error:
            message = error.response["Error"].get("Message")
            raise BackdropError(
                ErrorCode.STORAGE_ERROR, f"Could not read the outcomes of {job_id}: {message}"
            ) from error
        for item in page["Items"]:
            yield from_item(item)
        if not page.get("LastEvaluatedKey"):
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
