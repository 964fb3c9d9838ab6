"""Jobs of a thousand images for browser tests and benchmarks, without waiting for a thousand model calls.

A small job is made by the product itself. Then its rows and files are copied, in the shapes and under the keys that the
product gives them, and its own row tells the larger number. The row exists before, so the table's stream tells of a
change only, which starts nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from backdrop.api.schemas.jobs import Job
from backdrop.aws.image_items import COUNTS_KEY, photo_attributes, photo_of
from backdrop.aws.items import from_item, to_item
from backdrop.core import clock, keys
from backdrop.core.vocabulary import ImageStatus
from backdrop.imaging.quality.flags import Flag, FlagCode
from backdrop.imaging.review import review_json
from backdrop.jobs.model import image_id
from localcloud.cloud import LocalCloud
from tests.e2e.jobs import NAMES, Maker, small

FLAGGED_EVERY, FAILED_EVERY = 20, 50
"""Every so many images have a quality flag, or failed."""

_OUTCOME = (
    "SourceSha256", "SourceBytes", "ModelId", "Seed", "Attempts", "OutputBytes", "OutputSha256",
    "OutputWidth", "OutputHeight", "Passes", "LabelsKept", "Variation", "StartedAt", "FinishedAt",
)  # fmt: skip
_KINDS = ("Stuhl Möbel", "café-mug", "Rucksack", "shoe_red")
_FLAG = Flag(FlagCode.MASK_TOUCHES_BORDER, 0.031, 0.01)


@dataclass
class Many:
    """A job of many images, of which some are finished."""

    cloud: LocalCloud
    job: Job
    count: int
    finished: int
    samples: list[dict[str, Any]]
    prefixes: tuple[str, str]

    def finish(self, more: int) -> None:
        """Let `more` images of a running job end, as RecordSucceeded and RecordFailed write it."""
        numbers = range(self.finished, min(self.finished + more, self.count))
        _put(self.cloud, (self._row(number, done=True) for number in numbers))
        self.finished = numbers.stop
        _put(self.cloud, iter([self.counts()]))

    def counts(self) -> dict[str, Any]:
        """The row in which the state machine counts what ended."""
        failed = self.failed(self.finished)
        row = {"JobId": self.job.job_id, "ImageId": COUNTS_KEY, "ExpiresAt": self.samples[0]["ExpiresAt"]}
        return {**row, "Succeeded": self.finished - failed, "Failed": failed}

    def name(self, number: int) -> str:
        """The name of image `number` (from 0)."""
        return f"SKU-{number:05} {_KINDS[number % len(_KINDS)]}.jpg"

    def rows(self) -> Iterator[dict[str, Any]]:
        """Items of the Images table."""
        return (self._row(number, done=number < self.finished) for number in range(self.count))

    def failed(self, until: int) -> int:
        """How many of the first `until` images fail."""
        return sum(fails(number) for number in range(until))

    def copies(self, numbers: Iterable[int], *, pictures: int) -> Iterator[tuple[str, str]]:
        """Objects to copy for these images, source and target: thumbnails, and below the number `pictures` previews
        and finished images too.
        """
        for number in numbers:
            sample, row = self.samples[number % len(self.samples)], self._row(number, done=True)
            pairs = [(sample["SourceKey"], row["SourceKey"], keys.thumbnail_key)]
            if "OutputKey" in row:
                pairs.append((sample["OutputKey"], row["OutputKey"], keys.thumbnail_key))
            for source, target, key in pairs:
                if source != target:
                    yield key(source), key(target)
                    if number < pictures:
                        small_key = keys.preview_key if source == sample["SourceKey"] else str
                        yield small_key(source), small_key(target)

    def _row(self, number: int, *, done: bool) -> dict[str, Any]:
        sample = self.samples[number % len(self.samples)]
        id_, name = image_id(number), self.name(number)
        object_ = keys.object_name(name, id_, "jpg")
        source = keys.photo_key(self.prefixes[0], object_)
        photo = photo_of(sample)
        facts = replace(photo.facts, preview_key=keys.preview_key(source)) if photo.facts else None
        waiting = replace(
            photo, image_id=id_, name=name, source_key=source, facts=facts, status=ImageStatus.READY,
        )  # fmt: skip
        row = {**photo_attributes(waiting), "ExpiresAt": sample["ExpiresAt"]}
        if not done:
            return row
        outcome = {name: sample[name] for name in _OUTCOME if name in sample}
        if fails(number):
            cause = json.dumps({"errorMessage": "MODEL_REFUSED_OUTPUT_IMAGE: The model's filter refused the picture."})
            kept = {name: outcome[name] for name in ("ModelId", "Seed", "StartedAt", "FinishedAt")}
            return {**row, **kept, "Status": "Failed", "Error": "ModelRefused", "Cause": cause}
        flags = [_FLAG] if flagged(number) else []
        output = keys.output_key(self.prefixes[1], object_, "jpg")
        return {
            **row, **outcome, "Status": "Succeeded", "OutputKey": output,
            "Review": review_json(flags, None, None),
        }  # fmt: skip


def make(
    maker: Maker,
    count: int,
    finished: int | None = None,
    *,
    files: Iterable[int] | None = None,
    pictures: int | None = None,
    samples: int = 4,
) -> Many:
    """A job of `count` images, of which the first `finished` (all, if None) have ended.

    Args:
        files: numbers of the images that have thumbnails of their own (all, if None): no other may be looked at.
        pictures: how many of the first images have a preview and a finished image too (all, if None).
        samples: how many photos the small job has that the product makes.
    """
    cloud = maker.cloud
    photos = [(f"{name}.jpg", small(name, 900)) for name in NAMES[:samples]]
    job = maker.finished(maker.job(photos, f"On a light oak table, {count} photos", seed=11))
    tables = cloud.client("dynamodb")
    key = {"JobId": {"S": job.job_id}}
    item = from_item(tables.get_item(TableName=cloud.outputs.jobs_table, Key=key)["Item"])
    found = tables.query(
        TableName=cloud.outputs.images_table,
        KeyConditionExpression="JobId = :job AND ImageId > :draft",
        ExpressionAttributeValues={":job": {"S": job.job_id}, ":draft": {"S": "#draft"}},
    )["Items"]
    many = Many(
        cloud, job, count, count if finished is None else finished,
        [from_item(one) for one in found], (item["InputS3Prefix"], item["OutputS3Prefix"]),
    )  # fmt: skip
    _copy(
        cloud, many.copies(range(count) if files is None else files, pictures=count if pictures is None else pictures)
    )
    _put(cloud, many.rows())
    _put(cloud, iter([many.counts()]))
    _tell(cloud, many, item)
    return many


def _tell(cloud: LocalCloud, many: Many, item: dict[str, Any]) -> None:
    """The job's own row: as CompileReport ends it, or as PrepareJob starts it."""
    failed = many.failed(many.count)
    changed = {**item, "ImageCount": many.count}
    if many.finished == many.count:
        doubtful = sum(flagged(number) and not fails(number) for number in range(many.count))
        changed |= {
            "Status": "PartlyFailed" if failed else "Succeeded",
            "Succeeded": many.count - failed, "Failed": failed, "NeedReview": doubtful, "CostUsd": 0.14 * many.count,
        }  # fmt: skip
    else:
        for name in ("FinishedAt", "Succeeded", "Failed", "NeedReview", "ReportKey", "ReportCsvKey", "CostUsd"):
            changed.pop(name, None)
        began = datetime.now(UTC) - timedelta(seconds=3 * many.finished)
        changed |= {"Status": "Running", "StartedAt": clock.iso(began)}
    cloud.client("dynamodb").put_item(TableName=cloud.outputs.jobs_table, Item=to_item(changed))


def _put(cloud: LocalCloud, rows: Iterator[dict[str, Any]]) -> None:
    tables, table = cloud.client("dynamodb"), cloud.outputs.images_table
    while some := list(islice(rows, 25)):
        answer = tables.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": to_item(row)}} for row in some]})
        assert not answer.get("UnprocessedItems")


def _copy(cloud: LocalCloud, copies: Iterator[tuple[str, str]]) -> None:
    s3, bucket = cloud.client("s3"), cloud.outputs.bucket
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(
            lambda pair: s3.copy_object(Bucket=bucket, Key=pair[1], CopySource={"Bucket": bucket, "Key": pair[0]}),
            copies,
        ):
            pass


def fails(number: int) -> bool:
    """Whether this image fails."""
    return number % FAILED_EVERY == 33


def flagged(number: int) -> bool:
    """Whether this image has a quality flag, if it does not fail."""
    return number % FLAGGED_EVERY == 7
