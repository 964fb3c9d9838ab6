"""Cold import of every function's handler against bare `boto3.client("s3")`, in fresh interpreters, in one run."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TextIO

from tests.bench.processes import children_seconds

_FUNCTIONS = Path(__file__).parents[2] / "functions"
_REPEATS = 9
_BARE = "import boto3; boto3.client('s3', region_name='us-east-1')"
_BARE_NAME = "bare boto3 client"
_NOTHING = "nothing"
# Called for every image (or pass of one): their cold starts are what a job pays for.
_PER_IMAGE = ("stage_payload", "reserve_turn", "decode_result", "inspect_photo", "cut_out", "sign_result")
_OTHERS = ("start_job", "sweep_jobs", "prepare_job", "compile_report", "api", "erase")
# Import alone does not make the client; the first call does. Both sides make one, so that like is compared with like.
_FIRST_CLIENT = "from backdrop.aws import clients; clients.s3()"

ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "x",
    "AWS_SECRET_ACCESS_KEY": "x",
    "JOBS_TABLE": "jobs",
    "IMAGES_TABLE": "images",
    "SCHEDULE_TABLE": "schedule",
    "HEADS_TABLE": "heads",
    "NOTIFICATION_EMAIL": "shop@example.com",
    "BUCKET": "bucket",
    "CUT_OUT_FUNCTION": "function",
    "INPUT_PREFIX": "in",
    "OUTPUT_PREFIX": "out",
    "STATUS_PREFIX": "status",
    "DEFAULT_MODEL_ID": "us.stability.stable-image-inpaint-v1:0",
    "ALLOW_RETIRED_MODELS": "false",
    "MODEL_REQUESTS_PER_MINUTE": "-1",
    "MODEL_REGIONS": "",
    "THROTTLE_PATIENCE_HOURS": "24",
    "AWS_REGION": "us-east-1",
    "MAP_MAX_CONCURRENCY": "4",
    "ANSWER_DAYS": "30",
    "ROW_DAYS": "400",
    "REPORT_KEY_ARN": "arn:aws:kms:us-east-1:000000000000:key/x",
    "REPORT_LOCK_DAYS": "0",
    "REPORT_LOCK_MODE": "GOVERNANCE",
    "SPENDING_TABLE": "spending",
    "MAX_USD_PER_JOB": "0",
    "MAX_USD_PER_USER_AND_DAY": "0",
    "MAX_USD_PER_MONTH": "0",
    "KEEP_PAYLOADS": "false",
    "MODERATE_UPLOADS": "false",
    "REQUESTS_PER_USER_PER_MINUTE": "0",
    "PROMPT_BLOCK_LIST": "",
    "GUARDRAIL_ID": "",
    "GUARDRAIL_VERSION": "DRAFT",
    "CONTENT_CREDENTIALS": "false",
    "CONTENT_CREDENTIALS_SECRET_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:signing",
    "IMAGE_GENERATOR": "trained-model",
    "STATE_MACHINE_ARN": "arn:aws:states:us-east-1:000000000000:stateMachine:x",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/000000000000/x",
    "COMPILE_REPORT_FUNCTION": "x",
    "TOPIC_ARN": "arn:aws:sns:us-east-1:000000000000:x",
    "WEB_APP_URL": "http://127.0.0.1:8501",
    "POWERTOOLS_SERVICE_NAME": "bench",
}


def run(out: TextIO, *, smallest: bool = False) -> None:
    """Write a table: CPU milliseconds (best of 9) and the ratio to bare boto3."""
    repeats = 1 if smallest else _REPEATS
    with tempfile.TemporaryDirectory() as fresh:
        # Compiling all of it is no part of a run that only shows that it runs.
        bytecode = None if smallest else fresh
        names = (*_PER_IMAGE, *_OTHERS)
        code = {name: f"import backdrop.handlers.{name}; {_FIRST_CLIENT}" for name in names}
        code |= {_NOTHING: "pass", _BARE_NAME: _BARE}
        taken = dict.fromkeys(code, float("inf"))
        # In turn, so that a busy minute of the machine falls on all of them.
        for _ in range(repeats):
            for name, statement in code.items():
                taken[name] = min(taken[name], _cpu_seconds(statement, bytecode))
    bare = taken[_BARE_NAME] - taken[_NOTHING]
    out.write(f"imports: CPU ms of a fresh process, best of {repeats}, an empty interpreter's start taken off\n")
    out.write(f"{_BARE_NAME:>22} {bare * 1000:7.0f}   x bare\n")
    for name in names:
        target = "target 1.15" if name in _PER_IMAGE else "once a job or a request: no target"
        spent = taken[name] - taken[_NOTHING]
        out.write(f"{name:>22} {spent * 1000:7.0f} {spent / bare:8.2f}   {target}\n")


def _cpu_seconds(code: str, bytecode: str | None) -> float:
    """Of a fresh process. Byte code is there from the second time on, for our modules and for the libraries alike."""
    environment = {**os.environ, **ENVIRONMENT, "PYTHONPATH": str(_FUNCTIONS)}
    if bytecode:
        environment["PYTHONPYCACHEPREFIX"] = bytecode
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = children_seconds()
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    return children_seconds() - before
