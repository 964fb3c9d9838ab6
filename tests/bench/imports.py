"""Cold import of every function's handler against bare `boto3.client("s3")`, in fresh interpreters, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TextIO

_FUNCTIONS = Path(__file__).parents[2] / "functions"
_REPEATS = 7
_BARE = "import boto3; boto3.client('s3', region_name='us-east-1')"
_HANDLERS = (
    "stage_payload",
    "reserve_turn",
    "decode_result",
    "inspect_photo",
    "start_job",
    "prepare_job",
    "compile_report",
    "api",
)
# Import alone does not make the client; the first call does. Both sides make one, so that like is compared with like.
_FIRST_CLIENT = "from backdrop.aws import clients; clients.s3()"

_ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "JOBS_TABLE": "jobs",
    "IMAGES_TABLE": "images",
    "SCHEDULE_TABLE": "schedule",
    "BUCKET": "bucket",
    "INPUT_PREFIX": "in",
    "OUTPUT_PREFIX": "out",
    "STATUS_PREFIX": "status",
    "DEFAULT_MODEL_ID": "us.stability.stable-image-inpaint-v1:0",
    "ALLOW_RETIRED_MODELS": "false",
    "MODEL_REQUESTS_PER_MINUTE": "-1",
    "MAP_MAX_CONCURRENCY": "4",
    "KEEP_PAYLOADS": "false",
    "MODERATE_UPLOADS": "false",
    "PROMPT_BLOCK_LIST": "",
    "GUARDRAIL_ID": "",
    "GUARDRAIL_VERSION": "DRAFT",
    "CONTENT_CREDENTIALS": "false",
    "CONTENT_CREDENTIALS_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:signing",
    "IMAGE_GENERATOR": "trained-model",
    "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:000000000000:stateMachine:x",
    "WEB_APP_URL": "http://127.0.0.1:8501",
    "POWERTOOLS_SERVICE_NAME": "bench",
}


def run(out: TextIO) -> None:
    """Write a table: milliseconds (best of 7) and the ratio to bare boto3."""
    bare = _best(_BARE)
    out.write(f"imports: milliseconds, best of {_REPEATS} fresh processes, less an empty interpreter's start\n")
    out.write(f"{'bare boto3 client':>20} {bare:7.0f}\n")
    for name in _HANDLERS:
        taken = _best(f"import backdrop.handlers.{name}; {_FIRST_CLIENT}")
        out.write(f"{name:>20} {taken:7.0f} {taken / bare:6.2f}\n")


def _best(code: str) -> float:
    return (min(_seconds(code) for _ in range(_REPEATS)) - min(_seconds("pass") for _ in range(_REPEATS))) * 1000


def _seconds(code: str) -> float:
    environment = {**os.environ, **_ENVIRONMENT, "PYTHONPATH": str(_FUNCTIONS)}
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    return time.perf_counter() - started
