"""What each handler needs from its environment, read once at init: a missing variable fails there, with its name.

Named tuples, because every cold start makes all of these classes: a dataclass takes four times as long to make.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import timedelta

    from backdrop.aws.objects import Lock
    from backdrop.core.vocabulary import Generator
    from backdrop.jobs.costs.spending import Limits
    from backdrop.jobs.erasure.erasing import Prefixes
    from backdrop.jobs.scheduling.regions import ModelRegions
    from backdrop.jobs.workflow_input import StackSettings


class MissingVariable(Exception):
    """The function's configuration lacks a variable, or it makes no sense."""


def required(name: str) -> str:
    """The variable's value.

    Raises:
        MissingVariable: it is not set, or empty.
    """
    value = os.environ.get(name, "")
    if not value:
        raise MissingVariable(f"The environment variable {name} is not set.")
    return value


def text(name: str) -> str:
    """A variable that may be empty, and must be there: a forgotten one must not switch anything off.

    Raises:
        MissingVariable: it is not set.
    """
    if name not in os.environ:
        raise MissingVariable(f"The environment variable {name} is not set.")
    return os.environ[name]


def flag(name: str) -> bool:
    """A variable that is `true` or `false`.

    Raises:
        MissingVariable: it is neither.
    """
    value = required(name).lower()
    if value not in ("true", "false"):
        raise MissingVariable(f"The environment variable {name} is {value!r}, neither true nor false.")
    return value == "true"


def number(name: str) -> float:
    """A variable that is a number.

    Raises:
        MissingVariable: it is none.
    """
    value = required(name)
    try:
        return float(value)
    except ValueError as error:
        raise MissingVariable(f"The environment variable {name} is {value!r}, no number.") from error


def limits() -> Limits:
    """What the stack's parameters allow to spend.

    Raises:
        MissingVariable: naming the variable.
    """
    # Here: the functions that limit nothing start without it.
    from backdrop.jobs.costs.spending import Limits

    return Limits(
        job=number("MAX_USD_PER_JOB"),
        user_and_day=number("MAX_USD_PER_USER_AND_DAY"),
        month=number("MAX_USD_PER_MONTH"),
    )


def check_more_models() -> None:
    """Refuse a parameter `MoreModels` that makes no sense, before anything is done with it.

    Raises:
        MissingVariable: saying what is wrong with it.
    """
    from backdrop.models.catalogue_data import newer_versions
    from backdrop.models.newer_versions import VARIABLE, NewerVersionsInvalid

    try:
        newer_versions()
    except NewerVersionsInvalid as error:
        raise MissingVariable(f"The environment variable {VARIABLE} makes no sense: {error}") from error


def model_regions() -> ModelRegions:
    """Where the stack calls models.

    Raises:
        MissingVariable: naming the variable.
    """
    from backdrop.jobs.scheduling.regions import ModelRegions

    return ModelRegions.of(required("AWS_REGION"), text("MODEL_REGIONS"))


def report_lock() -> Lock | None:
    """How reports, and what people said about images, are locked; None: they are not.

    Raises:
        MissingVariable: naming the variable.
    """
    from backdrop.aws.objects import Lock

    days, mode = int(number("REPORT_LOCK_DAYS")), required("REPORT_LOCK_MODE")
    if days == 0:
        return None
    if mode == "GOVERNANCE":
        return Lock(days, "GOVERNANCE")
    if mode == "COMPLIANCE":
        return Lock(days, "COMPLIANCE")
    raise MissingVariable(f"The environment variable REPORT_LOCK_MODE is {mode!r}.")


def painting_generator() -> Generator:
    """What paints in this stack.

    Raises:
        MissingVariable: naming the variable.
    """
    value = required("IMAGE_GENERATOR")
    if value == "trained-model":
        return "trained-model"
    if value == "local-renderer":
        return "local-renderer"
    raise MissingVariable(f"The environment variable IMAGE_GENERATOR is {value!r}.")


def stack_settings() -> StackSettings:
    """What the stack's parameters say for every job.

    Raises:
        MissingVariable: naming the variable.
    """
    from backdrop.jobs.workflow_input import StackSettings

    return StackSettings(
        generator=painting_generator(),
        keep_payloads=flag("KEEP_PAYLOADS"),
        content_credentials=flag("CONTENT_CREDENTIALS"),
        answer_days=int(number("ANSWER_DAYS")),
        limited=limits().any,
    )


def row_lifetime() -> timedelta:
    """How long the rows of jobs are kept.

    Raises:
        MissingVariable: naming the variable.
    """
    from datetime import timedelta

    return timedelta(days=number("ROW_DAYS"))


class ApiEnvironment(NamedTuple):
    """What the REST API's function reads from its environment."""

    jobs_table: str
    images_table: str
    schedule_table: str
    bucket: str
    cut_out_function: str
    input_prefix: str
    output_prefix: str
    status_prefix: str
    web_app_url: str
    default_model_id: str
    allow_retired_models: bool
    requests_per_minute: float
    map_max_concurrency: int
    answer_days: int
    row_lifetime: timedelta
    regions: ModelRegions
    spending_table: str
    limits: Limits
    generator: Generator
    signing_key_arn: str
    heads_table: str
    lock: Lock | None
    topic_arn: str
    notification_email: str
    most_a_minute: int

    @classmethod
    def from_env(cls) -> ApiEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        check_more_models()
        return cls(
            jobs_table=required("JOBS_TABLE"),
            images_table=required("IMAGES_TABLE"),
            schedule_table=required("SCHEDULE_TABLE"),
            bucket=required("BUCKET"),
            cut_out_function=required("CUT_OUT_FUNCTION"),
            input_prefix=required("INPUT_PREFIX"),
            output_prefix=required("OUTPUT_PREFIX"),
            status_prefix=required("STATUS_PREFIX"),
            web_app_url=required("WEB_APP_URL"),
            default_model_id=required("DEFAULT_MODEL_ID"),
            allow_retired_models=flag("ALLOW_RETIRED_MODELS"),
            requests_per_minute=number("MODEL_REQUESTS_PER_MINUTE"),
            map_max_concurrency=int(number("MAP_MAX_CONCURRENCY")),
            answer_days=int(number("ANSWER_DAYS")),
            row_lifetime=row_lifetime(),
            regions=model_regions(),
            spending_table=required("SPENDING_TABLE"),
            limits=limits(),
            generator=painting_generator(),
            signing_key_arn=required("REPORT_KEY_ARN"),
            heads_table=required("HEADS_TABLE"),
            lock=report_lock(),
            topic_arn=required("TOPIC_ARN"),
            notification_email=required("NOTIFICATION_EMAIL"),
            most_a_minute=int(number("REQUESTS_PER_USER_PER_MINUTE")),
        )


class InspectEnvironment(NamedTuple):
    """What photo inspection reads from its environment."""

    images_table: str
    bucket: str
    moderate_uploads: bool
    most_a_minute: int

    @classmethod
    def from_env(cls) -> InspectEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(
            images_table=required("IMAGES_TABLE"),
            bucket=required("BUCKET"),
            moderate_uploads=flag("MODERATE_UPLOADS"),
            most_a_minute=int(number("REQUESTS_PER_USER_PER_MINUTE")),
        )


class StartJobEnvironment(NamedTuple):
    """What the stream's handler reads from its environment."""

    state_machine_arn: str
    jobs_table: str
    dead_letter_queue_url: str
    web_app_url: str

    @classmethod
    def from_env(cls) -> StartJobEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(
            state_machine_arn=required("STATE_MACHINE_ARN"),
            jobs_table=required("JOBS_TABLE"),
            dead_letter_queue_url=required("DEAD_LETTER_QUEUE_URL"),
            web_app_url=required("WEB_APP_URL"),
        )


class SweepJobsEnvironment(NamedTuple):
    """What the sweeper reads from its environment."""

    state_machine_arn: str
    jobs_table: str
    images_table: str
    default_model_id: str
    dead_letter_queue_url: str
    compile_report_function: str
    topic_arn: str
    web_app_url: str
    stack: StackSettings

    @classmethod
    def from_env(cls) -> SweepJobsEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(
            state_machine_arn=required("STATE_MACHINE_ARN"),
            jobs_table=required("JOBS_TABLE"),
            images_table=required("IMAGES_TABLE"),
            default_model_id=required("DEFAULT_MODEL_ID"),
            dead_letter_queue_url=required("DEAD_LETTER_QUEUE_URL"),
            compile_report_function=required("COMPILE_REPORT_FUNCTION"),
            topic_arn=required("TOPIC_ARN"),
            web_app_url=required("WEB_APP_URL"),
            stack=stack_settings(),
        )


class EraseEnvironment(NamedTuple):
    """What Erase reads from its environment."""

    bucket: str
    jobs_table: str
    images_table: str
    prefixes: Prefixes
    status_prefix: str
    signing_key_arn: str
    heads_table: str
    lock: Lock | None
    topic_arn: str

    @classmethod
    def from_env(cls) -> EraseEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        from backdrop.jobs.erasure.erasing import Prefixes

        return cls(
            bucket=required("BUCKET"),
            jobs_table=required("JOBS_TABLE"),
            images_table=required("IMAGES_TABLE"),
            prefixes=Prefixes(required("INPUT_PREFIX"), required("OUTPUT_PREFIX")),
            status_prefix=required("STATUS_PREFIX"),
            signing_key_arn=required("REPORT_KEY_ARN"),
            heads_table=required("HEADS_TABLE"),
            lock=report_lock(),
            topic_arn=required("TOPIC_ARN"),
        )


class PrepareJobEnvironment(NamedTuple):
    """What the workflow's first step reads from its environment."""

    jobs_table: str
    default_model_id: str
    allow_retired_models: bool
    map_max_concurrency: int
    stack: StackSettings
    images_table: str
    row_lifetime: timedelta
    schedule_table: str
    requests_per_minute: float
    regions: ModelRegions
    spending_table: str
    limits: Limits

    @classmethod
    def from_env(cls) -> PrepareJobEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        check_more_models()
        return cls(
            jobs_table=required("JOBS_TABLE"),
            default_model_id=required("DEFAULT_MODEL_ID"),
            allow_retired_models=flag("ALLOW_RETIRED_MODELS"),
            map_max_concurrency=int(number("MAP_MAX_CONCURRENCY")),
            stack=stack_settings(),
            images_table=required("IMAGES_TABLE"),
            row_lifetime=row_lifetime(),
            schedule_table=required("SCHEDULE_TABLE"),
            requests_per_minute=number("MODEL_REQUESTS_PER_MINUTE"),
            regions=model_regions(),
            spending_table=required("SPENDING_TABLE"),
            limits=limits(),
        )


class ReserveTurnEnvironment(NamedTuple):
    """What the step that reserves turns at a model reads from its environment.

    Attributes:
        requests_per_minute: below 0: the catalogue's quota of each model; 0: no pacing; else this for every model.
        throttle_patience_ms: how long an image waits out throttles.
    """

    schedule_table: str
    images_table: str
    requests_per_minute: float
    throttle_patience_ms: int
    regions: ModelRegions
    spending_table: str
    limits: Limits

    @classmethod
    def from_env(cls) -> ReserveTurnEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(
            schedule_table=required("SCHEDULE_TABLE"),
            images_table=required("IMAGES_TABLE"),
            requests_per_minute=number("MODEL_REQUESTS_PER_MINUTE"),
            throttle_patience_ms=round(number("THROTTLE_PATIENCE_HOURS") * 3_600_000),
            regions=model_regions(),
            spending_table=required("SPENDING_TABLE"),
            limits=limits(),
        )


class SignResultEnvironment(NamedTuple):
    """What the step that signs finished images reads from its environment.

    Attributes:
        secret_arn: of the signing identity (`backdrop.signing.identity`).
    """

    secret_arn: str

    @classmethod
    def from_env(cls) -> SignResultEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(secret_arn=required("CONTENT_CREDENTIALS_SECRET_ARN"))


class CompileReportEnvironment(NamedTuple):
    """What the step that writes the report reads from its environment."""

    jobs_table: str
    images_table: str
    web_app_url: str
    spending_table: str
    schedule_table: str
    regions: ModelRegions
    signing_key_arn: str
    heads_table: str
    lock: Lock | None

    @classmethod
    def from_env(cls) -> CompileReportEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(
            jobs_table=required("JOBS_TABLE"),
            images_table=required("IMAGES_TABLE"),
            web_app_url=required("WEB_APP_URL"),
            spending_table=required("SPENDING_TABLE"),
            schedule_table=required("SCHEDULE_TABLE"),
            regions=model_regions(),
            signing_key_arn=required("REPORT_KEY_ARN"),
            heads_table=required("HEADS_TABLE"),
            lock=report_lock(),
        )


class ModerationEnvironment(NamedTuple):
    """What pictures may not show. `categories`: separated by commas, empty: moderation is off."""

    categories: str
    min_confidence: float

    @classmethod
    def from_env(cls) -> ModerationEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(categories=text("MODERATION_CATEGORIES"), min_confidence=number("MODERATION_MIN_CONFIDENCE"))


class PromptEnvironment(NamedTuple):
    """What prompts may not say. `block_list`: separated by commas; `guardrail_id`: empty: there is none."""

    block_list: str
    guardrail_id: str
    guardrail_version: str

    @classmethod
    def from_env(cls) -> PromptEnvironment:
        """Return what the function's environment says.

        Raises:
            MissingVariable: naming the variable.
        """
        return cls(
            block_list=text("PROMPT_BLOCK_LIST"),
            guardrail_id=text("GUARDRAIL_ID"),
            guardrail_version=required("GUARDRAIL_VERSION"),
        )
