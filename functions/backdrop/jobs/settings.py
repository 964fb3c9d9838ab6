"""The job's settings: what the user asked for, checked against the model, with what was left open filled in."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.light import check_tone
from backdrop.core.limits import MAX_PHOTOS_PER_JOB
from backdrop.core.options import MAX_VARIATIONS
from backdrop.core.request import JobRequest
from backdrop.core.words.marks import phrase
from backdrop.imaging import placement
from backdrop.imaging.framing import check_output
from backdrop.jobs.manifest import seeds
from backdrop.jobs.model import JobSettings
from backdrop.models import catalogue, choices, registry
from backdrop.models.catalogue import ModelEntry

_MOST_SEEDS = MAX_PHOTOS_PER_JOB * MAX_VARIATIONS
"""Seeds that one job can need: a drawn one leaves room for them below the model's largest."""


def seeds_of(request: JobRequest, photo_id: str, number: int, settings: JobSettings) -> list[int]:
    """Seeds of the images of photo `number` (from 0) of a job with these settings."""
    return list(request.seeds.get(photo_id) or seeds(settings, number))


def resolve_settings(request: JobRequest, default_model_id: str, allow_retired: bool) -> JobSettings:
    """The job's settings, checked against the model's limits; texts stay verbatim.

    Raises:
        BackdropError: `PROMPT_EMPTY`, `PROMPT_TOO_LONG`, `NEGATIVE_PROMPT_TOO_LONG`, `MODEL_UNKNOWN`,
            `MODEL_RETIRED`, `MODE_NOT_SUPPORTED`, `SEED_OUT_OF_RANGE`, `OPTIONS_INVALID`, `OPTION_NOT_SUPPORTED`.
    """
    request = request.checked()
    model = find_model(request, default_model_id, allow_retired)
    for problem in find_problems(request, model):
        raise problem
    seed = request.seed
    if seed is None:
        seed = model.seed_min + secrets.randbelow(model.seed_max - _MOST_SEEDS - model.seed_min + 1)
    return JobSettings(request.prompt, request.negative_prompt, request.mode, model.model_id, seed, request.options)


def find_model(request: JobRequest, default_model_id: str, allow_retired: bool) -> ModelEntry:
    """The model of the request. An export shows pictures of a model that need not be there any more.

    Raises:
        BackdropError: `MODEL_UNKNOWN`, `MODEL_RETIRED`.
    """
    calls = request.options.calls_models
    return catalogue.check_usable(request.model_id or default_model_id, allow_retired or not calls)


def find_problems(request: JobRequest, model: ModelEntry) -> Iterator[BackdropError]:
    """All that the model can't do of what is asked for, most telling first."""
    options = request.options
    checks: tuple[Callable[[], None], ...] = (
        partial(_check_length, "prompt", request.prompt, model.prompt_max_length, model, ErrorCode.PROMPT_TOO_LONG),
        partial(
            _check_length,
            "negative prompt",
            request.negative_prompt,
            model.negative_prompt_max_length,
            model,
            ErrorCode.NEGATIVE_PROMPT_TOO_LONG,
        ),
        partial(_check_mode, request, model),
        *(
            partial(check_tone, scene.backdrop.light if scene.backdrop else None, request.mode)
            for scene in options.by_scene()
        ),
        # What is about a painted background makes sense where one scene has one.
        partial(
            choices.check,
            registry.get(model.model_id),
            next((scene for scene in options.by_scene() if scene.generates), options),
        ),
        *(
            partial(_check_length, "prompt", words, model.prompt_max_length, model, ErrorCode.PROMPT_TOO_LONG)
            for words in dict.fromkeys(scene.prompt for scene in options.scenes)
        ),
        *(partial(check_output, one.output, one.background) for one in options.by_image()),
        *(partial(placement.check_options, one) for one in options.by_image()),
        partial(_check_seed, request, model),
    )
    for check in checks:
        try:
            check()
        except BackdropError as error:
            yield error


def check_count(settings: JobSettings, photos: int, request: JobRequest) -> None:
    """Refuse more images than a job may have, or seeds that the model does not have.

    Raises:
        BackdropError: `TOO_MANY_PHOTOS`, `SEED_OUT_OF_RANGE`, `OPTIONS_INVALID` (seeds of a photo that make no images).
    """
    images = request.count_images(photos)
    if images > MAX_PHOTOS_PER_JOB:
        cause = (
            phrase(
                "{photos:,} photos are {images:,} images; a job has at most {most:,}.",
                photos=photos,
                images=images,
                most=MAX_PHOTOS_PER_JOB,
            )
            if request.seeds
            else phrase(
                "{photos:,} photos with {each} images each are {images:,} images; a job has at most {most:,}.",
                photos=photos,
                each=settings.options.images,
                images=images,
                most=MAX_PHOTOS_PER_JOB,
            )
        )
        raise BackdropError(ErrorCode.TOO_MANY_PHOTOS, cause)
    model = registry.get(settings.model_id)
    for photo_id, own in request.seeds.items():
        _check_own_seeds(photo_id, own, model.model_id, model.seed_min, model.seed_max)
    rest = photos - len(request.seeds)
    # A photo's number counts the photos with seeds of their own, too.
    needed = photos * settings.options.variations if settings.options.vary_seed else settings.options.variations
    if rest > 0 and settings.seed + needed - 1 > model.seed_max:
        raise BackdropError(
            ErrorCode.SEED_OUT_OF_RANGE,
            phrase(
                "The job needs {needed:,} seeds from {seed:,} on; the largest of {model_id} is {seed_max:,}.",
                needed=needed,
                seed=settings.seed,
                model_id=model.model_id,
                seed_max=model.seed_max,
            ),
            phrase("Choose a smaller seed, or none."),
        )


def _check_own_seeds(photo_id: str, own: Sequence[int], model_id: str, least: int, most: int) -> None:
    if not 1 <= len(own) <= MAX_VARIATIONS or len(set(own)) != len(own):
        raise BackdropError(
            ErrorCode.OPTIONS_INVALID,
            phrase(
                "seeds of {photo_id!r}: {own} seeds, of which {own_2} are different.",
                photo_id=photo_id,
                own=len(own),
                own_2=len(set(own)),
            ),
            phrase("Give 1 to {most} different seeds, one for each image of the photo.", most=MAX_VARIATIONS),
        )
    for seed in own:
        if not least <= seed <= most:
            raise BackdropError(
                ErrorCode.SEED_OUT_OF_RANGE,
                phrase(
                    "seeds of {photo_id!r}: {seed:,}; {model_id} takes {least:,} to {most:,}.",
                    photo_id=photo_id,
                    seed=seed,
                    model_id=model_id,
                    least=least,
                    most=most,
                ),
            )


def _check_length(what: str, text: str, most: int, model: ModelEntry, code: ErrorCode) -> None:
    if len(text) > most:
        raise BackdropError(
            code,
            phrase(
                "The {what} has {text:,} characters; {model_id} takes at most {most:,}.",
                what=what,
                text=len(text),
                model_id=model.model_id,
                most=most,
            ),
        )


def _check_mode(request: JobRequest, model: ModelEntry) -> None:
    modes = [mode.value for mode in model.modes]
    if request.mode.value not in modes:
        raise BackdropError(
            ErrorCode.MODE_NOT_SUPPORTED,
            phrase(
                "{model_id} can't do {mode}, only {names}.",
                model_id=model.model_id,
                mode=request.mode,
                names=", ".join(modes),
            ),
        )


def _check_seed(request: JobRequest, model: ModelEntry) -> None:
    if request.seed is not None and not model.seed_min <= request.seed <= model.seed_max:
        raise BackdropError(
            ErrorCode.SEED_OUT_OF_RANGE,
            phrase(
                "The seed is {seed:,}; {model_id} takes {seed_min:,} to {seed_max:,}.",
                seed=request.seed,
                model_id=model.model_id,
                seed_min=model.seed_min,
                seed_max=model.seed_max,
            ),
        )
