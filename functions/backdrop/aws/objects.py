"""S3 objects: the only module that reads or writes the bucket."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from backdrop.aws.clients import s3
from backdrop.domain.errors import BackdropError, ErrorCode
from backdrop.domain.limits import DOWNLOAD_EXPIRY_SECONDS, UPLOAD_EXPIRY_SECONDS

if TYPE_CHECKING:
    # The per-image functions start without what the API's rows are made of.
    from backdrop.domain.ports import Copy

_DRAFT_FORM_TAG = "<Tagging><TagSet><Tag><Key>backdrop</Key><Value>draft</Value></Tag></TagSet></Tagging>"
"""`DRAFT_TAG` as S3's upload form wants it."""

_COPIES_AT_ONCE = 10
"""As many connections as botocore keeps. A copy takes some 50 ms, and API Gateway waits 29 s for 400."""

_COPIED_FROM = "copied-from"
"""Metadata of an answer that another job was given."""

_CHUNK_BYTES = 64 * 1024

_MISSING = {"NoSuchKey", "404", "NotFound"}


def get(bucket: str, key: str, missing: ErrorCode = ErrorCode.STORAGE_ERROR) -> bytes:
    """The object's bytes.

    Raises:
        BackdropError: with the code `missing` when there is no such object, `STORAGE_ERROR` for anything else.
    """
    try:
        return s3().get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            raise BackdropError(missing, f"There is no object s3://{bucket}/{key}.") from error
        raise _storage_error(error, "read", key) from error


def lines(bucket: str, key: str) -> Iterable[bytes]:
    """The object's lines, streamed: a manifest of any length takes little memory.

    Only a line feed ends one (https://jsonlines.org): a carriage return may stand between two values of a JSON text.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    try:
        body = s3().get_object(Bucket=bucket, Key=key)["Body"]
        rest = b""
        for chunk in body.iter_chunks(_CHUNK_BYTES):
            *whole, rest = (rest + chunk).split(b"\n")
            yield from filter(_holds_something, whole)
        if _holds_something(rest):
            yield rest
    except ClientError as error:
        raise _storage_error(error, "read", key) from error


def put(
    bucket: str, key: str, data: bytes, content_type: str, tagging: str = "", copied_from: str | None = None
) -> None:
    """Write an object; `tagging` is `key=value`, which the bucket's lifecycle rules go by. `copied_from`: the key that
    it is a copy of, which `look_up` tells. Metadata is ASCII, and photos of other systems may have any name.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    try:
        s3().put_object(
            Bucket=bucket,
            Key=key,
            Body=data,
            ContentType=content_type,
            Tagging=tagging,
            Metadata={_COPIED_FROM: quote(copied_from)} if copied_from else {},
        )
    except ClientError as error:
        raise _storage_error(error, "write", key) from error


class Stored(NamedTuple):
    """What is known of an object without reading it."""

    copied_from: str | None = None


def look_up(bucket: str, key: str) -> Stored | None:
    """What is known of the object, None when there is none.

    Raises:
        BackdropError: `STORAGE_ERROR` for any other failure.
    """
    try:
        copied_from = s3().head_object(Bucket=bucket, Key=key)["Metadata"].get(_COPIED_FROM)
        return Stored(unquote(copied_from) if copied_from else None)
    except ClientError as error:
        if error.response["Error"]["Code"] in _MISSING:
            return None
        raise _storage_error(error, "look up", key) from error


def delete(bucket: str, keys: Iterable[str]) -> None:
    """Delete objects, 1,000 a request; keys that are not there are fine.

    Raises:
        BackdropError: `STORAGE_ERROR`, naming the first key that stayed.
    """
    todo = list(keys)
    for start in range(0, len(todo), 1000):
        batch = todo[start : start + 1000]
        try:
            answer = s3().delete_objects(
                Bucket=bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
            )
        except ClientError as error:
            raise _storage_error(error, "delete", batch[0]) from error
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise BackdropError(ErrorCode.STORAGE_ERROR, f"Could not delete {first.get('Key')}: {first.get('Message')}")


def keep(bucket: str, key: str) -> None:
    """Take the tags off an object, so that no lifecycle rule expires it.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    try:
        s3().delete_object_tagging(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _MISSING:
            raise _storage_error(error, "keep", key) from error


def tag(bucket: str, key: str, tagging: str) -> None:
    """Put a tag, `key=value`, on an object instead of those it has.

    Raises:
        BackdropError: `STORAGE_ERROR`.
    """
    name, _, value = tagging.partition("=")
    try:
        s3().put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": [{"Key": name, "Value": value}]})
    except ClientError as error:
        raise _storage_error(error, "tag", key) from error


def copy(bucket: str, copies: Sequence[Copy], tagging: str) -> None:
    """Copy objects within the bucket, several at a time; type and content stay, `tagging` replaces the tags.

    Raises:
        BackdropError: `PHOTO_MISSING` when one that must be there is not, else `STORAGE_ERROR`. Some may be copied.
    """

    def one(wanted: Copy) -> None:
        try:
            s3().copy_object(
                Bucket=bucket,
                Key=wanted.target,
                CopySource={"Bucket": bucket, "Key": wanted.source},
                TaggingDirective="REPLACE",
                Tagging=tagging,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _MISSING:
                raise _storage_error(error, "copy", wanted.source) from error
            if not wanted.optional:
                raise BackdropError(
                    ErrorCode.PHOTO_MISSING, f"There is no object s3://{bucket}/{wanted.source} any more."
                ) from error

    with ThreadPoolExecutor(_COPIES_AT_ONCE) as pool:
        for _ in pool.map(one, copies):
            pass


def presigned_get(bucket: str, key: str, filename: str | None = None) -> str:
    """A URL that reads the object for 15 minutes; with `filename` the browser saves it under that name."""
    parameters: dict[str, Any] = {"Bucket": bucket, "Key": key}
    if filename is not None:
        fallback = filename.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
        parameters["ResponseContentDisposition"] = (
            f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(filename, safe='')}"
        )
    return s3().generate_presigned_url("get_object", Params=parameters, ExpiresIn=DOWNLOAD_EXPIRY_SECONDS)


def presigned_post(bucket: str, key: str, content_type: str, max_bytes: int) -> dict[str, Any]:
    """`{"url", "fields"}` for a form that uploads exactly this key, this content type and 1 to `max_bytes` bytes.

    The object is tagged as a draft's: it expires unless a job takes it (template.yaml, the bucket's lifecycle).
    """
    return s3().generate_presigned_post(
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


def _holds_something(line: bytes) -> bool:
    return bool(line.strip(b" \t\r"))


def _storage_error(error: ClientError, verb: str, key: str) -> BackdropError:
    details = error.response["Error"]
    return BackdropError(
        ErrorCode.STORAGE_ERROR, f"Could not {verb} {key}: {details.get('Code')}: {details.get('Message')}"
    )
