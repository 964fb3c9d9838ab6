"""S3: a policy is told the condition of a conditional write, so that one may ask for it.

MiniStack keeps the condition and tells policies nothing of it: a bucket policy that wants every write to be conditional
refused them all. https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
"""

from collections.abc import Mapping
from typing import Any

from localcloud.emulator import upstream

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
