"""What a job's functions wrote, as Logs Insights would find it."""

from __future__ import annotations

import json
from typing import Any

from localcloud.cloud import LocalCloud


def lines_of(cloud: LocalCloud, job_id: str) -> list[dict[str, Any]]:
    """Every line of every function that names the job, in the order of time."""
    logs = cloud.client("logs")
    names = [
        group["logGroupName"]
        for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/aws/lambda/")
        for group in page["logGroups"]
    ]
    found: list[tuple[int, dict[str, Any]]] = []
    for name in names:
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
            for event in page["events"]:
                if f'"{job_id}"' in event["message"]:
                    found.append((event["timestamp"], json.loads(event["message"])))
    return [line for _, line in sorted(found, key=lambda one: one[0]) if line.get("job") == job_id]
