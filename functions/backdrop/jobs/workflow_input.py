"""What the workflow is told of a job: its execution's input, and the state that all of its steps read
(docs/contracts.md, Workflow)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backdrop.core import keys, options_json
from backdrop.jobs.model import Job, JobSettings, UsedSettings
from backdrop.models.catalogue_data import newer_versions


@dataclass(frozen=True)
class StackSettings:
    """What the stack's parameters say for every job. `generator`: what paints the pictures; `answer_days`: for how
    many days answers are kept for later jobs, 0: they are not; `limited`: whether there
    are limits of what may be spent."""

    generator: str
    keep_payloads: bool
    content_credentials: bool
    answer_days: int
    limited: bool


def execution_input(job: Job) -> dict[str, Any]:
    """Return the input of a submitted job's execution. It is the same whoever starts it: Step Functions takes an equal
    start of one name for one."""
    return {
        "Id": job.id,
        "S3Bucket": job.bucket,
        **_prefixes(job),
        "Prompt": job.settings.prompt,
        "NegativePrompt": job.settings.negative_prompt,
        "Mode": job.settings.mode.value,
        "Images": {"ManifestKey": job.manifest_key},
        "ModelId": job.settings.model_id,
        "Seed": job.settings.seed,
        "Options": options_json.to_dict(job.settings.options),
        "RequestedBy": job.owner_email,
        **({"Language": job.language} if job.language else {}),
        "Trial": job.trial,
        "TrialJobId": job.trial_job_id,
        "MaxUsd": job.max_usd,
    }


def job_state(
    *,
    job_id: str,
    bucket: str,
    prefixes: Mapping[str, str],
    settings: JobSettings,
    requested_by: str,
    trial: bool,
    trial_job_id: str | None,
    owner: str,
    max_usd: float | None,
    team: str | None,
    used: UsedSettings | None,
    language: str | None,
    redo_of: str | None,
    stack: StackSettings,
) -> dict[str, Any]:
    """Return the state's `Job`: every setting known. `owner`: whose answers it uses and leaves; `max_usd`: that
    it may cost at most; `team`: that sees it; `used`: the saved settings that it was begun
    with; `language`: of its mail; `redo_of`: the job that it makes new tries of."""
    days = stack.answer_days if settings.options.reuse_answers else 0
    return {
        "Id": job_id,
        "S3Bucket": bucket,
        **prefixes,
        "Prompt": settings.prompt,
        "NegativePrompt": settings.negative_prompt,
        "Mode": settings.mode.value,
        "ModelId": settings.model_id,
        "Seed": settings.seed,
        "Variations": settings.options.variations,
        "Options": options_json.to_dict(settings.options),
        "Generator": stack.generator,
        "RequestedBy": requested_by,
        "Team": team,
        "SavedSettings": {name.capitalize(): value for name, value in vars(used).items()} if used else None,
        **({"Language": language} if language else {}),
        **({"RedoOf": redo_of} if redo_of else {}),
        "Trial": trial,
        "TrialJobId": trial_job_id,
        "MaxUsd": max_usd,
        "Limited": stack.limited or max_usd is not None,
        "KeepPayloads": stack.keep_payloads,
        "AnswerDays": days,
        "AnswersFolder": _answers_folder(prefixes["OutputS3Prefix"], owner, settings.model_id) if days else "",
        "ContentCredentials": stack.content_credentials,
    }


def _answers_folder(output_prefix: str, owner: str, model_id: str) -> str:
    """Where the owner's answers are noted by their requests. A newer version of a model is asked in the very words of
    the known one, so its notes lie apart."""
    folder = keys.answers_folder(output_prefix, keys.owner_hash(owner))
    return f"{folder}{model_id}/" if model_id in newer_versions() else folder


def state_of(job: Job, stack: StackSettings) -> dict[str, Any]:
    """Return the state of a submitted job as its report is compiled from it, whether its run came to make it or not."""
    told = job_state(
        job_id=job.id,
        bucket=job.bucket,
        prefixes=_prefixes(job),
        settings=job.settings,
        requested_by=job.owner_email,
        trial=job.trial,
        trial_job_id=job.trial_job_id,
        owner=job.owner,
        max_usd=job.max_usd,
        team=job.team,
        used=job.used,
        language=job.language,
        redo_of=job.redo_of,
        stack=stack,
    )
    return {"Job": told, "ManifestKey": job.manifest_key}


def _prefixes(job: Job) -> dict[str, str]:
    return {
        "InputS3Prefix": job.prefixes.input,
        "OutputS3Prefix": job.prefixes.output,
        "StatusS3Prefix": job.prefixes.status,
    }
