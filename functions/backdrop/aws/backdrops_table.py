"""Users' backdrops, rows of the Images table beside the photos (docs/contracts.md, Tables).

All of one user's have the same partition, which no job's or draft's id can be called. What is shared has a second row
in a partition of all that is; both are written together.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
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

_PARTITIONS = "backdrops-"
"""What the names of the partitions begin with."""

_SHARED = f"{_PARTITIONS}shared"
"""The partition of all that is shared. No owner's partition is called so: theirs end in a hash."""


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
        return [_row_of(owner, item) for item in self._all(_partition(owner))]

    def shared_backdrop(self, backdrop_id: str) -> BackdropRow | None:
        """A backdrop that its owner shares with everybody, read consistently; None when there is none."""
        item = self._rows.get(_key_in(_SHARED, backdrop_id))
        return _shared_row_of(from_item(item)) if item else None

    def shared_backdrops(self) -> list[BackdropRow]:
        """All backdrops that their owners share with everybody, read consistently, oldest first."""
        return [_shared_row_of(item) for item in self._all(_SHARED)]

    def save_backdrop(self, row: BackdropRow) -> bool:
        """Store what inspection found. False, and nothing written, when it is gone or another call was quicker."""
        condition = "attribute_exists(JobId) AND attribute_not_exists(Sha256) AND attribute_not_exists(Cause)"
        return self._rows.put(to_item(_attributes(row)), condition)

    def change_backdrop(self, row: BackdropRow) -> bool:
        """Store what the user changed, for everybody if it is shared. False, and nothing written, when it is gone."""
        put = {"Put": {"Item": to_item(_attributes(row)), "ConditionExpression": "attribute_exists(JobId)"}}
        shared: dict[str, Any] = {"Delete": {"Key": _key_in(_SHARED, row.id)}}
        if row.shared_by is not None:
            shared = {"Put": {"Item": to_item({**_attributes(row), "JobId": _SHARED, "Owner": row.owner})}}
        return self._rows.change_together([put, shared])

    def delete_backdrop(self, owner: str, backdrop_id: str) -> None:
        """Delete a backdrop of the owner's, for everybody; one that is not there is fine."""
        keys = (_key(owner, backdrop_id), _key_in(_SHARED, backdrop_id))
        self._rows.change_together([{"Delete": {"Key": key}} for key in keys])

    def remove_all(self, owner: str) -> int:
        """Delete all backdrops of an owner's (`keys.owner_hash`), for everybody; return how many there were."""
        ids = [str(item["ImageId"]) for item in self._all(f"{_PARTITIONS}{owner}")]
        self._rows.delete_many([_key_in(place, id_) for id_ in ids for place in (f"{_PARTITIONS}{owner}", _SHARED)])
        return len(ids)

    def _all(self, partition: str) -> Iterator[Mapping[str, Any]]:
        query = {
            "KeyConditionExpression": "JobId = :partition",
            "ExpressionAttributeValues": to_values({":partition": partition}),
            "ConsistentRead": True,
        }
        return (from_item(item) for page in self._rows.pages(**query) for item in page.items)

    @property
    def _rows(self) -> Table:
        return Table(self.connect, self.table)


def _partition(owner: str) -> str:
    return f"{_PARTITIONS}{owner_hash(owner)}"


def _key(owner: str, backdrop_id: str) -> Item:
    return _key_in(_partition(owner), backdrop_id)


def _key_in(partition: str, backdrop_id: str) -> Item:
    return {"JobId": {"S": partition}, "ImageId": {"S": backdrop_id}}


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
        "Light": row.light,
        "Recipe": json.dumps(recipes.to_dict(row.recipe), ensure_ascii=False) if row.recipe else None,
        "SharedBy": row.shared_by,
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
        light=item.get("Light"),
        recipe=recipes.from_dict(json.loads(item["Recipe"])) if "Recipe" in item else None,
        shared_by=item.get("SharedBy"),
    )


def _shared_row_of(item: Mapping[str, Any]) -> BackdropRow:
    return _row_of(item["Owner"], item)
