"""What a submission would be refused for, cost and take: everything `submission.submit` checks, and nothing it does.

Unlike a submission it does not stop at the first thing that is wrong: a page shows them all beside the price. What
costs money to ask (a guardrail) is asked at submission only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from backdrop.core import keys
from backdrop.core.errors import BackdropError, ErrorCode, SpendingLimit
from backdrop.core.options import Options
from backdrop.core.people import choose_team
from backdrop.core.request import JobRequest
from backdrop.core.vocabulary import ImageStatus, MaskOrigin
from backdrop.jobs import backdrops, drafts, duration, trials
from backdrop.jobs.again import exports, tries
from backdrop.jobs.calls import count_calls, count_reused, expected_cost
from backdrop.jobs.costs import prices
from backdrop.jobs.equal_photos import group_equal
from backdrop.jobs.model import Draft, JobSettings, PhotoRow
from backdrop.jobs.photo_checks import (
    check_all_words,
    check_file_names,
    check_photo,
    check_words,
    ready_photos,
    unknown_photos,
)
from backdrop.jobs.saved.settings import find_used
from backdrop.jobs.settings import check_count, find_model, find_problems, resolve_settings
from backdrop.jobs.submission import Service
from backdrop.models import registry

MOST_PROBLEMS = 100
"""A thousand photos can have a thousand reasons; nobody reads more of them."""

_PRICELESS = frozenset(
    {
        ErrorCode.PROMPT_EMPTY,
        ErrorCode.PROMPT_TOO_LONG,
        ErrorCode.NEGATIVE_PROMPT_TOO_LONG,
        ErrorCode.SEED_OUT_OF_RANGE,
    }
)
"""What can be wrong with a request whose price is known all the same."""


@dataclass(frozen=True)
class Problem:
    """Why a submission would be refused; `photo_id` where one photo is the reason."""

    error: BackdropError
    photo_id: str | None = None


@dataclass(frozen=True)
class Estimate:
    """What a submission would make and cost.

    Attributes:
        images: finished images.
        cost: of the model calls, each made once. Empty where the settings make no job.
        reused_calls: calls of a trial that need not be made again; not among those of `cost`.
        equal_photos: photos that are made and paid for together with an equal one.
        cut_out_already: photos that are cut-outs already, whose own transparency is used.
        seconds, expected_seconds, queue_seconds: `duration.Told`.
        answer_days: answers to the very same requests of earlier jobs, that old at most, are used again. What it saves
            is not known yet, and not taken off. 0: none is.
        problems: at most `MOST_PROBLEMS`; none: a submission would be taken.
    """

    images: int
    cost: prices.Cost
    seconds: float | None
    queue_seconds: float
    problems: tuple[Problem, ...]
    reused_calls: int = 0
    cut_out_already: int = 0
    equal_photos: int = 0
    expected_seconds: float | None = None
    answer_days: int = 0


def estimate(
    service: Service,
    user: drafts.User,
    draft_id: str,
    request: JobRequest,
    requests_per_minute: float,
    refusal: BackdropError | None = None,
) -> Estimate:
    """What a submission of `request` would make and cost; the draft is looked at, and not changed.

    Args:
        request: what would be submitted.
        refusal: why the request can't be read to its end, if so: then there is a problem and no price.
        requests_per_minute: as `MODEL_REQUESTS_PER_MINUTE`: negative means each model's own quota, 0 none.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `STORAGE_ERROR`.
    """
    draft = drafts.find_open(service.store, user, draft_id)
    photos = list(service.store.photos(draft.id))
    ready = [photo for photo in photos if photo.status is ImageStatus.READY]
    request = request.dealt(photo.image_id for photo in ready)
    problems = [Problem(error) for error in _text_problems(service, request)]
    settings, refusals = (None, [refusal]) if refusal else _settled(service, request)
    problems += [Problem(error) for error in refusals]
    problems += [Problem(error) for error in _team_problems(user, request)]
    problems += [Problem(error) for error in _saved_problems(service, user, request)]
    problems += _photo_problems(photos, request, settings)
    if settings is None:
        images = request.count_images(len(ready))
        return Estimate(images, prices.cost({}, {}), None, 0.0, tuple(problems[:MOST_PROBLEMS]))
    problems += [Problem(error) for error in _job_problems(service, request, settings, len(ready))]
    origin, refusals = _origin(service, user, settings)
    problems += [Problem(error) for error in refusals]
    problems += [Problem(error) for error in _backdrop_problems(service, user, draft, settings, origin)]
    found = exports.find_problems(origin, settings, ready, request) if origin else ()
    problems += [Problem(error, photo_id) for error, photo_id in found]
    groups = group_equal(ready, request)
    calls = count_calls(groups, request, settings)
    trial, refusals = _trial(service, user, request)
    problems += [Problem(error) for error in refusals]
    problems += [Problem(error) for error in _redo_problems(service, user, request, ready)]
    reused = count_reused(trial, groups, request, settings) if trial else Counter()
    calls -= reused
    cost = expected_cost(calls, groups, request, settings)
    problems += [Problem(error) for error in _spending_problems(service, user, request, cost.usd)]
    images = request.count_images(len(ready))
    time = duration.before_start(service, user.sub, settings, len(groups), images, calls, requests_per_minute)
    return Estimate(
        images=images,
        cost=cost,
        seconds=time.seconds,
        expected_seconds=time.expected_seconds,
        queue_seconds=time.queue_seconds,
        problems=tuple(problems[:MOST_PROBLEMS]),
        reused_calls=reused.total(),
        cut_out_already=sum(photo.mask_from is MaskOrigin.PHOTO for photo in ready),
        equal_photos=len(ready) - len(groups),
        answer_days=service.answer_days if request.options.reuse_answers else 0,
    )


def _trial(service: Service, user: drafts.User, request: JobRequest) -> tuple[trials.Trial | None, list[BackdropError]]:
    try:
        return trials.find(service.jobs, service.store, user, request.trial_job_id), []
    except BackdropError as error:
        if error.http_status >= 500:
            raise
        return None, [error]


def _redo_problems(
    service: Service, user: drafts.User, request: JobRequest, ready: Sequence[PhotoRow]
) -> Iterator[BackdropError]:
    try:
        tries.find_first(service.jobs, service.store, user, request, ready)
    except BackdropError as error:
        if error.http_status >= 500:
            raise
        yield error


def _text_problems(service: Service, request: JobRequest) -> Iterator[BackdropError]:
    try:
        policy = service.prompt_policy.free_of_charge()
        policy.check(request.prompt, request.negative_prompt, request.further_words)
    except BackdropError as error:
        yield error
    try:
        check_all_words(request.further_words)
    except BackdropError as error:
        yield error


def _team_problems(user: drafts.User, request: JobRequest) -> Iterator[BackdropError]:
    try:
        choose_team(user, request.team, request.private)
    except BackdropError as error:
        yield error


def _saved_problems(service: Service, user: drafts.User, request: JobRequest) -> Iterator[BackdropError]:
    try:
        find_used(service.saved, user, request, service.default_model_id)
    except BackdropError as error:
        if error.code is not ErrorCode.SETTINGS_CHANGED:
            raise
        yield error


def _settled(service: Service, request: JobRequest) -> tuple[JobSettings | None, list[BackdropError]]:
    """The job's settings and all that is wrong with the request. A text or seed that is refused changes no price."""
    found: list[BackdropError] = []
    try:
        request.checked()
    except BackdropError as error:
        found.append(error)
    try:
        model = find_model(request, service.default_model_id, service.allow_retired_models)
    except BackdropError as error:
        return None, [*found, error]
    found += find_problems(request, model)
    if any(error.code not in _PRICELESS for error in found):
        return None, found
    if found:
        words = (replace(one, prompt=f"- {n}" if one.generates else "") for n, one in enumerate(request.options.scenes))
        options = replace(request.options, scenes=tuple(words))
        request = replace(request, prompt="-", negative_prompt="", seed=None, prompts={}, options=options)
    return resolve_settings(request, service.default_model_id, service.allow_retired_models), found


def _photo_problems(photos: Sequence[PhotoRow], request: JobRequest, settings: JobSettings | None) -> Iterator[Problem]:
    try:
        ready = ready_photos(photos)
    except BackdropError as error:
        yield Problem(error)
        return
    yield from (Problem(unknown) for unknown in unknown_photos(ready, request))
    model = registry.get(settings.model_id) if settings else None
    for photo in ready:
        try:
            options = settings.options.of_photo(request.in_scenes.get(photo.image_id, ())) if settings else Options()
            check_photo(photo, request.labels.get(photo.image_id), options)
            if model and (request.prompts or request.prompt.strip()):
                check_words(photo, request, model)
        except BackdropError as error:
            yield Problem(error, photo.image_id)


def _job_problems(service: Service, request: JobRequest, settings: JobSettings, photos: int) -> Iterator[BackdropError]:
    calls = settings.options.calls_models
    checks: tuple[Callable[[], object], ...] = (
        # A draft without a good photo has been told already. Of one that is to come, the seeds are looked at here.
        partial(check_count, settings, max(photos, 1), request),
        partial(check_file_names, request),
        partial(trials.check_size, request.trial and photos > 0, photos),
        *([partial(service.preflight.check_job, settings.model_id, settings.mode, settings.options)] if calls else []),
    )
    for check in checks:
        try:
            check()
        except BackdropError as error:
            yield error


def _backdrop_problems(
    service: Service, user: drafts.User, draft: Draft, settings: JobSettings, origin: exports.Origin | None
) -> Iterator[BackdropError]:
    known = origin.job if origin else None
    try:
        backdrops.settle(service.backdrops, user, settings.options, draft.prefixes.input, known)
    except BackdropError as error:
        if error.http_status >= 500:
            raise
        yield error


def _origin(
    service: Service, user: drafts.User, settings: JobSettings
) -> tuple[exports.Origin | None, list[BackdropError]]:
    """The job that is exported, or why it can't be."""
    try:
        return exports.find_origin(service.jobs, service.store, user, settings.options.export_of), []
    except BackdropError as error:
        if error.http_status >= 500:
            raise
        return None, [error]


def _spending_problems(service: Service, user: drafts.User, request: JobRequest, usd: float) -> Iterator[BackdropError]:
    try:
        service.spending.check(keys.owner_hash(user.sub), usd, request.max_usd, service.now())
    except SpendingLimit as error:
        yield error
