"""Submission: a draft becomes a job. Everything is checked before anything is paid, and a draft makes one job only.

Order matters. The draft is claimed first (one caller, photos as they were read), then the manifest is written, and
the job's row, whose stream record starts the work, comes last. A caller that dies in between leaves a claim that
the next submission takes over.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from backdrop.core import clock, keys
from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.keys import JobPrefixes
from backdrop.core.limits import PICTURES_OF_JOB
from backdrop.core.naming import checked_name, checked_tags, propose_name
from backdrop.core.people import choose_team
from backdrop.core.request import JobRequest
from backdrop.core.scenes import Scene
from backdrop.core.search import describe_for_search, write_text
from backdrop.core.vocabulary import ImageStatus, JobStatus
from backdrop.core.words.languages import choose_known
from backdrop.core.words.marks import phrase
from backdrop.jobs import backdrops, drafts, trials
from backdrop.jobs.again import exports, tries
from backdrop.jobs.calls import count_calls, count_reused, expected_cost
from backdrop.jobs.costs.spending import NoLimits, Spending
from backdrop.jobs.equal_photos import Numbered, best_known, group_equal
from backdrop.jobs.manifest import copy_of, manifest_line, seeds_of_images
from backdrop.jobs.masks.own_labels import list_sources
from backdrop.jobs.model import Draft, Job, JobSettings, Label, PhotoRow, UsedSettings, names_of
from backdrop.jobs.photo_checks import (
    check_all_words,
    check_file_names,
    check_photo,
    check_words,
    is_located,
    ready_photos,
    unknown_photos,
)
from backdrop.jobs.ports import BackdropStore, CutOuts, DraftStore, JobStore, ObjectStore
from backdrop.jobs.saved.rows import SavedStore
from backdrop.jobs.saved.settings import find_used
from backdrop.jobs.scheduling.pacing import Schedule
from backdrop.jobs.scheduling.regions import ModelRegions
from backdrop.jobs.settings import check_count, resolve_settings, seeds_of
from backdrop.models import registry
from backdrop.models.account.preflight import Account, NoAccount, Preflight
from backdrop.policy.prompts import Policies, PromptPolicy

CLAIM_LIFETIME = timedelta(seconds=60)
"""Longer than a call may take (API Gateway gives up after 29 s): an older claim belongs to nobody."""

FindSchedule = Callable[[str, str], Schedule | None]
"""Bedrock model id and Region -> its turns there; None: nobody ever asked for one."""

_TRIES = 5
_WAIT_SECONDS = 20.0
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Service:
    """What submission works with: the stores, and what the stack's configuration says.

    `cut_outs`: the built-in cut-out, for people to look at.
    `regions`: where models are called.
    `at_once`: photos of a job that are under way at most.
    `answer_days`: for how many days models' answers are kept for later jobs; 0: they are not.
    """

    store: DraftStore
    backdrops: BackdropStore
    saved: SavedStore
    jobs: JobStore
    objects: ObjectStore
    cut_outs: CutOuts
    bucket: str
    default_model_id: str
    allow_retired_models: bool
    prompt_policy: PromptPolicy = field(default_factory=Policies)
    account: Account = field(default_factory=NoAccount)
    find_schedule: FindSchedule = lambda _model_id, _region: None
    regions: ModelRegions = field(default_factory=lambda: ModelRegions(""))
    at_once: int = 40
    answer_days: int = 0
    spending: Spending = field(default_factory=NoLimits)
    now: Callable[[], datetime] = clock.now
    sleep: Callable[[float], None] = time.sleep

    @property
    def preflight(self) -> Preflight:
        """What the account may do with the models."""
        return Preflight(self.account, self.allow_retired_models, self.now)


@dataclass(frozen=True)
class Submitted:
    """The job, and whether this call made it."""

    job: Job
    new: bool


def submit(service: Service, user: drafts.User, draft_id: str, request: JobRequest) -> Submitted:
    """Make the draft a job, or answer the job it already is.

    Raises:
        BackdropError: `NOT_FOUND`; any of the codes of the prompt, model, mode, seed, photos and labels;
            `INVALID_REQUEST` for a trial of several photos, or a trial that is none; `IMAGE_NOT_FINISHED` for an export
            of a job that runs; `TEAM_UNKNOWN`;
            `MODEL_ACCESS_DENIED`, `MODEL_NOT_SERVED`; `SPENDING_LIMIT`; `PROMPT_BLOCKED`, `MODERATION_UNAVAILABLE`;
            `STORAGE_ERROR`.
            Nothing is paid then, and the draft stays open.
    """
    for _ in range(_TRIES):
        draft = drafts.find(service.store, user, draft_id)
        job = service.jobs.get(draft_id)
        if job is not None:
            return Submitted(job, new=False)
        if draft.submitted_at is not None and not _stale(draft, service.now()):
            return Submitted(_wait_for_job(service, draft_id), new=False)
        team = choose_team(user, request.team, request.private)
        used = find_used(service.saved, user, request, service.default_model_id)
        settings = resolve_settings(request, service.default_model_id, service.allow_retired_models)
        origin = exports.find_origin(service.jobs, service.store, user, settings.options.export_of)
        known = origin.job if origin else None
        options = backdrops.settle(service.backdrops, user, settings.options, draft.prefixes.input, known)
        settings = replace(settings, options=options)
        photos = list(service.store.photos(draft_id))
        trial = trials.find(service.jobs, service.store, user, request.trial_job_id)
        ready = [_named(photo, request) for photo in ready_photos(photos)]
        request = request.dealt(photo.image_id for photo in ready)
        groups = group_equal(ready, request)
        check_all_words(request.further_words)
        check_file_names(request)
        lines = _manifest(ready, groups, request, settings, draft.prefixes, trial)
        check_count(settings, len(ready), request)
        trials.check_size(request.trial, len(ready))
        tries.find_first(service.jobs, service.store, user, request, ready)
        for problem, _ in exports.find_problems(origin, settings, ready, request) if origin else ():
            raise problem
        if options.calls_models:
            service.preflight.check_job(settings.model_id, settings.mode, settings.options)
        calls = count_calls(groups, request, settings)
        if trial:
            calls -= count_reused(trial, groups, request, settings)
        usd = expected_cost(calls, groups, request, settings).usd
        service.spending.check(keys.owner_hash(user.sub), usd, request.max_usd, service.now())
        # The words of an export go to no model: there is nothing to pay a guardrail for.
        policy = service.prompt_policy if options.calls_models else service.prompt_policy.free_of_charge()
        policy.check(settings.prompt, settings.negative_prompt, request.further_words)
        submitted = _claimed_job(service, draft, photos, lines, settings, request, usd, known, team, used)
        if submitted is not None:
            return submitted
        # Somebody else claimed the draft, or its photos changed: look again.
    raise BackdropError(
        ErrorCode.STORAGE_ERROR,
        phrase("The draft's photos keep changing while it is submitted."),
        phrase("Wait until all photos are uploaded, then submit again."),
    )


def _manifest(
    ready: Sequence[PhotoRow],
    groups: Sequence[Sequence[Numbered]],
    request: JobRequest,
    settings: JobSettings,
    prefixes: JobPrefixes,
    trial: trials.Trial | None,
) -> list[bytes]:
    """The manifest of the good photos, a line for each of the groups of equal ones; with the `trial`'s answers for its
    photo.

    Raises:
        BackdropError: `NO_LABELS_KEPT`, `LABEL_UNKNOWN`, `LABELS_NOT_LOCATED`, `OPTIONS_INVALID`, `PROMPT_EMPTY`,
            `PROMPT_TOO_LONG`.
    """
    for unknown in unknown_photos(ready, request):
        raise unknown
    for photo in ready:
        check_words(photo, request, registry.get(settings.model_id))
    kept = [
        check_photo(photo, request.labels.get(photo.image_id), request.options_of(photo.image_id)) for photo in ready
    ]
    return [
        _line(
            [one.photo for one in equal],
            best_known(equal).photo,
            kept[best_known(equal).number],
            seeds_of_images(
                seeds_of(request, equal[0].photo.image_id, equal[0].number, settings),
                settings.options.of_photo(request.in_scenes.get(equal[0].photo.image_id, ())),
            ),
            _answers_at(equal[0].photo, trial, settings),
            request,
            prefixes,
        )
        for equal in groups
    ]


def _answers_at(photo: PhotoRow, trial: trials.Trial | None, settings: JobSettings) -> str | None:
    """Where answers about the photo may lie: its trial's, else, unless the job takes none over, those of the photo that
    it is a copy of."""
    if trial and trial.shows(photo):
        return trial.answers_at
    return photo.answers_at if settings.options.reuse_answers else None


def _line(
    equal: Sequence[PhotoRow],
    known: PhotoRow,
    labels: Sequence[Label],
    seeds_: Sequence[int],
    answers_at: str | None,
    request: JobRequest,
    prefixes: JobPrefixes,
) -> bytes:
    photo = equal[0]
    assert photo.source_key is not None
    assert photo.facts is not None
    theirs = keys.answers_at(prefixes.output, keys.relative_name(prefixes.input, photo.source_key))
    kept = {label.name for label in labels}
    # Where none is kept a mask alone says what stays: then nothing was removed either, as where nothing was found.
    removed = [label for label in known.all_labels if label.name not in kept] if kept else []
    # Labels that were typed, because nobody could be asked: the workflow asks where they are.
    located = is_located(known)
    return manifest_line(
        image_id=photo.image_id,
        image_name=photo.name,
        key=photo.source_key,
        seeds=seeds_,
        labels=names_of(labels),
        boxes=[box for label in labels for box in label.boxes] if located else None,
        not_located=[label.name for label in labels if not label.boxes] if located else (),
        removed=[label.name for label in removed],
        removed_boxes=[box for label in removed for box in label.boxes],
        boxes_by=list_sources(known, labels) if located else (),
        removed_boxes_by=list_sources(known, removed),
        mask_sha256=photo.mask_sha256,
        mask_from=photo.mask_from,
        mask_at=photo.mask_at,
        sha256=photo.facts.sha256,
        size_bytes=photo.facts.bytes,
        width=photo.facts.width,
        height=photo.facts.height,
        answers_at=answers_at,
        file_names=photo.file_names,
        prompt=request.prompts.get(photo.image_id),
        by_hand=request.by_hand.get(photo.image_id),
        scenes=request.in_scenes.get(photo.image_id, ()),
        sku=photo.sku,
        copies=[
            copy_of(
                one.image_id,
                one.name,
                one.source_key or "",
                theirs,
                one.file_names,
                one.sku or (photo.sku and ""),
            )
            for one in equal[1:]
        ],
    )


def _stale(draft: Draft, now: datetime) -> bool:
    return draft.submitted_at is not None and draft.submitted_at < clock.iso(now - CLAIM_LIFETIME)


def _claimed_job(
    service: Service,
    draft: Draft,
    photos: Sequence[PhotoRow],
    manifest: Sequence[bytes],
    settings: JobSettings,
    request: JobRequest,
    expected_usd: float,
    origin: Job | None,
    team: str | None,
    used: UsedSettings | None,
) -> Submitted | None:
    """Claim the draft and write the job; None when the claim failed. `origin`: the job that it is an export of; `team`:
    that sees the job; `used`: the saved settings that it was begun with."""
    now = service.now()
    number = sum(photo.status is ImageStatus.READY for photo in photos)
    claim = secrets.token_hex(8)
    claimed = service.store.claim(
        draft,
        claim=claim,
        at=clock.iso(now),
        stale_before=clock.iso(now - CLAIM_LIFETIME),
        left_out=frozenset(photo.image_id for photo in photos if photo.status is not ImageStatus.READY),
    )
    if not claimed:
        return None
    job = Job(
        id=draft.id,
        owner=draft.owner,
        owner_email=draft.owner_email,
        created_at=clock.iso(now),
        status=JobStatus.SUBMITTED,
        bucket=service.bucket,
        prefixes=draft.prefixes,
        manifest_key=keys.manifest_key(draft.prefixes.input),
        image_count=request.count_images(number),
        settings=settings,
        photo_count=number,
        trial=request.trial,
        trial_job_id=request.trial_job_id,
        picture_keys=_picture_keys(photos),
        expected_usd=expected_usd,
        max_usd=request.max_usd,
        # A try is its maker's: it is not among the jobs that others look for.
        team=None if request.trial else team,
        redo_of=request.redo_of,
        language=choose_known(request.language),
        used=used,
    )
    job = _named_job(job, photos, request)
    try:
        service.spending.charge(job.id, keys.owner_hash(job.owner), expected_usd, request.max_usd, now)
        for scene in settings.options.by_scene():
            if scene.backdrop:
                backdrops.take_along(
                    service.backdrops, service.objects, service.bucket, job.owner, scene.backdrop, origin
                )
        service.store.rewrite_photos(_as_submitted(photos, request))
        service.objects.put(service.bucket, job.manifest_key, b"".join(manifest), "application/x-ndjson")
        if request.redo_of:
            # Before the job's own row, so that no try is paid for that its set does not know.
            service.jobs.note_redo(request.redo_of, job.id)
    except Exception:
        # No job row was written, so nothing can have started: the draft may be opened again.
        service.store.release(draft, claim)
        service.spending.settle(job.id, 0.0)
        raise
    if service.jobs.put_once(job):
        return Submitted(job, new=True)
    # A retried write that had arrived the first time, or the claim was taken over: the row there is the job.
    return Submitted(_wait_for_job(service, draft.id), new=False)


def _named_job(job: Job, photos: Sequence[PhotoRow], request: JobRequest) -> Job:
    """The job with its name, its tags and what it is found by."""
    names = [photo.name for photo in photos if photo.status is ImageStatus.READY]
    options = job.settings.options
    scene = Scene(job.settings.prompt, options.background, options.backdrop)
    name, tags = checked_name(request.name) or propose_name(names, scene), checked_tags(request.tags)
    skus = (request.skus.get(photo.image_id) or photo.sku or "" for photo in photos)
    words = (job.settings.prompt, job.settings.negative_prompt, *request.prompts.values())
    rest = describe_for_search(job.id, job.owner_email, job.settings.model_id, words, options, names, skus)
    return replace(job, name=name, tags=tags, search_text=write_text(name, tags, rest))


def _named(photo: PhotoRow, request: JobRequest) -> PhotoRow:
    """The photo with what its files shall be called, and its article number; a copy has those of its photo."""
    names, sku = request.file_names.get(photo.image_id), request.skus.get(photo.image_id, photo.sku)
    return replace(photo, file_names=photo.file_names if names is None else tuple(names), sku=sku)


def _as_submitted(photos: Sequence[PhotoRow], request: JobRequest) -> list[PhotoRow]:
    """The photos whose rows don't say yet what of their own they are submitted with.

    An earlier submission that failed may have left other words, places and scenes there.
    """
    said = (
        (
            photo,
            replace(
                photo,
                prompt=request.prompts.get(photo.image_id),
                by_hand=request.by_hand.get(photo.image_id),
                scenes=tuple(request.in_scenes.get(photo.image_id, ())),
                sku=request.skus.get(photo.image_id, photo.sku),
                instead_of=tuple(request.instead_of.get(photo.image_id, ())),
            ),
        )
        for photo in photos
    )
    return [submitted for photo, submitted in said if submitted != photo]


def _picture_keys(photos: Sequence[PhotoRow]) -> tuple[str, ...]:
    ready = [photo.source_key for photo in photos if photo.status is ImageStatus.READY and photo.source_key]
    return tuple(ready[:PICTURES_OF_JOB])


def _wait_for_job(service: Service, job_id: str) -> Job:
    """The job that another caller is writing just now."""
    deadline = service.now() + timedelta(seconds=_WAIT_SECONDS)
    while True:
        job = service.jobs.get(job_id)
        if job is not None:
            return job
        if service.now() >= deadline:
            raise BackdropError(
                ErrorCode.STORAGE_ERROR,
                phrase("The draft is being submitted by another call that has not finished."),
                phrase(
                    "Submit again in {seconds} seconds; there will be one job only.", seconds=CLAIM_LIFETIME.seconds
                ),
            )
        service.sleep(_POLL_SECONDS)
