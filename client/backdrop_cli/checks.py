"""What can be known to be wrong before anything is uploaded. The service checks all of it again."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from backdrop.api.schemas.models import Limits, Model, Models
from backdrop.api.schemas.photos import Error
from backdrop.core.options import Options
from backdrop_cli.choices import check_options
from backdrop_client.errors import WrongUse

MODES = ("PRECISE", "DEFAULT")


@dataclass(frozen=True)
class Settings:
    """What to do with the photos.

    Args:
        labels: keep only these (names compared without case) in every photo; empty keeps all that is found.
        model_id: None for the service's default.
        seed: None lets the service draw one, which it records.
        options: everything else; all of it has defaults.
    """

    prompt: str = ""
    negative_prompt: str = ""
    mode: str = "PRECISE"
    labels: tuple[str, ...] = field(default=())
    model_id: str | None = None
    seed: int | None = None
    options: Options = field(default_factory=Options)


def check_settings(settings: Settings, catalogue: Models, photos: int) -> Model:
    """The model that will be used. Raises `WrongUse`, naming the limit or the alternatives, when it can't work."""
    check_prompt(settings.prompt, settings.options)
    _check_count(photos, settings.options.variations, catalogue.limits.max_photos)
    model = _usable_model(settings.model_id or catalogue.default_model_id, catalogue)
    _check_length("PROMPT_TOO_LONG", "prompt", settings.prompt, model.prompt_max_length, model)
    _check_length(
        "NEGATIVE_PROMPT_TOO_LONG",
        "negative prompt",
        settings.negative_prompt,
        model.negative_prompt_max_length,
        model,
    )
    if settings.mode not in model.modes:
        raise WrongUse(
            "MODE_NOT_SUPPORTED",
            f"The model {model.model_id} does not do mode {settings.mode}.",
            f"Choose one of: {', '.join(model.modes)}.",
        )
    check_options(settings.options, model, catalogue)
    if settings.seed is not None:
        options = settings.options
        seeds = options.variations * (photos if options.vary_seed else 1)
        if not model.seed_min <= settings.seed <= model.seed_max - seeds + 1:
            raise WrongUse(
                "SEED_OUT_OF_RANGE",
                f"The seed {settings.seed} is out of range for {model.model_id}"
                + (f", with {seeds:,} seeds from it on." if seeds > 1 else "."),
                f"Choose a whole number from {model.seed_min} to {model.seed_max - seeds + 1}.",
            )
    return model


def check_prompt(prompt: str, options: Options) -> None:
    """Raise `WrongUse` when a model is to paint and the prompt says nothing; needs no service."""
    if options.generates and not prompt.strip():
        raise WrongUse(
            "PROMPT_EMPTY",
            "The prompt is empty.",
            'Describe the new background, such as --prompt "on a marble counter in morning light",'
            " or choose --background transparent or a colour.",
        )


def check_labels(labels: Sequence[str]) -> None:
    """Raise `WrongUse` for a label that no photo can have; needs no service."""
    if any(not label.strip() for label in labels):
        raise WrongUse(
            "LABEL_EMPTY", "A label to keep is empty.", "Name the object, such as --label Mug, or leave --label out."
        )


def photo_problem(path: Path, limits: Limits) -> Error | None:
    """Why a file can't be uploaded as a photo, or None. Looks at size and rights only."""
    try:
        # Opening a named pipe would wait for its writer for ever.
        if not stat.S_ISREG(path.stat().st_mode):
            return Error(
                code="PHOTO_UNREADABLE",
                message="It is not an ordinary file.",
                next_step="Leave it out, or put a photo in its place.",
            )
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
    except OSError as error:
        return Error(
            code="PHOTO_UNREADABLE",
            message=f"The file can't be read: {error.strerror or error}.",
            next_step="Check that it is there and that you may read it.",
        )
    if size == 0:
        return Error(
            code="PHOTO_EMPTY",
            message="The file has 0 bytes.",
            next_step="Copy it from the camera again.",
        )
    if size > limits.max_upload_bytes:
        return Error(
            code="PHOTO_TOO_LARGE",
            message=f"The file has {size:,} bytes; at most {limits.max_upload_bytes:,} are taken.",
            next_step="Save it with fewer pixels or more compression.",
        )
    return None


def _check_count(photos: int, variations: int, most: int) -> None:
    if photos * variations <= most:
        return
    images = f", with {variations} variations each {photos * variations:,} images," if variations > 1 else ""
    raise WrongUse(
        "TOO_MANY_PHOTOS",
        f"{photos:,} photos{images} are too many: one job makes at most {most:,}.",
        "Split the photos into several runs.",
    )


def _usable_model(model_id: str, catalogue: Models) -> Model:
    usable = ", ".join(model.model_id for model in catalogue.models if model.usable)
    advice = f"Choose one of: {usable}." if usable else "Ask the platform engineer: no model can be used now."
    model = catalogue.find(model_id)
    if model is None:
        raise WrongUse("MODEL_UNKNOWN", f"There is no model {model_id}.", advice)
    if not model.usable:
        reason = model.reason or f"it is {model.state.lower()}"
        raise WrongUse("MODEL_NOT_USABLE", f"The model {model_id} can't be used: {reason.rstrip('.')}.", advice)
    return model


def _check_length(code: str, what: str, text: str, limit: int, model: Model) -> None:
    if len(text) > limit:
        raise WrongUse(
            code,
            f"The {what} has {len(text):,} characters; {model.model_id} takes at most {limit:,}.",
            f"Shorten the {what}.",
        )
