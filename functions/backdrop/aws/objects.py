"""S3 objects: the only module that reads or writes the bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote, unquote

from backdrop.aws.backoff import tries
from backdrop.aws.failures import FAILURES, Kind, Trouble, storage, storage_error, trouble_in, trouble_of
from backdrop.core import clock
from backdrop.core.errors import BackdropError, ErrorCode, StorageUnavailable
from backdrop.core.limits import DOWNLOAD_EXPIRY_SECONDS, UPLOAD_EXPIRY_SECONDS
from backdrop.core.words.marks import phrase

if TYPE_CHECKING:
    from datetime import datetime

    from types_boto3_s3 import S3Client

    # The per-image functions start without what the API's rows are made of.
    from backdrop.jobs.ports import Copy

_DRAFT_FORM_TAG = "<Tagging><TagSet><Tag><Key>backdrop</Key><Value>draft</Value></Tag></TagSet></Tagging>"
"""`DRAFT_TAG` as S3's upload form wants it."""

_COPIES_AT_ONCE = 10
"""As many connections as botocore keeps. A copy takes some 50 ms, and API Gateway waits 29 s for 400."""

_BATCH_DELETE = 1000
"""Keys one DeleteObjects takes."""

_COPIED_FROM = "copied-from"
"""Metadata of an answer that another job was given."""

_CHUNK_BYTES = 64 * 1024


class Stored(NamedTuple):
    """What is known of an object without reading it."""

    copied_from: str | None = None


class Lock(NamedTuple):
    """Object Lock: for how many days from now, and whether somebody with a right of their own may take it away
    (`GOVERNANCE`) or nobody (`COMPLIANCE`)."""

    days: int
    mode: Literal["GOVERNANCE", "COMPLIANCE"]


class Undeleted(NamedTuple):
    """A key that stayed, or the version of it that was named, and why."""

    key: str
    version_id: str | None
    trouble: Trouble


@dataclass(frozen=True)
class Objects:
    """Reads and writes objects of any bucket.

    Every method raises `StorageUnavailable` for what passes by itself, and a `BackdropError` with `STORAGE_ERROR` or
    `INTERNAL` for what does not.

    Args:
        connect: gives the client; called on first use, so that a store can be made at import.
        lock: what `put` and `put_new` write can't be changed or deleted for a time; None: it can.
    """

    connect: Callable[[], S3Client]
    lock: Lock | None = None

    def get(self, bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
        """The object's bytes.

        Raises:
            BackdropError: with the code `missing` when there is no such object.
        """
        with storage(f"read {key}", _none_there(bucket, key, missing)):
            return self.connect().get_object(Bucket=bucket, Key=key)["Body"].read()

    def lines(self, bucket: str, key: str) -> Iterator[bytes]:
        """The object's lines, streamed: a manifest of any length takes little memory.

        Only a line feed ends one (https://jsonlines.org): a carriage return may stand between two values of JSON.
        """
        with storage(f"read {key}", _none_there(bucket, key, ErrorCode.STORAGE_ERROR)):
            body = self.connect().get_object(Bucket=bucket, Key=key)["Body"]
            rest = b""
            for chunk in body.iter_chunks(_CHUNK_BYTES):
                *whole, rest = (rest + chunk).split(b"\n")
                yield from filter(_holds_something, whole)
            if _holds_something(rest):
                yield rest

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        content_type: str,
        tagging: str = "",
        copied_from: str | None = None,
    ) -> None:
        """Write an object; `tagging` is `key=value`, which the bucket's lifecycle rules go by. `copied_from`: the key
        that it is a copy of, which `look_up` tells.

        Metadata is ASCII, and photos of other systems may have any name.
        """
        optional: dict[str, Any] = self._locked()
        # An empty header counts as tagging: S3 refuses it from roles that may write but not tag.
        if tagging:
            optional["Tagging"] = tagging
        if copied_from:
            optional["Metadata"] = {_COPIED_FROM: quote(copied_from)}
        with storage(f"write {key}"):
            self.connect().put_object(Bucket=bucket, Key=key, Body=data, ContentType=content_type, **optional)

    def put_new(self, bucket: str, key: str, data: bytes, content_type: str) -> bool:
        """Write an object only if there is none; False when there is.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        # A conflict is another write of the same key that had not ended yet.
        for _ in tries():
            try:
                self.connect().put_object(
                    Bucket=bucket, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*", **self._locked()
                )
            except FAILURES as error:
                trouble = trouble_of(error)
                if trouble.kind is Kind.CONDITION:
                    return False
                if trouble.kind is not Kind.CONFLICT:
                    raise storage_error(trouble, f"write {key}") from error
            else:
                return True
        raise storage_error(trouble, f"write {key}")

    def any_after(self, bucket: str, prefix: str, after: str) -> bool:
        """Whether there is an object whose key begins with `prefix` and sorts behind `after`."""
        with storage(f"list {prefix}"):
            page = self.connect().list_objects_v2(Bucket=bucket, Prefix=prefix, StartAfter=after, MaxKeys=1)
            return bool(page.get("Contents"))

    def keys(self, bucket: str, prefix: str) -> list[str]:
        """The keys of all objects that begin so, in their order."""
        with storage(f"list {prefix}"):
            pages = self.connect().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def look_up(self, bucket: str, key: str) -> Stored | None:
        """What is known of the object, None when there is none."""
        try:
            copied_from = self.connect().head_object(Bucket=bucket, Key=key)["Metadata"].get(_COPIED_FROM)
            return Stored(unquote(copied_from) if copied_from else None)
        except FAILURES as error:
            trouble = trouble_of(error)
            if trouble.kind is Kind.MISSING:
                return None
            raise storage_error(trouble, f"look up {key}") from error

    def delete(self, bucket: str, keys: Iterable[str]) -> None:
        """Delete objects, 1,000 a request; keys that are not there are fine.

        Raises:
            BackdropError: `STORAGE_ERROR`, naming the first key that stayed. All others that could be are deleted.
        """
        todo = list(keys)
        stayed = [
            one
            for start in range(0, len(todo), _BATCH_DELETE)
            for one in self._delete(bucket, [(key, None) for key in todo[start : start + _BATCH_DELETE]])
        ]
        if stayed:
            first = stayed[0]
            cause = phrase(
                "Could not delete {stayed:,} of {todo:,} objects, first {key}: {reason}.",
                stayed=len(stayed),
                todo=len(todo),
                key=first.key,
                reason=first.trouble.reason,
            )
            passes = all(one.trouble.kind.passes for one in stayed)
            raise (StorageUnavailable if passes else BackdropError)(ErrorCode.STORAGE_ERROR, cause)

    def delete_versions(self, bucket: str, versions: Sequence[tuple[str, str]]) -> list[Undeleted]:
        """Delete up to 1,000 versions `(key, version id)` for good, and return those that stayed."""
        return self._delete(bucket, versions)

    def keep(self, bucket: str, key: str) -> None:
        """Take the tags off an object, if it is there, so that no lifecycle rule expires it."""
        try:
            self.connect().delete_object_tagging(Bucket=bucket, Key=key)
        except FAILURES as error:
            trouble = trouble_of(error)
            if trouble.kind is not Kind.MISSING:
                raise storage_error(trouble, f"keep {key}") from error

    def tag(self, bucket: str, key: str, tagging: str) -> None:
        """Put a tag, `key=value`, on an object instead of those it has."""
        name, _, value = tagging.partition("=")
        with storage(f"tag {key}", _none_there(bucket, key, ErrorCode.STORAGE_ERROR)):
            self.connect().put_object_tagging(
                Bucket=bucket, Key=key, Tagging={"TagSet": [{"Key": name, "Value": value}]}
            )

    def count_since(self, bucket: str, prefix: str, since: datetime) -> int:
        """How many objects, whose keys begin so, were written at or after `since` (UTC)."""
        with storage(f"list {prefix}"):
            pages = self.connect().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
            # S3 tells whole seconds.
            whole = since.replace(microsecond=0)
            return sum(one["LastModified"] >= whole for page in pages for one in page.get("Contents", []))

    def copy(self, bucket: str, copies: Sequence[Copy], tagging: str) -> None:
        """Copy objects within the bucket, several at a time; type and content stay, `tagging` replaces the tags.

        Raises:
            BackdropError: `PHOTO_MISSING` when one that must be there is not. Some may be copied.
        """
        with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
            for _ in pool.map(lambda wanted: self._copy(bucket, wanted, tagging), copies):
                pass

    def presigned_get(self, bucket: str, key: str, filename: str | None = None) -> str:
        """A URL that reads the object for 15 minutes; with `filename` the browser saves it under that name."""
        parameters: dict[str, Any] = {"Bucket": bucket, "Key": key}
        if filename is not None:
            fallback = filename.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
            parameters["ResponseContentDisposition"] = (
                f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(filename, safe='')}"
            )
        with storage(f"sign a link to {key}"):
            return self.connect().generate_presigned_url(
                "get_object", Params=parameters, ExpiresIn=DOWNLOAD_EXPIRY_SECONDS
            )

    def presigned_post(self, bucket: str, key: str, content_type: str, max_bytes: int) -> dict[str, Any]:
        """Return `{"url", "fields"}` for a form that uploads exactly this key, this content type and 1 to `max_bytes`
        bytes.

        The object is tagged as a draft's: it expires unless a job takes it (template.yaml, the bucket's lifecycle).
        """
        with storage(f"sign an upload of {key}"):
            return self.connect().generate_presigned_post(
                bucket,
                key,
                Fields={"Content-Type": content_type, "tagging": _DRAFT_FORM_TAG},
                Conditions=[
                    {"Content-Type": content_type},
                    {"tagging": _DRAFT_FORM_TAG},
                    ["content-length-range", 1, max_bytes],
                ],
                ExpiresIn=UPLOAD_EXPIRY_SECONDS,
            )

    def _locked(self) -> dict[str, Any]:
        if self.lock is None:
            return {}
        until = clock.now() + timedelta(days=self.lock.days)
        return {"ObjectLockMode": self.lock.mode, "ObjectLockRetainUntilDate": until}

    def _delete(self, bucket: str, wanted: Sequence[tuple[str, str | None]]) -> list[Undeleted]:
        """Delete up to 1,000 keys, or versions of them, and return those that stayed. S3 answers for each: one that was
        busy is asked for again."""
        lasting: list[Undeleted] = []
        busy: list[Undeleted] = []
        again = tries(progress=lambda: len(wanted))
        for _ in again:
            named: Any = [{"Key": key, **({"VersionId": version} if version else {})} for key, version in wanted]
            with storage(f"delete {len(wanted):,} objects, first {wanted[0][0]}"):
                answer = self.connect().delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
            # Without its version S3 would lay a mark over the object instead: one that it does not repeat is ours.
            asked = dict(wanted)
            stayed = [
                Undeleted(
                    one.get("Key", ""),
                    one.get("VersionId") or asked.get(one.get("Key", "")),
                    trouble_in(one.get("Code", ""), one.get("Message", "")),
                )
                for one in answer.get("Errors", [])
            ]
            busy = [one for one in stayed if one.trouble.kind.passes]
            lasting += [one for one in stayed if not one.trouble.kind.passes]
            wanted = [(one.key, one.version_id) for one in busy]
            if not wanted:
                break
        return lasting + busy

    def _copy(self, bucket: str, wanted: Copy, tagging: str) -> None:
        tags: Any = {"Tagging": tagging} if tagging else {}
        try:
            self.connect().copy_object(
                Bucket=bucket,
                Key=wanted.target,
                CopySource={"Bucket": bucket, "Key": wanted.source},
                TaggingDirective="REPLACE",
                **tags,
            )
        except FAILURES as error:
            trouble = trouble_of(error)
            if trouble.kind is Kind.MISSING and wanted.optional:
                return
            missing = BackdropError(
                ErrorCode.PHOTO_MISSING,
                phrase("There is no object s3://{bucket}/{source} any more.", bucket=bucket, source=wanted.source),
            )
            raise storage_error(trouble, f"copy {wanted.source}", missing) from error


def lines_of(data: bytes) -> Iterator[bytes]:
    """The lines of an object that was read, as `Objects.lines` gives them."""
    return filter(_holds_something, data.split(b"\n"))


def _holds_something(line: bytes) -> bool:
    return bool(line.strip(b" \t\r"))


def _none_there(bucket: str, key: str, code: ErrorCode) -> BackdropError:
    return BackdropError(code, phrase("There is no object s3://{bucket}/{key}.", bucket=bucket, key=key))
