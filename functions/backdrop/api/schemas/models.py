"""Models, marketplaces and limits, as the REST API answers them: what a job can choose from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Literal

from backdrop.api.schemas.wire import answer
from backdrop.core.vocabulary import AccessState


@answer
class Limits:
    """What may be uploaded."""

    max_photos: int
    max_upload_bytes: int
    min_side: int
    max_pixels: int
    content_types: list[str]


@answer
class CfgScale:
    """How closely the model follows the prompt."""

    min: float
    max: float
    default: float


@answer
class ModelSettings:
    """Which optional settings a model has: what is missing or empty it has not, and a job that asks for it is refused.

    `generates` false: it paints no backgrounds, only plain ones can be chosen.
    """

    generates: bool
    cfg_scale: CfgScale | None = None
    qualities: list[str]
    styles: list[str]


@answer
class Preset:
    """A marketplace's rules as a choice. `background`: the only one it takes, if given; `formats`: of its files."""

    id: str
    name: str
    background: str | None = None
    formats: list[str]
    notes: str


@answer
class ModelAccess:
    """What the account that runs Backdrop may do with a model, as AWS said at `checked_at`.

    `UNKNOWN` refuses no job. `lifecycle` is AWS's own word; `notes` say what could not be found out besides.
    """

    state: AccessState
    reason: str | None = None
    next_step: str | None = None
    lifecycle: str | None = None
    legacy_since: str | None = None
    notes: list[str] | None = None
    region: str
    checked_at: str


@answer
class Model:
    """A model. `usable` false: a job that names it is refused, for `reason`.

    `regions`: where it can be called from, empty where AWS's pages do not say; `routes_to`: Regions that may then do
    the work, for an inference profile. `requests_per_minute` is AWS's default; `account_requests_per_minute` the
    account's own, where Service Quotas names one. `default_negative_prompt`: what the web app and the command send when
    nobody says what is to be avoided; a submission that says nothing avoids nothing.
    """

    model_id: str
    family: str
    state: Literal["ACTIVE", "RETIRED"]
    end_of_life: str | None = None
    usable: bool
    reason: str | None = None
    modes: list[str]
    prompt_max_length: int
    negative_prompt_max_length: int
    default_negative_prompt: str = ""
    seed_min: int
    seed_max: int
    price_per_image_usd: float
    price_date: str
    requests_per_minute: float
    account_requests_per_minute: float | None = None
    passes: int
    regions: list[str] | None = None
    routes_to: list[str] | None = None
    inference_profile: str | None = None
    access: ModelAccess | None = None
    settings: ModelSettings


@answer
class Painter:
    """A model that paints backdrops from words. `regions`: where AWS serves it."""

    model_id: str
    name: str
    usd_per_picture: float
    price_date: str
    prompt_max_length: int
    seed_min: int
    seed_max: int
    aspects: list[str]
    requests_per_minute: float
    regions: list[str]


@answer
class Models:
    """The models, those that paint backdrops from words, and what may be uploaded."""

    default_model_id: str
    limits: Limits
    models: list[Model]
    presets: list[Preset]
    painters: list[Painter] = field(default_factory=list)


@answer
class FunctionLimits:
    """What the account may run in Lambda at once, where AWS told; `memory`: words on what it doesn't tell."""

    concurrent_executions: int | None = None
    unreserved_concurrent_executions: int | None = None
    wanted_concurrent_executions: int
    largest_memory_mb: int
    memory: str
    reason: str | None = None
    next_step: str | None = None


@answer
class AccountCatalogue:
    """The models as an AWS account without a Backdrop sees them in a Region; `identity`: whose credentials, an ARN."""

    account: str
    identity: str
    region: str
    default_model_id: str
    models: list[Model]
    functions: FunctionLimits


def find_model(models: Iterable[Model], model_id: str) -> Model | None:
    """The model of that id, or None."""
    return next((model for model in models if model.model_id == model_id), None)
