"""People's settings of mails, rows of the Images table beside their backdrops (docs/contracts.md, Tables)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.items import from_item, to_item
from backdrop.aws.table import Item, Table
from backdrop.jobs.mails.setting import MailRow

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


_PARTITIONS, _SETTING = "mail-", "setting"
"""No job's or draft's id can begin so, nor a backdrop's partition."""


@dataclass(frozen=True)
class MailSettingsTable:
    """Reads and writes a row a person, by `keys.owner_hash`. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the Images table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def mail_row(self, owner: str) -> MailRow | None:
        """Return the person's row, read consistently; None when there is none."""
        item = self._rows.get(_key(owner))
        if item is None:
            return None
        row = from_item(item)
        return MailRow(str(row["SubscriptionArn"]), str(row["Address"]))

    def put_mail_row(self, owner: str, row: MailRow) -> None:
        """Write the person's row, over one that is there."""
        self._rows.put_many([{**_key(owner), **to_item({"SubscriptionArn": row.arn, "Address": row.address})}])

    def remove_mail_row(self, owner: str) -> None:
        """Delete the person's row; one that is not there is fine."""
        self._rows.delete_many([_key(owner)])

    def owners_at(self, address: str) -> list[str]:
        """Return whose rows (`keys.owner_hash`) name an address, in any case. Reads the whole table."""
        rows = self._rows.scan(
            ConsistentRead=True,
            FilterExpression="ImageId = :setting AND begins_with(JobId, :mail)",
            ExpressionAttributeValues=to_item({":setting": _SETTING, ":mail": _PARTITIONS}),
        )
        return [
            str(row["JobId"]).removeprefix(_PARTITIONS)
            for row in map(from_item, rows)
            if str(row["Address"]).casefold() == address.casefold()
        ]

    @property
    def _rows(self) -> Table:
        return Table(self.connect, self.table)


def _key(owner: str) -> Item:
    return {"JobId": {"S": f"{_PARTITIONS}{owner}"}, "ImageId": {"S": _SETTING}}
