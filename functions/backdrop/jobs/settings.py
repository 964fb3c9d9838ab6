"""The job's settings: what the user asked for, checked against the model, with what was left open filled in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backdrop.core.errors import BackdropError, ErrorCode
from backdrop.core.limits import MAX_PHOTOS_PER_JOB
from backdrop.core.options import MAX_VARIATIONS, Options, checked
from backdrop.core.vocabulary import Mode
from backdrop.imaging.framing import check_output
from backdrop.jobs.manifest import seeds
from backdrop.jobs.model import JobSettings
from backdrop.models import catalogue, choices, registry

_MOST_SEEDS = MAX_PHOTOS_PER_JOB * MAX_VARIATIONS
"""Seeds that one job can need: a drawn one leaves room for them below the model's largest."""


@dataclass(frozen=True)
class Submission:
    """What the user sends; None leaves the choice to us.

    `labels`: photo id -> names to keep; photos not named keep all that was found. `trial`: a try of one photo, which
    its user looks at where it was started; `trial_job_id`: an earlier trial, whose answers are used again. `seeds`:
    photo id -> those of exactly the images that are wanted of it; photos not named have the job's variations.
    """

    prompt: str = ""
    negative_prompt: str = ""
    mode: Mode = Mode.PRECISE
    model_id: str | None = None
    seed: int | None = None
    options: Options = field(default_factory=Options)
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    trial: bool = False
    trial_job_id: str | None = None
    seeds: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def images_of(self, photos: int) -> int:
        """How many images a job of so many photos has."""
        return sum(map(len, self.seeds.values())) + (photos - len(self.seeds)) * self.options.variations

    def seeds_of(self, photo_id: str, number: int, settings: JobSettings) -> list[int]:
        """Seeds of the images of photo `number` (from 0) of a job with these settings."""
        return list(self.seeds.get(photo_id) or seeds(settings, number))


def settle(wish: Submission, default_model_id: str, allow_retired: bool) -> JobSettings:
    """The job's settings, checked against the model's limits; texts stay verbatim.

    Raises:
        BackdropError: `PROMPT_EMPTY`, `PROMPT_TOO_LONG`, `NEGATIVE_PROMPT_TOO_LONG`, `MODEL_UNKNOWN`,
            `MODEL_RETIRED`, `MODE_NOT_SUPPORTED`, `SEED_OUT_OF_RANGE`, `OPTIONS_INVALID`, `OPTION_NOT_SUPPORTED`.
    """
    options = checked(wish.options)
    if options.generates and not wish.prompt.strip():
        raise BackdropError(ErrorCode.PROMPT_EMPTY, "The prompt is empty.")
    model = catalogue.check_usable(wish.model_id or default_model_id, allow_retired)
    _check_length("prompt", wish.prompt, model.prompt_max_length, model.model_id, ErrorCode.PROMPT_TOO_LONG)
    _check_length(
        "negative prompt",
        wish.negative_prompt,
        model.negative_prompt_max_length,
        model.model_id,
        ErrorCode.NEGATIVE_PROMPT_TOO_LONG,
    )
    modes = [mode.value for mode in model.modes]
    if wish.mode.value not in modes:
        raise BackdropError(
            ErrorCode.MODE_NOT_SUPPORTED, f"{model.model_id} can't do {wish.mode}, only {', '.join(modes)}."
        )
    choices.check(registry.get(model.model_id), options)
    check_output(options.output, options.background)
    seed = wish.seed
    if seed is None:
        seed = model.seed_min + secrets.randbelow(model.seed_max - _MOST_SEEDS - model.seed_min + 1)
    elif not model.seed_min <= seed <= model.seed_max:
        raise BackdropError(
            ErrorCode.SEED_OUT_OF_RANGE,
            f"The seed is {seed:,}; {model.model_id} takes {model.seed_min:,} to {model.seed_max:,}.",
        )
    return JobSettings(wish.prompt, wish.negative_prompt, wish.mode, model.model_id, seed, options)


def check_count(settings: JobSettings, photos: int, wish: Submission) -> None:
    """Refuse more images than a job may have, or seeds that the model does not have.

    Raises:
        BackdropError: `TOO_MANY_PHOTOS`, `SEED_OUT_OF_RANGE`, `OPTIONS_INVALID` (seeds of a photo that make no images).
    """
    images = wish.images_of(photos)
    if images > MAX_PHOTOS_PER_JOB:
        each = "" if wish.seeds else f" with {settings.options.variations} variations each"
        raise BackdropError(
            ErrorCode.TOO_MANY_PHOTOS,
            f"{photos:,} photos{each} are {images:,} images; a job has at most {MAX_PHOTOS_PER_JOB:,}.",
        )
    model = registry.get(settings.model_id)
    for photo_id, own in wish.seeds.items():
        _check_own_seeds(photo_id, own, model.model_id, model.seed_min, model.seed_max)
    rest = photos - len(wish.seeds)
    # A photo's number counts the photos with seeds of their own, too.
    needed = photos * settings.options.variations if settings.options.vary_seed else settings.options.variations
    if rest > 0 and settings.seed + needed - 1 > model.seed_max:
        raise BackdropError(
            ErrorCode.SEED_OUT_OF_RANGE,
            f"The job needs {needed:,} seeds from {settings.seed:,} on; the largest of {model.model_id} is"
            f" {model.seed_max:,}.",
            "Choose a smaller seed, or none.",
        )


def _check_own_seeds(photo_id: str, own: Sequence[int], model_id: str, least: int, most: int) -> None:
    if not 1 <= len(own) <= MAX_VARIATIONS or len(set(own)) != len(own):
        raise BackdropError(
            ErrorCode.OPTIONS_INVALID,
            f"seeds of {photo_id!r}: {len(own)} seeds, of which {len(set(own))} are different.",
            f"Give 1 to {MAX_VARIATIONS} different seeds, one for each image of the photo.",
        )
    for seed in own:
        if not least <= seed <= most:
            raise BackdropError(
                ErrorCode.SEED_OUT_OF_RANGE,
                f"seeds of {photo_id!r}: {seed:,}; {model_id} takes {least:,} to {most:,}.",
            )


def _check_length(what: str, text: str, most: int, model_id: str, code: ErrorCode) -> None:
    if len(text) > most:
        raise BackdropError(code, f"The {what} has {len(text):,} characters; {model_id} takes at most {most:,}.")
