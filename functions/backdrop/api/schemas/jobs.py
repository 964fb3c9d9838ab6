"""Estimates, jobs and images, as the REST API answers them."""

from __future__ import annotations

from dataclasses import field
from typing import Literal

from backdrop.api.schemas.options import Options, Output
from backdrop.api.schemas.photos import Error
from backdrop.api.schemas.wire import answer
from backdrop.core.by_hand import ByHand
from backdrop.core.people import Action
from backdrop.core.verdicts import RejectReason
from backdrop.core.vocabulary import ImageStatus, JobStatus, Mode, Verdict


@answer
class Flag:
    """A reason why a person should look at an image before it is used.

    `box`: where in the photo to look (left, top, width, height as shares of its sides), if one place is meant.
    """

    code: str
    measured: float
    threshold: float
    meaning: str
    next_step: str
    box: tuple[float, float, float, float] | None = None


@answer
class MarketplaceCheck:
    """One rule of a marketplace, measured on the finished file."""

    code: str
    passed: bool
    measured: float | str
    wanted: float | str
    meaning: str
    next_step: str


@answer
class Marketplace:
    """The checks of the preset that was chosen."""

    preset: str
    passed: bool
    checks: list[MarketplaceCheck]

    @property
    def failed(self) -> list[MarketplaceCheck]:
        """The rules that the file does not keep."""
        return [check for check in self.checks if not check.passed]


@answer
class Calls:
    """Calls of one Bedrock model id, each at the dated list price."""

    model_id: str
    calls: int
    usd_per_call: float


@answer
class Problem(Error):
    """Why a submission would be refused; `photo_id` where one photo is the reason."""

    photo_id: str | None = None


@answer
class Estimate:
    """What a submission would make, cost and take. No `problems`: it would be taken.

    `queueSeconds`: until the slowest model's next free turn. `expectedSeconds`: from then until the last image is
    finished, beside the jobs that run now; not there before a first job of yours like this one. `seconds`: the same if
    models answered at once; not there where no quota bounds the calls.
    Where the settings make no job there are no calls. `reusedCalls`: made by the
    trial that is named, so not made and not paid for again. `cutOutAlready`: photos whose own transparency is used, so
    that no cut-out is made of them. `equalPhotos`: files equal to another one, of which the same is kept: made and paid
    for once. `answerDays`: answers to the very same requests of earlier jobs of yours, that old at most, are used again
    and not paid for; what that saves is not taken off. 0: none is.
    """

    images: int
    calls: list[Calls]
    usd: float
    price_date: str
    seconds: float | None = None
    expected_seconds: float | None = None
    queue_seconds: float
    reused_calls: int
    cut_out_already: int
    equal_photos: int
    answer_days: int
    problems: list[Problem]

    @property
    def ready_seconds(self) -> float | None:
        """Until the last image is finished, from now on, as a running job's `etaSeconds`; None: nobody knows."""
        after_wait = self.seconds if self.expected_seconds is None else self.expected_seconds
        return None if after_wait is None else after_wait + self.queue_seconds


@answer
class Counts:
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


@answer
class ReportUrls:
    """Presigned, 15 minutes. `html`: the page for people, which a browser opens; not of jobs of earlier versions."""

    json_: str
    csv: str
    html: str | None = None


@answer
class UsedSettings:
    """The saved settings that a job was begun with, as they were called and numbered then. `changed`: the job's own are
    others."""

    id: str
    name: str
    version: int
    changed: bool


@answer
class Job:
    """A submitted job. `cancelled_at`: when it was cancelled; what had begun by then is finished all the same.

    `trial`: a try of one photo, of which no mail is sent. `trialJobId`: the trial whose answers it may use.
    `redoOf`: the job of which it makes new tries, in whose set its images are; `redos`: how many jobs make new tries of
    this one.
    `requestedBy`: e-mail address of who submitted it; `mine`: you did. `team`: whose members see it; not there: it is
    private. `allowed`: what you may do with it.
    `name`, `tags`: what people call it, which they may change; jobs of earlier versions have none.
    `settings`: the saved settings that it was begun with.
    `etaSeconds`: until its last image is finished, beside the other jobs that run (docs/time-left.md).
    `thumbnailUrls`: up to four small pictures, of its photos, and once it ended of its finished images.
    """

    job_id: str
    status: JobStatus
    trial: bool
    trial_job_id: str | None = None
    redo_of: str | None = None
    redos: int | None = None
    requested_by: str | None = None
    mine: bool
    allowed: list[Action]
    team: str | None = None
    settings: UsedSettings | None = None
    name: str | None = None
    tags: list[str] = field(default_factory=list)
    created_at: str
    started_at: str | None = None
    finished_at: str | None = None
    cancelled_at: str | None = None
    prompt: str
    negative_prompt: str
    mode: Literal[Mode.PRECISE, Mode.DEFAULT]
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


@answer
class Jobs:
    """A page of jobs, newest first."""

    jobs: list[Job]
    cursor: str | None = None


@answer
class PlacedByHand:
    """Where somebody put the product, from where the job's options put it; `resampled`: whether its pixels were made
    anew for it, told once the image is finished. As in the submission; of a finished image as it was done."""

    across: float
    down: float
    scale: float
    turn: float
    resampled: bool | None = None

    def place(self) -> ByHand:
        """The place, to be asked for again."""
        return ByHand(self.across, self.down, self.scale, self.turn)


@answer
class Image:
    """An image of a job; width, height and bytes are the finished image's. `labelsChosen` are the labels to be kept,
    `labelsKept` those of a finished image that had an effect on it. `output`: which of the job's outputs it has, where
    there are several. `scene`: which of its scenes, from 1, the job's own, where there are several; `scenes`: those
    that its photo has, where that was said of it. `prompt`: words of its photo's own, instead of the job's, in the
    first scene. `sku`: the article number that was told with its photo. `byHand`: where somebody put its product.
    `rejectReason`, `rejectWords`: why it was rejected, where somebody said it."""

    image_id: str
    name: str
    status: Literal[ImageStatus.QUEUED, ImageStatus.SUCCEEDED, ImageStatus.FAILED]
    variation: int
    labels_kept: list[str]
    labels_chosen: list[str]
    seed: int
    model_id: str
    output: Output | None = None
    scene: int | None = None
    scenes: list[int] | None = None
    sku: str | None = None
    prompt: str | None = None
    by_hand: PlacedByHand | None = None
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
    link: str | None = None
    verdict: Verdict | None = None
    verdict_at: str | None = None
    reject_reason: RejectReason | None = None
    reject_words: str | None = None
    error: Error | None = None

    @property
    def photo_id(self) -> str:
        """The id of the photo that the image was made from."""
        return self.image_id.removesuffix(f"-{self.variation}") if self.variation > 1 else self.image_id


@answer
class SeenPlace:
    """A finished image in its parts, to place its product by hand. `width`, `height`: of the image in pixels; `ground`:
    base64 of a JPEG of what is behind, where that is a picture; `product`: base64 of a WebP of the product by itself;
    `box`: left, top, width and height of the product, as shares of the image, where the job's options put it; `rim`: so
    much of the box's width and height `product` shows around it, on each side; `byHand`: where somebody put it."""

    width: int
    height: int
    background: str
    ground: str | None = None
    product: str
    box: tuple[float, float, float, float]
    rim: float
    by_hand: PlacedByHand | None = None


@answer
class Images:
    """A page of a job's images, in the order the photos were registered."""

    images: list[Image]
    cursor: str | None = None


@answer
class GlancedImage:
    """An image at a glance. `doubtful`: something was measured that a person should look at, a quality flag or a
    marketplace's broken rule."""

    image_id: str
    name: str
    status: Literal[ImageStatus.QUEUED, ImageStatus.SUCCEEDED, ImageStatus.FAILED]
    doubtful: bool
    verdict: Verdict | None = None


@answer
class Overview:
    """A job's images at a glance, in the order the photos were registered. `after`: the image id to go on after; not
    there when these were the last."""

    images: list[GlancedImage]
    after: str | None = None


@answer
class PhotoNames:
    """What a photo is called, and how many images the job makes of it. `fileNames`, `sku`: as given when it was
    submitted or copied."""

    photo_id: str
    name: str
    images: int
    file_names: list[str] | None = None
    sku: str | None = None


@answer
class Names:
    """What the photos of a job are called, in the order they were registered."""

    photos: list[PhotoNames]
    cursor: str | None = None
