"""PrepareJob: from an execution's input to a job whose every setting is known and recorded."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.logging import Logger

from backdrop.aws import objects
from backdrop.aws.clients import dynamodb
from backdrop.aws.jobs_table import JobsTable
from backdrop.domain import job_input
from backdrop.domain.errors import ErrorCode, JobInputInvalid
from backdrop.handlers.environment import PrepareJobEnvironment

logger = Logger()
_environment = PrepareJobEnvironment.from_env()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"Input", "ExecutionArn", "StartedAt"}` -> the state of docs/architecture.md section 6, step 1.

    Raises:
        JobInputInvalid: the input makes no job. Nothing was paid.
        BackdropError: `STORAGE_ERROR`.
    """
    parsed = job_input.parse(event["Input"])
    settings = job_input.settings(parsed, _environment.default_model_id, _environment.allow_retired_models)
    prefixes = parsed.prefixes
    if isinstance(parsed.Images, list):
        key, manifest = job_input.manifest_of(parsed, parsed.Images)
        count = len(parsed.Images)
        objects.put(parsed.S3Bucket, key, manifest, "application/x-ndjson")
    else:
        key = job_input.check_manifest_key(parsed, parsed.Images.ManifestKey)
        count = job_input.count_items(objects.lines(parsed.S3Bucket, key), prefixes["InputS3Prefix"])
    _mark_running(parsed.Id, event["ExecutionArn"], event["StartedAt"])
    logger.info("job prepared", extra={"job": parsed.Id, "images": count, "model": settings.model_id})
    return {
        "Job": {
            "Id": parsed.Id,
            "S3Bucket": parsed.S3Bucket,
            **prefixes,
            "Prompt": settings.prompt,
            "NegativePrompt": settings.negative_prompt,
            "Mode": settings.mode.value,
            "ModelId": settings.model_id,
            "Seed": settings.seed,
            "RequestedBy": parsed.RequestedBy or "",
            "KeepPayloads": _environment.keep_payloads,
        },
        "ManifestKey": key,
        "ImageCount": count,
        "MaxConcurrency": _environment.map_max_concurrency,
    }


def _mark_running(job_id: str, execution_arn: str, started_at: str) -> None:
    """Set the status of a job that came through the API; one that another system started has no row."""
    jobs = JobsTable(dynamodb(), _environment.jobs_table)
    job = jobs.get(job_id)
    if job is None:
        return
    if job.execution_arn not in (None, execution_arn) or not execution_arn.endswith(f":{job_id}"):
        raise JobInputInvalid(
            ErrorCode.JOB_INPUT_INVALID,
            f"The job {job_id} was submitted through the API and runs under its own name.",
            "Start the execution with an Id of your own.",
        )
    jobs.mark_running(job_id, execution_arn, started_at)
