"""Users' backdrops, rows of the Images table beside the photos (docs/contracts.md, Tables).

All of one user's have the same partition, which no job's or draft's id can be called.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backdrop.aws.items import from_item, to_item, to_values
from backdrop.aws.table import Item, Table
from backdrop.core import recipes
from backdrop.core.keys import owner_hash
from backdrop.core.vocabulary import ImageStatus
from backdrop.jobs.model import BackdropRow, Facts

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class BackdropsTable:
    """Reads and writes backdrops. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the Images table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def put_backdrop(self, row: BackdropRow) -> None:
        """Write a new backdrop."""
        self._rows.put(to_item(_attributes(row)), "attribute_not_exists(JobId)")

    def backdrop(self, owner: str, backdrop_id: str) -> BackdropRow | None:
        """A backdrop of the owner's, read consistently; None when there is none."""
        item = self._rows.get(_key(owner, backdrop_id))
        return _row_of(owner, from_item(item)) if item else None

    def backdrops(self, owner: str) -> list[BackdropRow]:
        """All backdrops of the owner's, read consistently, oldest first."""
        query = {
            "KeyConditionExpression": "JobId = :owner",
            "ExpressionAttributeValues": to_values({":owner": _partition(owner)}),
            "ConsistentRead": True,
        }
        return [_row_of(owner, from_item(item)) for page in self._rows.pages(**query) for item in page.items]

    def save_backdrop(self, row: BackdropRow) -> bool:
        """Store what inspection found. False, and nothing written, when it is gone or another call was quicker."""
        condition = "attribute_exists(JobId) AND attribute_not_exists(Sha256) AND attribute_not_exists(Cause)"
        return self._rows.put(to_item(_attributes(row)), condition)

    def change_backdrop(self, row: BackdropRow) -> bool:
        """Store what the user changed. False, and nothing written, when it is gone."""
        return self._rows.put(to_item(_attributes(row)), "attribute_exists(JobId)")

    def delete_backdrop(self, owner: str, backdrop_id: str) -> None:
        """Delete a backdrop; one that is not there is fine."""
        self._rows.change_together([{"Delete": {"Key": _key(owner, backdrop_id)}}])

    @property
    def _rows(self) -> Table:
        return Table(self.connect, self.table)


def backdrops_partition(owner: str) -> str:
    """Return the partition key of an owner's backdrops (`keys.owner_hash`)."""
    return f"backdrops-{owner}"


def _partition(owner: str) -> str:
    return backdrops_partition(owner_hash(owner))


def _key(owner: str, backdrop_id: str) -> Item:
    return {"JobId": {"S": _partition(owner)}, "ImageId": {"S": backdrop_id}}


def _attributes(row: BackdropRow) -> dict[str, Any]:
    facts = row.facts
    found: dict[str, Any] = {
        "JobId": _partition(row.owner),
        "ImageId": row.id,
        "ImageName": row.name,
        "Status": row.status.value,
        "CreatedAt": row.created_at,
        "SourceKey": row.upload_key,
        "UploadSha256": row.upload_sha256,
        "Error": row.error,
        "Cause": row.cause,
        "Surface": row.surface,
        "Recipe": json.dumps(recipes.to_dict(row.recipe), ensure_ascii=False) if row.recipe else None,
    }
    if facts:
        found |= {
            "Bytes": facts.bytes,
            "Sha256": facts.sha256,
            "Width": facts.width,
            "Height": facts.height,
            "PreviewKey": facts.preview_key,
        }
    return found


def _row_of(owner: str, item: Mapping[str, Any]) -> BackdropRow:
    facts = None
    if "Sha256" in item:
        facts = Facts(item["Bytes"], item["Sha256"], item["Width"], item["Height"], "JPEG", item["PreviewKey"])
    return BackdropRow(
        owner=owner,
        id=item["ImageId"],
        name=item["ImageName"],
        status=ImageStatus(item["Status"]),
        created_at=item["CreatedAt"],
        upload_key=item["SourceKey"],
        upload_sha256=item.get("UploadSha256"),
        facts=facts,
        error=item.get("Error"),
        cause=item.get("Cause"),
        surface=item.get("Surface"),
        recipe=recipes.from_dict(json.loads(item["Recipe"])) if "Recipe" in item else None,
    )
