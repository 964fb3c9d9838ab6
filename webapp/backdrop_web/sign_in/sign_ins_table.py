"""The table of sign-ins in DynamoDB: the one module of the web app that knows AWS.

It acts as the server, not as a person: in the cloud by the task's role, which may do nothing else
(template.yaml, `WebTaskRole`). Calls: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from backdrop_client.errors import ServiceUnreachable
from backdrop_web.sign_in.shared_store import Row

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BY_USER: Final = "ByUser"
"""The index of a user's sign-ins (template.yaml, `SignInsTable`)."""

# Somebody waits for the page: seconds, two tries, then the truth.
_CONFIG = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
_WHAT = "The store of sign-ins"


class SignInsTable:
    """Rows of the table `name` in `region`."""

    def __init__(self, name: str, region: str) -> None:
        self._name = name
        self._client: DynamoDBClient = boto3.client("dynamodb", region_name=region, config=_CONFIG)

    def read(self, key: str) -> Row | None:
        """Return a row as it is now. Raises `ServiceUnreachable`, as all here do."""
        with _told():
            answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return _row(answer.get("Item"))

    def write(self, key: str, row: Row) -> None:
        """Write a new row."""
        item: dict[str, Any] = {
            **_key(key),
            "Sealed": {"B": row.sealed},
            "ExpiresAt": {"N": str(row.expires_at)},
        }
        if row.user_id:
            item["UserId"] = {"S": row.user_id}
        with _told():
            self._client.put_item(TableName=self._name, Item=item)

    def change(self, key: str, *, sealed: bytes | None = None, expires_at: int | None = None) -> bool:
        """Change a row that is there, and return whether it is."""
        changes: dict[str, Any] = {}
        if sealed is not None:
            changes["Sealed"] = {"B": sealed}
        if expires_at is not None:
            changes["ExpiresAt"] = {"N": str(expires_at)}
        with _told():
            try:
                self._client.update_item(
                    TableName=self._name,
                    Key=_key(key),
                    UpdateExpression="SET " + ", ".join(f"{name} = :{name}" for name in changes),
                    ConditionExpression="attribute_exists(SignIn)",
                    ExpressionAttributeValues={f":{name}": value for name, value in changes.items()},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def take(self, key: str) -> Row | None:
        """Remove a row and return it: of several who ask for it, one gets it."""
        with _told():
            answer = self._client.delete_item(TableName=self._name, Key=_key(key), ReturnValues="ALL_OLD")
        return _row(answer.get("Attributes"))

    def remove_user(self, user_id: str) -> None:
        """Remove all sign-ins of a user."""
        with _told():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._name,
                IndexName=BY_USER,
                KeyConditionExpression="UserId = :user",
                ExpressionAttributeValues={":user": {"S": user_id}},
            )
            for page in pages:
                for item in page["Items"]:
                    self._client.delete_item(TableName=self._name, Key={"SignIn": item["SignIn"]})


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        raise ServiceUnreachable(_WHAT, error.response["Error"]["Code"]) from error
    except BotoCoreError as error:
        raise ServiceUnreachable(_WHAT, type(error).__name__) from error


def _key(key: str) -> dict[str, Any]:
    return {"SignIn": {"S": key}}


def _row(item: Any) -> Row | None:
    if not item:
        return None
    return Row(item["Sealed"]["B"], int(item["ExpiresAt"]["N"]), item.get("UserId", {}).get("S"))
