"""The job's settings: what the user asked for, checked against the model, with what was left open filled in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backdrop.domain.errors import BackdropError, ErrorCode
from backdrop.domain.framing import check_output
from backdrop.domain.jobs import JobSettings, Mode
from backdrop.domain.limits import MAX_PHOTOS_PER_JOB
from backdrop.domain.options import MAX_VARIATIONS, Options, checked
from backdrop.models import catalogue, choices, registry

_MOST_SEEDS = MAX_PHOTOS_PER_JOB * MAX_VARIATIONS
"""Seeds that one job can need: a drawn one leaves room for them below the model's largest."""


@dataclass(frozen=True)
class Submission:
    """What the user sends; None leaves the choice to us.

    `labels`: photo id -> names to keep; photos not named keep all that was found. `trial`: a try of one photo, which
    its user looks at where it was started; `trial_job_id`: an earlier trial, whose answers are used again.
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


def check_count(settings: JobSettings, photos: int) -> None:
    """Refuse more images than a job may have, or more seeds than the model has after the one that was chosen.

    Raises:
        BackdropError: `TOO_MANY_PHOTOS`, `SEED_OUT_OF_RANGE`.
    """
    images = photos * settings.options.variations
    if images > MAX_PHOTOS_PER_JOB:
        raise BackdropError(
            ErrorCode.TOO_MANY_PHOTOS,
            f"{photos:,} photos with {settings.options.variations} variations each are {images:,} images;"
            f" a job has at most {MAX_PHOTOS_PER_JOB:,}.",
        )
    model = registry.get(settings.model_id)
    seeds = images if settings.options.vary_seed else settings.options.variations
    if settings.seed + seeds - 1 > model.seed_max:
        raise BackdropError(
            ErrorCode.SEED_OUT_OF_RANGE,
            f"The job needs {seeds:,} seeds from {settings.seed:,} on; the largest of {model.model_id} is"
            f" {model.seed_max:,}.",
            "Choose a smaller seed, or none.",
        )


def _check_length(what: str, text: str, most: int, model_id: str, code: ErrorCode) -> None:
    if len(text) > most:
        raise BackdropError(code, f"The {what} has {len(text):,} characters; {model_id} takes at most {most:,}.")
