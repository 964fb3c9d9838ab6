"""S3 in memory, at the wire: keeps objects and tags, and notes which IAM actions each request needs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from backdrop.aws.objects import Objects
from tests.unit.aws.wire import answer, client, sent


class Need(NamedTuple):
    """What a request may be refused for: an IAM action on a key."""

    action: str
    key: str


class Bucket:
    """One bucket. Actions: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.needs: set[Need] = set()
        self.requests: list[AWSPreparedRequest] = []
        self._lock = threading.Lock()

    @property
    def objects(self) -> Objects:
        return Objects(partial(client, "s3", self))

    def __call__(self, request: AWSPreparedRequest) -> AWSResponse:
        url = urlsplit(request.url)
        key, query = unquote(url.path.partition("/")[2].partition("/")[2]), parse_qs(url.query, keep_blank_values=True)
        with self._lock:
            self.requests.append(request)
            self.needs |= set(needs_of(request, key, query))
            return self._answer(request, key, query)

    def _answer(self, request: AWSPreparedRequest, key: str, query: dict[str, Any]) -> AWSResponse:
        if "delete" in query:
            for deleted in _keys(sent(request)):
                self.data.pop(deleted, None)
            return answer(200, b"<DeleteResult/>")
        if "tagging" in query:
            return answer(200 if request.method == "PUT" else 204) if key in self.data else _missing()
        if request.method == "PUT":
            if key in self.data and _header(request, "if-none-match") == "*":
                return answer(412, b"<Error><Code>PreconditionFailed</Code><Message>No.</Message></Error>")
            return self._put(request, key)
        if "list-type" in query:
            first, after = query["prefix"][0], query.get("start-after", [""])[0]
            listed = sorted(one for one in self.data if one.startswith(first) and one > after)[:1]
            keys = "".join(f"<Contents><Key>{one}</Key></Contents>" for one in listed)
            return answer(200, f"<ListBucketResult>{keys}</ListBucketResult>".encode())
        if key not in self.data:
            return _missing()
        headers = {f"x-amz-meta-{name}": value for name, value in self.metadata.get(key, {}).items()}
        return answer(200, self.data[key] if request.method == "GET" else b"", headers)

    def _put(self, request: AWSPreparedRequest, key: str) -> AWSResponse:
        source = _header(request, "x-amz-copy-source")
        if source is None:
            self.data[key] = _unchunked(request)
            prefix = "x-amz-meta-"
            named = {str(name).lower(): name for name in request.headers}
            self.metadata[key] = {
                low.removeprefix(prefix): _header(request, low) or "" for low in named if low.startswith(prefix)
            }
            return answer(200)
        if (copied := _source_key(source)) not in self.data:
            return _missing()
        self.data[key] = self.data[copied]
        return answer(200, b"<CopyObjectResult/>")


def needs_of(request: AWSPreparedRequest, key: str, query: dict[str, Any]) -> Iterator[Need]:
    """The IAM actions of a request. A tagging header counts even when it is empty: it is signed and asks to tag."""
    if "delete" in query:
        yield from (Need("s3:DeleteObject", one) for one in _keys(sent(request)))
    elif "tagging" in query:
        yield Need("s3:PutObjectTagging" if request.method == "PUT" else "s3:DeleteObjectTagging", key)
    elif "list-type" in query:
        # s3:ListBucket, on the bucket itself: every function that reads has it.
        return
    elif request.method in ("GET", "HEAD"):
        yield Need("s3:GetObject", key)
    else:
        assert request.method == "PUT", request.method
        yield Need("s3:PutObject", key)
        source = _header(request, "x-amz-copy-source")
        if source is not None:
            yield Need("s3:GetObject", _source_key(source))
            if _header(request, "x-amz-tagging-directive") != "REPLACE":
                yield Need("s3:GetObjectTagging", _source_key(source))
                yield Need("s3:PutObjectTagging", key)
        if _header(request, "x-amz-tagging") is not None:
            yield Need("s3:PutObjectTagging", key)
        if _header(request, "x-amz-acl") is not None:
            yield Need("s3:PutObjectAcl", key)


def _header(request: AWSPreparedRequest, name: str) -> str | None:
    value: Any = request.headers.get(name)
    return value.decode() if isinstance(value, bytes) else value


def _source_key(source: str) -> str:
    return unquote(source).lstrip("/").partition("/")[2]


def _keys(body: bytes) -> list[str]:
    return [node.text or "" for node in ElementTree.fromstring(body).iter() if node.tag.endswith("Key")]


def _unchunked(request: AWSPreparedRequest) -> bytes:
    """The object in a body, which botocore may send in chunks with a checksum behind them."""
    body = sent(request)
    if _header(request, "x-amz-decoded-content-length") is None:
        return body
    data, rest = b"", body
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        if length == 0:
            break
        data, rest = data + rest[:length], rest[length + 2 :]
    return data


def _missing() -> AWSResponse:
    return answer(404, b"<Error><Code>NoSuchKey</Code><Message>No.</Message></Error>")
