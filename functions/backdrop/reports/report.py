"""The report: what became of every image of a job. From it alone an auditor can tell which source, request, model,
seed and settings made each output, who asked for it and what it cost.

The manifest says which images there are; the recorded outcomes say what became of them. Every line of the manifest
makes exactly one image of the report, so total = succeeded + failed always holds.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from backdrop.core import clock
from backdrop.core.errors import ErrorCode, Failure, explain, next_step_of
from backdrop.core.options import Options
from backdrop.core.vocabulary import JobStatus, MaskOrigin
from backdrop.core.words.marks import phrase
from backdrop.core.workflow_state import RunningJob, read_item, read_job
from backdrop.imaging.review import parse_review
from backdrop.jobs.costs import prices
from backdrop.jobs.model import variation_id
from backdrop.models.built_in import BUILT_IN
from backdrop.models.plan import plan_of

SCHEMA = "backdrop-status-report"
SCHEMA_VERSION = "1.14"
"""Minor: fields were added. Major: fields changed or went. docs/status-report.schema.json describes it."""

_STATUS_SUCCEEDED = "Succeeded"
_STATUS_FAILED = "Failed"


@dataclass(frozen=True)
class Run:
    """The job as PrepareJob made it, and its execution in the stack's own Region. Times are ISO 8601 UTC."""

    job: Mapping[str, Any]
    manifest_key: str
    execution_arn: str
    region: str
    started_at: str
    finished_at: str
    map_error: Mapping[str, Any] | None = None

    @cached_property
    def settings(self) -> RunningJob:
        """What the images are made by.

        Raises:
            BackdropError: `INTERNAL`, `OPTIONS_INVALID`.
        """
        return read_job(self.job)


@dataclass(frozen=True)
class ImageResult:
    """One image: its line in the manifest with what the workflow found out about its photo, which variation it is (from
    1), its recorded outcome (empty where none was recorded), and the reason."""

    item: Mapping[str, Any]
    variation: int
    row: Mapping[str, Any]
    failure: Failure | None
    passes: tuple[Mapping[str, Any], ...]
    made: Counter[tuple[str, str]]
    """Model calls made that may be billed, by Region and Bedrock model id: all but those that were throttled."""
    throttled: int = 0
    """Calls that were refused because the model's quota was used up, and cost nothing."""

    @property
    def succeeded(self) -> bool:
        """Whether there is a finished image."""
        return self.failure is None

    @property
    def left(self) -> bool:
        """Whether it was never begun, because the job was cancelled."""
        return self.failure is not None and self.failure.code is ErrorCode.JOB_CANCELLED

    @property
    def image_id(self) -> str:
        """The image id of this variation."""
        return variation_id(str(self.item["ImageId"]), self.variation)

    @property
    def seed(self) -> int:
        """The seed of this variation."""
        return int(self.item["Seeds"][self.variation - 1])

    @property
    def review(self) -> dict[str, Any]:
        """Quality flags, marketplace checks and moderation of the finished image."""
        return parse_review(self.row.get("Review"))

    @property
    def own_prompt(self) -> str | None:
        """Words of the photo's own for its background in the job's own scene; None: the job's."""
        return self.item.get("Prompt")

    @property
    def name(self) -> str:
        """The name as the user knows it."""
        return str(self.item["ImageName"])

    @property
    def status(self) -> str:
        """The image's status: `Succeeded` or `Failed`."""
        return _STATUS_SUCCEEDED if self.succeeded else _STATUS_FAILED

    @property
    def seconds(self) -> float | None:
        """Seconds from the start of the image's own execution to its outcome; None when a time is missing."""
        return seconds_between(self.row.get("StartedAt"), self.row.get("FinishedAt"))

    @property
    def payloads(self) -> list[str]:
        """Keys of its staged requests and their answers."""
        return [str(one[key]) for one in self.passes for key in ("RequestKey", "ResponseKey")]

    @property
    def labels(self) -> list[str]:
        """Names of the labels that were to be kept."""
        return _names(self.item.get("Labels"))

    @property
    def labels_used(self) -> list[str]:
        """The labels that had an effect on the finished image."""
        # Rows of earlier versions don't know.
        return _names(self.row.get("LabelsUsed", self.row.get("LabelsKept"))) if self.succeeded else []

    @property
    def labels_not_located(self) -> list[str]:
        """The labels that have no place in the photo; none where they were of no use."""
        if self.item.get("MaskSha256") and self.item.get("MaskFrom") != MaskOrigin.CUT_OUT:
            return []
        return [name for name in _names(self.item.get("NotLocated")) if name not in self.labels_used]


class LeftOut(NamedTuple):
    """A Region in which a model was not called for a time while the job ran: by which error, and from when until when
    (ISO 8601 UTC)."""

    region: str
    model_id: str
    code: str
    cause: str
    since: str
    until: str


@dataclass(frozen=True)
class Report:
    """A whole job."""

    run: Run
    images: tuple[ImageResult, ...]
    cost: prices.Cost
    regions: tuple[prices.RegionCost, ...]
    """Where the calls were made."""
    left_out: tuple[LeftOut, ...]
    map_failure: Failure | None
    """Why the batch as a whole ended early; None also when that did no harm."""

    @property
    def total(self) -> int:
        """How many images there are: the manifest's photos with their variations."""
        return len(self.images)

    @property
    def failures(self) -> list[ImageResult]:
        """The images that failed, in the order of the manifest."""
        return [image for image in self.images if not image.succeeded]

    @property
    def succeeded(self) -> int:
        """How many images were finished."""
        return self.total - len(self.failures)

    @property
    def failed(self) -> int:
        """How many images were not finished, those that were left by a cancelled job among them."""
        return len(self.failures)

    @property
    def cancelled(self) -> int:
        """How many of the failed images were left because the job was cancelled."""
        return sum(image.left for image in self.failures)

    @property
    def spent_payloads(self) -> list[str]:
        """Keys of staged requests and answers that nobody needs any more: those of the images that succeeded.

        What a failed image left behind stays, for its diagnosis and so that its answers can be used again; so does
        what it shares with a variation that succeeded. Answers that later jobs may use expire by themselves.
        """
        if self.run.job.get("KeepPayloads"):
            return []
        needed = {key for image in self.failures for key in image.payloads} | set(self.lent_answers)
        if self.run.settings.answers_folder:
            needed |= {str(one["ResponseKey"]) for one in self._paid_passes if not one.get("CopiedFrom")}
        spent = (key for image in self.images if image.succeeded for key in image.payloads)
        return [key for key in dict.fromkeys(spent) if key not in needed]

    @property
    def lent_answers(self) -> list[str]:
        """Keys of a trial's answers that the job it is a trial of may use: those that a model was paid for."""
        if not self.run.job.get("Trial"):
            return []
        return list(dict.fromkeys(str(one["ResponseKey"]) for one in self._paid_passes))

    @property
    def reused(self) -> int:
        """How many model calls were not made, because an answer to the same request was taken over."""
        return sum(bool(one.get("CopiedFrom")) for image in self.images for one in image.passes)

    @property
    def _paid_passes(self) -> Iterator[Mapping[str, Any]]:
        """Passes of the finished images that a model answered, now or earlier."""
        passes = (one for image in self.images if image.succeeded for one in image.passes)
        return (one for one in passes if one["ModelId"] != BUILT_IN)

    @property
    def to_review(self) -> int:
        """Finished images that a quality flag asks a person to look at."""
        return sum(bool(image.review["flags"]) for image in self.images if image.succeeded)

    @property
    def calls(self) -> int:
        """How many model calls were made, retries included, but for throttled ones."""
        return sum(image.made.total() for image in self.images)

    @property
    def status(self) -> JobStatus:
        """The job's status: `Succeeded` only when every image was finished, `Failed` when none was; `Cancelled` when
        one was left for it.

        A job that was cancelled when all its images had begun ends as if nobody had cancelled it.
        """
        if self.cancelled:
            return JobStatus.CANCELLED
        if not self.succeeded:
            return JobStatus.FAILED
        return JobStatus.PARTLY_FAILED if self.failed else JobStatus.SUCCEEDED

    @property
    def seconds(self) -> float | None:
        """Seconds from the execution's start to the report; None when a time is missing."""
        return seconds_between(self.run.started_at, self.run.finished_at)


def compile_report(
    run: Run,
    items: Iterable[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]],
    label_calls: int = 0,
    left_out: Sequence[LeftOut] = (),
) -> Report:
    """Reconcile the manifest's `items` with the recorded `rows` (attributes of the Images table, plain values).

    Each item makes one image for each of its seeds. One without an outcome of this run is `Failed` with
    `OUTCOME_NOT_RECORDED`; rows that the manifest does not name (photos that were refused before submission) are not
    part of the job. `label_calls`: how often the job asked Rekognition where labels are; `left_out`: Regions in which
    its models were not called for a time.
    """
    by_id = {str(row["ImageId"]): row for row in rows}
    map_failure = _map_failure(run.map_error)
    images = tuple(
        _result(run, item, number, by_id.get(variation_id(str(item["ImageId"]), number), {}), map_failure)
        for item in items
        for number in range(1, len(item["Seeds"]) + 1)
    )
    answered = Counter(
        str(one["ModelId"]) for image in images for one in image.passes if int(one.get("Attempts", 0)) > 0
    )
    made = _sum(image.made for image in images)
    by_model = _sum(Counter({model_id: calls}) for (_, model_id), calls in made.items())
    quality = run.settings.options.quality
    cost = prices.cost(by_model, answered, quality, label_calls)
    regions = tuple(prices.by_region(made, quality))
    harmless = _is_harmless(map_failure, images)
    return Report(run, images, cost, regions, tuple(left_out), None if harmless else map_failure)


def photo_options(run: Run, item: Mapping[str, Any]) -> Options:
    """Return the options of the photo of a manifest's item: with those of the job's scenes that it has."""
    return run.settings.options.of_photo(item.get("Scenes") or ())


def seconds_between(start: object, end: object) -> float | None:
    """Seconds with milliseconds; None when a time is missing."""
    if not start or not end:
        return None
    return round((clock.parse(str(end)) - clock.parse(str(start))).total_seconds(), 3)


def _result(
    run: Run, item: Mapping[str, Any], variation: int, row: Mapping[str, Any], map_failure: Failure | None
) -> ImageResult:
    if not _is_outcome_of(run, row):
        return ImageResult(item, variation, {}, _not_recorded(map_failure), (), Counter())
    passes = tuple(json.loads(row.get("Passes") or "[]"))
    made = _sum(_made(run, str(one["ModelId"]), one, one) for one in passes)
    throttled = sum(int(one.get("Throttled", 0)) for one in passes)
    if row["Status"] == _STATUS_SUCCEEDED:
        item = {**item, **json.loads(row.get("Found") or "{}")}
        return ImageResult(item, variation, row, None, passes, made, throttled)
    # A failed image's Attempts are those of the pass that failed: the one after its recorded passes.
    job = run.settings._replace(options=photo_options(run, item).of_image(variation))
    plan = plan_of(job, read_item(item))
    if len(passes) < len(plan):
        made += _made(run, plan[len(passes)].service_id, row, json.loads(row.get("LastTurn") or "{}"))
        throttled += int(row.get("Throttled") or 0)
    failure = explain(str(row.get("Error") or "Unknown"), str(row.get("Cause") or ""))
    return ImageResult(item, variation, row, failure, passes, made, throttled)


def _made(run: Run, model_id: str, calls: Mapping[str, Any], where: Mapping[str, Any]) -> Counter[tuple[str, str]]:
    """Calls of a pass that may be billed, by Region and model. `where` tells the Regions, and in which the last one was
    to be made: what does not add up was there, such as a turn that was given back, or a throttle that was the last.

    Records of versions before 1.5 do not tell the throttled ones, those before 1.6 no Region: it was the stack's own.
    """
    regions = Counter({str(name): int(number) for name, number in (where.get("Regions") or {}).items()})
    billable = int(calls.get("Attempts") or 0) - int(calls.get("Throttled") or 0)
    regions[str(where.get("Region") or run.region)] += billable - regions.total()
    return Counter({(region, model_id): number for region, number in regions.items() if number > 0})


def _sum(counters: Iterable[Counter[Any]]) -> Counter[Any]:
    whole: Counter[Any] = Counter()
    for one in counters:
        whole.update(one)
    return whole


def _names(text: object) -> list[str]:
    return [name for name in str(text or "").split(",") if name]


def _is_outcome_of(run: Run, row: Mapping[str, Any]) -> bool:
    """Whether a row is an outcome of this run: one from before its start belongs to an earlier run, as rows are
    kept."""
    if row.get("Status") not in (_STATUS_SUCCEEDED, _STATUS_FAILED):
        return False
    finished = row.get("FinishedAt")
    return bool(finished) and clock.parse(str(finished)) >= clock.parse(run.started_at)


def _map_failure(error: Mapping[str, Any] | None) -> Failure | None:
    if not error:
        return None
    return explain(str(error.get("Error") or "Unknown"), str(error.get("Cause") or ""))


_ENDS_OF_A_RUN = (ErrorCode.RUN_STOPPED, ErrorCode.RUN_BROKE, ErrorCode.JOB_CANCELLED)
"""Why the sweeper closed a job (`jobs.sweeping`): that is the reason of each image which was not done by then, too."""


def _is_harmless(map_failure: Failure | None, images: Iterable[ImageResult]) -> bool:
    """Whether the sweeper closed the job when every image was done already."""
    if map_failure is None or map_failure.code not in _ENDS_OF_A_RUN:
        return False
    return all(one.failure is not map_failure for one in images)


def _not_recorded(map_failure: Failure | None) -> Failure:
    if map_failure and map_failure.code in _ENDS_OF_A_RUN:
        return map_failure
    code = ErrorCode.OUTCOME_NOT_RECORDED
    if map_failure:
        return Failure(
            code,
            phrase("The batch ended before this image was done: {cause}", cause=map_failure.cause),
            map_failure.next_step,
        )
    return Failure(code, phrase("The image's run ended without an outcome."), next_step_of(code))
