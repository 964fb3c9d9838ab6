"""What the REST API answers, typed. Contract: docs/architecture.md section 4.

Unknown fields are ignored, so a newer service can add some. A missing or mistyped one raises pydantic's
`ValidationError`, which `api` turns into `UnexpectedAnswer`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class PhotoStatus(StrEnum):
    """Where a photo of a draft is."""

    UPLOADING = "UPLOADING"
    READY = "READY"
    REFUSED = "REFUSED"


class JobStatus(StrEnum):
    """Where a job is."""

    SUBMITTED = "Submitted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    PARTLY_FAILED = "PartlyFailed"
    FAILED = "Failed"
    CANCELLED = "Cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing will change any more."""
        return self not in {JobStatus.SUBMITTED, JobStatus.RUNNING}


class ImageStatus(StrEnum):
    """Where an image of a submitted job is."""

    QUEUED = "Queued"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


class Verdict(StrEnum):
    """What a person decided about a finished image."""

    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class Failure(_Answer):
    """Why something failed, in words."""

    code: str
    message: str
    next_step: str = ""


class Limits(_Answer):
    """What may be uploaded: bytes, pixels (of a side, of the whole) and MIME types."""

    max_photos: int
    max_upload_bytes: int
    min_side: int
    max_pixels: int
    content_types: list[str]


class Output(_Answer):
    """The finished image's shape and file: wished in a submission, told of a job.

    `aspect` as `4:5`; `fill`: OUTPAINT (the model paints on) or PAD (a border of `pad_color`); `width` and `height` in
    pixels: of one alone the other follows; `preset`: id of a marketplace preset; `format`: SAME is the photo's own.
    """

    aspect: str | None = None
    fill: str = "OUTPAINT"
    pad_color: str = "#ffffff"
    width: int | None = None
    height: int | None = None
    preset: str | None = None
    format: str = "SAME"
    quality: int | None = None

    @property
    def changes_frame(self) -> bool:
        """Whether the product may lie elsewhere in the finished image than in the photo."""
        return bool(self.preset or self.aspect or (self.width and self.height))


class Options(_Answer):
    """What a job may choose besides prompt, mode, model and seed: wished in a submission, told of a job.

    `background`: `generated` (from the prompt), `transparent` or a colour `#rrggbb`; `mask_source`: MODEL or BUILT_IN
    (Backdrop's own cut-out, no model call); `variations`: images of each photo; `vary_seed`: another seed for each
    photo; `cfg_scale`, `quality`, `style`: of the model, where it has them.
    """

    background: str = "generated"
    mask_source: str = "MODEL"
    variations: int = 1
    vary_seed: bool = False
    cfg_scale: float | None = None
    quality: str | None = None
    style: str | None = None
    output: Output = Field(default_factory=Output)

    @property
    def generates(self) -> bool:
        """Whether a model paints the background."""
        return self.background == "generated"

    def wish(self) -> dict[str, Any]:
        """What differs from the defaults, as the API takes it."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True)


class CfgScale(_Answer):
    """How closely the model may be told to follow the prompt."""

    min: float
    max: float
    default: float


class ModelSettings(_Answer):
    """The optional settings a model has. `generates` false: it paints no background, only plain ones are possible."""

    generates: bool = True
    cfg_scale: CfgScale | None = None
    qualities: list[str] = Field(default_factory=list)
    styles: list[str] = Field(default_factory=list)


class Preset(_Answer):
    """A marketplace's rules as a choice; `background`: the only one it takes, if given; `formats`: of its files."""

    id: str
    name: str
    background: str | None = None
    formats: list[str] = Field(default_factory=list)
    notes: str = ""


class ModelAccess(_Answer):
    """What the AWS account may do with a model, as AWS said at `checked_at`; `UNKNOWN` is no refusal."""

    state: str
    reason: str | None = None
    next_step: str | None = None
    lifecycle: str | None = None
    legacy_since: str | None = None
    notes: list[str] = Field(default_factory=list)
    region: str = ""
    checked_at: str


class Model(_Answer):
    """One image model of the catalogue. Prices in US dollars for one finished image.

    `regions`: where it can be called from, empty: not known; `routes_to`: Regions that may then do the work.
    `requests_per_minute` is AWS's default, `account_requests_per_minute` the account's own where AWS tells it.
    """

    model_id: str
    family: str
    state: str
    end_of_life: str | None = None
    usable: bool
    reason: str | None = None
    modes: list[str]
    prompt_max_length: int
    negative_prompt_max_length: int
    seed_min: int = 0
    seed_max: int
    price_per_image_usd: float | None = None
    price_date: str | None = None
    requests_per_minute: float | None = None
    passes: int | None = None
    account_requests_per_minute: float | None = None
    regions: list[str] | None = None
    routes_to: list[str] | None = None
    inference_profile: str | None = None
    access: ModelAccess | None = None
    settings: ModelSettings = Field(default_factory=ModelSettings)


class ModelList(_Answer):
    """Models, and the one that is used when a job names none."""

    default_model_id: str
    models: list[Model]

    def find(self, model_id: str) -> Model | None:
        """The model of that id, or None."""
        return next((model for model in self.models if model.model_id == model_id), None)


class Catalogue(ModelList):
    """Answer of `GET /models`."""

    limits: Limits
    presets: list[Preset] = Field(default_factory=list)


class FunctionLimits(_Answer):
    """What the account may run in Lambda at once, where AWS told; `memory`: words on what it doesn't tell."""

    concurrent_executions: int | None = None
    unreserved_concurrent_executions: int | None = None
    wanted_concurrent_executions: int
    largest_memory_mb: int
    memory: str
    reason: str | None = None
    next_step: str | None = None


class AccountCatalogue(ModelList):
    """The models as an AWS account sees them in a Region; `identity`: the ARN of whose credentials were used."""

    account: str
    identity: str
    region: str
    functions: FunctionLimits


class UploadTarget(_Answer):
    """A presigned POST: form fields to send before the file."""

    url: str
    fields: dict[str, str]


class RegisteredPhoto(_Answer):
    """One answer of `POST /drafts/{id}/photos`: an upload target, or why the photo is refused."""

    photo_id: str | None = None
    name: str
    status: PhotoStatus
    upload: UploadTarget | None = None
    error: Failure | None = None


class Label(_Answer):
    """Something found in a photo. `confidence` in percent; boxes `[left, top, width, height]` in 0..1."""

    name: str
    confidence: float
    boxes: list[tuple[float, float, float, float]] = Field(default_factory=list)


class Photo(_Answer):
    """A photo of a draft. Width and height in pixels, upright; `bytes` of the upload; `has_mask`: of its own."""

    photo_id: str
    name: str
    status: PhotoStatus
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    labels: list[Label] = Field(default_factory=list)
    labels_error: Failure | None = None
    has_mask: bool = False
    preview_url: str | None = None
    thumbnail_url: str | None = None
    error: Failure | None = None


class DraftCreated(_Answer):
    """Answer of `POST /drafts`."""

    draft_id: str
    created_at: datetime


class Draft(_Answer):
    """Answer of `GET /drafts/{id}`; `cursor` asks for the next page of photos."""

    draft_id: str
    created_at: datetime
    submitted: bool
    photos: list[Photo]
    cursor: str | None = None


class Counts(_Answer):
    """How many images of a job are where; `total` is the sum of succeeded, failed and pending.

    Of an ended job, `cancelled` of the failed ones were left because it was cancelled, and `need_review` of the
    finished ones have a quality flag.
    """

    total: int
    succeeded: int
    failed: int
    pending: int
    cancelled: int | None = None
    need_review: int | None = None


class ReportUrls(_Answer):
    """Presigned addresses of a job's report files."""

    json_: str | None = Field(default=None, alias="json")
    csv: str | None = None


class Job(_Answer):
    """A submitted job. Money in US dollars, `eta_seconds` until the last image.

    `cancelled_at`: when somebody cancelled it; it goes on until what had begun by then is finished. `trial`: a try of
    one photo, not listed among the jobs unless asked for. `thumbnail_urls`: up to four, of photos or results.
    """

    job_id: str
    status: JobStatus
    trial: bool = False
    trial_job_id: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    cancelled_at: datetime | None = None
    prompt: str
    negative_prompt: str = ""
    mode: str
    model_id: str
    seed: int | None = None
    options: Options = Field(default_factory=Options)
    counts: Counts
    eta_seconds: float | None = None
    cost_usd: float | None = None
    estimated_cost_usd: float | None = None
    error: Failure | None = None
    report_urls: ReportUrls | None = None
    thumbnail_urls: list[str] = Field(default_factory=list)


class ModelCalls(_Answer):
    """Calls of one model, or of one service that it consists of; `usd_per_call` unless no price is known."""

    model_id: str
    calls: int
    usd_per_call: float | None = None


class Problem(Failure):
    """Why a submission would be refused; `photo_id` where one photo is the reason."""

    photo_id: str | None = None


class Estimate(_Answer):
    """What a submission would cost and take, and why it would be refused (`problems`); nothing was started.

    `usd` by the prices of `price_date`; `seconds` by the models' quotas; `expected_seconds` by the user's own
    jobs of this kind, if there were any; `queue_seconds` until the first free turn;
    `reused_calls` of a trial, which are not made and not paid for again.
    """

    images: int
    calls: list[ModelCalls] = Field(default_factory=list)
    usd: float | None = None
    price_date: str | None = None
    seconds: float | None = None
    expected_seconds: float | None = None
    queue_seconds: float = 0.0
    reused_calls: int = 0
    problems: list[Problem] = Field(default_factory=list)


class JobPage(_Answer):
    """One page of jobs, newest first; `cursor` asks for the next."""

    jobs: list[Job]
    cursor: str | None = None


class Flag(_Answer):
    """A reason why a person should look at an image before it is used: what was measured, what it means."""

    code: str
    measured: float
    threshold: float
    meaning: str
    next_step: str = ""


class MarketplaceCheck(_Answer):
    """One rule of a marketplace, measured on the finished file."""

    code: str
    passed: bool
    measured: float | str
    wanted: float | str
    meaning: str
    next_step: str = ""


class Marketplace(_Answer):
    """The checks of the preset that was chosen."""

    preset: str
    passed: bool
    checks: list[MarketplaceCheck]

    @property
    def failed(self) -> list[MarketplaceCheck]:
        """The rules that the file does not keep."""
        return [check for check in self.checks if not check.passed]


class Image(_Answer):
    """One image of a job. Width, height and bytes are the finished image's; `variation` counts from 1."""

    image_id: str
    name: str
    status: ImageStatus
    variation: int = 1
    labels_kept: list[str] | str | None = None
    seed: int | None = None
    model_id: str | None = None
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    attempts: int | None = None
    flags: list[Flag] = Field(default_factory=list)
    marketplace: Marketplace | None = None
    verdict: Verdict | None = None
    verdict_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    before_url: str | None = None
    before_thumbnail_url: str | None = None
    after_url: str | None = None
    thumbnail_url: str | None = None
    download_url: str | None = None
    download_name: str | None = None
    error: Failure | None = None

    @property
    def photo_id(self) -> str:
        """Of the photo it was made from."""
        return self.image_id.removesuffix(f"-{self.variation}") if self.variation > 1 else self.image_id


class ImagePage(_Answer):
    """One page of a job's images; `cursor` asks for the next."""

    images: list[Image]
    cursor: str | None = None


class PhotoNames(_Answer):
    """What a photo of a job is called, and how many images are made of it.

    `file_names`: of those images, without extension, if the photo was copied from a job where they were called so.
    """

    photo_id: str
    name: str
    images: int
    file_names: list[str] = Field(default_factory=list)


class NamesPage(_Answer):
    """One page of what a job's photos are called; `cursor` asks for the next."""

    photos: list[PhotoNames]
    cursor: str | None = None
