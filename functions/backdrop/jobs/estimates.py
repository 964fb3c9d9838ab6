"""What a submission would be refused for, cost and take: everything `submission.submit` checks, and nothing it does.

Unlike a submission it does not stop at the first thing that is wrong: a page shows them all beside the price. What
costs money to ask (a guardrail) is asked at submission only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.options import Options
from backdrop.core.vocabulary import ImageStatus, Mode
from backdrop.imaging.framing import outpaints
from backdrop.jobs import drafts, duration, prices, trials
from backdrop.jobs.model import JobSettings, PhotoRow
from backdrop.jobs.progress import interval_ms
from backdrop.jobs.settings import Submission, check_count, settle
from backdrop.jobs.submission import Service, check_photo, ready_photos, unknown_photos
from backdrop.models import catalogue, registry
from backdrop.models.plan import plan

MOST_PROBLEMS = 100
"""A thousand photos can have a thousand reasons; nobody reads more of them."""

_MOST_REPAIRS = 4


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
        seconds: that the calls take at the models' quotas when nobody else is waiting; None where no quota says.
        expected_seconds: that the job takes after its wait, told from the user's own jobs; None without such a job.
        queue_seconds: until the slowest model's next free turn.
        problems: at most `MOST_PROBLEMS`; none: a submission would be taken.
    """

    images: int
    cost: prices.Cost
    seconds: float | None
    queue_seconds: float
    problems: tuple[Problem, ...]
    reused_calls: int = 0
    expected_seconds: float | None = None


def estimate(
    service: Service,
    user: drafts.User,
    draft_id: str,
    wish: Submission,
    requests_per_minute: float,
    refusal: BackdropError | None = None,
) -> Estimate:
    """Look at the draft as a submission of `wish` would, and change nothing.

    Args:
        wish: what would be submitted.
        refusal: why the wish can't be read to its end, if so: then there is a problem and no price.
        requests_per_minute: as `MODEL_REQUESTS_PER_MINUTE`: negative means each model's own quota, 0 none.

    Raises:
        BackdropError: `NOT_FOUND`, `ALREADY_SUBMITTED`, `STORAGE_ERROR`.
    """
    draft = drafts.find_open(service.store, user, draft_id)
    photos = list(service.store.photos(draft.id))
    problems = [Problem(error) for error in _text_problems(service, wish)]
    settings, refusals = (None, [refusal]) if refusal else _settled(service, wish)
    problems += [Problem(error) for error in refusals]
    problems += _photo_problems(photos, wish, settings)
    ready = [photo for photo in photos if photo.status is ImageStatus.READY]
    if settings is None:
        images = wish.images_of(len(ready))
        return Estimate(images, prices.cost({}, {}), None, 0.0, tuple(problems[:MOST_PROBLEMS]))
    problems += [Problem(error) for error in _job_problems(service, wish, settings, len(ready))]
    calls = _calls(ready, wish, settings)
    trial, refusals = _trial(service, user, wish)
    problems += [Problem(error) for error in refusals]
    reused = _reused(trial, ready, wish, settings) if trial else Counter()
    calls -= reused
    slowest, milliseconds = _slowest(calls, requests_per_minute)
    images = wish.images_of(len(ready))
    return Estimate(
        images=images,
        cost=prices.cost(calls, {}, settings.options.quality),
        seconds=milliseconds / 1000 if milliseconds else None,
        queue_seconds=_queue_seconds(service, slowest),
        problems=tuple(problems[:MOST_PROBLEMS]),
        reused_calls=reused.total(),
        expected_seconds=_expected_seconds(service, user, settings, images, milliseconds / 1000),
    )


def _expected_seconds(
    service: Service, user: drafts.User, settings: JobSettings, images: int, quota_seconds: float
) -> float | None:
    latest, _ = service.jobs.of_owner(user.sub, duration.LATEST, None, trials=True)
    return duration.seconds_for(images, duration.runs_like(latest, settings), quota_seconds)


def _trial(service: Service, user: drafts.User, wish: Submission) -> tuple[trials.Trial | None, list[BackdropError]]:
    try:
        return trials.find(service.jobs, service.store, user, wish.trial_job_id), []
    except BackdropError as error:
        if error.http_status >= 500:
            raise
        return None, [error]


def _reused(trial: trials.Trial, ready: Sequence[PhotoRow], wish: Submission, settings: JobSettings) -> Counter[str]:
    """Calls by Bedrock model id that the trial paid for already."""
    found: Counter[str] = Counter()
    for number, photo in enumerate(ready):
        if trial.shows(photo):
            try:
                labels = check_photo(photo, wish.labels.get(photo.image_id), settings.options)
            except BackdropError:
                continue  # A problem of the photo's own, which is told.
            seeds = wish.seeds_of(photo.image_id, number, settings)
            found.update(trials.answered(trial, photo, settings, seeds, [label.name for label in labels]))
    return found


def _text_problems(service: Service, wish: Submission) -> Iterator[BackdropError]:
    try:
        service.prompt_policy.free_of_charge().check(wish.prompt, wish.negative_prompt)
    except BackdropError as error:
        yield error


def _settled(service: Service, wish: Submission) -> tuple[JobSettings | None, list[BackdropError]]:
    """The job's settings and what is wrong with the wish. A text or seed that can't be taken changes no price."""
    found: list[BackdropError] = []
    for _ in range(_MOST_REPAIRS):
        try:
            return settle(wish, service.default_model_id, service.allow_retired_models), found
        except BackdropError as error:
            found.append(error)
            repaired = _repaired(wish, error.code)
        if repaired is None:
            break
        wish = repaired
    return None, found


def _repaired(wish: Submission, code: ErrorCode) -> Submission | None:
    if code in (ErrorCode.PROMPT_EMPTY, ErrorCode.PROMPT_TOO_LONG):
        return replace(wish, prompt="-")
    if code is ErrorCode.NEGATIVE_PROMPT_TOO_LONG:
        return replace(wish, negative_prompt="")
    if code is ErrorCode.SEED_OUT_OF_RANGE:
        return replace(wish, seed=None)
    return None


def _photo_problems(photos: Sequence[PhotoRow], wish: Submission, settings: JobSettings | None) -> Iterator[Problem]:
    try:
        ready = ready_photos(photos)
    except BackdropError as error:
        yield Problem(error)
        return
    yield from (Problem(unknown) for unknown in unknown_photos(ready, wish))
    options = settings.options if settings else Options()
    for photo in ready:
        try:
            check_photo(photo, wish.labels.get(photo.image_id), options)
        except BackdropError as error:
            yield Problem(error, photo.image_id)


def _job_problems(service: Service, wish: Submission, settings: JobSettings, photos: int) -> Iterator[BackdropError]:
    checks: tuple[Callable[[], object], ...] = (
        partial(check_count, settings, photos, wish),
        # A draft without a good photo has been told already.
        partial(trials.check_size, wish.trial and photos > 0, photos),
        partial(service.preflight.check_job, settings.model_id, settings.mode, settings.options),
    )
    for check in checks:
        try:
            check()
        except BackdropError as error:
            yield error


def _calls(ready: Sequence[PhotoRow], wish: Submission, settings: JobSettings) -> Counter[str]:
    """Model calls by Bedrock model id, each needed pass once."""
    calls: Counter[str] = Counter()
    for (size, own_mask, images), number in Counter(_kind(photo, wish, settings) for photo in ready).items():
        options = replace(settings.options, variations=images)
        for service_id, once in _calls_of(settings.model_id, settings.mode, options, size, own_mask).items():
            calls[service_id] += once * number
    return calls


def _kind(photo: PhotoRow, wish: Submission, settings: JobSettings) -> tuple[tuple[int, int] | None, bool, int]:
    """What a photo's calls depend on; only a new aspect asks for its size."""
    assert photo.facts is not None
    size = (photo.facts.width, photo.facts.height) if outpaints(settings.options) else None
    images = len(wish.seeds.get(photo.image_id, ())) or settings.options.variations
    return size, photo.mask_sha256 is not None, images


def _calls_of(
    model_id: str, mode: Mode, options: Options, size: tuple[int, int] | None, own_mask: bool
) -> Counter[str]:
    calls: Counter[str] = Counter()
    for step in plan(registry.get(model_id), mode, options, photo_size=size, own_mask=own_mask):
        calls[step.service_id] += catalogue.calls(step, options)
    return +calls


def _slowest(calls: Counter[str], requests_per_minute: float) -> tuple[str | None, int]:
    """The model whose calls take longest at its quota, and how many milliseconds they take (passes overlap)."""
    needed = {service_id: number * interval_ms(service_id, requests_per_minute) for service_id, number in calls.items()}
    if not needed:
        return None, 0
    slowest = max(needed, key=lambda service_id: needed[service_id])
    return slowest, needed[slowest]


def _queue_seconds(service: Service, model_id: str | None) -> float:
    slot_ms = service.next_slot(model_id) if model_id else None
    if slot_ms is None:
        return 0.0
    return max(0.0, slot_ms / 1000 - service.now().timestamp())
