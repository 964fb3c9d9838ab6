"""The Images table: a draft's row, its photos' rows and their outcomes (docs/architecture.md section 3)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from backdrop.aws.image_items import (
    DRAFT_KEY,
    draft_attributes,
    draft_of,
    photo_attributes,
    photo_of,
    variation_attributes,
)
from backdrop.aws.items import from_item, to_item, to_value
from backdrop.domain import clock
from backdrop.domain.jobs import DRAFT_LIFETIME, JOB_LIFETIME, Draft, ImageStatus, PhotoRow, Verdict

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

BY_STATUS = "ByStatus"

_BATCH_WRITE = 25
"""Items one BatchWriteItem takes."""

_BATCH_ROUNDS = 6
"""Times a batch's leftovers are sent again; botocore waits in between where DynamoDB throttles."""


@dataclass(frozen=True)
class ImagesTable:
    """Reads and writes drafts and photos."""

    client: DynamoDBClient
    table: str

    # Drafts

    def put_draft(self, draft: Draft) -> None:
        """Write a new draft."""
        item = {**draft_attributes(draft), "ExpiresAt": _epoch(draft.created_at, DRAFT_LIFETIME)}
        self.client.put_item(
            TableName=self.table, Item=to_item(item), ConditionExpression="attribute_not_exists(JobId)"
        )

    def draft(self, draft_id: str) -> Draft | None:
        """The draft, read consistently; None when there is none or it expired."""
        answer = self.client.get_item(TableName=self.table, Key=_key(draft_id, DRAFT_KEY), ConsistentRead=True)
        item = answer.get("Item")
        return draft_of(from_item(item)) if item else None

    def reserve(self, draft_id: str, count: int, most: int) -> int | None:
        """Take `count` photo numbers in an open draft, as long as it then has at most `most` photos.

        One conditional update, so that two calls at once can't pass the limit together.

        Returns:
            The first of the numbers; None when the draft is closed or would be too full.
        """
        try:
            answer = self.client.update_item(
                TableName=self.table,
                Key=_key(draft_id, DRAFT_KEY),
                UpdateExpression="ADD PhotoCount :count, NextNumber :count, Revision :one",
                ConditionExpression=f"{_OPEN} AND PhotoCount <= :room",
                ExpressionAttributeValues={
                    ":count": to_value(count),
                    ":one": to_value(1),
                    ":room": to_value(most - count),
                },
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if _condition_failed(error):
                return None
            raise
        return int(answer["Attributes"]["NextNumber"]["N"]) - count

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
        expires = _epoch(draft.created_at, DRAFT_LIFETIME + JOB_LIFETIME)
        return self._changed(
            draft.id,
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

    def release(self, draft: Draft, claim: str) -> bool:
        """Open the draft again, if this caller still holds the claim."""
        return self._changed(
            draft.id,
            "SET ExpiresAt = :expires REMOVE SubmittedAt, Claim, LeftOut",
            "Claim = :claim",
            {":claim": claim, ":expires": _epoch(draft.created_at, DRAFT_LIFETIME)},
        )

    # Photos

    def put_photos(self, photos: Sequence[PhotoRow]) -> None:
        """Write new rows. Their ids come from `reserve`, so none exists yet."""
        for start in range(0, len(photos), _BATCH_WRITE):
            batch = photos[start : start + _BATCH_WRITE]
            self._write([{"PutRequest": {"Item": to_item(_new_photo(photo))}} for photo in batch])

    def put_copies(self, draft_id: str, photos: Sequence[PhotoRow]) -> bool:
        """Write new rows that are `Ready` already, and with each batch the draft's revision.

        So a submission either has them all in its job or finds the draft changed. Their ids come from `reserve`.

        Returns:
            False when the draft is closed; those of earlier batches are in its job then.
        """
        for start in range(0, len(photos), _BATCH_WRITE):
            puts = [
                {"Put": {"TableName": self.table, "Item": to_item(_new_photo(photo))}}
                for photo in photos[start : start + _BATCH_WRITE]
            ]
            if not self._changed_in_draft(draft_id, 0, *puts):
                return False
        return True

    def put_variations(self, job_id: str, manifest: Iterable[bytes]) -> None:
        """Write a row for each further variation of a manifest's photos, so that people see it waiting.

        Before any of them has an outcome: a row that exists is written anew.
        """
        requests = (
            {"PutRequest": {"Item": to_item(variation_attributes(job_id, item, number))}}
            for item in map(json.loads, manifest)
            for number in range(2, len(item["Seeds"]) + 1)
        )
        while batch := list(itertools.islice(requests, _BATCH_WRITE)):
            self._write(batch)

    def photo(self, job_id: str, image_id: str) -> PhotoRow | None:
        """One photo, read consistently."""
        answer = self.client.get_item(TableName=self.table, Key=_key(job_id, image_id), ConsistentRead=True)
        item = answer.get("Item")
        return photo_of(from_item(item)) if item else None

    def some(self, job_id: str, image_ids: Sequence[str]) -> list[PhotoRow]:
        """Photos of at most 100 ids, in the order of the ids, read consistently; those that are not there left out."""
        return self._get(list(image_ids), job_id)

    def photos(self, job_id: str) -> Iterator[PhotoRow]:
        """All photos and outcomes of a draft or job, read consistently, in the order of registration."""
        after: str | None = None
        while True:
            page, after = self.page(job_id, 1000, after)
            yield from page
            if after is None:
                return

    def page(self, job_id: str, limit: int, after: str | None) -> tuple[list[PhotoRow], str | None]:
        """Up to `limit` photos after the image id `after`, and the id to go on after (None: these were the last)."""
        query: dict[str, Any] = {}
        if after:
            query["ExclusiveStartKey"] = _key(job_id, after)
        page = self.client.query(
            TableName=self.table,
            # The draft's row sorts before every image id ('#' < '0'), so this leaves it out.
            KeyConditionExpression="JobId = :job AND ImageId > :draft",
            ExpressionAttributeValues={":job": to_value(job_id), ":draft": to_value(DRAFT_KEY)},
            ConsistentRead=True,
            Limit=limit,
            **query,
        )
        last = page.get("LastEvaluatedKey")
        return [photo_of(from_item(item)) for item in page["Items"]], last["ImageId"]["S"] if last else None

    def page_of_status(
        self, job_id: str, status: ImageStatus, limit: int, after: str | None
    ) -> tuple[list[PhotoRow], str | None]:
        """As `page`, of the photos of one stored status (read from the index: may lag by a moment)."""
        query: dict[str, Any] = {}
        if after:
            query["ExclusiveStartKey"] = {**_key(job_id, after), "Status": to_value(status.value)}
        page = self.client.query(**self._by_status(job_id, status), Limit=limit, **query)
        last = page.get("LastEvaluatedKey")
        rows = self._get([item["ImageId"]["S"] for item in page["Items"]], job_id)
        return rows, last["ImageId"]["S"] if last else None

    def count(self, job_id: str, status: ImageStatus) -> int:
        """How many photos have a stored status (from the index: may lag by a moment)."""
        total = 0
        query: dict[str, Any] = {**self._by_status(job_id, status), "Select": "COUNT"}
        while True:
            page = self.client.query(**query)
            total += page["Count"]
            if "LastEvaluatedKey" not in page:
                return total
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def save_inspection(self, photo: PhotoRow) -> bool:
        """Store what inspection found.

        False, and nothing written, when the photo was deleted or another call inspected it first. Labels that
        were missing may be filled in later.
        """
        found = {k: v for k, v in photo_attributes(photo).items() if k not in ("JobId", "ImageId") and v is not None}
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

    def save_mask(self, draft_id: str, image_id: str, sha256: str | None) -> bool:
        """Note a photo's own mask by its hash, or with None that it has none.

        False, and nothing written, when the draft is closed or the photo not ready. A submission that read the photo
        before finds the draft changed.
        """
        change: dict[str, Any] = {
            "TableName": self.table,
            "Key": _key(draft_id, image_id),
            "UpdateExpression": "SET MaskSha256 = :sha" if sha256 else "REMOVE MaskSha256",
            "ConditionExpression": "#status = :ready",
            "ExpressionAttributeNames": {"#status": "Status"},
            "ExpressionAttributeValues": {
                ":ready": to_value(ImageStatus.READY.value),
                **({":sha": to_value(sha256)} if sha256 else {}),
            },
        }
        return self._changed_in_draft(draft_id, 0, {"Update": change})

    def save_verdict(self, job_id: str, image_id: str, verdict: Verdict | None, at: str) -> bool:
        """Store what a person thinks of a finished image, None: nothing any more. False when it is not finished."""
        said = {":verdict": verdict.value, ":at": at} if verdict else {}
        return self._update(
            _key(job_id, image_id),
            "SET Verdict = :verdict, VerdictAt = :at" if verdict else "REMOVE Verdict, VerdictAt",
            "#status = :succeeded",
            {":succeeded": ImageStatus.SUCCEEDED.value, **said},
            {"#status": "Status"},
        )

    def delete_photo(self, draft_id: str, image_id: str) -> bool:
        """Remove a photo from an open draft. False when the draft is closed or has no such photo."""
        change: dict[str, Any] = {
            "TableName": self.table,
            "Key": _key(draft_id, image_id),
            "ConditionExpression": "attribute_exists(JobId)",
        }
        return self._changed_in_draft(draft_id, -1, {"Delete": change})

    # Inside

    def _changed_in_draft(self, draft_id: str, photos: int, *changes: Any) -> bool:
        """Change photos of an open draft, and the draft's revision with them; False when a condition fails."""
        draft: Any = {
            "Update": {
                "TableName": self.table,
                "Key": _key(draft_id, DRAFT_KEY),
                "UpdateExpression": "ADD PhotoCount :photos, Revision :one",
                "ConditionExpression": _OPEN,
                "ExpressionAttributeValues": {":photos": to_value(photos), ":one": to_value(1)},
            }
        }
        try:
            self.client.transact_write_items(TransactItems=[draft, *changes])
        except self.client.exceptions.TransactionCanceledException as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if "ConditionalCheckFailed" in reasons:
                return False
            raise
        return True

    def _changed(self, draft_id: str, expression: str, condition: str, values: dict[str, Any]) -> bool:
        return self._update(_key(draft_id, DRAFT_KEY), expression, condition, values, {})

    def _update(
        self, key: dict[str, Any], expression: str, condition: str, values: dict[str, Any], names: dict[str, str]
    ) -> bool:
        request: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        try:
            self.client.update_item(
                TableName=self.table,
                Key=key,
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues={name: to_value(value) for name, value in values.items()},
                **request,
            )
        except ClientError as error:
            if _condition_failed(error):
                return False
            raise
        return True

    def _by_status(self, job_id: str, status: ImageStatus) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "IndexName": BY_STATUS,
            "KeyConditionExpression": "JobId = :job AND #status = :status",
            "ExpressionAttributeNames": {"#status": "Status"},
            "ExpressionAttributeValues": {":job": to_value(job_id), ":status": to_value(status.value)},
        }

    def _get(self, image_ids: list[str], job_id: str) -> list[PhotoRow]:
        """Rows of at most 100 ids, in the order of the ids."""
        found: dict[str, PhotoRow] = {}
        pending: Any = {self.table: {"Keys": [_key(job_id, id_) for id_ in image_ids], "ConsistentRead": True}}
        for _ in range(_BATCH_ROUNDS):
            if not image_ids or not pending:
                break
            answer = self.client.batch_get_item(RequestItems=pending)
            for item in answer["Responses"].get(self.table, []):
                row = photo_of(from_item(item))
                found[row.image_id] = row
            pending = answer.get("UnprocessedKeys")
        return [found[id_] for id_ in image_ids if id_ in found]

    def _write(self, requests: list[Any]) -> None:
        pending: Any = {self.table: requests}
        for _ in range(_BATCH_ROUNDS):
            pending = self.client.batch_write_item(RequestItems=pending).get("UnprocessedItems")
            if not pending:
                return
        raise OSError(f"DynamoDB left {len(pending.get(self.table, []))} of {len(requests)} photo rows unwritten")


_OPEN = "attribute_exists(JobId) AND attribute_not_exists(SubmittedAt)"


def _key(job_id: str, image_id: str) -> dict[str, Any]:
    return {"JobId": {"S": job_id}, "ImageId": {"S": image_id}}


def _condition_failed(error: ClientError) -> bool:
    return error.response.get("Error", {}).get("Code") == "ConditionalCheckFailedException"


def _epoch(created_at: str, lifetime: timedelta) -> int:
    return int((clock.parse(created_at) + lifetime).timestamp())


def _new_photo(photo: PhotoRow) -> dict[str, Any]:
    created = photo.created_at or clock.iso(clock.now())
    # A submitted photo must outlive its job, and an abandoned one must go: the longer of the two for all.
    return {
        **photo_attributes(photo),
        "MaskSha256": photo.mask_sha256,
        "ExpiresAt": _epoch(created, DRAFT_LIFETIME + JOB_LIFETIME),
    }
