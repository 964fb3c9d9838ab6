"""S3: a policy is told the condition of a conditional write, so that one may ask for it; and whoever may not list a
bucket is not told that an object is missing.

MiniStack keeps the condition and tells policies nothing of it: a bucket policy that wants every write to be conditional
refused them all. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
It answers 404 for a missing object to anybody; S3 answers 403 without s3:ListBucket:
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

from collections.abc import Mapping
from typing import Any

from localcloud.emulator import upstream
from localcloud.emulator.authorization import Permission, caller_may

_CONDITIONS = ("if-none-match", "if-match")


def install() -> None:
    """Add `s3:if-none-match` and `s3:if-match` to what policies are told of a PutObject."""
    actions = upstream.iam_actions
    upstream.expect_attributes(actions, "_s3_object_context")
    stock_context = actions._s3_object_context

    def context(action: str, query: dict[str, Any], path: str, headers: Mapping[str, str]) -> dict[str, Any]:
        told: dict[str, Any] = stock_context(action, query, path, headers)
        if action == "s3:PutObject":
            told |= {f"s3:{name}": headers[name] for name in _CONDITIONS if name in headers}
        return told

    actions._s3_object_context = context
    for name in ("_get_object", "_head_object"):
        _forbid_missing(name)


def _forbid_missing(name: str) -> None:
    upstream.expect_attributes(upstream.s3, name, "_error")
    stock = getattr(upstream.s3, name)

    def read(bucket: str, key: str, headers: dict[str, str] | None = None, query: dict[str, Any] | None = None) -> Any:
        answer = stock(bucket, key, headers or {}, query or {})
        listing = Permission("s3:ListBucket", f"arn:aws:s3:::{bucket}")
        signed = upstream.router.extract_access_key_id(headers or {}, query or {})
        if answer[0] == 404 and signed and not caller_may(headers or {}, query or {}, "s3", listing):
            return upstream.s3._error("AccessDenied", "Access Denied", 403, f"/{bucket}/{key}")
        return answer

    setattr(upstream.s3, name, read)
