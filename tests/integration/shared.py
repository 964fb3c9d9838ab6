"""What tests do with a cloud that other tests use too: its bucket is full, and jobs of theirs may still run."""

from __future__ import annotations

import time

from localcloud.cloud import LocalCloud


def keys_of(cloud: LocalCloud, draft: str, prefix: str = "image-files/") -> list[str]:
    """Keys of a draft's objects, however many others the bucket holds."""
    pages = cloud.client("s3").get_paginator("list_objects_v2").paginate(Bucket=cloud.outputs.bucket, Prefix=prefix)
    return [item["Key"] for page in pages for item in page.get("Contents", []) if draft in item["Key"]]


def wait_until_idle(cloud: LocalCloud, seconds: float = 60) -> None:
    """Wait until no job runs: what an earlier test left running would eat this one's faults and be counted.

    Raises:
        AssertionError: something still runs after that time.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        running = cloud.client("stepfunctions").list_executions(
            stateMachineArn=cloud.outputs.state_machine_arn, statusFilter="RUNNING"
        )["executions"]
        if not running:
            return
        time.sleep(0.2)
    raise AssertionError(f"still running: {[one['name'] for one in running]}")
