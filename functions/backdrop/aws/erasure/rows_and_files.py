"""Rows and objects as an erasure finds and removes them, in the tables and in the bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backdrop.aws.backdrops_table import BackdropsTable
from backdrop.aws.failures import storage
from backdrop.aws.image_items import DRAFT_KEY, draft_of
from backdrop.aws.images_table import DRAFTS_OF, ImagesTable
from backdrop.aws.items import from_item, to_values
from backdrop.aws.jobs_table import JobsTable, job_of
from backdrop.aws.mails.settings_table import MailSettingsTable
from backdrop.aws.objects import Objects
from backdrop.aws.saved.settings_table import SavedSettingsTable
from backdrop.aws.table import Table
from backdrop.core.keys import owner_hash
from backdrop.jobs.erasure.erasing import Stayed, Version
from backdrop.jobs.model import Draft, Job

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_s3 import S3Client


@dataclass(frozen=True)
class ErasableRows:
    """Finds and removes rows of both tables. Raises what `aws.table.Table` raises.

    Who owns what is in no index by address: whole tables are read, some seconds for 100,000 rows.
    """

    connect: Callable[[], DynamoDBClient]
    jobs_table: str
    images_table: str

    def job(self, job_id: str) -> Job | None:
        """The job, None when there is none."""
        return JobsTable(self.connect, self.jobs_table).get(job_id)

    def draft(self, draft_id: str) -> Draft | None:
        """The draft that a job was made of, or one that is open; None when there is none."""
        return ImagesTable(self.connect, self.images_table).draft(draft_id)

    def jobs_of(self, person: str) -> list[Job]:
        """All jobs of a person, by e-mail address in any case or Cognito `sub`."""
        found = (from_item(item) for item in Table(self.connect, self.jobs_table).scan(ConsistentRead=True))
        return [job_of(row) for row in found if _is_of(row, person)]

    def drafts_of(self, person: str) -> list[Draft]:
        """All drafts of a person, those of jobs among them."""
        rows = Table(self.connect, self.images_table).scan(
            ConsistentRead=True,
            FilterExpression="ImageId = :draft",
            ExpressionAttributeValues=to_values({":draft": DRAFT_KEY}),
        )
        return [draft_of(row) for row in map(from_item, rows) if _is_of(row, person)]

    def owners_at(self, person: str) -> list[str]:
        """Whoever (`keys.owner_hash`) has mails sent to an address, saved settings, or shares backdrops under it, in
        any case."""
        mailed = MailSettingsTable(self.connect, self.images_table).owners_at(person)
        saved = SavedSettingsTable(self.connect, self.images_table).owners_at(person)
        shared = BackdropsTable(self.connect, self.images_table).shared_backdrops()
        sharing = [owner_hash(one.owner) for one in shared if (one.shared_by or "").casefold() == person.casefold()]
        return [*mailed, *saved, *sharing]

    def remove_images(self, partition: str) -> int:
        """Remove all rows of a job or a draft; return how many there were."""
        table = Table(self.connect, self.images_table)
        pages = table.pages(
            KeyConditionExpression="JobId = :partition",
            ExpressionAttributeValues=to_values({":partition": partition}),
            ProjectionExpression="JobId, ImageId",
            ConsistentRead=True,
        )
        found = [item for page in pages for item in page.items]
        table.delete_many(found)
        return len(found)

    def remove_job(self, job_id: str) -> int:
        """Remove a job's row; return how many there were."""
        Table(self.connect, self.jobs_table).delete_many([{"JobId": {"S": job_id}}])
        return 1

    def remove_list(self, owner: str) -> int:
        """Remove the rows by which an owner's drafts (`keys.owner_hash`) are found; return how many there were."""
        return self.remove_images(f"{DRAFTS_OF}{owner}")

    def remove_settings(self, owner: str) -> int:
        """Remove an owner's saved settings (`keys.owner_hash`), and the owner's name from those of teams, which stay;
        return how many rows that changed."""
        return SavedSettingsTable(self.connect, self.images_table).forget_person(owner)

    def remove_backdrops(self, owner: str) -> int:
        """Remove the rows of an owner's backdrops (`keys.owner_hash`); return how many there were."""
        return BackdropsTable(self.connect, self.images_table).remove_all(owner)


@dataclass(frozen=True)
class ErasableFiles:
    """Finds and removes versions of objects. Raises what `aws.objects.Objects` raises."""

    connect: Callable[[], S3Client]

    def versions(self, bucket: str, prefix: str) -> Iterator[Version]:
        """All versions of objects whose keys begin so, and the marks that they were deleted."""
        with storage(f"list {prefix}"):
            pages = self.connect().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
            for page in pages:
                for one in page.get("Versions", []):
                    yield Version(one["Key"], one["VersionId"], one["Size"])
                for mark in page.get("DeleteMarkers", []):
                    yield Version(mark["Key"], mark["VersionId"], 0)

    def remove(self, bucket: str, versions: Sequence[Version]) -> list[Stayed]:
        """Remove up to 1,000 versions for good, and return those that stayed: under Object Lock, or not allowed."""
        named = {(one.key, one.version_id): one for one in versions}
        stayed = Objects(self.connect).delete_versions(bucket, list(named))
        return [Stayed(named[one.key, one.version_id or ""], one.trouble.reason) for one in stayed]


def _is_of(row: dict[str, Any], person: str) -> bool:
    return row.get("Owner") == person or str(row.get("OwnerEmail", "")).casefold() == person.casefold()
