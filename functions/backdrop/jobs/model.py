"""Drafts, photos and jobs: what the tables hold, in the field's words.

A draft collects photos; submitting it makes a job of the same id. The rows of both live in the tables
described in docs/contracts.md, Tables; how they are stored is `aws/jobs_table.py` and
`aws/images_table.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import NamedTuple

from backdrop.core.by_hand import ByHand
from backdrop.core.keys import JobPrefixes
from backdrop.core.limits import DRAFT_DAYS
from backdrop.core.options import Options
from backdrop.core.recipes import Recipe
from backdrop.core.search import describe_for_search, write_text
from backdrop.core.verdicts import UNSAID, Why
from backdrop.core.vocabulary import Box, ImageStatus, JobStatus, MaskOrigin, Mode, Verdict

JOB_DAYS = 400
"""Days a submitted job's rows are kept: a year, and time to look at it. The files in S3 stay longer."""

DRAFT_LIFETIME = timedelta(days=DRAFT_DAYS)
JOB_LIFETIME = timedelta(days=JOB_DAYS)

START_PATIENCE = timedelta(minutes=5)
"""A job is started within seconds; after this long the sweeper starts it (`jobs.sweeping`), and its owner is told."""

JOB_NOT_STARTED = "JobNotStarted"
"""`Error` of a job that could not be started: none of its images was begun, and it may be started yet."""

_JOB_ID = re.compile(r"[0-9a-z]{26}")
_CANDIDATE_ID = re.compile(r"[0-9a-f]{32}")
_IMAGE_ID = re.compile(r"[0-9a-z]{8}(-([2-9]|[12][0-9]))?")


def is_job_id(text: str) -> bool:
    """True for a 26-character id as `keys.new_job_id` makes it."""
    return _JOB_ID.fullmatch(text) is not None


def is_candidate_id(text: str) -> bool:
    """True for the id of a backdrop's candidate."""
    return _CANDIDATE_ID.fullmatch(text) is not None


def is_image_id(text: str) -> bool:
    """True for an id as `image_id` or `variation_id` makes it."""
    return _IMAGE_ID.fullmatch(text) is not None


def image_id(number: int) -> str:
    """The id of a draft's photo `number` (from 0): unique in the draft, and sorts in the order of registration."""
    return f"{number:08d}"


def variation_id(photo_id: str, variation: int) -> str:
    """The id of a photo's image number `variation` (from 1): the first has the photo's own."""
    return photo_id if variation == 1 else f"{photo_id}-{variation}"


def variation_of(id_: str) -> int:
    """Which variation of its photo an image is (from 1)."""
    return int(id_.partition("-")[2] or 1)


@dataclass(frozen=True)
class Label:
    """Something Rekognition saw, or a person said. `boxes` is empty for scenes and for objects it can't point at.

    `by_person`: its name or its boxes are a person's. Such a label may have no name: its boxes then are kept whatever
    is chosen.
    """

    name: str
    confidence: float
    boxes: tuple[Box, ...] = ()
    by_person: bool = False


def names_of(labels: Iterable[Label]) -> list[str]:
    """Return the names of labels; those without one are left out."""
    return [label.name for label in labels if label.name]


@dataclass(frozen=True)
class Facts:
    """What inspection found in a good photo: bytes and hash of the upload, size in pixels when upright."""

    bytes: int
    sha256: str
    width: int
    height: int
    format: str
    preview_key: str


@dataclass(frozen=True)
class Outcome:
    """What the state machine recorded of an image; everything but the times is missing where it failed early."""

    model_id: str | None = None
    seed: int | None = None
    attempts: int | None = None
    output_key: str | None = None
    output_bytes: int | None = None
    output_sha256: str | None = None
    output_width: int | None = None
    output_height: int | None = None
    passes: str | None = None
    labels_kept: str | None = None
    labels_used: str | None = None
    review: str | None = None
    started_at: str | None = None
    finished_at: str | None = None


class OwnMask(NamedTuple):
    """A mask that somebody brought for a photo: its SHA-256 as stored, where it is from, when it was put right by hand
    (ISO 8601)."""

    sha256: str
    origin: MaskOrigin
    at: str | None = None


@dataclass(frozen=True)
class PhotoRow:
    """One row of the Images table.

    For a job that another system started there was no draft: its rows hold an outcome and the name only,
    so the fields of the upload are None there. `mask_sha256` is that of a mask of the photo's own, as stored, and
    `mask_from` says where it is from, `mask_at` when it was put right by hand.
    `answers_at` says where the answers about the photo lie that a copy was made of (`keys.answers_at`).
    `verdict` is what the user thinks of the finished image, since `verdict_at`, and `why` it was rejected. `file_names`
    are what the files of its images are called, without extension, when another job named them; of a copy only.
    `prompt`: the words of its own with which it was submitted; `by_hand`: the place of its product; `scenes`: numbers
    of those of the job's scenes that it has, none: as the job says; `sku`: the article number that was told with it.
    `instead_of`: of a redo, ids of the images of the first job for which the photo's images stand.
    `labels`: what Rekognition found; `own_labels`: what a person made of it, all that counts then; None: nobody
    corrected them.
    """

    job_id: str
    image_id: str
    name: str
    status: ImageStatus
    created_at: str | None = None
    source_key: str | None = None
    content_type: str | None = None
    upload_bytes: int | None = None
    facts: Facts | None = None
    labels: tuple[Label, ...] = ()
    own_labels: tuple[Label, ...] | None = None
    labels_error: str | None = None
    error: str | None = None
    cause: str | None = None
    mask_sha256: str | None = None
    mask_from: MaskOrigin | None = None
    mask_at: str | None = None
    verdict: Verdict | None = None
    verdict_at: str | None = None
    why: Why = UNSAID
    file_names: tuple[str, ...] = ()
    answers_at: str | None = None
    prompt: str | None = None
    by_hand: ByHand | None = None
    scenes: tuple[int, ...] = ()
    sku: str | None = None
    instead_of: tuple[str, ...] = ()
    outcome: Outcome = Outcome()

    @property
    def all_labels(self) -> tuple[Label, ...]:
        """The labels that count: as a person corrected them, else as they were found."""
        return self.labels if self.own_labels is None else self.own_labels

    def ready(self, facts: Facts, labels: tuple[Label, ...], labels_error: str | None) -> PhotoRow:
        """The photo after a good inspection."""
        return replace(
            self,
            status=ImageStatus.READY,
            facts=facts,
            labels=labels,
            labels_error=labels_error,
            error=None,
            cause=None,
        )

    def refused(self, error: str, cause: str) -> PhotoRow:
        """The photo after an inspection that refused it; `error` is an `ErrorCode`."""
        return replace(self, status=ImageStatus.REFUSED, error=error, cause=cause)


@dataclass(frozen=True)
class BackdropRow:
    """A picture of a user's own to stand behind products.

    `upload_key`: of the file as it was uploaded, `upload_sha256` its hash; `facts`: of the picture as it is kept, whose
    key is their `preview_key`. `error` and `cause`: why it was refused. `recipe`: how it was made, where nobody
    uploaded it. `surface`: share of its height at which products stand on it, guessed or set by the user. `light`:
    degrees from which its light comes, guessed; None: none could be told. `shared_by`: e-mail address of its owner, who
    lets everybody see and use it; None: it is private.
    """

    owner: str
    id: str
    name: str
    status: ImageStatus
    created_at: str
    upload_key: str
    upload_sha256: str | None = None
    facts: Facts | None = None
    error: str | None = None
    cause: str | None = None
    surface: float | None = None
    recipe: Recipe | None = None
    light: float | None = None
    shared_by: str | None = None


@dataclass(frozen=True)
class GlancedImage:
    """What the index `Overview` has of a row: enough to count, filter and search a job's images. `review` as in
    `Outcome`."""

    image_id: str
    name: str
    status: ImageStatus
    verdict: Verdict | None = None
    review: str | None = None


@dataclass(frozen=True)
class Draft:
    """Photos on their way to a job.

    `next_number` only grows (it numbers the photos), `photo_count` is how many there are, `revision` changes
    whenever a photo is added or removed. `submitted_at` closes the draft; `left_out` are the ids of the photos
    that did not go into the job. `claim` names the call that is submitting the draft. `listed`: whether it is among the
    drafts that its user finds again; `changed_at`: when its photos last changed.
    """

    id: str
    owner: str
    owner_email: str
    created_at: str
    prefixes: JobPrefixes
    photo_count: int = 0
    next_number: int = 0
    revision: int = 0
    submitted_at: str | None = None
    claim: str | None = None
    left_out: frozenset[str] = frozenset()
    listed: bool = True
    changed_at: str | None = None


@dataclass(frozen=True)
class JobSettings:
    """What the user decided, verbatim. `seed` is recorded even when the user left it to chance.

    `seed` is that of the first image; `manifest.seeds` has those of all the others.
    """

    prompt: str
    negative_prompt: str
    mode: Mode
    model_id: str
    seed: int
    options: Options = field(default_factory=Options)


@dataclass(frozen=True)
class UsedSettings:
    """The saved settings that a job was begun with, as they were then. `changed`: the job's own are others."""

    id: str
    name: str
    version: int
    changed: bool


@dataclass(frozen=True)
class Job:
    """One row of the Jobs table. `created_at` is the moment of submission.

    `cancelled_at`: when somebody cancelled it, whether or not images were left; `cancelled`: how many of the failed
    ones were left for it; `need_review`: how many of the finished ones have a quality flag. `trial`: a try of one
    photo, not listed among the jobs and not mailed; `trial_job_id`: the trial whose answers it may use again.
    `picture_keys`: a few of its photos, once it ended of its finished images, so that a list can show it at no reads.
    `expected_usd`: of the model calls, each made once, told when it was submitted. It and `photo_count` are None in
    jobs of earlier versions. `max_usd`: that it may cost at most, where its user set a limit. `team`: whose members see
    it too; None: it is private, as every trial is. `name` and `tags`: what people call it, which they may change; empty
    in jobs of earlier versions. `search_text`: what it is found by (`core.search`).
    `redo_of`: the job of which it makes new tries; such a job is not listed, its images are in that job's set. `redos`:
    the jobs that make new tries of this one. `used`: the saved settings that it was begun with.
    `language`: of the mail about it; None: English.
    """

    id: str
    owner: str
    owner_email: str
    created_at: str
    status: JobStatus
    bucket: str
    prefixes: JobPrefixes
    manifest_key: str
    image_count: int
    settings: JobSettings
    photo_count: int | None = None
    trial: bool = False
    trial_job_id: str | None = None
    picture_keys: tuple[str, ...] = ()
    expected_usd: float | None = None
    max_usd: float | None = None
    team: str | None = None
    name: str = ""
    tags: tuple[str, ...] = ()
    search_text: str = ""
    redo_of: str | None = None
    redos: frozenset[str] = frozenset()
    used: UsedSettings | None = None
    language: str | None = None
    execution_arn: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    succeeded: int | None = None
    failed: int | None = None
    cancelled: int | None = None
    need_review: int | None = None
    cancelled_at: str | None = None
    report_key: str | None = None
    report_csv_key: str | None = None
    report_page_key: str | None = None
    error: str | None = None
    cause: str | None = None
    cost_usd: float | None = None

    @property
    def found_by(self) -> str:
        """What it is found by; of a job of an earlier version, whose row has no such text, what the row has."""
        asked = self.settings
        words = (asked.prompt, asked.negative_prompt)
        rest = describe_for_search(self.id, self.owner_email, asked.model_id, words, asked.options)
        return self.search_text or write_text(self.name, self.tags, rest)

    @property
    def is_listed(self) -> bool:
        """Whether it is among its owner's jobs: no trial, and no redo of another job."""
        return not self.trial and self.redo_of is None
