"""A local cloud whose models answer at once, and jobs in it as another system starts them."""

from __future__ import annotations

import io
import json
import time
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from PIL import Image

from localcloud.cloud import LocalCloud
from localcloud.samconfig import read_stack_config
from localcloud.settings import REPOSITORY

CUT_OUT = "us.stability.stable-image-remove-background-v1:0"
PAINT = "us.stability.stable-image-inpaint-v1:0"

_MOST_INLINE = 2_000
"""Photos in an execution's input, which has 256 KiB."""

_SIDE = 96
"""Pixels: what is measured is not what is in the pictures."""


@dataclass(frozen=True)
class QuickCloud:
    """The cloud, with what a benchmark asks of it."""

    cloud: LocalCloud

    def faults(self, *rules: dict[str, Any]) -> None:
        """Let Bedrock misbehave so from now on."""
        httpx.put(f"{self.cloud.outputs.endpoint}/_backdrop/faults", json={"rules": list(rules)}).raise_for_status()

    def keep_quota(self, requests_per_minute: int) -> None:
        """Let Bedrock throttle what goes beyond that, at each of the two models."""
        quotas = ({"kind": "quota", "model": one, "requestsPerMinute": requests_per_minute} for one in (CUT_OUT, PAINT))
        self.faults(*quotas)

    def forget(self) -> None:
        """Neither faults nor denials from now on; no call counted, no turn given, no dollar spent."""
        self.faults()
        outputs = self.cloud.outputs
        httpx.put(f"{outputs.endpoint}/_backdrop/model-access", json={"rules": []}).raise_for_status()
        httpx.delete(f"{outputs.endpoint}/_backdrop/invocations").raise_for_status()
        dynamodb = self.cloud.client("dynamodb")
        tables = [f"{outputs.stack_name}-{one}" for one in ("ScheduleTable", "SpendingTable")]
        for table in (one for one in dynamodb.list_tables()["TableNames"] if one.startswith(tuple(tables))):
            names = [key["AttributeName"] for key in dynamodb.describe_table(TableName=table)["Table"]["KeySchema"]]
            for page in dynamodb.get_paginator("scan").paginate(TableName=table):
                for row in page["Items"]:
                    dynamodb.delete_item(TableName=table, Key={name: row[name] for name in names})

    def invocations(self) -> list[dict[str, Any]]:
        """Every call of a model until now."""
        log = httpx.get(f"{self.cloud.outputs.endpoint}/_backdrop/invocations", timeout=60).json()
        return list(log["invocations"])

    def start(self, job_id: str, photos: int, **changes: object) -> str:
        """Upload so many photos, no two of them equal, and start a job of them. Answers its execution. `changes`: of
        the execution's input."""
        names = [f"{number:05d}.png" for number in range(photos)]
        s3, bucket = self.cloud.client("s3"), self.cloud.outputs.bucket

        def upload(number: int) -> None:
            key = f"image-files/{job_id}/{names[number]}"
            s3.put_object(Bucket=bucket, Key=key, Body=_photo(job_id, number))

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(upload, range(photos)))
        job: dict[str, Any] = {
            "Id": job_id,
            "S3Bucket": bucket,
            "InputS3Prefix": f"image-files/{job_id}",
            "OutputS3Prefix": f"generated-image-files/{job_id}",
            "StatusS3Prefix": f"status-report-files/{job_id}",
            "Prompt": "plain grey studio",
            "Mode": "PRECISE",
            "Images": [{"ImageName": name, "Labels": ""} for name in names],
            **changes,
        }
        if photos > _MOST_INLINE:
            job["Images"] = {"ManifestKey": self._write_manifest(job_id, names)}
        started = self.cloud.client("stepfunctions").start_execution(
            stateMachineArn=self.cloud.outputs.state_machine_arn, name=job_id, input=json.dumps(job)
        )
        return str(started["executionArn"])

    def _write_manifest(self, job_id: str, names: Sequence[str]) -> str:
        """Answers its key."""
        folder = f"image-files/{job_id}"
        lines = [
            json.dumps(
                {"ImageId": f"{n:08d}", "ImageName": name, "Key": f"{folder}/{name}", "Seeds": [7], "Labels": ""}
            )
            for n, name in enumerate(names)
        ]
        key = f"{folder}/manifest.jsonl"
        body = "".join(f"{line}\n" for line in lines).encode()
        self.cloud.client("s3").put_object(Bucket=self.cloud.outputs.bucket, Key=key, Body=body)
        return key

    def wait(self, executions: Sequence[str]) -> None:
        """Wait until all of these have ended, however they did."""
        for arn in executions:
            while self.runs(arn):
                time.sleep(0.5)

    def runs(self, execution: str) -> bool:
        """Whether the execution has not ended."""
        described = self.cloud.client("stepfunctions").describe_execution(executionArn=execution)
        return bool(described["status"] == "RUNNING")

    def stop(self, execution: str) -> None:
        """End the execution at once, and its children; one that has ended meanwhile stays as it is."""
        stepfunctions = self.cloud.client("stepfunctions")
        with suppress(stepfunctions.exceptions.ValidationException):
            stepfunctions.stop_execution(executionArn=execution)

    def report(self, job_id: str) -> dict[str, Any]:
        """The job's report."""
        key = f"status-report-files/{job_id}/status_report_{job_id}.json"
        body = self.cloud.client("s3").get_object(Bucket=self.cloud.outputs.bucket, Key=key)["Body"]
        report: dict[str, Any] = json.load(body)
        return report


@contextmanager
def quick_cloud(**parameters: object) -> Iterator[QuickCloud]:
    """Start one with these parameters of the template, and stop it in the end; within `shared_cloud` take the one that
    runs with the same: without faults, with no call counted, and nothing known of quotas and spending."""
    given = {name: str(value) for name, value in parameters.items()}
    shared = _shared.get()
    if shared is None:
        with _started(given) as started:
            yield started
    else:
        yield shared.take(given)


@contextmanager
def shared_cloud() -> Iterator[None]:
    """Let tests, and benchmarks that only show that they run, share a cloud: to start one takes longer than they do."""
    with ExitStack() as stack:
        token = _shared.set(_Shared(stack))
        try:
            yield
        finally:
            _shared.reset(token)


class _Shared:
    """The one that runs, once it was asked for."""

    def __init__(self, stack: ExitStack) -> None:
        self._running = stack.enter_context(ExitStack())
        self._quick: QuickCloud | None = None
        self._parameters: dict[str, str] = {}

    def take(self, parameters: dict[str, str]) -> QuickCloud:
        if self._quick is not None and parameters == self._parameters:
            self._quick.forget()
            return self._quick
        # Not only the stack has parameters: the models that the local Bedrock knows are told when a cloud starts.
        self._running.close()
        self._quick = self._running.enter_context(_started(parameters))
        self._parameters = parameters
        return self._quick


_shared: ContextVar[_Shared | None] = ContextVar("shared cloud", default=None)


@contextmanager
def _started(parameters: dict[str, str]) -> Iterator[QuickCloud]:
    config = read_stack_config(REPOSITORY / "samconfig.toml")
    config.parameters.update(parameters)
    models = ("-m", "tests.bench.quick_models")
    with (
        TemporaryDirectory(prefix="backdrop-bench-") as folder,
        LocalCloud(Path(folder) / "home", 0, 0, config=config, models_program=models) as cloud,
    ):
        cloud.start()
        yield QuickCloud(cloud)


def _photo(job_id: str, number: int) -> bytes:
    """A small picture that no encoder takes for another: its number in black and white squares."""
    picture = Image.new("RGB", (_SIDE, _SIDE), (200, 200, 200))
    bits = zlib.crc32(job_id.encode()) << 16 | number
    for place in range(48):
        left, top = _SIDE // 4 + place % 7 * 6, _SIDE // 4 + place // 7 * 6
        picture.paste((0, 0, 0) if bits >> place & 1 else (255, 255, 255), (left, top, left + 6, top + 6))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
