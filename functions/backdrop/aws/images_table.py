"""The Images table: a draft's row, its photos' rows and their outcomes (docs/contracts.md, Tables)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from backdrop.aws.image_items import (
    COUNTS_KEY,
    DRAFT_KEY,
    draft_attributes,
    draft_of,
    glanced_of,
    labels_text,
    new_photo_attributes,
    photo_attributes,
    photo_of,
    variation_attributes,
)
from backdrop.aws.items import expiry, from_item, to_item, to_value, to_values
from backdrop.aws.table import BATCH_WRITE, Item, Table
from backdrop.core import clock
from backdrop.core.keys import owner_hash
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import ImageStatus, Verdict
from backdrop.jobs.manifest import items_of
from backdrop.jobs.model import DRAFT_LIFETIME, JOB_LIFETIME, Draft, GlancedImage, Label, OwnMask, PhotoRow

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BY_STATUS = "ByStatus"
OVERVIEW = "Overview"

DRAFTS_OF = "drafts-"
"""What the partitions begin with whose rows name the drafts of a user. No job's or draft's id can be called so."""


@dataclass(frozen=True)
class ImagesTable:
    """Reads and writes drafts, photos and outcomes. Raises what `aws.table.Table` raises.

    Args:
        connect: gives the client.
        table: the table's name.
        row_lifetime: how long the rows of a job are kept.
    """

    connect: Callable[[], DynamoDBClient]
    table: str
    row_lifetime: timedelta = JOB_LIFETIME

    # Drafts

    def put_draft(self, draft: Draft) -> None:
        """Write a new draft, and with it what it is found by, if it is to be."""
        item = {**draft_attributes(draft), "ExpiresAt": expiry(draft.created_at, DRAFT_LIFETIME)}
        put = {"Put": {"Item": to_item(item), "ConditionExpression": "attribute_not_exists(JobId)"}}
        self._rows.change_together([put, *([{"Put": {"Item": _entry(draft)}}] if draft.listed else [])])

    def draft(self, draft_id: str) -> Draft | None:
        """The draft, read consistently; None when there is none or it expired."""
        item = self._rows.get(_key(draft_id, DRAFT_KEY))
        return draft_of(from_item(item)) if item else None

    def drafts_of(self, owner: str, limit: int) -> list[Draft]:
        """The owner's listed drafts, newest first, at most `limit` of them; one that was just submitted may be among
        them."""
        page = self._rows.query(
            KeyConditionExpression="JobId = :partition",
            ExpressionAttributeValues=to_values({":partition": f"{DRAFTS_OF}{owner_hash(owner)}"}),
            ScanIndexForward=False,
            Limit=limit,
            ConsistentRead=True,
        )
        items = self._rows.get_many([_key(item["ImageId"]["S"], DRAFT_KEY) for item in page.items])
        return sorted((draft_of(from_item(item)) for item in items), key=lambda draft: draft.id, reverse=True)

    def set_listed(self, draft: Draft, *, listed: bool) -> bool:
        """Put an open draft into its user's list, or take it off. False, and nothing written, when it is closed."""
        change: Any = {
            "Update": {
                "Key": _key(draft.id, DRAFT_KEY),
                "UpdateExpression": "SET Listed = :listed",
                "ConditionExpression": _OPEN,
                "ExpressionAttributeValues": to_values({":listed": listed}),
            }
        }
        entry = {"Put": {"Item": _entry(draft)}} if listed else {"Delete": {"Key": _entry_key(draft)}}
        return self._rows.change_together([change, entry])

    def reserve(self, draft_id: str, count: int, most: int) -> int | None:
        """Take `count` photo numbers in an open draft, as long as it then has at most `most` photos.

        One conditional update, so that two calls at once can't pass the limit together.

        Returns:
            The first of the numbers; None when the draft is closed or would be too full.
        """
        updated = self._rows.update(
            _key(draft_id, DRAFT_KEY),
            "ADD PhotoCount :count, NextNumber :count, Revision :one SET ChangedAt = :now",
            f"{_OPEN} AND PhotoCount <= :room",
            to_values({":count": count, ":one": 1, ":room": most - count, ":now": clock.iso(clock.now())}),
            returning="UPDATED_NEW",
        )
        return None if updated is None else int(updated["NextNumber"]["N"]) - count

    def claim(self, draft: Draft, *, claim: str, at: str, stale_before: str, left_out: frozenset[str]) -> bool:
        """Close the draft for submission by one caller.

        Args:
            draft: as read; a photo added or removed since makes the claim fail.
            claim: names this caller.
            at: the moment, ISO.
            stale_before: a claim from before this moment belongs to a caller that died: it may be taken over.
            left_out: ids of the photos that do not go into the job.

        Returns:
            False when somebody else holds the claim or the photos changed.
        """
        expires = expiry(draft.created_at, DRAFT_LIFETIME + self.row_lifetime)
        claimed = self._update(
            _key(draft.id, DRAFT_KEY),
            "SET SubmittedAt = :at, Claim = :claim, LeftOut = :left, ExpiresAt = :expires",
            f"({_OPEN} OR SubmittedAt < :stale) AND Revision = :revision",
            {
                ":at": at,
                ":claim": claim,
                ":left": ",".join(sorted(left_out)),
                ":expires": expires,
                ":stale": stale_before,
                ":revision": draft.revision,
            },
        )
        if claimed:
            self._rows.delete_many([_entry_key(draft)])
        return claimed

    def release(self, draft: Draft, claim: str) -> bool:
        """Open the draft again, if this caller still holds the claim."""
        released = self._update(
            _key(draft.id, DRAFT_KEY),
            "SET ExpiresAt = :expires REMOVE SubmittedAt, Claim, LeftOut",
            "Claim = :claim",
            {":claim": claim, ":expires": expiry(draft.created_at, DRAFT_LIFETIME)},
        )
        if released and draft.listed:
            self._rows.put_many([_entry(draft)])
        return released

    # Photos

    def put_photos(self, photos: Sequence[PhotoRow]) -> None:
        """Write new rows. Their ids come from `reserve`, so none exists yet."""
        self._put_many(new_photo_attributes(photo, self.row_lifetime) for photo in photos)

    def rewrite_photos(self, photos: Sequence[PhotoRow]) -> None:
        """Write rows anew with what they are submitted with. The draft is claimed and its job not there yet, so none
        has an outcome that could be lost."""
        self._put_many(new_photo_attributes(photo, self.row_lifetime) for photo in photos)

    def put_copies(self, draft_id: str, photos: Sequence[PhotoRow]) -> bool:
        """Write new rows that are `Ready` already, and with each batch the draft's revision.

        So a submission either has them all in its job or finds the draft changed. Their ids come from `reserve`.

        Returns:
            False when the draft is closed; those of earlier batches are in its job then.
        """
        for start in range(0, len(photos), BATCH_WRITE):
            batch = photos[start : start + BATCH_WRITE]
            puts = [{"Put": {"Item": to_item(new_photo_attributes(photo, self.row_lifetime))}} for photo in batch]
            if not self._changed_in_draft(draft_id, 0, *puts):
                return False
        return True

    def put_variations(self, job_id: str, manifest: Iterable[bytes]) -> None:
        """Write a row for each further variation of a manifest's photos, so that people see it waiting.

        Before any of them has an outcome: a row that exists is written anew.
        """
        self._put_many(
            variation_attributes(job_id, item, number, self.row_lifetime)
            for line in map(json.loads, manifest)
            for item in items_of(line)
            for number in range(2, len(item["Seeds"]) + 1)
        )

    def photo(self, job_id: str, image_id: str) -> PhotoRow | None:
        """One photo, read consistently."""
        item = self._rows.get(_key(job_id, image_id))
        return photo_of(from_item(item)) if item else None

    def some(self, job_id: str, image_ids: Sequence[str]) -> list[PhotoRow]:
        """Photos of the ids, in their order, read consistently; those that are not there left out."""
        items = self._rows.get_many([_key(job_id, id_) for id_ in image_ids])
        found = {item["ImageId"]["S"]: item for item in items}
        return [photo_of(from_item(found[id_])) for id_ in image_ids if id_ in found]

    def photos(self, job_id: str) -> Iterator[PhotoRow]:
        """All photos and outcomes of a draft or job, read consistently, in the order of registration."""
        return map(photo_of, self.outcomes(job_id))

    def page(self, job_id: str, limit: int, after: str | None) -> tuple[list[PhotoRow], str | None]:
        """Return up to `limit` photos after the image id `after`, and the id to go on after (None: these were the
        last)."""
        page = self._rows.query(**_images_of(job_id), Limit=limit, **_start(_key(job_id, after) if after else None))
        return [photo_of(from_item(item)) for item in page.items], page.last["ImageId"]["S"] if page.last else None

    def page_of_status(
        self, job_id: str, status: ImageStatus, limit: int, after: str | None
    ) -> tuple[list[PhotoRow], str | None]:
        """Return the same as `page`, of the photos of one stored status (read from the index: may lag by a moment)."""
        start = {**_key(job_id, after), "Status": to_value(status.value)} if after else None
        page = self._rows.query(**_of_status(job_id, status), Limit=limit, **_start(start))
        rows = self.some(job_id, [item["ImageId"]["S"] for item in page.items])
        return rows, page.last["ImageId"]["S"] if page.last else None

    def glance(self, job_id: str, limit: int, after: str | None) -> tuple[list[GlancedImage], str | None]:
        """Return the same as `page`, of each row what the index `Overview` has (may lag by a moment). DynamoDB ends a
        page at 1 MB: some 7,000 images."""
        query = {**_images_of(job_id), "IndexName": OVERVIEW, "ConsistentRead": False}
        page = self._rows.query(**query, Limit=limit, **_start(_key(job_id, after) if after else None))
        return [glanced_of(from_item(item)) for item in page.items], page.last["ImageId"]["S"] if page.last else None

    def count(self, job_id: str, status: ImageStatus) -> int:
        """How many photos have a stored status (from the index: may lag by a moment)."""
        return self._rows.count(**_of_status(job_id, status))

    def start_counting(self, job_id: str, started_at: str) -> None:
        """Write the row in which the state machine counts the job's images as they end, unless it is there."""
        counts = {"JobId": job_id, "ImageId": COUNTS_KEY, "Succeeded": 0, "Failed": 0}
        self._rows.put(
            to_item({**counts, "ExpiresAt": expiry(started_at, self.row_lifetime)}), "attribute_not_exists(JobId)"
        )

    def counted(self, job_id: str) -> tuple[int, int] | None:
        """How many images of the job succeeded and failed until now, one read whatever its size; None: nobody counts.

        While a job runs, never more than there are, and some that ended may not be counted.
        """
        item = self._rows.get(_key(job_id, COUNTS_KEY))
        return (int(item["Succeeded"]["N"]), int(item["Failed"]["N"])) if item else None

    def outcomes(self, job_id: str) -> Iterator[dict[str, Any]]:
        """Every image row of a job as it stands there, read consistently: attribute name -> plain value."""
        for page in self._rows.pages(**_images_of(job_id)):
            yield from map(from_item, page.items)

    def save_inspection(self, photo: PhotoRow, *, labels_only: bool = False) -> bool:
        """Store what inspection found; `labels_only` when it looked for labels again and at nothing else.

        False, and nothing written, when the photo was deleted or another call inspected it first. Labels that
        were missing may be filled in later.
        """
        # A mask, or a person's labels, may have come or gone since the photo was read.
        theirs = ("MaskSha256", "MaskFrom", "MaskAt", "OwnLabels")
        kept = ("JobId", "ImageId", *(theirs if labels_only else ()))
        found = {k: v for k, v in photo_attributes(photo).items() if k not in kept and v is not None}
        gone = sorted({"LabelsError", "Error", "Cause"} - found.keys())
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in found)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        return self._update(
            _key(photo.job_id, photo.image_id),
            expression,
            "#Status = :uploading OR (#Status = :ready AND attribute_exists(#LabelsError))",
            {
                **{f":{name}": value for name, value in found.items()},
                ":uploading": ImageStatus.UPLOADING.value,
                ":ready": ImageStatus.READY.value,
            },
            {f"#{name}": name for name in {*found, *gone}},
        )

    def save_mask(self, draft_id: str, image_id: str, mask: OwnMask | None) -> bool:
        """Note the mask that the user brought for a photo, or with None that it has none of its own.

        False, and nothing written, when the draft is closed or the photo not ready. A submission that read the photo
        before finds the draft changed.
        """
        set_ = {"MaskSha256": mask.sha256, "MaskFrom": mask.origin.value, "MaskAt": mask.at} if mask else {}
        known = {name: value for name, value in set_.items() if value is not None}
        gone = sorted({"MaskSha256", "MaskFrom", "MaskAt"} - known.keys())
        parts = ["SET " + ", ".join(f"{name} = :{name}" for name in known)] if known else []
        parts += ["REMOVE " + ", ".join(gone)] if gone else []
        change: dict[str, Any] = {
            "Key": _key(draft_id, image_id),
            "UpdateExpression": " ".join(parts),
            "ConditionExpression": "#status = :ready",
            "ExpressionAttributeNames": {"#status": "Status"},
            "ExpressionAttributeValues": {
                ":ready": to_value(ImageStatus.READY.value),
                **{f":{name}": to_value(value) for name, value in known.items()},
            },
        }
        return self._changed_in_draft(draft_id, 0, {"Update": change})

    def save_labels(self, draft_id: str, image_id: str, labels: tuple[Label, ...] | None) -> bool:
        """Note what a person made of a photo's labels, or with None that those count that were found.

        False, and nothing written, when the draft is closed or the photo not ready. A submission that read the photo
        before finds the draft changed.
        """
        values = {":ready": to_value(ImageStatus.READY.value)}
        if labels is not None:
            values[":labels"] = to_value(labels_text(labels))
        change: dict[str, Any] = {
            "Key": _key(draft_id, image_id),
            "UpdateExpression": "REMOVE OwnLabels" if labels is None else "SET OwnLabels = :labels",
            "ConditionExpression": "#status = :ready",
            "ExpressionAttributeNames": {"#status": "Status"},
            "ExpressionAttributeValues": values,
        }
        return self._changed_in_draft(draft_id, 0, {"Update": change})

    def save_verdict(self, job_id: str, image_id: str, verdict: Verdict | None, at: str, why: Why = UNSAID) -> bool:
        """Store what a person thinks of a finished image, and why it was rejected; None: nothing any more. False when
        it is not finished."""
        said = {"Verdict": verdict.value, "VerdictAt": at} if verdict else {}
        said |= {"RejectReason": why.reason.value} if why.reason else {}
        said |= {"RejectWords": why.words} if why.words else {}
        gone = [name for name in ("Verdict", "VerdictAt", "RejectReason", "RejectWords") if name not in said]
        changes = [
            "SET " + ", ".join(f"{name} = :{name}" for name in said) if said else "",
            "REMOVE " + ", ".join(gone) if gone else "",
        ]
        return self._update(
            _key(job_id, image_id),
            " ".join(filter(None, changes)),
            "#status = :succeeded",
            {":succeeded": ImageStatus.SUCCEEDED.value, **{f":{name}": value for name, value in said.items()}},
            {"#status": "Status"},
        )

    def delete_photo(self, draft_id: str, image_id: str) -> bool:
        """Remove a photo from an open draft. False when the draft is closed or has no such photo."""
        change = {"Key": _key(draft_id, image_id), "ConditionExpression": "attribute_exists(JobId)"}
        return self._changed_in_draft(draft_id, -1, {"Delete": change})

    # Inside

    @property
    def _rows(self) -> Table:
        return Table(self.connect, self.table)

    def _put_many(self, rows: Iterable[dict[str, Any]]) -> None:
        items = map(to_item, rows)
        while batch := list(itertools.islice(items, BATCH_WRITE)):
            self._rows.put_many(batch)

    def _changed_in_draft(self, draft_id: str, photos: int, *changes: Any) -> bool:
        """Change photos of an open draft, and the draft's revision with them; False when a condition fails."""
        draft: Any = {
            "Update": {
                "Key": _key(draft_id, DRAFT_KEY),
                "UpdateExpression": "ADD PhotoCount :photos, Revision :one SET ChangedAt = :now",
                "ConditionExpression": _OPEN,
                "ExpressionAttributeValues": to_values({":photos": photos, ":one": 1, ":now": clock.iso(clock.now())}),
            }
        }
        return self._rows.change_together([draft, *changes])

    def _update(
        self,
        key: Item,
        expression: str,
        condition: str,
        values: dict[str, Any],
        names: dict[str, str] | None = None,
    ) -> bool:
        return self._rows.update(key, expression, condition, to_values(values), names) is not None


_OPEN = "attribute_exists(JobId) AND attribute_not_exists(SubmittedAt)"


def _entry_key(draft: Draft) -> Item:
    return _key(f"{DRAFTS_OF}{owner_hash(draft.owner)}", draft.id)


def _entry(draft: Draft) -> Item:
    """The row by which a user's drafts are found: there is no index by owner, and this one goes with the draft."""
    return {**_entry_key(draft), **to_item({"ExpiresAt": expiry(draft.created_at, DRAFT_LIFETIME)})}


def _key(job_id: str, image_id: str) -> Item:
    return {"JobId": {"S": job_id}, "ImageId": {"S": image_id}}


def _images_of(job_id: str) -> dict[str, Any]:
    """The query of all images of a job."""
    return {
        # The draft's row sorts before every image id ('#' < '0') and behind the counts, so this leaves them out.
        "KeyConditionExpression": "JobId = :job AND ImageId > :draft",
        "ExpressionAttributeValues": to_values({":job": job_id, ":draft": DRAFT_KEY}),
        "ConsistentRead": True,
    }


def _of_status(job_id: str, status: ImageStatus) -> dict[str, Any]:
    """The query of the keys of a job's images of one status."""
    return {
        "IndexName": BY_STATUS,
        "KeyConditionExpression": "JobId = :job AND #status = :status",
        "ExpressionAttributeNames": {"#status": "Status"},
        "ExpressionAttributeValues": to_values({":job": job_id, ":status": status.value}),
    }


def _start(after: Item | None) -> dict[str, Any]:
    return {"ExclusiveStartKey": after} if after else {}
