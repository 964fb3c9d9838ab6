"""The Heads table: the newest number, and its file's hash, of each series of numbered files (`jobs.proof.series`).

It lies where who can delete files in the bucket does not reach by that alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backdrop.aws.items import from_item, to_values
from backdrop.aws.table import Table
from backdrop.core import clock
from backdrop.jobs.proof.series import Head

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class HeadsTable:
    """Reads heads and moves them on, never back. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the table's name.
    """

    connect: Callable[[], DynamoDBClient]
    table: str

    def read(self, series: str) -> Head | None:
        """The newest number of a series that was noted, and the hash of its file; None: none was."""
        item = Table(self.connect, self.table).get(to_values({"Series": series}))
        if item is None:
            return None
        row = from_item(item)
        return Head(int(row["Number"]), str(row["Sha256"]))

    def advance(self, series: str, head: Head) -> None:
        """Note a newer number; nothing is changed where the same or a later one is noted already."""
        Table(self.connect, self.table).update(
            to_values({"Series": series}),
            "SET #number = :number, Sha256 = :sha256, #at = :at",
            "attribute_not_exists(#number) OR #number < :number",
            to_values({":number": head.number, ":sha256": head.sha256, ":at": clock.iso(clock.now())}),
            {"#number": "Number", "#at": "At"},
        )
