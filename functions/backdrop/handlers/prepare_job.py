"""PrepareJob: from an execution's input to a job whose every setting is known and recorded."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from backdrop.api.logs import make_logger
from backdrop.aws.backdrops_table import BackdropsTable
from backdrop.aws.clients import dynamodb, s3, servicequotas
from backdrop.aws.images_table import ImagesTable
from backdrop.aws.jobs_table import JobsTable
from backdrop.aws.model_questions import QuotaQuestions
from backdrop.aws.objects import Objects
from backdrop.aws.schedule_table import ScheduleTable
from backdrop.aws.spending_table import SpendingTable
from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode, JobInputInvalid
from backdrop.core.words.languages import choose_known
from backdrop.handlers._shared import prompt_gate
from backdrop.handlers._shared.observed import observed
from backdrop.handlers.environment import PrepareJobEnvironment, PromptEnvironment
from backdrop.jobs import trials
from backdrop.jobs.execution import input as execution_input
from backdrop.jobs.execution.backdrops import Source, settle_backdrops
from backdrop.jobs.model import Job, JobSettings
from backdrop.jobs.scheduling import pacing, progress
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.jobs.scheduling.regions import split
from backdrop.jobs.workflow_input import job_state
from backdrop.models import catalogue
from backdrop.models.account.access import Unanswered
from backdrop.models.account.quotas import find_quota

logger = make_logger()
objects = Objects(s3)
_environment = PrepareJobEnvironment.from_env()
_spending = SpendingTable(dynamodb, _environment.spending_table, _environment.limits)
_prompt_policy = prompt_gate.policy(PromptEnvironment.from_env())


@observed("PrepareJob")
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
    settings = settle_backdrops(parsed, settings, _backdrops_of(parsed.S3Bucket))
    prefixes = parsed.prefixes
    if isinstance(parsed.Images, list):
        key, ours = execution_input.manifest_of(parsed, parsed.Images, settings)
        lines: Iterable[bytes] = ours.splitlines()
    else:
        key, ours = execution_input.check_manifest_key(parsed, parsed.Images.ManifestKey), b""
        lines = objects.lines(parsed.S3Bucket, key)
    found = execution_input.read_manifest(lines, prefixes["InputS3Prefix"], settings.options)
    execution_input.check_prompts(settings, found)
    if ours:
        objects.put(parsed.S3Bucket, key, ours, "application/x-ndjson")
    photos, images = found.photos, found.images
    _check_trial(parsed.Trial, photos)
    job = _mark_running(parsed.Id, event["ExecutionArn"], event["StartedAt"])
    if job is not None:
        owner, team, used, redo_of = job.owner, job.team, job.used, job.redo_of
        rows = ImagesTable(dynamodb, _environment.images_table, _environment.row_lifetime)
        rows.start_counting(parsed.Id, event["StartedAt"])
        if images > photos:
            rows.put_variations(parsed.Id, objects.lines(parsed.S3Bucket, key))
    else:
        # The words of an export go to no model.
        policy = _prompt_policy if settings.options.calls_models else _prompt_policy.free_of_charge()
        further = [scene.prompt for scene in settings.options.scenes if scene.generates]
        policy.check(settings.prompt, settings.negative_prompt, [*found.prompts, *further])
        # No user's id has this form.
        owner, team, used, redo_of = f"system:{parsed.RequestedBy or ''}", parsed.Team, None, None
        # Nobody asked for its price: where there are limits, it is charged call by call.
        _spending.charge(parsed.Id, keys.owner_hash(owner), 0.0, parsed.MaxUsd, clock.now())
    _expect_calls(parsed.Id, settings, photos)
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
            owner=owner,
            max_usd=parsed.MaxUsd,
            team=team,
            used=used,
            language=choose_known(parsed.Language),
            redo_of=redo_of,
            stack=_environment.stack,
        ),
        "ManifestKey": key,
        "ImageCount": images,
        "MaxConcurrency": _environment.map_max_concurrency,
    }


def _backdrops_of(bucket: str) -> Source:
    """How a job's backdrops are found and read, and stored when they are made."""
    return Source(
        lambda key: objects.get(bucket, key, missing=ErrorCode.PHOTO_MISSING),
        lambda key, data: objects.put(bucket, key, data, "image/jpeg"),
        BackdropsTable(dynamodb, _environment.images_table).shared_backdrop,
    )


def _expect_calls(job_id: str, settings: JobSettings, photos: int) -> None:
    """Note in the models' schedules what their quotas are stated to be now, and how many calls the job will make: of
    each Region its share."""
    asked = _environment.requests_per_minute
    if asked == 0:
        return
    quotas = _account_quotas() if asked < 0 else {}
    schedules = ScheduleTable(dynamodb, _environment.schedule_table)
    for service_id, each in progress.calls_a_photo(settings):
        service = catalogue.service(service_id)
        default = float(service.requests_per_minute)
        if not default:
            continue
        regions = _environment.regions.of_model(service_id)
        said = asked if asked > 0 else default if service.quota_said else None
        stated = [said or find_quota(service, quotas.get(region, {})) for region in regions]
        shares = split(photos * each, [one or default for one in stated])
        for region, quota, calls in zip(regions, stated, shares, strict=True):
            schedules.change(service_id, region, partial(_expect, quota, default, job_id, calls, each))


def _expect(
    stated: float | None, default: float, job_id: str, calls: int, each: int, schedule: Schedule | None
) -> tuple[Schedule, None]:
    """Where nothing is stated, what was stated before holds, and at first the catalogue's default."""
    schedule = schedule or Schedule.of(stated or default)
    schedule = pacing.expect(schedule, stated or schedule.stated, calls)
    return pacing.announce(schedule, job_id, calls, each, int(time.time() * 1000)), None


def _account_quotas() -> dict[str, dict[str, float]]:
    """The account's quotas per minute by Region and name; none where AWS does not tell: the pace finds them out."""
    regions = _environment.regions.all
    with ThreadPoolExecutor(len(regions)) as pool:
        answers = pool.map(lambda region: QuotaQuestions(partial(servicequotas, region)).per_minute(), regions)
        found = dict(zip(regions, answers, strict=True))
    for region, answer in found.items():
        if isinstance(answer, Unanswered):
            logger.warning("quotas not known", extra={"region": region, "why": answer.words})
    return {region: answer for region, answer in found.items() if not isinstance(answer, Unanswered)}


def _check_trial(trial: bool, photos: int) -> None:
    try:
        trials.check_size(trial, photos)
    except BackdropError as error:
        raise JobInputInvalid(ErrorCode.JOB_INPUT_INVALID, error.cause) from error


def _mark_running(job_id: str, execution_arn: str, started_at: str) -> Job | None:
    """Set the status of a job that came through the API, and return it; None: another system started it, so it
    has no row."""
    jobs = JobsTable(dynamodb, _environment.jobs_table)
    job = jobs.get(job_id)
    if job is None:
        return None
    if job.execution_arn not in (None, execution_arn) or not execution_arn.endswith(f":{job_id}"):
        raise JobInputInvalid(
            ErrorCode.JOB_INPUT_INVALID,
            f"The job {job_id} was submitted through the API and runs under its own name.",
            "Start the execution with an Id of your own.",
        )
    jobs.mark_running(job_id, execution_arn, started_at)
    return job
