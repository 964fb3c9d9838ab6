"""Bodies of the REST API. Requests are validated against these; answers are documented (and tested) by them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from backdrop.api.schemas.base import AnswerBody, RequestBody, Text
from backdrop.api.schemas.options import Flag, Marketplace, ModelSettings, Options, OptionsWish, Preset
from backdrop.core.limits import MAX_PHOTOS_PER_REQUEST
from backdrop.core.options import MAX_VARIATIONS
from backdrop.core.vocabulary import AccessState, ImageStatus, JobStatus, Verdict

_Count = Annotated[int, Field(ge=0)]


class NewDraft(RequestBody):
    """Nothing to say: id, owner and prefixes are the server's."""


class NewPhoto(RequestBody):
    """A file to upload: its name as you know it, its size in bytes, its MIME type if known."""

    name: Text
    size: _Count
    content_type: Text | None = None


class NewPhotos(RequestBody):
    """Files to upload."""

    photos: list[NewPhoto] = Field(min_length=1, max_length=MAX_PHOTOS_PER_REQUEST)


class Submission(RequestBody):
    """What to make of the photos. `labels`: photo id -> names of labels to keep; photos not named keep all.

    `prompt` may be left out when `options.background` is a plain one. `trial`: a try of a draft with one photo. Such a
    job is not among `GET /jobs` unless asked for, and no mail tells its end. `trialJobId`: an earlier trial of yours.
    What was asked about its photo and would be asked again in the same words is not paid for again. `seeds`:
    photo id -> seeds of exactly the images that shall be made of it; photos not named have `options.variations`.
    """

    prompt: Text = ""
    negative_prompt: Text = ""
    mode: Literal["PRECISE", "DEFAULT"] = "PRECISE"
    model_id: Annotated[str, Field(max_length=200)] | None = None
    seed: int | None = None
    options: OptionsWish = Field(default_factory=OptionsWish)
    labels: dict[str, list[Text]] = Field(default_factory=dict)
    trial: bool = False
    trial_job_id: Annotated[str, Field(max_length=100)] | None = None
    seeds: dict[str, Annotated[list[int], Field(min_length=1, max_length=MAX_VARIATIONS)]] = Field(default_factory=dict)


class Copies(RequestBody):
    """Images of a job of yours whose photos this draft shall have too. A further variation's id means its photo.

    `fileNames`: photo id -> what the files of the copy's images are called, without extension, in their order. For a
    client that names files: so that a product's file is called in the new job as in the earlier one.
    """

    job_id: Annotated[str, Field(max_length=100)]
    image_ids: list[Annotated[str, Field(max_length=100)]] = Field(min_length=1, max_length=MAX_PHOTOS_PER_REQUEST)
    file_names: dict[str, Annotated[list[Text], Field(min_length=1, max_length=MAX_VARIATIONS)]] = Field(
        default_factory=dict
    )


class NewMask(RequestBody):
    """A mask to upload: its size in bytes."""

    size: _Count


class NewVerdict(RequestBody):
    """What you think of a finished image; null takes an earlier verdict back."""

    verdict: Literal["APPROVED", "REJECTED"] | None


class ErrorDetail(AnswerBody):
    """A field of the request and what is wrong with it."""

    field: str
    message: str


class Error(AnswerBody):
    """What happened, and what you can do."""

    code: str
    message: str
    next_step: str
    details: list[ErrorDetail] | None = None


class ErrorAnswer(AnswerBody):
    """The body of every answer of 400 and above."""

    error: Error


class Limits(AnswerBody):
    """What may be uploaded."""

    max_photos: int
    max_upload_bytes: int
    min_side: int
    max_pixels: int
    content_types: list[str]


class ModelAccess(AnswerBody):
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


class Model(AnswerBody):
    """A model. `usable` false: a job that names it is refused, for `reason`.

    `regions`: where it can be called from, empty where AWS's pages do not say; `routes_to`: Regions that may then do
    the work, for an inference profile. `requests_per_minute` is AWS's default; `account_requests_per_minute` the
    account's own, where Service Quotas names one.
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


class Models(AnswerBody):
    """The models and what may be uploaded."""

    default_model_id: str
    limits: Limits
    models: list[Model]
    presets: list[Preset]


class DraftCreated(AnswerBody):
    """A new draft."""

    draft_id: str
    created_at: str


class Label(AnswerBody):
    """Something seen in a photo; boxes are [left, top, width, height] as shares of the upright photo."""

    name: str
    confidence: float
    boxes: list[tuple[float, float, float, float]]


class Photo(AnswerBody):
    """A photo of a draft; width and height are the upright photo's pixels. `hasMask`: it has a mask of its own."""

    photo_id: str
    name: str
    status: Literal["UPLOADING", "READY", "REFUSED"]
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    labels: list[Label]
    labels_error: Error | None = None
    has_mask: bool
    preview_url: str | None = None
    thumbnail_url: str | None = None
    error: Error | None = None


class Draft(AnswerBody):
    """A draft and a page of its photos."""

    draft_id: str
    created_at: str
    submitted: bool
    photos: list[Photo]
    cursor: str | None = None


class Upload(AnswerBody):
    """A presigned POST: multipart form with `fields` first and the file, as `file`, last."""

    url: str
    fields: dict[str, str]


class RegisteredMask(AnswerBody):
    """Where the mask may be uploaded now."""

    upload: Upload


class RegisteredPhoto(AnswerBody):
    """A file that may be uploaded now, or why it may not."""

    photo_id: str | None = None
    name: str
    status: Literal["UPLOADING", "REFUSED"]
    upload: Upload | None = None
    error: Error | None = None


class RegisteredPhotos(AnswerBody):
    """One answer per file, in the order sent."""

    photos: list[RegisteredPhoto]


class Calls(AnswerBody):
    """Calls of one Bedrock model id, each at the dated list price."""

    model_id: str
    calls: int
    usd_per_call: float


class Problem(Error):
    """Why a submission would be refused; `photo_id` where one photo is the reason."""

    photo_id: str | None = None


class Estimate(AnswerBody):
    """What a submission would make, cost and take. No `problems`: it would be taken.

    `seconds`: that the calls take at the models' quotas; not there where no quota bounds them. `expectedSeconds`: that
    jobs like this one took you; not there before the first such job. `queueSeconds`: until
    the slowest model's next free turn. Where the settings make no job there are no calls. `reusedCalls`: made by the
    trial that is named, so not made and not paid for again.
    """

    images: int
    calls: list[Calls]
    usd: float
    price_date: str
    seconds: float | None = None
    expected_seconds: float | None = None
    queue_seconds: float
    reused_calls: int
    problems: list[Problem]


class Counts(AnswerBody):
    """`total` is the sum of `succeeded`, `failed` and `pending`.

    Once the job has ended, `cancelled`: how many of the failed ones were left because it was cancelled, and
    `need_review`: how many of the finished ones have a quality flag.
    """

    total: int
    succeeded: int
    failed: int
    pending: int
    cancelled: int | None = None
    need_review: int | None = None


class CopiedPhotos(AnswerBody):
    """The copies, one per photo, in the order of the ids."""

    photos: list[Photo]


class ReportUrls(AnswerBody):
    """Presigned, 15 minutes."""

    json_: str = Field(alias="json")
    csv: str


class Job(AnswerBody):
    """A submitted job. `cancelled_at`: when it was cancelled; what had begun by then is finished all the same.

    `trial`: a try of one photo, of which no mail is sent. `trialJobId`: the trial whose answers it may use.
    `thumbnailUrls`: up to four small pictures, of its photos, and once it ended of its finished images.
    """

    job_id: str
    status: JobStatus
    trial: bool
    trial_job_id: str | None = None
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    cancelled_at: str | None = None
    prompt: str
    negative_prompt: str
    mode: Literal["PRECISE", "DEFAULT"]
    model_id: str
    seed: int
    options: Options
    counts: Counts
    eta_seconds: int | None = None
    cost_usd: float | None = None
    estimated_cost_usd: float
    error: Error | None = None
    report_urls: ReportUrls | None = None
    thumbnail_urls: list[str]


class Jobs(AnswerBody):
    """A page of jobs, newest first."""

    jobs: list[Job]
    cursor: str | None = None


class Image(AnswerBody):
    """An image of a job; width, height and bytes are the finished image's."""

    image_id: str
    name: str
    status: Literal[ImageStatus.QUEUED, ImageStatus.SUCCEEDED, ImageStatus.FAILED]
    variation: int
    labels_kept: list[str]
    seed: int
    model_id: str
    width: int | None = None
    height: int | None = None
    bytes: int | None = None
    attempts: int | None = None
    started_at: str | None = None
    finished_at: str | None = None
    flags: list[Flag] | None = None
    marketplace: Marketplace | None = None
    before_url: str | None = None
    before_thumbnail_url: str | None = None
    after_url: str | None = None
    thumbnail_url: str | None = None
    download_url: str | None = None
    download_name: str | None = None
    verdict: Verdict | None = None
    verdict_at: str | None = None
    error: Error | None = None


class PhotoNames(AnswerBody):
    """What a photo is called, and how many images the job makes of it. `fileNames`: as given when it was copied."""

    photo_id: str
    name: str
    images: int
    file_names: list[str] | None = None


class Names(AnswerBody):
    """What the photos of a job are called, in the order they were registered."""

    photos: list[PhotoNames]
    cursor: str | None = None


class Images(AnswerBody):
    """A page of a job's images, in the order the photos were registered."""

    images: list[Image]
    cursor: str | None = None
