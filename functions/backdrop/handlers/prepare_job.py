"""PrepareJob: from an execution's input to a job whose every setting is known and recorded."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.logging import Logger

from backdrop.aws.clients import dynamodb, s3
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.objects import Objects
from backdrop.core.errors import BackdropError, ErrorCode, JobInputInvalid
from backdrop.handlers._shared import prompt_gate
from backdrop.handlers.environment import PrepareJobEnvironment, PromptEnvironment
from backdrop.jobs import execution_input, trials
from backdrop.jobs.workflow_input import StackSettings, job_state

logger = Logger()
objects = Objects(s3)
_environment = PrepareJobEnvironment.from_env()
_prompt_policy = prompt_gate.policy(PromptEnvironment.from_env())


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Make the job ready to run: `{"Input", "ExecutionArn", "StartedAt"}` -> the state that all later steps read
    (docs/contracts.md, Workflow).

    Raises:
        JobInputInvalid: the input makes no job. Nothing was paid.
        PromptBlocked, ModerationUnavailable: of a job that another system started; the API asks at submission.
        BackdropError: `STORAGE_ERROR`.
    """
    parsed = execution_input.parse(event["Input"])
    settings = execution_input.settings(parsed, _environment.default_model_id, _environment.allow_retired_models)
    prefixes = parsed.prefixes
    if isinstance(parsed.Images, list):
        key, manifest = execution_input.manifest_of(parsed, parsed.Images, settings)
        photos, images = len(parsed.Images), len(parsed.Images) * settings.options.variations
        objects.put(parsed.S3Bucket, key, manifest, "application/x-ndjson")
    else:
        key = execution_input.check_manifest_key(parsed, parsed.Images.ManifestKey)
        lines = objects.lines(parsed.S3Bucket, key)
        photos, images = execution_input.count_items(lines, prefixes["InputS3Prefix"])
    _check_trial(parsed.Trial, photos)
    if _mark_running(parsed.Id, event["ExecutionArn"], event["StartedAt"]):
        if images > photos:
            rows = ImagesTable(dynamodb, _environment.images_table)
            rows.put_variations(parsed.Id, objects.lines(parsed.S3Bucket, key))
    else:
        _prompt_policy.check(settings.prompt, settings.negative_prompt)
    logger.info("job prepared", extra={"job": parsed.Id, "images": images, "model": settings.model_id})
    return {
        "Job": job_state(
            job_id=parsed.Id,
            bucket=parsed.S3Bucket,
            prefixes=prefixes,
            settings=settings,
            requested_by=parsed.RequestedBy or "",
            trial=parsed.Trial,
            trial_job_id=parsed.TrialJobId,
            stack=StackSettings(
                _environment.image_generator, _environment.keep_payloads, _environment.content_credentials
            ),
        ),
        "ManifestKey": key,
        "ImageCount": images,
        "MaxConcurrency": _environment.map_max_concurrency,
    }


def _check_trial(trial: bool, photos: int) -> None:
    try:
        trials.check_size(trial, photos)
    except BackdropError as error:
        raise JobInputInvalid(ErrorCode.JOB_INPUT_INVALID, error.cause) from error


def _mark_running(job_id: str, execution_arn: str, started_at: str) -> bool:
    """Set the status of a job that came through the API; False: another system started it, so it has no row."""
    jobs = JobsTable(dynamodb, _environment.jobs_table)
    job = jobs.get(job_id)
    if job is None:
        return False
    if job.execution_arn not in (None, execution_arn) or not execution_arn.endswith(f":{job_id}"):
        raise JobInputInvalid(
            ErrorCode.JOB_INPUT_INVALID,
            f"The job {job_id} was submitted through the API and runs under its own name.",
            "Start the execution with an Id of your own.",
        )
    jobs.mark_running(job_id, execution_arn, started_at)
    return True
