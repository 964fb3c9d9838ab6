"""What stands between a draft and a job: what was asked for, and the checks that need no service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from backdrop_client.answers import Catalogue, Estimate, Job, Model, Options, Photo
from backdrop_web.service.api import Api
from backdrop_web.text.formats import format_count, format_duration, shorten_text
from backdrop_web.text.slots import find_slots

MODES = {
    "PRECISE": (
        "Keep the product exactly",
        "The product's own pixels are put back, untouched: text and logos stay sharp. Best for shops.",
    ),
    "DEFAULT": (
        "Blend the product in",
        "The model may repaint the product's edges and light, so that it fits the scene better. Small text may change.",
    ),
}
"""Mode -> name and explanation for people."""

_WORTH_SAYING = 30.0
"""Seconds of queue below which nothing is said of it."""


@dataclass(frozen=True)
class Wishes:
    """What the user asks for.

    `prompt` and `negative_prompt` as the model gets them; `seed` None lets the service choose one; `kept` is photo id
    -> labels to keep; `trial_job_id`: the trial that was made of one of the photos, which is not paid for again;
    `seeds`: photo id -> seeds of exactly the pictures wanted of it, where that is not the options' variations.
    """

    prompt: str = ""
    negative_prompt: str = ""
    mode: str = "PRECISE"
    model_id: str | None = None
    seed: int | None = None
    options: Options = field(default_factory=Options)
    kept: Mapping[str, Sequence[str]] = field(default_factory=dict)
    trial_job_id: str | None = None
    seeds: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def priced(self) -> Wishes:
        """The same with some prompt: the price does not depend on the words, and is asked for before there are any."""
        return self if self.prompt.strip() else replace(self, prompt="Background")

    def estimate(self, api: Api, draft_id: str) -> Estimate:
        """Return what it would cost and take. Starts nothing."""
        return api.estimate(draft_id, self.prompt, **self._list_fields())

    def submit(self, api: Api, draft_id: str, *, trial: bool = False) -> Job:
        """Start the paid work; `trial`: of a draft of one photo, looked at before the others are made."""
        return api.submit(draft_id, self.prompt, **self._list_fields(), trial=trial)

    def _list_fields(self) -> dict[str, Any]:
        """Return what both calls are asked with, so that the price is that of the very job."""
        return {
            "negative_prompt": self.negative_prompt,
            "mode": self.mode,
            "model_id": self.model_id,
            "seed": self.seed,
            "options": self.options,
            "labels": self.kept,
            "trial_job_id": self.trial_job_id,
            "seeds": self.seeds,
        }


def keeps_nothing(photo: Photo, kept: Mapping[str, Sequence[str]]) -> bool:
    """Whether all labels found in the photo were removed."""
    return bool(photo.labels) and not kept.get(photo.photo_id, [label.name for label in photo.labels])


def find_photo_obstacles(ready: Sequence[Photo], kept: Mapping[str, Sequence[str]]) -> list[str]:
    """Return why these photos can't be submitted yet, in words; empty when they can."""
    if not ready:
        return ["Add at least one good photo."]
    empty = [photo.name for photo in ready if keeps_nothing(photo, kept)]
    if not empty:
        return []
    names = ", ".join(shorten_text(name, 40) for name in empty[:3]) + (" and others" if len(empty) > 3 else "")
    return [
        f"{format_count(len(empty), 'photo keeps', 'photos keep')} nothing ({names}): keep a label or remove the photo."
    ]


def find_text_obstacles(wishes: Wishes, model: Model) -> list[str]:
    """Return why this prompt or negative prompt can't be submitted, in words; empty when they can."""
    if not wishes.options.generates:
        return []
    found = []
    if not wishes.prompt.strip():
        found.append("Describe the new background first, or choose a scene.")
    for name in find_slots(wishes.prompt) + find_slots(wishes.negative_prompt):
        found.append(f"Fill in {{{name}}}, or take it out of the text.")
    for name, text, limit in (
        ("description", wishes.prompt, model.prompt_max_length),
        ("text of what to avoid", wishes.negative_prompt, model.negative_prompt_max_length),
    ):
        if len(text) > limit:
            found.append(f"The {name} has {len(text):,} characters; this model takes {limit:,}. Shorten it.")
    if wishes.mode not in model.modes:
        found.append("This model can't do the chosen treatment of the product: choose the other one.")
    return found


def list_usable_models(catalogue: Catalogue, *, generates: bool = True) -> list[Model]:
    """Return the models that can be chosen, the service's default first.

    For a plain background any model can cut the product out; the one that does it without a price comes first.
    """

    def order(model: Model) -> tuple[bool, bool, str]:
        plain = not generates and model.settings.generates
        return plain, model.model_id != catalogue.default_model_id, model.model_id

    return sorted(
        (model for model in catalogue.models if model.usable and (model.settings.generates or not generates)),
        key=order,
    )


def describe_wait(estimate: Estimate) -> str:
    """Return how long the job will take, in words."""
    queue = estimate.queue_seconds
    first = f" Other jobs come first for about {format_duration(queue)}." if queue >= _WORTH_SAYING else ""
    if estimate.expected_seconds is not None:
        ready = f"Ready in about {format_duration(estimate.expected_seconds + queue)}, as your last jobs of this kind."
    elif estimate.seconds is not None:
        ready = f"Ready in {format_duration(estimate.seconds + queue)} at the earliest: the model's limit."
    else:
        ready = "How long it takes shows with the first finished pictures."
    return f"{ready}{first} You can close the page meanwhile."
