"""Saved settings, rows of the Images table beside backdrops (docs/contracts.md, Tables).

All of one person's have the same partition, and all of one team's, which no job's or draft's id can be called. A second
row holds the name of each, so that no two of one partition have the same; both are written together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from backdrop.aws.items import from_item, to_item, to_values
from backdrop.aws.table import BATCH_WRITE, Item, Table
from backdrop.core import options_json
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import Mode
from backdrop.jobs.saved.rows import SavedSettings, to_dict

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_PARTITIONS = "settings-"
_OF_TEAM = f"{_PARTITIONS}team-"
"""No hash of a person begins with `team-`."""

_NAMES = "~"
"""What the sort keys of names begin with: they come after all ids."""

_NEW = "attribute_not_exists(JobId)"


@dataclass(frozen=True)
class SavedSettingsTable:
    """Reads and writes saved settings; persons are told by `keys.owner_hash`. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the Images table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def saved(self, owner: str, teams: Collection[str], settings_id: str) -> SavedSettings | None:
        """Return settings of a person's or of one of the teams, read consistently; None when there are none."""
        places = [_partition(owner, None), *(_partition(None, team) for team in teams)]
        found = self._rows.get_many([_key(place, settings_id) for place in places])
        return next((_row_of(from_item(item)) for item in found), None)

    def all_saved(self, owner: str | None, team: str | None) -> list[SavedSettings]:
        """Return all settings of a person's, or of a team's, read consistently."""
        return self._of(_partition(owner, team))

    def put_saved(self, row: SavedSettings) -> bool:
        """Write new settings. False, and nothing written, when the name is taken."""
        return self._rows.change_together([_put(_attributes(row), _NEW), _put(_name_row(row), _NEW)])

    def change_saved(self, row: SavedSettings, before: SavedSettings) -> bool:
        """Write settings over their version before, whose name and place may be others. False, and nothing written,
        when there is another version by now, or the name is taken."""
        old, new = _name_row(before), _name_row(row)
        unchanged = {
            "ConditionExpression": "Version = :before",
            "ExpressionAttributeValues": to_values({":before": before.version}),
        }
        moved = old["JobId"] != new["JobId"]
        changes: list[dict[str, Any]] = [
            {"Put": {"Item": to_item(_attributes(row)), **({"ConditionExpression": _NEW} if moved else unchanged)}}
        ]
        if moved:
            changes.append({"Delete": {"Key": _key(old["JobId"], before.id), **unchanged}})
        if old != new:
            changes += [{"Delete": {"Key": _key(old["JobId"], old["ImageId"])}}, _put(new, _NEW)]
        return self._rows.change_together(changes)

    def delete_saved(self, row: SavedSettings) -> None:
        """Delete settings and free their name; what is not there is fine."""
        name = _name_row(row)
        found = [_key(name["JobId"], row.id), _key(name["JobId"], name["ImageId"])]
        self._rows.change_together([{"Delete": {"Key": key}} for key in found])

    def owners_at(self, address: str) -> list[str]:
        """Return who (`keys.owner_hash`) saved settings under an address, in any case. Reads the whole table."""
        rows = self._rows.scan(
            ConsistentRead=True,
            FilterExpression="begins_with(JobId, :settings) AND attribute_exists(ChangedBy)",
            ExpressionAttributeValues=to_values({":settings": _PARTITIONS}),
        )
        return [
            str(row["ChangedByOwner"])
            for row in map(from_item, rows)
            if str(row["ChangedBy"]).casefold() == address.casefold()
        ]

    def forget_person(self, owner: str) -> int:
        """Delete all settings of a person's, and take the person's name off those of teams; return how many rows that
        changed. Reads the whole table."""
        own = _partition(owner, None)
        query = {"KeyConditionExpression": "JobId = :own", "ExpressionAttributeValues": to_values({":own": own})}
        keys = [
            _key(own, str(from_item(item)["ImageId"]))
            for page in self._rows.pages(**query, ConsistentRead=True)
            for item in page.items
        ]
        self._rows.delete_many(keys)
        scanned = self._rows.scan(
            ConsistentRead=True,
            FilterExpression="ChangedByOwner = :owner AND begins_with(JobId, :team)",
            ExpressionAttributeValues=to_values({":owner": owner, ":team": _OF_TEAM}),
        )
        named = [replace(_row_of(from_item(item)), changed_by=None, changed_by_owner=None) for item in scanned]
        for start in range(0, len(named), BATCH_WRITE):
            self._rows.put_many([to_item(_attributes(row)) for row in named[start : start + BATCH_WRITE]])
        return len(keys) + len(named)

    def _of(self, partition: str) -> list[SavedSettings]:
        query = {
            "KeyConditionExpression": "JobId = :partition AND ImageId < :names",
            "ExpressionAttributeValues": to_values({":partition": partition, ":names": _NAMES}),
            "ConsistentRead": True,
        }
        return [_row_of(from_item(item)) for page in self._rows.pages(**query) for item in page.items]

    @property
    def _rows(self) -> Table:
        return Table(self.connect, self.table)


def _partition(owner: str | None, team: str | None) -> str:
    return f"{_PARTITIONS}{owner}" if team is None else f"{_OF_TEAM}{team}"


def _key(partition: str, sort_key: str) -> Item:
    return {"JobId": {"S": partition}, "ImageId": {"S": sort_key}}


def _put(attributes: Mapping[str, Any], condition: str) -> dict[str, Any]:
    return {"Put": {"Item": to_item(attributes), "ConditionExpression": condition}}


def _name_row(row: SavedSettings) -> dict[str, str]:
    # A hash: a sort key has at most 1,024 bytes.
    named = hashlib.sha256(row.name_form.encode()).hexdigest()[:32]
    return {"JobId": _partition(row.owner, row.team), "ImageId": f"{_NAMES}{named}"}


def _attributes(row: SavedSettings) -> dict[str, Any]:
    return {
        "JobId": _partition(row.owner, row.team),
        "ImageId": row.id,
        "SettingsName": row.name,
        "Version": row.version,
        # As text: nested attributes would have numbers that JSON can't write.
        "Settings": json.dumps(to_dict(row.request), ensure_ascii=False, separators=(",", ":")),
        "ChangedAt": row.changed_at,
        "ChangedBy": row.changed_by,
        "ChangedByOwner": row.changed_by_owner,
        "Marks": ",".join(row.marks),
    }


def _row_of(item: Mapping[str, Any]) -> SavedSettings:
    whose = str(item["JobId"])
    team = whose.removeprefix(_OF_TEAM) if whose.startswith(_OF_TEAM) else None
    asked = json.loads(item["Settings"])
    return SavedSettings(
        id=item["ImageId"],
        name=item["SettingsName"],
        version=item["Version"],
        request=JobRequest(
            prompt=asked["Prompt"],
            negative_prompt=asked["NegativePrompt"],
            mode=Mode(asked["Mode"]),
            model_id=asked["ModelId"],
            seed=asked["Seed"],
            options=options_json.from_dict(asked["Options"]),
            tags=tuple(asked["Tags"]),
        ),
        changed_at=item["ChangedAt"],
        owner=whose.removeprefix(_PARTITIONS) if team is None else None,
        team=team,
        changed_by=item.get("ChangedBy"),
        changed_by_owner=item.get("ChangedByOwner"),
        marks=tuple(item["Marks"].split(",")),
    )
