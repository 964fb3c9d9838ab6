"""Runs, manifest lines and outcomes as the workflow makes them."""

from __future__ import annotations

import json
from typing import Any

from backdrop.reports.report import Report, Run, compile_report

INPAINT = "us.stability.stable-image-inpaint-v1:0"
REMOVE_BACKGROUND = "us.stability.stable-image-remove-background-v1:0"
STARTED = "2026-11-21T04:00:00.000Z"
SHA = "ab" * 32


def run(map_error: dict[str, Any] | None = None, **job: Any) -> Run:
    settings = {
        "Id": "01jd0000000000000000000000",
        "S3Bucket": "b",
        "InputS3Prefix": "in/d",
        "OutputS3Prefix": "out/d",
        "StatusS3Prefix": "status/d",
        "Prompt": "on a beach",
        "NegativePrompt": "",
        "Mode": "PRECISE",
        "ModelId": INPAINT,
        "Seed": 7,
        "RequestedBy": "ada@example.com",
        "Generator": "trained-model",
        "KeepPayloads": False,
    }
    return Run(
        job={**settings, **job},
        manifest_key="in/d/manifest.jsonl",
        execution_arn="arn:aws:states:us-east-1:0:execution:m:j",
        region="us-east-1",
        started_at=STARTED,
        finished_at="2026-11-21T04:02:05.500Z",
        map_error=map_error,
    )


def item(number: int, name: str | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "ImageId": f"{number:08d}",
        "ImageName": name or f"photo {number}.jpg",
        "Key": f"in/d/photo-{number:08d}.jpg",
        "Seeds": [7],
        "Labels": "Cup,Mug",
        "Boxes": [[0.1, 0.2, 0.3, 0.4]],
        "Sha256": SHA,
        "Bytes": 1000,
        "Width": 640,
        "Height": 480,
        **changes,
    }


def one_pass(number: int, attempts: int = 1) -> dict[str, Any]:
    return {
        "Pass": number,
        "ModelId": (REMOVE_BACKGROUND, INPAINT)[number],
        "RequestKey": "in/d/r.json",
        "RequestSha256": SHA,
        "Parameters": {"seed": 7},
        "ResponseKey": "out/d/r.json",
        "ResponseSha256": SHA,
        "Attempts": attempts,
        "Reused": attempts == 0,
        "ModelSeed": 7,
        "DecodedAt": "2026-11-21T04:00:30.000Z",
    }


def done(number: int, attempts: tuple[int, int] = (1, 1), **changes: Any) -> dict[str, Any]:
    """A row as RecordSucceeded writes it."""
    return {
        "JobId": "j",
        "ImageId": f"{number:08d}",
        "Status": "Succeeded",
        "SourceSha256": SHA,
        "SourceBytes": 1000,
        "LabelsKept": "Cup,Mug",
        "LabelsUsed": "Cup,Mug",
        "Found": "{}",
        "Attempts": sum(attempts),
        "Passes": json.dumps([one_pass(0, attempts[0]), one_pass(1, attempts[1])]),
        "OutputKey": f"out/d/photo-{number:08d}.jpg",
        "OutputBytes": 2000,
        "OutputSha256": SHA,
        "OutputWidth": 640,
        "OutputHeight": 480,
        "StartedAt": "2026-11-21T04:00:01.000Z",
        "FinishedAt": "2026-11-21T04:00:31.250Z",
        **changes,
    }


def failed(number: int, error: str, cause: str, **changes: Any) -> dict[str, Any]:
    """A row as RecordFailed writes it; no pass was answered unless `Passes` says so."""
    return {
        "JobId": "j",
        "ImageId": f"{number:08d}",
        "Status": "Failed",
        "Attempts": 1,
        "Passes": "[]",
        "StartedAt": "2026-11-21T04:00:01.000Z",
        "FinishedAt": "2026-11-21T04:00:31.250Z",
        "Error": error,
        "Cause": cause,
        **changes,
    }


def report_of(good: int, bad: int, **job: Any) -> Report:
    """A report of `good` images that succeeded and `bad` that the model refused."""
    cause = json.dumps({"errorMessage": "MODEL_REFUSED_PROMPT: The filter declined.", "errorType": "ModelRefused"})
    rows = [done(n) for n in range(good)] + [failed(n, "ModelRefused", cause) for n in range(good, good + bad)]
    return compile_report(run(**job), [item(n) for n in range(good + bad)], rows)


def left(number: int, **changes: Any) -> dict[str, Any]:
    """A row of an image that a cancelled job left, as RecordFailed writes it."""
    cause = "JOB_CANCELLED: The job was cancelled before this image was begun."
    return failed(number, "JobCancelled", cause, Attempts=0, **changes)
